// The workflow on a real server, with activities that plan nothing but count. With RECORD_HISTORIES=1 it writes the histories that
// full-pass.replay.spec.ts replays: a new version of them, never a change of a version that was released. With the name of a version in
// place of the 1 it writes those of that version only.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { HoldId, HoldState, PassId, PassKind, PassStage } from '@tallystick/devices-domain';
import {
  deviceSearchAttributes,
  fullPassType,
  fullPassWorkflowId,
  holdAnsweredSignal,
  inspectType,
  inspectWorkflowId,
  type PassActivities,
  type PassPage,
  type PassRequest,
  type PassVerdict,
  pausePassUpdate,
  resumePassUpdate,
  scheduledPassType,
  userAttributes,
} from '@tallystick/devices-workflow-api';
import { connectionId, environmentId } from '@tallystick/kernel-core';
import { createLogger } from '@tallystick/platform-observability';
import { connectTemporal, type RunningWorker, runWorker, type TemporalClient } from '@tallystick/platform-temporal';
import { endpoints, eventually, uniqueName } from '@tallystick/platform-testing';
import { Context } from '@temporalio/activity';
import { type WorkflowHandle, WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import type { PassLimits } from './full-pass-state.ts';

const logger = createLogger({ service: 'workflows-int', level: 'silent' });
const version = 'full-pass-v3';
const taskQueue = uniqueName('devices-bulk');
const folder = mkdtempSync(join(tmpdir(), 'full-pass-int-'));
const bundle = join(folder, 'workflows.cjs');
const hold = 'h1' as HoldId;
const wait = { withinMs: 30_000 } as const;

/** What the activities know and do, for one test. */
class Bench {
  readonly environment = environmentId(uniqueName('acme'));
  /** Pages of each shard; 100 users each. */
  shards: Readonly<Record<string, number>> = { '00': 2, '01': 1, '02': 3, '03': 1, '04': 2 };
  verdict: PassVerdict = { kind: 'finished' };
  hold: HoldState = 'open';
  applyPages = 2;
  /** Page names that were added to the results, and each attempt to plan one. */
  readonly results = new Set<string>();
  readonly planned: string[] = [];
  readonly stages: string[] = [];
  readonly applied: string[] = [];
  missing = false;
  asked = 0;
  underWay = 0;
  mostUnderWay = 0;
  duringPage: (page: PassPage) => Promise<void> | void = () => undefined;
  duringStage: () => Promise<void> | void = () => undefined;
  duringApply: (cursor: string | undefined) => Promise<void> | void = () => undefined;

  readonly activities: PassActivities = {
    openPass: () =>
      Promise.resolve(this.missing ? 'missing' : { shards: Object.keys(this.shards), users: 100 * total(this.shards) }),
    planPage: async (_, page) => {
      this.planned.push(`${page.shard}/${page.number}/${page.cursor ?? ''}`);
      this.underWay += 1;
      this.mostUnderWay = Math.max(this.mostUnderWay, this.underWay);
      try {
        await this.duringPage(page);
      } finally {
        this.underWay -= 1;
      }
      this.results.add(`${page.shard}/${page.number}`);
      return { users: 100, ...(page.number + 1 < this.shards[page.shard]! && { next: `after-${page.number}` }) };
    },
    judgePass: () => Promise.resolve(this.verdict),
    holdState: () => Promise.resolve(((this.asked += 1), this.hold)),
    applyPage: async (_, cursor, appliedBefore) => {
      this.applied.push(`${cursor ?? 'first'} after ${appliedBefore}`);
      await this.duringApply(cursor);
      return { applied: 10, users: 12, ...(this.applied.length < this.applyPages && { next: `c${this.applied.length}` }) };
    },
    stagePass: async (_, stage) => {
      this.stages.push(stage);
      await this.duringStage();
    },
    closePass: (_, stage) => Promise.resolve(void this.stages.push(`closed: ${stage}`)),
  };
}

const total = (shards: Readonly<Record<string, number>>): number => Object.values(shards).reduce((sum, n) => sum + n, 0);

let bench: Bench;
let temporal: TemporalClient;
let worker: RunningWorker;
let inspections: unknown[] = [];

const startWorker = (): Promise<RunningWorker> => {
  const names = ['openPass', 'planPage', 'judgePass', 'holdState', 'applyPage', 'stagePass', 'closePass'] as const;
  const activities = Object.fromEntries(
    names.map((name) => [name, (...args: never[]) => (bench.activities[name] as (...all: never[]) => unknown)(...args)]),
  );
  return runWorker({
    address: endpoints().temporal,
    namespace: 'default',
    taskQueue,
    logger,
    workflowBundlePath: bundle,
    shutdownGraceMs: 100,
    shutdownForceMs: 500, // as if it was killed: what is under way is never answered
    activities: { ...activities, inspect: (request: unknown) => void inspections.push(request) },
  });
};

const requestOf = (kind: PassKind): PassRequest => ({
  ...{ environment: bench.environment, connection: connectionId('hr') },
  ...{ pass: 'p1' as PassId, kind },
});

async function start(kind: PassKind = 'preview', limits: Partial<PassLimits> = {}): Promise<WorkflowHandle> {
  const request = requestOf(kind);
  return temporal.client.workflow.start(fullPassType, {
    workflowId: fullPassWorkflowId(request),
    taskQueue,
    args: [request, undefined, limits],
    typedSearchAttributes: userAttributes(request),
  });
}

async function record(name: string, handle: WorkflowHandle, of = version): Promise<void> {
  if (process.env['RECORD_HISTORIES'] !== '1' && process.env['RECORD_HISTORIES'] !== of) return;
  const history = JSON.parse(historyToJSON(await handle.fetchHistory())) as unknown;
  const machine = /^\d+@.+$/;
  const named = (text: string): string => text.replaceAll(bench.environment, 'acme').replaceAll(taskQueue, 'devices-bulk');
  const text = JSON.stringify(
    history,
    (key, it: unknown) => {
      if (typeof it !== 'string') return it;
      // A payload names the ids that the replay makes anew.
      if (key === 'data') return Buffer.from(named(Buffer.from(it, 'base64').toString())).toString('base64');
      return machine.test(it) ? 'worker' : named(it);
    },
    2,
  );
  mkdirSync(join(import.meta.dirname, 'histories'), { recursive: true });
  writeFileSync(join(import.meta.dirname, 'histories', `${of}-${name}.json`), `${text}\n`);
}

async function attributes(handle: WorkflowHandle): Promise<Readonly<Record<string, unknown>>> {
  const { typedSearchAttributes } = await handle.describe();
  const told = deviceSearchAttributes.map((key) => [key.name, typedSearchAttributes.get(key)] as const);
  return Object.fromEntries(told.filter(([, value]) => value !== undefined));
}

const details = async (handle: WorkflowHandle): Promise<string> =>
  (await handle.query<{ readonly currentDetails?: string }>('__temporal_workflow_metadata')).currentDetails ?? '';

function gate() {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}

const refusal = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => 'it was accepted',
    (error: unknown) => (error instanceof WorkflowUpdateFailedError ? (error.cause as Error).message : error),
  );

