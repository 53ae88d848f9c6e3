// Rotations on a real server: schedules, lists, updates, workers that die. With RECORD_HISTORIES=1 it writes the histories that
// rotate-token.replay.spec.ts replays: a new version of them, never a change of a version that was released.
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { createLogger } from '@tallystick/platform-observability';
import { connectTemporal, type RunningWorker, runWorker, type TemporalClient } from '@tallystick/platform-temporal';
import { endpoints, eventually, uniqueName } from '@tallystick/platform-testing';
import type { RotationRequest, RotationStatus } from '@tallystick/tokens-domain';
import { InMemoryMdm, type InMemoryTokenAdministration, knownAdoption, valueOf } from '@tallystick/tokens-testing';
import {
  approveUpdate,
  pauseUpdate,
  redeliverUpdate,
  resumeUpdate,
  rollBackUpdate,
  rotationSchedule,
  rotationStatusQuery,
  rotationWorkflowId,
  statusMemo,
} from '@tallystick/tokens-workflow-api';
import { Context } from '@temporalio/activity';
import { WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { recordHistory } from './test-support/record-history.ts';
import {
  Administrations,
  bundleHere,
  by,
  confirmAll,
  newEnvironment,
  now,
  refusalOf,
  requestFor,
  type RotationHandle,
  startRotation,
  statusOf,
} from './test-support/rotation-bench.ts';

const logger = createLogger({ service: 'rotations-int', level: 'silent' });
const version = 'v3';
const taskQueue = uniqueName('tokens');
const said = {
  by,
  reason: 'because',
  get at() {
    return now();
  },
};
const withinMs = 30_000;
/** Not oftener: a worker that keeps no workflow replays it whole for each question. */
const everyMs = 250;
const second = 1 / 3_600;
const administrations = new Administrations();
let bundle: Awaited<ReturnType<typeof bundleHere>>;
let temporal: TemporalClient;
let worker: RunningWorker;

/** By default keeps no workflow in memory: each task replays the history, as after a crash. */
const startWorker = (more: { readonly taskQueue?: string; readonly maxCachedWorkflows?: number } = {}) =>
  runWorker({
    address: endpoints().temporal,
    namespace: 'default',
    taskQueue,
    logger,
    workflowBundlePath: bundle.path,
    activities: administrations.activities,
    maxCachedWorkflows: 0,
    shutdownGraceMs: 1,
    ...more,
  });

beforeAll(async () => {
  bundle = await bundleHere();
  temporal = connectTemporal({ address: endpoints().temporal, namespace: 'default', logger });
  worker = await startWorker();
}, 60_000);
const open: RotationHandle[] = [];
afterEach(async () => {
  for (const handle of open.splice(0)) await handle.terminate().catch(() => undefined);
});
afterAll(async () => {
  await worker?.stop();
  await temporal?.close();
  bundle?.remove();
}, 60_000);

/** A rotation in seconds. */
const quick = (more: Partial<RotationRequest> = {}): Partial<RotationRequest> => ({
  minimumOverlapHours: second / 10,
  retireForHours: second / 10,
  watchEveryMinutes: 1 / 600,
  ...more,
});

async function rotation(
  more: Partial<RotationRequest> = {},
  prepare: (of: InMemoryTokenAdministration) => unknown = () => undefined,
  queue = taskQueue,
) {
  const request = requestFor(newEnvironment(), quick(more));
  const administration = administrations.of(request.environment);
  await administration.mint({ request, rotation: 'earlier', step: 'mint-1' });
  administration.calls.length = 0;
  administration.reading = () => knownAdoption(100, 100);
  prepare(administration);
  const handle = await startRotation(temporal.client, request, queue);
  open.push(handle);
  return { request, administration, handle };
}

/** Two MDMs that hold the token from before, and a rotation that delivers to both. */
async function onTargets(
  prepare: (of: InMemoryTokenAdministration, mdms: readonly InMemoryMdm[]) => void,
  more: Partial<RotationRequest> = {},
) {
  const mdms: InMemoryMdm[] = [];
  const slots = ['intune', 'jamf'].map((id) => ({ id, mdm: id, platform: 'ios', kind: 'target', target: id }) as const);
  const started = await rotation({ slots, ...more }, (of) => {
    for (const { id } of slots) {
      const mdm = new InMemoryMdm(valueOf(of.tokens[0]!.id));
      mdms.push(mdm);
      of.targets.set(id, mdm.target(now));
    }
    prepare(of, mdms);
  });
  const held = () => mdms.flatMap((mdm) => [...mdm.configurations.values()].map(({ keys }) => keys['PINGID_MDM_TOKEN']));
  return { ...started, held };
}

async function restartWorker(): Promise<void> {
  await worker.stop();
  worker = await startWorker();
}

/**
 * Carries a rotation to its end with a worker that dies after each call, once for each step, before the answer is kept. `operator` says what
 * a person would, each time that somebody looks; `atDeath` is done before the worker dies, and says whether it has died in there.
 */
async function whileWorkersDie(
  prepare: (of: InMemoryTokenAdministration) => void,
  operator: (handle: RotationHandle, status: RotationStatus) => Promise<void>,
  atDeath: (handle: RotationHandle, of: InMemoryTokenAdministration, status: RotationStatus) => Promise<boolean> = () =>
    Promise.resolve(false),
) {
  const steps = new Set<string>();
  const died: string[] = [];
  let isDying = false;
  const { handle, administration } = await rotation({ remindEveryHours: 100 }, (of) => {
    prepare(of);
    of.after = async (call, input) => {
      const step = `${call} ${'step' in input ? String(input.step) : ''}`;
      if (steps.has(step)) return;
      steps.add(step);
      isDying = true;
      await Context.current().cancelled;
    };
  });
  // No `eventually`: a test that fails in here has to end.
  for (; (await handle.describe()).status.name === 'RUNNING'; await pause(20)) {
    const wasDying = isDying; // before it is asked: the answer may be older than a call that begins meanwhile
    const status = await statusOf(handle);
    if (wasDying) {
      isDying = false;
      died.push(`${status.stage} ${status.doing}`);
      if (!(await atDeath(handle, administration, status))) await restartWorker();
    } else if (!isDying) await operator(handle, status);
  }
  return { administration, result: await handle.result(), steps: [...steps], died };
}

const atStage = (handle: RotationHandle, wanted: string) =>
  eventually(async () => (await statusOf(handle)).stage === wanted, { withinMs, everyMs, what: `the stage ${wanted}` });
const opened = (handle: RotationHandle) =>
  eventually(async () => (await statusOf(handle)).slots.every(({ state }) => state === 'awaiting'), {
    withinMs,
    everyMs,
    what: 'both slots are opened',
  });

const record = (name: string, handle: WorkflowHandle) =>
  recordHistory(`${version}-${name}`, handle, [`${taskQueue}-cached`, taskQueue]);

describe('a rotation on a real server', () => {
  it('is found by environment, segment and stage, and can be read: details, summaries', async () => {
    const { handle, request, administration } = await rotation();
    await opened(handle);
    await eventually(async () => (await statusOf(handle)).figures !== undefined, { withinMs, everyMs, what: 'figures are read' });
    const listed = async (stage: string) => {
      const query = `Environment = '${request.environment}' AND Segment = 'ios' AND Stage = '${stage}'`;
      const ids: string[] = [];
      for await (const { workflowId } of temporal.client.workflow.list({ query })) ids.push(workflowId);
      return ids;
    };
    await eventually(async () => (await listed('delivering')).length === 1, {
      withinMs,
      everyMs,
      what: 'it is listed as delivering',
    });
    expect(await listed('delivering')).toEqual([rotationWorkflowId(request.environment, request.segment)]);
    const { currentDetails } = await handle.query<{ readonly currentDetails: string }>('__temporal_workflow_metadata');
    const [old, fresh] = administration.tokens.map(({ id }) => id);
    expect(currentDetails).toContain('**delivering**: waits for the slots intune, jamf');
    expect(currentDetails).toContain(`- new token: \`${fresh}\`\n- replaces: \`${old}\``);
    expect(currentDetails).toContain('- devices on the new token: 100 of 100');
    expect(currentDetails).toContain(`| jamf | jamf | ios | awaiting | ${fresh} |`);
    expect(currentDetails).not.toContain(by);
    const { events } = await handle.fetchHistory();
    const summaries = events!.flatMap(({ userMetadata }) =>
      userMetadata?.summary?.data ? [JSON.parse(Buffer.from(userMetadata.summary.data).toString()) as string] : [],
    );
    expect(summaries).toEqual(
      expect.arrayContaining([
        `rotation of ${request.environment}, ios`,
        'mint-1',
        `intune: the new token, \`${fresh}\``,
        'adoption figures',
        'waits for slots',
      ]),
    );
    await handle.executeUpdate(pauseUpdate, { args: [said] });
    await eventually(async () => (await listed('paused')).length === 1, { withinMs, everyMs, what: 'it is listed as paused' });
  }, 60_000);

  it('locks its segment: a second one is refused, one of another segment is not', async () => {
    const { request } = await rotation();
    await expect(startRotation(temporal.client, request, taskQueue)).rejects.toThrow(/already started/i);
    open.push(await startRotation(temporal.client, { ...request, segment: { platform: 'android' } }, taskQueue));
  }, 60_000);

  it('answers each update with the status that it made, or with one sentence, which leaves no trace', async () => {
    const { handle } = await rotation({ minimumOverlapHours: 100 });
    await opened(handle);
    const length = (await handle.describe()).historyLength;
    expect(await refusalOf(handle.executeUpdate(resumeUpdate, { args: [said] }))).toBe(
      'rotation-refused: the rotation is neither paused nor held, and no target fails: it is delivering',
    );
    expect(await refusalOf(handle.executeUpdate(rollBackUpdate, { args: [{ by, at: now(), reason: ' ' }] }))).toBe(
      'rotation-refused: a reason is needed',
    );
    const { events } = await handle.fetchHistory();
    expect(events!.slice(length).some((it) => it.workflowExecutionUpdateAcceptedEventAttributes)).toBe(false);
    await confirmAll(handle);
    expect(await handle.executeUpdate(approveUpdate, { args: [said] })).toMatchObject({ stage: 'retiring', paused: false });
  }, 60_000);

  it('R40: its worker dies after each call, before the answer is kept; it goes on each time, and nothing is done twice', async () => {
    const { administration, result, died, steps } = await whileWorkersDie(
      (of) => {
        let refusals = 1;
        of.guard = () => ((refusals -= 1) >= 0 ? { reason: 'too-many-devices', detail: '3 of 100 devices' } : undefined);
        of.slotAnswer = () => ({ kind: 'delivered' });
      },
      async (handle, { stage }) => {
        if (stage === 'gate') await handle.executeUpdate(approveUpdate, { args: [said] });
      },
    );
    expect(result).toMatchObject({ kind: 'finished' });
    expect(steps).toEqual(
      expect.arrayContaining([
        'mint mint-1',
        'retire retire-1',
        'revoke revoke-old-1',
        'revoke revoke-old-2',
        'releaseValues release-old',
      ]),
    );
    expect(steps.length).toBeGreaterThanOrEqual(10);
    expect(died).toEqual(
      expect.arrayContaining(['minting mint', 'delivering open-slot', 'revoking revoke', 'revoking release-values']),
    );
    expect(administration.tokens.map(({ state }) => state)).toEqual(['revoked', 'active']);
    expect(administration.opened).toHaveLength(2);
    const notices = administration.notices.map(({ what }) => what);
    expect(notices).toEqual(['revoke-refused', 'finished']);
  }, 180_000);

  it('R40: its worker dies after each call while it replaces a value, is held and is rolled back, and once more while it is paused there', async () => {
    const [jamf, pausedIn] = ['jamf', new Set<string>()];
    let refusals = 0;
    const { administration, result, died } = await whileWorkersDie(
      (of) => {
        of.reading = () => knownAdoption(100, 0);
        // The first new value is too long for one slot; later that slot does not take the old value back at once.
        of.slotAnswer = ({ slot, token }) => {
          const refused =
            slot.id === jamf && (token === of.tokens[1]?.id || (token === of.tokens[0]!.id && (refusals += 1) === 1));
          return refused ? { kind: 'refused', reason: 'too long' } : { kind: 'delivered' };
        };
      },
      async (handle, { stage, doing }) => {
        if (doing !== undefined) return;
        if (stage === 'gate') await handle.executeUpdate(rollBackUpdate, { args: [said] });
        if (stage === 'held') await handle.executeUpdate(resumeUpdate, { args: [said] });
      },
      async (handle, of, { stage }) => {
        if (!['replacing', 'held', 'rolling-back'].includes(stage) || pausedIn.has(stage)) return false;
        pausedIn.add(stage);
        await handle.executeUpdate(pauseUpdate, { args: [said] });
        await restartWorker();
        const idle = async () => {
          const status = await statusOf(handle);
          return status.doing === undefined && status;
        };
        expect(await eventually(idle, { withinMs, everyMs, what: 'the call that was under way ends' })).toMatchObject({
          stage,
          paused: true,
        });
        const made = [...of.calls];
        await restartWorker();
        expect(await statusOf(handle)).toMatchObject({ stage, paused: true });
        expect(of.calls).toEqual(made);
        await handle.executeUpdate(resumeUpdate, { args: [said] });
        return true;
      },
    );
    expect(result).toMatchObject({ kind: 'rolled-back' });
    expect([...pausedIn].sort()).toEqual(['held', 'replacing', 'rolling-back']);
    expect([...new Set(died)]).toEqual(
      expect.arrayContaining([
        ...['replacing notify', 'replacing open-slot', 'replacing release-values', 'replacing revoke'],
        ...['held notify', 'rolling-back open-slot', 'rolling-back release-values', 'rolling-back revoke'],
      ]),
    );
    expect(administration.tokens.map(({ state }) => state)).toEqual(['active', 'revoked', 'revoked']);
    // Two deliveries, one way back, two deliveries, and two ways back, one of them twice.
    expect(
      administration.opened.map(({ slot, token }) => `${slot.id} ${administration.tokens.findIndex(({ id }) => id === token)}`),
    ).toEqual([...['intune 1', 'jamf 1', 'intune 0'], ...['intune 2', 'jamf 2', 'intune 0', 'jamf 0', 'jamf 0']]);
    expect(administration.notices.map(({ what }) => what)).toEqual([
      'value-refused',
      'gate-waits-for-approval',
      'failed',
      'rolled-back',
    ]);
  }, 180_000);

  it('is started by a schedule, with jitter; while one runs the next is skipped; by hand it is the same lock', async () => {
    const request = requestFor(newEnvironment(), quick({ reason: 'monthly' }));
    const administration = administrations.of(request.environment);
    administration.reading = () => knownAdoption(10, 10);
    const options = rotationSchedule(request, { cron: ['0 7 1 * *'], jitterMinutes: 30 });
    const schedule = await temporal.client.schedule.create({
      ...options,
      action: { ...options.action, taskQueue },
    });
    try {
      const { spec, policies } = await schedule.describe();
      expect(spec.jitter).toBe(1_800_000);
      expect(policies.overlap).toBe('SKIP');
      await schedule.trigger('SKIP');
      const handle: RotationHandle = temporal.client.workflow.getHandle(rotationWorkflowId(request.environment, request.segment));
      await eventually(() => opened(handle), { withinMs, everyMs, what: 'the scheduled rotation delivers' });
      await schedule.trigger('SKIP');
      const after = await eventually(
        async () => {
          const { info } = await schedule.describe();
          return info.numActionsSkippedOverlap > 0 ? info : undefined;
        },
        { withinMs, everyMs, what: 'the second one is skipped' },
      );
      expect(after.runningActions).toHaveLength(1);
      const [due] = after.runningActions;
      await expect(startRotation(temporal.client, request, taskQueue)).rejects.toThrow(/already started/i);
      await confirmAll(handle);
      expect(await handle.result()).toMatchObject({ kind: 'finished' });
      expect(administration.tokens).toHaveLength(1);
      await eventually(async () => (await schedule.describe()).info.runningActions.length === 0, {
        withinMs,
        everyMs,
        what: 'the schedule sees its end',
      });
      await record('scheduled', temporal.client.workflow.getHandle(due!.workflow.workflowId));

      const byHand = await startRotation(temporal.client, request, taskQueue);
      open.push(byHand);
      await opened(byHand);
      await schedule.trigger('SKIP');
      const third = await eventually(
        async () => {
          const { info } = await schedule.describe();
          return info.recentActions.length >= 2 && info.runningActions.length === 0 ? info.recentActions.at(-1) : undefined;
        },
        { withinMs, everyMs, what: 'the scheduled one ends' },
      );
      const skipped = temporal.client.workflow.getHandle(
        third.action.type === 'startWorkflow' ? third.action.workflow.workflowId : '',
      );
      expect(await skipped.result()).toEqual({ kind: 'already-rotating' });
      await record('scheduled-while-one-runs', skipped);
    } finally {
      await schedule.delete();
    }
  }, 120_000);
});

describe('each way that a rotation can go, for the golden histories', () => {
  it('finished, paused and approved on the way', async () => {
    const { handle } = await rotation({ minimumOverlapHours: 100 });
    await opened(handle);
    await handle.executeUpdate(pauseUpdate, { args: [said] });
    await handle.executeUpdate(resumeUpdate, { args: [said] });
    await confirmAll(handle);
    await handle.executeUpdate(approveUpdate, { args: [said] });
    expect(await handle.result()).toMatchObject({ kind: 'finished' });
    await record('finished', handle);
  }, 120_000);

  it('finished by adoption', async () => {
    const { handle } = await rotation({}, (of) => {
      let readings = 0;
      of.slotAnswer = () => ({ kind: 'delivered' });
      of.reading = () => knownAdoption(100, (readings += 30));
    });
    expect(await handle.result()).toMatchObject({ kind: 'finished' });
    await record('finished-by-adoption', handle);
  }, 120_000);

  it('rolled back from the gate after a refused revocation', async () => {
    const { handle } = await rotation({}, (of) => {
      of.guard = (tokens) =>
        tokens.includes(of.tokens[0]!.id) ? { reason: 'too-many-devices', detail: '20 of 100 devices' } : undefined;
    });
    await opened(handle);
    await confirmAll(handle);
    await eventually(async () => (await statusOf(handle)).needsApproval !== undefined, {
      withinMs,
      everyMs,
      what: 'the guards refuse',
    });
    await handle.executeUpdate(rollBackUpdate, { args: [said] });
    await opened(handle);
    await confirmAll(handle);
    expect(await handle.result()).toMatchObject({ kind: 'rolled-back' });
    await record('rolled-back', handle);
  }, 120_000);

  it('with a replaced value', async () => {
    const { handle, administration } = await rotation({}, (of) => {
      of.slotAnswer = ({ slot }) =>
        slot.id === 'jamf' && of.tokens.length === 2 ? { kind: 'refused', reason: 'too long' } : { kind: 'delivered' };
    });
    expect(await handle.result()).toMatchObject({ kind: 'finished', token: administration.tokens[2]!.id });
    await record('replaced-value', handle);
  }, 120_000);

  it('started by a schedule, and ended by hand: so is what the schedule started', async () => {
    const request = requestFor(newEnvironment(), quick());
    const { action } = rotationSchedule(request, { cron: ['0 7 1 * *'], jitterMinutes: 0 });
    const scheduled = await temporal.client.workflow.start(action.workflowType, { ...action, taskQueue });
    const handle: RotationHandle = temporal.client.workflow.getHandle(rotationWorkflowId(request.environment, request.segment));
    open.push(handle);
    await eventually(() => opened(handle), { withinMs, everyMs, what: 'the scheduled rotation delivers' });
    await handle.terminate('by hand');
    await expect(scheduled.result()).rejects.toThrow(WorkflowFailedError);
    await record('scheduled-and-ended-by-hand', scheduled);
  }, 120_000);

  it('tells its status from what the server keeps of it, as it answers itself, also while no worker is there', async () => {
    const { handle } = await rotation();
    await eventually(() => opened(handle), { withinMs, everyMs, what: 'it delivers' });
    await handle.executeUpdate(pauseUpdate, { args: [said] });
    await eventually(async () => (await statusOf(handle)).doing === undefined, {
      withinMs,
      everyMs,
      what: 'no call is under way',
    });
    const answered = await handle.query(rotationStatusQuery);
    await worker.stop();
    try {
      const { memo } = await handle.describe();
      expect([memo?.[statusMemo], answered.paused]).toEqual([answered, true]);
    } finally {
      worker = await startWorker();
    }
  }, 60_000);

  it('held and resumed', async () => {
    const { handle, administration } = await rotation({}, (of) => {
      of.tokens.push({ ...of.tokens[0]!, id: 'tok_other' as (typeof of.tokens)[0]['id'] });
      of.slotAnswer = () => ({ kind: 'delivered' });
    });
    await atStage(handle, 'held');
    administration.tokens[0]!.state = 'revoked';
    await handle.executeUpdate(resumeUpdate, { args: [said] });
    expect(await handle.result()).toMatchObject({ kind: 'finished' });
    await record('held-and-resumed', handle);
  }, 120_000);

  it('R8: it carries on in a new run, with its state, before its history is too long', async () => {
    // Thousands of events: with a replay of the whole history for each task it would take minutes.
    const queue = `${taskQueue}-cached`;
    const cached = await startWorker({ taskQueue: queue, maxCachedWorkflows: 10 });
    const settled = (of: InMemoryTokenAdministration) => (of.slotAnswer = () => ({ kind: 'delivered' }));
    const { handle, administration } = await rotation({ minimumOverlapHours: 100 }, settled, queue);
    await atStage(handle, 'watching');
    const first = await handle.describe();
    for (let runId = first.runId, words = 0; runId === first.runId; words += 2) {
      expect(words).toBeLessThan(1_500);
      await handle.executeUpdate(pauseUpdate, { args: [said] });
      await handle.executeUpdate(resumeUpdate, { args: [said] });
      if (words % 50 === 0) ({ runId } = await handle.describe());
    }
    expect(await handle.executeUpdate(approveUpdate, { args: [said] })).toMatchObject({
      rotation: first.runId,
      startedAt: expect.any(Number) as unknown,
    });
    expect(await handle.result()).toMatchObject({ kind: 'finished', rotation: first.runId });
    expect(administration.tokens).toHaveLength(2);
    const before = temporal.client.workflow.getHandle(first.workflowId, first.runId);
    expect((await before.describe()).status.name).toBe('CONTINUED_AS_NEW');
    const carried = await handle.describe();
    expect(carried.memo).toMatchObject({ [statusMemo]: { rotation: first.runId, stage: 'finished' } });
    const last = temporal.client.workflow.getHandle(first.workflowId, carried.runId);
    await record('carried-on', last);
    await cached.stop();
  }, 180_000);
});

describe('a rotation that delivers to targets', () => {
  const stageOf = async (handle: RotationHandle) => (await statusOf(handle)).stage;

  it('plans, writes and reads back all of them, looks again after a lost answer, and ends by itself', async () => {
    const { handle, held } = await onTargets((_, mdms) => void mdms[1]!.next.push({ call: 'save', as: 'lost-answer' }));
    const states = async () => (await statusOf(handle)).slots.map(({ state }) => state).join();
    await eventually(async () => (await states()) === 'stored,failing', {
      withinMs: 40_000,
      everyMs,
      what: 'it was read that one of two configurations was written',
    });
    await handle.executeUpdate(resumeUpdate, { args: [said] });
    const outcome = await handle.result();
    expect(outcome.kind).toBe('finished');
    expect(new Set(held())).toEqual(new Set([valueOf(outcome.token!)]));
    await record('on-targets', handle);
  }, 120_000);

  it('is told what stands against a delivery before it makes a token, and makes it all the same', async () => {
    const mdms: InMemoryMdm[] = [];
    const { handle, held, administration } = await onTargets((of, all) => {
      mdms.push(...all);
      all[1]!.isAuthorised = false;
      const check = () => Promise.reject(new Error('it is away'));
      of.targets.set('intune', { ...of.targets.get('intune')!, check });
    });
    const states = async () => (await statusOf(handle)).slots.map(({ state }) => state).join();
    await eventually(async () => (await states()) === 'stored,failing', { withinMs, everyMs, what: 'one stores it, one fails' });
    expect(administration.calls.slice(0, 4).map((call) => call.split(' ')[0])).toEqual([
      ...['inspectTarget', 'inspectTarget', 'notify', 'mint'],
    ]);
    const told = 'jamf: the credentials are not taken (error); intune: it could not be looked at before the token was made: ';
    expect(administration.notices[0]).toEqual({ what: 'target-warnings', detail: `${told}it is away (warning)` });
    const { slots } = await statusOf(handle);
    expect(slots.map(({ state, findings }) => [state, findings?.map(({ what }) => what)])).toEqual([
      ['stored', undefined],
      ['failing', ['not-authorised']],
    ]);
    const { currentDetails } = await handle.query<{ readonly currentDetails: string }>('__temporal_workflow_metadata');
    expect(currentDetails).toContain('Found before the token was made:\n\n- jamf: error: the credentials are not taken');
    mdms[1]!.isAuthorised = true;
    await handle.executeUpdate(resumeUpdate, { args: [said] });
    const outcome = await handle.result();
    expect(outcome.kind).toBe('finished');
    expect(new Set(held())).toEqual(new Set([valueOf(outcome.token!)]));
    expect(administration.calls.filter((call) => call.startsWith('inspectTarget'))).toHaveLength(2);
    await record('on-targets-inspected', handle);
  }, 120_000);

  it('leaves what somebody else put there until it is told, and brings the value of before back', async () => {
    const { handle, held, administration } = await onTargets(
      (_, mdms) => mdms[0]!.change('phones', (one) => ({ ...one, keys: { ...one.keys, PINGID_MDM_TOKEN: 'of-somebody-else' } })),
      { minimumOverlapHours: 100 },
    );
    await eventually(async () => (await statusOf(handle)).slots[0]!.state === 'failing', { withinMs, everyMs, what: 'it fails' });
    expect(held()[0]).toBe('of-somebody-else');
    const { token } = await statusOf(handle);
    await handle.executeUpdate(redeliverUpdate, { args: [{ ...said, slot: 'intune', token: token! }] });
    await eventually(async () => (await stageOf(handle)) === 'watching', { withinMs, everyMs, what: 'all is stored' });
    expect(new Set(held())).toEqual(new Set([valueOf(token!)]));
    await handle.executeUpdate(rollBackUpdate, { args: [said] });
    const waits = async () => (await statusOf(handle)).waitsFor?.what === 'devices-back';
    await eventually(waits, { withinMs, everyMs, what: 'the value of before is back' });
    expect(administration.calls.filter((call) => call.startsWith('revoke'))).toEqual([]);
    await handle.executeUpdate(approveUpdate, { args: [said] });
    expect(await handle.result()).toMatchObject({ kind: 'rolled-back' });
    expect(new Set(held())).toEqual(new Set([valueOf(administration.tokens[0]!.id)]));
    await record('on-targets-rolled-back', handle);
  }, 120_000);
});
