// The workflow on a real server, with activities that do nothing but count. With RECORD_HISTORIES=1 it writes the histories that
// reconcile-user.replay.spec.ts replays: a new version of them, never a change of a version that was released. With the name of a version in
// place of the 1 it writes those of that version only.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { HoldId, Outcome, UserHash, UserRef } from '@tallystick/devices-domain';
import {
  type DeviceActivities,
  deviceSearchAttributes,
  holdAttribute,
  outcomeAttribute,
  reasonAttribute,
  reconcileUserType,
  reconcileUserWorkflowId,
  recordChangedSignal,
  userAttributes,
} from '@tallystick/devices-workflow-api';
import { connectionId, environmentId, instant } from '@tallystick/kernel-core';
import { createLogger } from '@tallystick/platform-observability';
import { connectTemporal, type RunningWorker, runWorker, type TemporalClient } from '@tallystick/platform-temporal';
import { endpoints, eventually, uniqueName } from '@tallystick/platform-testing';
import { Context } from '@temporalio/activity';
import type { WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';

const logger = createLogger({ service: 'workflows-int', level: 'silent' });
const version = 'v3';
const taskQueue = uniqueName('devices');
const environment = environmentId(uniqueName('acme'));
const folder = mkdtempSync(join(tmpdir(), 'workflows-int-'));
const bundle = join(folder, 'workflows.cjs');

type Reconcile = DeviceActivities['reconcile'];
/** What the activity does for a user, by the user's hash. */
const behaviours = new Map<string, Reconcile>();
let temporal: TemporalClient;
let worker: RunningWorker;
let users = 0;

const outcomeOf = (user: UserRef, pass: number): Outcome => ({
  ...user,
  kind: 'changed',
  version: String(pass).padStart(20, '0'),
  steps: [{ kind: 'pair', slot: 'Email 1', reason: 'slot-empty', result: 'done' }],
  findings: [{ kind: 'value-cleared-device-kept', slot: 'SMS Number 1' }],
  at: instant(pass),
});

/** A new user, and the passes that were made for them. `outcome`: what each comes to, instead of the usual. */
function newUser(
  during: (pass: number) => Promise<void> | void = () => undefined,
  outcome: (pass: number) => Partial<Outcome> = () => ({}),
) {
  const user: UserRef = {
    environment,
    connection: connectionId('hr'),
    user: (users += 1).toString(16).padStart(32, '0') as UserHash,
  };
  const passes: { readonly runId: string; readonly startedAt: number }[] = [];
  behaviours.set(user.user, async () => {
    const { runId } = Context.current().info.workflowExecution!;
    passes.push({ runId, startedAt: performance.now() });
    const pass = passes.length;
    await during(pass);
    return { ...outcomeOf(user, pass), ...outcome(pass) };
  });
  return { user, passes };
}

const wake = (user: UserRef): Promise<WorkflowHandle> =>
  temporal.client.workflow.signalWithStart(reconcileUserType, {
    workflowId: reconcileUserWorkflowId(user),
    taskQueue,
    args: [user],
    signal: recordChangedSignal,
    signalArgs: [],
    typedSearchAttributes: userAttributes(user),
  });

/** The history of a closed run as a golden file, without the names of the machines that made it. */
async function record(name: string, handle: WorkflowHandle): Promise<void> {
  if (process.env['RECORD_HISTORIES'] !== '1' && process.env['RECORD_HISTORIES'] !== version) return;
  const history = JSON.parse(historyToJSON(await handle.fetchHistory())) as unknown;
  const machine = /^\d+@.+$/;
  const anonymous = JSON.stringify(
    history,
    (_, value: unknown) => (typeof value === 'string' && machine.test(value) ? 'worker' : value),
    2,
  );
  const histories = join(import.meta.dirname, 'histories');
  mkdirSync(histories, { recursive: true });
  writeFileSync(
    join(histories, `${version}-${name}.json`),
    `${anonymous.replaceAll(environment, 'acme').replaceAll(taskQueue, 'devices')}\n`,
  );
}

async function listed(query: string): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const { workflowId } of temporal.client.workflow.list({ query })) found.push(workflowId);
  return found;
}

/** A gate that is shut until it is opened. */
function gate() {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}

beforeAll(async () => {
  const { code } = await bundleWorkflowCode({
    workflowsPath: join(import.meta.dirname, 'workflows.ts'),
    logger: new DefaultLogger('WARN'),
  });
  writeFileSync(bundle, code);
  const { temporal: address } = endpoints();
  temporal = connectTemporal({ address, namespace: 'default', logger });
  worker = await runWorker({
    address,
    namespace: 'default',
    taskQueue,
    logger,
    workflowBundlePath: bundle,
    activities: { reconcile: (user: UserRef) => behaviours.get(user.user)!(user) },
  });
}, 60_000);
afterAll(async () => {
  await worker?.stop();
  await temporal?.close();
  rmSync(folder, { recursive: true });
}, 60_000);