beforeAll(async () => {
  const { code } = await bundleWorkflowCode({
    workflowsPath: join(import.meta.dirname, 'workflows.ts'),
    logger: new DefaultLogger('WARN'),
  });
  writeFileSync(bundle, code);
  temporal = connectTemporal({ address: endpoints().temporal, namespace: 'default', logger });
  bench = new Bench();
  worker = await startWorker();
}, 60_000);
afterAll(async () => {
  await worker?.stop();
  await temporal?.close();
  rmSync(folder, { recursive: true });
}, 60_000);
beforeEach(() => {
  bench = new Bench();
});

describe('a preview', () => {
  it('plans each page of each shard once, four shards at one time, and is done', async () => {
    bench.duringPage = () =>
      eventually(() => bench.mostUnderWay === 4, { ...wait, what: 'four pages are under way' }).then(() => undefined);
    const handle = await start();
    expect(await handle.result()).toBe('done');
    expect(bench.planned.sort()).toEqual(
      ['00/0/', '00/1/after-0', '01/0/', '02/0/', '02/1/after-0', '02/2/after-1', '03/0/', '04/0/', '04/1/after-0'].sort(),
    );
    expect(bench.mostUnderWay).toBe(4);
    expect(bench.applied).toEqual([]);
    expect(bench.stages).toEqual(['closed: done']);
    expect(await attributes(handle)).toEqual({ Environment: bench.environment, Connection: 'hr', Outcome: 'done' });
    expect(await details(handle)).toBe('**preview: done**\n\n- planned: 900 of 900 (100 %)');
    await record('previewed', handle);
  }, 60_000);

  it('of a pass or connection that is not there has failed, and closes nothing but its record', async () => {
    bench.missing = true;
    const handle = await start();
    expect(await handle.result()).toBe('failed');
    expect(bench.planned).toEqual([]);
    await record('missing', handle);
  }, 60_000);

  it('leaves a page of a sick directory for later, and goes on with the others', async () => {
    let sick = 2;
    bench.duringPage = ({ shard }) => {
      if (shard === '01' && (sick -= 1) >= 0) throw ApplicationFailure.create({ type: 'quarantined', nextRetryDelay: 300 });
    };
    const handle = await start();
    expect(await handle.result()).toBe('done');
    expect(bench.planned.filter((page) => page === '01/0/')).toHaveLength(3);
    expect(bench.results.size).toBe(9);
    await record('sick-for-a-while', handle);
  }, 60_000);

  it('fails when a page can not be planned any more, after the pages that were under way', async () => {
    const { opened, open } = gate();
    bench.duringPage = async ({ shard }) => {
      if (shard === '00') throw ApplicationFailure.create({ type: 'connection-changed', nonRetryable: true });
      await opened;
    };
    const handle = await start();
    await eventually(() => bench.underWay === 3, { ...wait, what: 'three pages are under way' });
    await eventually(async () => (await handle.fetchHistory()).events?.some((it) => it.activityTaskFailedEventAttributes), {
      ...wait,
      what: 'the failure is in the history',
    });
    open();
    expect(await handle.result()).toBe('failed');
    expect(bench.results.size).toBe(3);
    expect(bench.stages).toEqual(['closed: failed']);
    await record('failed', handle);
  }, 60_000);

  it('R8: continues in new runs before its history is long, loses no page and plans none twice', async () => {
    bench.shards = Object.fromEntries(Array.from({ length: 12 }, (_, n) => [String(n).padStart(2, '0'), 5]));
    const handle = await start('preview', { begun: 10 });
    const first = (await handle.describe()).runId;
    expect(await handle.result()).toBe('done');
    expect(bench.results.size).toBe(60);
    expect(bench.planned).toHaveLength(60);
    const firstRun = temporal.client.workflow.getHandle(handle.workflowId, first);
    const { status, historyLength } = await firstRun.describe();
    expect(status.name).toBe('CONTINUED_AS_NEW');
    expect(historyLength).toBeLessThan(120);
    const last = await temporal.client.workflow.getHandle(handle.workflowId).describe();
    expect(last.runId).not.toBe(first);
    await record('carried-on', temporal.client.workflow.getHandle(handle.workflowId, first));
    await record('carried-on-to-its-end', temporal.client.workflow.getHandle(handle.workflowId, last.runId));
  }, 60_000);
});

