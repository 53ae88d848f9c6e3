// Rotations of weeks on Temporal's test server, which skips time. (It has no schedules and no lists: see rotate-token-server.int-spec.ts.)
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { instant } from '@tallystick/kernel-core';
import { eventually } from '@tallystick/platform-testing';
import type { RotationRequest } from '@tallystick/tokens-domain';
import { type InMemoryTokenAdministration, knownAdoption } from '@tallystick/tokens-testing';
import {
  approveUpdate,
  confirmSlotUpdate,
  environmentAttribute,
  extendUpdate,
  pauseUpdate,
  resumeUpdate,
  rollBackUpdate,
  segmentAttribute,
  stageAttribute,
} from '@tallystick/tokens-workflow-api';
import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import {
  Administrations,
  bundleHere,
  by,
  confirmAll,
  newEnvironment,
  refusalOf,
  requestFor,
  type RotationHandle,
  startRotation,
  statusOf,
} from './test-support/rotation-bench.ts';

const taskQueue = 'tokens';
const hour = 3_600_000;
const day = 24 * hour;
const administrations = new Administrations();
let bundle: Awaited<ReturnType<typeof bundleHere>>;
let env: TestWorkflowEnvironment;
let worker: Worker;
let running: Promise<void>;

beforeAll(async () => {
  Runtime.install({
    logger: new DefaultLogger('ERROR'),
    telemetryOptions: { logging: { filter: { core: 'ERROR', other: 'ERROR' }, forward: {} } },
  });
  bundle = await bundleHere();
}, 120_000);
afterAll(() => bundle?.remove());

// A server for each test: one that skips time keeps what a run had under way at its end as a reason not to skip, for ever after
// (temporalio/sdk-java#1138), and a busy machine finds such a moment.
beforeEach(async () => {
  const executable = process.env['STACK_TEMPORAL_TEST_SERVER'];
  if (!executable)
    throw new Error('STACK_TEMPORAL_TEST_SERVER is not set, so there is no server that skips time: run "npm test"');
  env = await TestWorkflowEnvironment.createTimeSkipping({ server: { executable: { type: 'existing-path', path: executable } } });
  const keyword = 2;
  await env.connection.operatorService.addSearchAttributes({
    namespace: env.namespace ?? 'default',
    searchAttributes: Object.fromEntries(
      [environmentAttribute, segmentAttribute, stageAttribute].map(({ name }) => [name, keyword]),
    ),
  });
  worker = await Worker.create({
    connection: env.nativeConnection,
    taskQueue,
    workflowBundle: { codePath: bundle.path },
    activities: administrations.activities,
  });
  running = worker.run();
}, 60_000);
afterEach(async () => {
  worker?.shutdown();
  await running;
  await env?.teardown();
}, 60_000);

/**
 * Never to the very moment at which something is due: the server that skips time refuses to cancel a timer that is just about to ring, and
 * then gives that run no task any more (temporalio/sdk-java#3088). A real one rings it, and goes on.
 */
const pass = (ms: number): Promise<void> => env.sleep(ms + hour / 3);

/** A command now, in the server's time. */
const said = async () => ({ by, reason: 'because', at: instant(await env.currentTimeMs()) });
/** When an activity that runs now was due, in the server's time. */
const activityTime = (): number => Context.current().info.scheduledTimestampMs;

interface Rotation {
  readonly handle: RotationHandle;
  readonly administration: InMemoryTokenAdministration;
  /** The server's time of each call: `revoke revoke-old-1` → hours since the start. */
  readonly times: Map<string, number>;
}
async function rotation(more: Partial<RotationRequest> = {}, liveTokens = 1): Promise<Rotation> {
  const environment = newEnvironment();
  const administration = administrations.of(environment);
  const request = requestFor(environment, more);
  for (let n = 1; n <= liveTokens; n += 1) await administration.mint({ request, rotation: 'earlier', step: `mint-${n}` });
  administration.calls.length = 0;
  const start = await env.currentTimeMs();
  const times = new Map<string, number>();
  administration.before = (call, input) =>
    void times.set(`${call} ${'step' in input ? String(input.step) : ''}`.trim(), (activityTime() - start) / hour);
  const handle = await startRotation(env.client, request, taskQueue);
  return { handle, administration, times };
}

const stage = (handle: RotationHandle, wanted: string) =>
  eventually(async () => (await statusOf(handle)).stage === wanted, { withinMs: 20_000, what: `the stage ${wanted}` });
const opened = (handle: RotationHandle) =>
  eventually(async () => (await statusOf(handle)).slots.every(({ state }) => state === 'awaiting'), {
    withinMs: 20_000,
    what: 'both slots are opened',
  });