describe('the workflow of a user', () => {
  it('makes one pass for one wake-up, gives its outcome and ends', async () => {
    const { user, passes } = newUser();
    const handle = await wake(user);
    expect(await handle.result()).toEqual(outcomeOf(user, 1));
    expect(passes).toHaveLength(1);
    expect((await handle.describe()).status.name).toBe('COMPLETED');
  }, 60_000);

  it('makes one more pass for all wake-ups that arrive during one', async () => {
    const { opened, open } = gate();
    const { user, passes } = newUser((pass) => (pass === 1 ? opened : undefined));
    const handle = await wake(user);
    await eventually(() => passes.length === 1, { withinMs: 20_000, what: 'the first pass begins' });
    for (let i = 0; i < 4; i += 1) await wake(user);
    open();
    expect(await handle.result()).toEqual(outcomeOf(user, 2));
    expect(passes).toHaveLength(2);
    expect(new Set(passes.map(({ runId }) => runId)).size).toBe(1);
    await record('wake-ups-during-a-pass', handle);
  }, 60_000);

  it('starts a new run for a wake-up after its end', async () => {
    const { user, passes } = newUser();
    await (await wake(user)).result();
    await (await wake(user)).result();
    expect(passes).toHaveLength(2);
    expect(passes[0]!.runId).not.toBe(passes[1]!.runId);
  }, 60_000);

  it('tries an attempt that failed again until it succeeds, whatever the reason', async () => {
    const reasons = ['directory-unavailable', 'fenced-out', 'unexpected'];
    const { user, passes } = newUser((pass) => {
      const type = reasons[pass - 1];
      if (type) throw ApplicationFailure.create({ type, message: 'not now', nextRetryDelay: 10 });
    });
    const handle = await wake(user);
    expect(await handle.result()).toEqual(outcomeOf(user, 4));
    expect(passes).toHaveLength(4);
    await record('attempts-that-failed', handle);
  }, 60_000);

  it('waits for a wake-up when it is started without one', async () => {
    const { user, passes } = newUser();
    const handle = await temporal.client.workflow.start(reconcileUserType, {
      workflowId: reconcileUserWorkflowId(user),
      taskQueue,
      args: [user],
    });
    await eventually(async () => (await handle.fetchHistory()).events?.some((it) => it.workflowTaskCompletedEventAttributes), {
      withinMs: 20_000,
      what: 'the workflow has begun to wait',
    });
    expect(passes).toEqual([]);
    await handle.signal(recordChangedSignal);
    await handle.result();
    expect(passes).toHaveLength(1);
    await record('started-without-a-wake-up', handle);
  }, 60_000);

  it('R12: loses no wake-up of many at random moments: a pass begins after the last one', async () => {
    const crowd = Array.from({ length: 8 }, () => newUser());
    await Promise.all(
      crowd.map(async ({ user, passes }, n) => {
        let last = 0;
        for (let i = 0; i < 15; i += 1) {
          last = performance.now();
          await wake(user);
          await eventually(() => passes.length > 0 && performance.now() - last > (i * 7 + n * 13) % 40, {
            withinMs: 30_000,
            what: 'the moment of the next wake-up',
            everyMs: 1,
          });
        }
        await eventually(() => passes.some(({ startedAt }) => startedAt > last), {
          withinMs: 30_000,
          what: 'a pass after the last wake-up',
        });
      }),
    );
  }, 120_000);

  it('R8: under wake-ups that never end it carries on in a new run before its history is too long, and makes the pass that was due', async () => {
    const { user, passes } = newUser(async () => {
      // Wakes itself in every pass of the first run, so that there is always one more to make.
      if (passes.at(-1)!.runId === passes[0]!.runId) await wake(user);
    });
    const handle = await wake(user);
    const first = (await handle.describe()).runId;
    await handle.result();
    const runs = [...new Set(passes.map(({ runId }) => runId))];
    expect(runs).toHaveLength(2);
    expect(passes.filter(({ runId }) => runId === runs[1])).toHaveLength(1);
    const firstRun = temporal.client.workflow.getHandle(reconcileUserWorkflowId(user), first);
    expect((await firstRun.describe()).status.name).toBe('CONTINUED_AS_NEW');
    expect((await firstRun.describe()).historyLength).toBeLessThan(4_096);
    await record('to-be-carried-on', firstRun);
    await record('carried-on', temporal.client.workflow.getHandle(reconcileUserWorkflowId(user), runs[1]));
  }, 180_000);

  const held: Partial<Outcome> = { kind: 'held', because: 'too-many-deletions', hold: 'h1' as HoldId, steps: [], findings: [] };
  const nothing: Partial<Outcome> = { steps: [], findings: [] };
  const [pair] = outcomeOf(newUser().user, 1).steps;
  it.each<readonly [name: string, outcome: Partial<Outcome>, found: Readonly<Record<string, string>>]>([
    ['in-sync', { ...nothing, kind: 'in-sync' }, { Outcome: 'in-sync' }],
    ['changed', {}, { Outcome: 'changed' }],
    ['partial', { kind: 'partial', steps: [{ ...pair!, result: 'device-limit', code: '10565' }] }, { Outcome: 'partial' }],
    ['not-planned', { ...nothing, kind: 'not-planned', because: 'no-record' }, { Outcome: 'not-planned', Reason: 'no-record' }],
    ['held', held, { Outcome: 'held', Reason: 'too-many-deletions', Hold: 'h1' }],
    [
      'quarantined',
      { ...nothing, kind: 'quarantined', because: 'credentials-refused' },
      { Outcome: 'quarantined', Reason: 'credentials-refused' },
    ],
  ])(
    'ends with the outcome %s, and is found by it',
    async (name, outcome, found) => {
      const { user, passes } = newUser(undefined, () => outcome);
      const handle = await wake(user);
      expect(await handle.result()).toEqual({ ...outcomeOf(user, 1), ...outcome });
      expect(passes).toHaveLength(1);
      const { typedSearchAttributes, status } = await handle.describe();
      const told = deviceSearchAttributes.map((key) => [key.name, typedSearchAttributes.get(key)] as const);
      expect(Object.fromEntries(told.filter(([, value]) => value !== undefined))).toEqual({
        Environment: environment,
        Connection: 'hr',
        ...found,
      });
      expect(status.name).toBe('COMPLETED');
      const query = Object.entries({ Environment: environment, ...found }).map(([key, value]) => `${key} = '${value}'`);
      await eventually(async () => (await listed(query.join(' AND '))).includes(handle.workflowId), {
        withinMs: 20_000,
        what: 'the list of workflows shows it',
      });
      await record(name, handle);
    },
    60_000,
  );

  it('R26: a user who is held is looked at again when they are woken during the pass, and the hold is no longer shown', async () => {
    const { opened, open } = gate();
    const { user, passes } = newUser(
      (pass) => (pass === 1 ? opened : undefined),
      (pass) => (pass === 1 ? held : {}),
    );
    const handle = await wake(user);
    await eventually(() => passes.length === 1, { withinMs: 20_000, what: 'the first pass begins' });
    await wake(user);
    open();
    expect(await handle.result()).toEqual(outcomeOf(user, 2));
    const { typedSearchAttributes } = await handle.describe();
    expect(typedSearchAttributes.get(outcomeAttribute)).toBe('changed');
    expect([typedSearchAttributes.get(reasonAttribute), typedSearchAttributes.get(holdAttribute)]).toEqual([
      undefined,
      undefined,
    ]);
    await record('held-then-changed', handle);
  }, 60_000);

  it('R8: a storm of wake-ups makes as few passes as it can, and the same outcome is told once', async () => {
    const { user, passes } = newUser(async (pass) => {
      if (pass < 4) for (let i = 0; i < 10; i += 1) await wake(user);
    });
    const handle = await wake(user);
    await handle.result();
    expect(passes).toHaveLength(4);
    const { events } = await handle.fetchHistory();
    // One of the two is written by the server, for the marker of the version.
    expect((events ?? []).filter((it) => it.upsertWorkflowSearchAttributesEventAttributes)).toHaveLength(2);
    await record('signal-storm', handle);
  }, 60_000);

  it('shows what became of the user as its details, without a value', async () => {
    const { opened, open } = gate();
    const { user, passes } = newUser((pass) => (pass === 2 ? opened : undefined));
    behaviours.set(
      user.user,
      ((inner) => async (who: UserRef) => {
        const outcome = await inner(who);
        if (passes.length === 1) await wake(user);
        return outcome;
      })(behaviours.get(user.user)!),
    );
    const handle = await wake(user);
    await eventually(() => passes.length === 2, { withinMs: 20_000, what: 'the second pass begins' });
    const metadata = await handle.query<{ readonly currentDetails?: string }>('__temporal_workflow_metadata');
    open();
    await handle.result();
    expect(metadata.currentDetails).toBe(
      [
        '**changed** at source version `00000000000000000001`, pass 1',
        '',
        'Steps:',
        '- pair **Email 1**: slot-empty → done',
        '',
        'Findings:',
        '- value-cleared-device-kept **SMS Number 1**',
      ].join('\n'),
    );
  }, 60_000);
});