describe('a pass that is paused', () => {
  it('lets its pages under way end, begins no other until it is resumed, and says so', async () => {
    const { opened, open } = gate();
    bench.duringPage = () => opened;
    const handle = await start();
    await eventually(() => bench.underWay === 4, { ...wait, what: 'four pages are under way' });
    const pausing = handle.executeUpdate(pausePassUpdate);
    await eventually(async () => (await details(handle)).includes('paused'), { ...wait, what: 'the update was accepted' });
    expect(await refusal(handle.executeUpdate(pausePassUpdate))).toMatch(/paused already/);
    open();
    expect(await pausing).toBe('paused');
    expect([bench.planned.length, bench.underWay]).toEqual([4, 0]);
    expect(bench.stages).toEqual(['paused']);
    expect(await attributes(handle)).toMatchObject({ Outcome: 'paused' });
    expect(await handle.executeUpdate(resumePassUpdate)).toBe('planning');
    expect(await handle.result()).toBe('done');
    expect(bench.stages).toEqual(['paused', 'planning', 'closed: done']);
    await record('paused', handle);
  }, 60_000);

  it('can not be paused while it is held, nor resumed when it is not paused', async () => {
    bench.verdict = { kind: 'held', hold };
    const handle = await start('pass');
    await eventually(() => bench.asked > 0, { ...wait, what: 'the pass is held' });
    expect(await refusal(handle.executeUpdate(pausePassUpdate))).toMatch(/nothing is under way/);
    expect(await refusal(handle.executeUpdate(resumePassUpdate))).toMatch(/not paused/);
    await handle.cancel();
    expect(await handle.result()).toBe('cancelled');
  }, 60_000);

  it('stays paused over a new run', async () => {
    const { opened, open } = gate();
    bench.duringPage = ({ shard }) => (shard === '02' ? opened : undefined);
    const handle = await start('preview', { begun: 6 });
    await eventually(() => bench.underWay === 1 && bench.planned.length > 1, { ...wait, what: 'one page is under way' });
    const pausing = handle.executeUpdate(pausePassUpdate);
    await eventually(async () => (await details(handle)).includes('paused'), { ...wait, what: 'the update was accepted' });
    open();
    expect(await pausing).toBe('paused');
    const current = temporal.client.workflow.getHandle(handle.workflowId);
    expect(await details(current)).toContain('paused');
    expect(await current.executeUpdate(resumePassUpdate)).toBe('planning');
    expect(await current.result()).toBe('done');
    expect(bench.results.size).toBe(9);
  }, 60_000);
});