describe('a rotation over weeks', () => {
  it('M28: mints, delivers, watches, is paused and extended, marks the old token, revokes it and ends, each in its time', async () => {
    const { handle, administration, times } = await rotation();
    const begun = await env.currentTimeMs();
    // Devices move over in ten days.
    administration.reading = () => knownAdoption(1_000, Math.min(1_000, Math.floor((activityTime() - begun) / hour / 0.24)));
    await opened(handle);
    await pass(2 * day);
    expect(administration.notices.filter(({ what }) => what === 'slot-waiting').length).toBeGreaterThanOrEqual(1);
    await confirmAll(handle, (await said()).at);
    await stage(handle, 'watching');
    const { overlapEndsAt } = await statusOf(handle);
    expect(Math.round((overlapEndsAt! - begun) / hour)).toBe((2 + 7) * 24);

    await pass(day);
    expect(await handle.executeUpdate(pauseUpdate, { args: [await said()] })).toMatchObject({ paused: true });
    const calls = administration.calls.length;
    await pass(2 * day);
    expect(administration.calls.length).toBe(calls);
    expect(await handle.executeUpdate(resumeUpdate, { args: [await said()] })).toMatchObject({
      paused: false,
      stage: 'watching',
    });

    // Repeated under another name of Temporal's, as in a run that carries this one on.
    const extend = { ...(await said()), hours: 72, id: 'once' };
    await handle.executeUpdate(extendUpdate, { args: [extend] });
    const extended = await handle.executeUpdate(extendUpdate, { args: [extend] });
    expect((extended.overlapEndsAt! - overlapEndsAt!) / hour).toBe(72);

    expect(await handle.result()).toMatchObject({ kind: 'finished', replaced: ['tok_0000000000000001'] });
    expect(times.get('retire retire-1')).toBeGreaterThanOrEqual(12 * 24);
    expect(times.get('retire retire-1')).toBeLessThan(12 * 24 + 7);
    expect(times.get('revoke revoke-old-1')! - times.get('retire retire-1')!).toBeCloseTo(48, 0);
    expect(administration.tokens.map(({ state }) => state)).toEqual(['revoked', 'active']);
    expect(administration.notices.at(-1)).toEqual({
      what: 'finished',
      detail: '1000 of 1000 devices (100 %) present the new token; wanted: 95 %',
    });
  }, 60_000);

  it('stands at the gate while adoption is unknown or too low, reminds each day, and goes on with the approval of a person', async () => {
    const { handle, administration } = await rotation();
    administration.reading = () => knownAdoption(200, 189);
    await opened(handle);
    expect(await refusalOf(handle.executeUpdate(approveUpdate, { args: [await said()] }))).toBe(
      'rotation-refused: not every slot is stored or confirmed: intune, jamf',
    );
    await confirmAll(handle, (await said()).at);
    await pass(8 * day);
    await stage(handle, 'gate');
    administration.reading = () => ({ kind: 'unknown', why: 'the last sighting is two days old' });
    await pass(20 * day);
    const status = await statusOf(handle);
    expect(status).toMatchObject({ stage: 'gate', waitsFor: { what: 'adoption-or-approval' } });
    expect(status.sentence).toBe('adoption is unknown: the last sighting is two days old');
    expect(status).not.toHaveProperty('adoption');
    expect(administration.notices.filter(({ what }) => what === 'gate-waits-for-approval').length).toBeGreaterThan(18);
    expect(administration.calls.filter((call) => /^(retire|revoke)/.test(call))).toEqual([]);
    await handle.executeUpdate(approveUpdate, { args: [await said()] });
    expect(await handle.result()).toMatchObject({ kind: 'finished' });
  }, 60_000);

  it('goes back to the gate when the guards refuse the revocation, whatever the figures say then, and tries again when approved', async () => {
    const { handle, administration } = await rotation({ minimumOverlapHours: 1, retireForHours: 1 });
    administration.reading = () => knownAdoption(100, 100);
    administration.guard = () => ({ reason: 'too-many-devices', detail: '20 of 100 devices would be refused' });
    await opened(handle);
    await confirmAll(handle, (await said()).at);
    await pass(3 * day);
    expect(await statusOf(handle)).toMatchObject({ stage: 'gate', needsApproval: '20 of 100 devices would be refused' });
    expect(administration.tokens[0]!.state).toBe('retiring');
    await handle.executeUpdate(approveUpdate, { args: [await said()] });
    await pass(hour);
    expect(await statusOf(handle)).toMatchObject({ stage: 'gate', needsApproval: '20 of 100 devices would be refused' });
    administration.guard = () => undefined;
    await pass(3 * day);
    expect(administration.tokens[0]!.state).toBe('retiring');
    await handle.executeUpdate(approveUpdate, { args: [await said()] });
    expect(await handle.result()).toMatchObject({ kind: 'finished' });
    expect(administration.calls.filter((call) => call.startsWith('revoke'))).toEqual([
      'revoke revoke-old-1',
      'revoke revoke-old-2',
      'revoke revoke-old-3',
    ]);
  }, 60_000);

  it('is rolled back while the old token is marked: it is active again, comes back to the slots, and only then the new one is revoked', async () => {
    const { handle, administration, times } = await rotation();
    administration.reading = () => knownAdoption(100, 100);
    await opened(handle);
    await confirmAll(handle, (await said()).at);
    await pass(8 * day);
    await stage(handle, 'retiring');
    const [before, after] = administration.tokens;
    await handle.executeUpdate(rollBackUpdate, { args: [await said()] });
    await eventually(() => administration.opened.length === 4, {
      withinMs: 20_000,
      what: 'both slots are opened for the old token',
    });
    expect(before!.state).toBe('active');
    // A late word about the new value is not taken for one about the old.
    const late = { by, at: (await said()).at, slot: 'intune', token: after!.id, result: 'done' as const };
    expect(await refusalOf(handle.executeUpdate(confirmSlotUpdate, { args: [late] }))).toBe(
      `rotation-refused: intune is about ${before!.id}, not about ${after!.id}`,
    );
    await pass(10 * day);
    expect(after!.state).toBe('active');
    expect(administration.notices.filter(({ what }) => what === 'slot-waiting').length).toBeGreaterThan(8);
    await opened(handle);
    await confirmAll(handle, (await said()).at);
    expect(await handle.result()).toMatchObject({ kind: 'rolled-back', replaced: [] });
    expect([before!.state, after!.state]).toEqual(['active', 'revoked']);
    expect(times.get('revoke revoke-new-1-1-back')).toBeGreaterThan((8 + 10 + 7) * 24);
    expect(administration.notices.at(-1)).toEqual({ what: 'rolled-back', detail: 'because' });
  }, 60_000);

  it('R40: replaces a value that a target refuses, three times; then an operator decides', async () => {
    const { handle, administration } = await rotation();
    administration.slotAnswer = ({ slot }) =>
      slot.id === 'jamf' ? { kind: 'refused', reason: 'longer than the field' } : { kind: 'delivered' };
    const restored = () => administration.opened.filter(({ token }) => token === administration.tokens[0]!.id).length;
    await pass(40 * day);
    await stage(handle, 'held');
    expect(await statusOf(handle)).toMatchObject({
      replacements: 3,
      held: {
        reason: 'too-many-refused-values',
        detail: '4 values were refused, the last one by jamf: longer than the field',
      },
    });
    // The slot that took each value had the old one back before that value was revoked.
    expect(administration.tokens.map(({ state }) => state)).toEqual(['active', 'revoked', 'revoked', 'revoked', 'active']);
    expect(restored()).toBe(3);
    administration.slotAnswer = () => ({ kind: 'delivered' });
    administration.reading = () => knownAdoption(10, 10);
    await handle.executeUpdate(resumeUpdate, { args: [await said()] });
    expect(await handle.result()).toMatchObject({ kind: 'finished', token: administration.tokens[5]!.id });
    expect(administration.tokens.map(({ state }) => state)).toEqual([
      'revoked',
      'revoked',
      'revoked',
      'revoked',
      'revoked',
      'active',
    ]);
  }, 60_000);

  it('is held, not failed, when a call is refused; it tries again when resumed', async () => {
    const { handle, administration } = await rotation({ minimumOverlapHours: 1, retireForHours: 0 }, 2);
    const waits = async () => (await statusOf(handle)).waitsFor?.what === 'operator'; // when it has told them
    await eventually(waits, { withinMs: 20_000, what: 'it waits for an operator' });
    expect(await statusOf(handle)).toMatchObject({ stage: 'held', held: { reason: 'two-generations', from: 'minting' } });
    expect(await refusalOf(handle.executeUpdate(approveUpdate, { args: [await said()] }))).toMatch(
      /^rotation-refused: the rotation is held \(the segment already has two live tokens/,
    );
    administration.tokens[0]!.state = 'revoked';
    administration.slotAnswer = () => ({ kind: 'delivered' });
    administration.reading = () => knownAdoption(10, 10);
    await handle.executeUpdate(resumeUpdate, { args: [await said()] });
    expect(await handle.result()).toMatchObject({ kind: 'finished', replaced: [administration.tokens[1]!.id] });
  }, 60_000);

  it('tries a call that fails again for as long as it takes, and tells somebody once', async () => {
    const { handle, administration, times } = await rotation({ minimumOverlapHours: 1, retireForHours: 0 }, 0);
    const note = administration.before;
    let fails = 25;
    administration.before = (call, input) => {
      note(call, input);
      if (call === 'mint' && (fails -= 1) >= 0) {
        throw ApplicationFailure.create({ type: 'unexpected', message: 'the store is away', nextRetryDelay: 1 });
      }
    };
    administration.reading = () => knownAdoption(10, 10);
    administration.slotAnswer = () => ({ kind: 'delivered' });
    expect(await handle.result()).toMatchObject({ kind: 'finished', replaced: [] });
    expect(times.get('mint mint-1')! * 60).toBeGreaterThan(10);
    expect(administration.tokens).toHaveLength(1);
    expect(administration.notices.filter(({ what }) => what === 'failed')).toEqual([
      { what: 'failed', detail: 'mint fails, and is tried again: the store is away' },
    ]);
  }, 60_000);
});