describe('a pass that is cancelled', () => {
  it('ends after the pages under way, whose results are kept', async () => {
    const { opened, open } = gate();
    bench.duringPage = () => opened;
    const handle = await start('pass');
    await eventually(() => bench.underWay === 4, { ...wait, what: 'four pages are under way' });
    await handle.cancel();
    await eventually(
      async () => (await handle.fetchHistory()).events?.some((it) => it.workflowExecutionCancelRequestedEventAttributes),
      {
        ...wait,
        what: 'the request is in the history',
      },
    );
    open();
    expect(await handle.result()).toBe('cancelled');
    expect(bench.results.size).toBe(4);
    expect(bench.stages).toEqual(['closed: cancelled']);
    await record('cancelled', handle);
  }, 60_000);

  it('does not wait for a page of a directory that stays sick', async () => {
    bench.duringPage = () => {
      throw ApplicationFailure.create({ type: 'quarantined', nextRetryDelay: 600_000 });
    };
    const handle = await start('pass', { graceMs: 200 });
    await eventually(() => bench.planned.length === 4, { ...wait, what: 'four pages were tried' });
    await handle.cancel();
    expect(await handle.result()).toBe('cancelled');
    expect(bench.stages).toEqual(['closed: cancelled']);
    await record('cancelled-while-sick', handle);
  }, 60_000);

  it('cancels a page that does not end in time', async () => {
    bench.duringPage = async () => {
      const context = Context.current();
      for (;;) {
        context.heartbeat();
        await context.sleep(50);
      }
    };
    const handle = await start('pass', { graceMs: 200, sideBySide: 1 });
    await eventually(() => bench.underWay === 1, { ...wait, what: 'a page is under way' });
    await handle.cancel();
    expect(await handle.result()).toBe('cancelled');
    expect(bench.underWay).toBe(0);
  }, 60_000);

  it('as its run is about to be continued by another, ends nevertheless', async () => {
    const page = gate();
    const stage = gate();
    bench.duringPage = () => page.opened;
    bench.duringStage = () => stage.opened;
    const handle = await start('pass', { begun: 2, sideBySide: 1 });
    await eventually(() => bench.underWay === 1, { ...wait, what: 'the last page of the run is under way' });
    const pausing = handle.executeUpdate(pausePassUpdate);
    await eventually(async () => (await details(handle)).includes('paused'), { ...wait, what: 'the update was accepted' });
    page.open();
    await eventually(() => bench.stages.length === 1, { ...wait, what: 'the run waits for nothing but the one who paused it' });
    await handle.cancel();
    await eventually(
      async () => (await handle.fetchHistory()).events?.some((it) => it.workflowExecutionCancelRequestedEventAttributes),
      { ...wait, what: 'the request is in the history' },
    );
    stage.open();
    expect(await pausing).toBe('paused');
    expect(await handle.result()).toBe('cancelled');
    expect(bench.stages).toEqual(['paused', 'closed: cancelled']);
    expect(bench.results.size).toBe(1);
    await record('cancelled-while-carried-on', handle);
  }, 60_000);

  it('while it is paused ends at once', async () => {
    const { opened, open } = gate();
    bench.duringPage = () => opened;
    const handle = await start('pass', { sideBySide: 1 });
    await eventually(() => bench.underWay === 1, { ...wait, what: 'a page is under way' });
    const pausing = handle.executeUpdate(pausePassUpdate);
    await eventually(async () => (await details(handle)).includes('paused'), { ...wait, what: 'the update was accepted' });
    open();
    await pausing;
    await handle.cancel();
    expect(await handle.result()).toBe('cancelled');
    expect(bench.results.size).toBe(1);
    expect(bench.stages).toEqual(['paused', 'closed: cancelled']);
  }, 60_000);
});

describe('a pass that differs', () => {
  it('R24: is applied page by page when the guards let it through', async () => {
    bench.verdict = { kind: 'apply' };
    const handle = await start('pass');
    expect(await handle.result()).toBe('done');
    expect(bench.applied).toEqual(['first after 0', 'c1 after 10']);
    expect(bench.stages).toEqual(['applying', 'closed: done']);
    expect(await details(handle)).toContain('- applied: 20, of 24 woken');
    await record('applied', handle);
  }, 60_000);

  it.each<readonly [answer: HoldState, end: PassStage]>([
    ['approved', 'done'],
    ['rejected', 'rejected'],
    ['expired', 'rejected'],
  ])(
    'R26: waits while it is held, and after it was %s ends as %s',
    async (answer, end) => {
      bench.verdict = { kind: 'held', hold };
      const handle = await start('pass');
      await eventually(() => bench.asked === 1, { ...wait, what: 'the hold was asked about' });
      expect(await attributes(handle)).toEqual({
        ...{ Environment: bench.environment, Connection: 'hr' },
        ...{ Outcome: 'held', Hold: 'h1' },
      });
      await handle.signal(holdAnsweredSignal); // too early: it is still open
      await eventually(() => bench.asked === 2, { ...wait, what: 'the hold was asked about again' });
      expect(bench.applied).toEqual([]);
      bench.hold = answer;
      await handle.signal(holdAnsweredSignal);
      expect(await handle.result()).toBe(end);
      expect(bench.applied).toHaveLength(answer === 'approved' ? 2 : 0);
      await record(`held-${answer}`, handle);
    },
    60_000,
  );

  it('asks about its hold now and then, so that an answer of which nobody told is found', async () => {
    bench.verdict = { kind: 'held', hold };
    const handle = await start('pass', { askHoldEveryMs: 100, begun: 8 });
    await eventually(() => bench.asked > 8, { ...wait, what: 'the hold was asked about a few times, in more than one run' });
    bench.hold = 'expired';
    expect(await handle.result()).toBe('rejected');
  }, 60_000);

  it('can be paused while it is applied', async () => {
    const { opened, open } = gate();
    bench.verdict = { kind: 'apply' };
    bench.duringApply = () => opened;
    const handle = await start('pass');
    await eventually(() => bench.applied.length === 1, { ...wait, what: 'a page is applied' });
    const pausing = handle.executeUpdate(pausePassUpdate);
    await eventually(async () => (await details(handle)).includes('paused'), { ...wait, what: 'the update was accepted' });
    open();
    expect(await pausing).toBe('paused');
    expect(bench.applied).toHaveLength(1);
    expect(await handle.executeUpdate(resumePassUpdate)).toBe('applying');
    expect(await handle.result()).toBe('done');
    expect(bench.applied).toEqual(['first after 0', 'c1 after 10']);
    await record('paused-while-applied', handle);
  }, 60_000);

  it('R2: after its worker was stopped in the middle goes on where it was, with each page once in the results', async () => {
    const { opened, open } = gate();
    bench.duringPage = async ({ number }) => {
      if (number > 0) await opened;
    };
    const handle = await start();
    await eventually(() => bench.planned.length > 6 && bench.underWay > 0, { ...wait, what: 'second pages are under way' });
    const before = bench.results.size;
    await worker.stop();
    worker = await startWorker();
    open();
    expect(await handle.result()).toBe('done');
    expect(before).toBeLessThan(9);
    expect(bench.results.size).toBe(9);
    // What was in the results before was not planned again; what was under way was.
    expect(bench.planned.filter((page) => page.endsWith('/0/'))).toHaveLength(5);
  }, 120_000);
});

describe('a schedule', () => {
  it('starts the pass that is due under an id of its own, and none beside one that is under way', async () => {
    const { opened, open } = gate();
    bench.duringPage = () => opened;
    const { environment, connection } = requestOf('pass');
    const request = { environment, connection, kind: 'pass' };
    const run = (): Promise<WorkflowHandle> =>
      temporal.client.workflow.start(scheduledPassType, { workflowId: uniqueName('schedule'), taskQueue, args: [request] });
    const first = await run();
    await eventually(() => bench.underWay === 4, { ...wait, what: 'the pass is under way' });
    expect(await (await run()).result()).toBe('already-running');
    const pass = temporal.client.workflow.getHandle(fullPassWorkflowId(requestOf('pass')));
    // Who asks which pass is under way must find this one too, to pause it, to cancel it and to tell it of an answer.
    expect((await pass.describe()).memo).toEqual({ pass: expect.stringMatching(/^[0-9a-f-]{36}$/) });
    open();
    expect(await first.result()).toBe('done');
    await record('scheduled', first, 'full-pass-v2');
    expect(await pass.result()).toBe('done');
  }, 60_000);
});

describe('an inspection', () => {
  afterEach(() => {
    inspections = [];
  });

  it('is one activity, and nothing of its answer is in the history', async () => {
    const request = { environment: bench.environment, connection: 'hr', id: 'i1', what: { kind: 'check' } };
    const handle = await temporal.client.workflow.start(inspectType, {
      workflowId: inspectWorkflowId(request as never),
      taskQueue,
      args: [request],
    });
    expect(await handle.result()).toBeUndefined();
    expect(inspections).toEqual([request]);
    await record('inspected', handle, 'full-pass-v1');
  }, 60_000);
});
