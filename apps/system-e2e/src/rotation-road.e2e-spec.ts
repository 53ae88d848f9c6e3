import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { environmentId } from '@tallystick/kernel-core';
import { createLogger } from '@tallystick/platform-observability';
import { connectTemporal, type TemporalClient } from '@tallystick/platform-temporal';
import { endpoints, uniqueName } from '@tallystick/platform-testing';
import { maxLeaseMs } from '@tallystick/tokens-domain';
import { rotationWorkflowId } from '@tallystick/tokens-workflow-api';
import { isAllowed } from './system/ask-validators.ts';
import { everythingWritten, findIn, type Written } from './system/leaks.ts';
import { RotationsClient } from './system/rotations-client.ts';
import { startSystem, type System } from './system/system.ts';
import { type IssuedToken, TokensClient } from './system/tokens-client.ts';
import { waitUntil } from './system/wait-until.ts';

// Rotations as operators, MDMs and phones see them: real processes, real Redis and Temporal. The worker dies in every stage.
const root = resolve(import.meta.dirname, '../../..');
const environment = uniqueName('rotate').toLowerCase();
const because = 'the test has no sightings to go by yet';
const second = 1 / 3_600;
const slots = [
  { id: 'intune', mdm: 'intune', platform: 'ios', kind: 'file' },
  { id: 'jamf', mdm: 'jamf', platform: 'ios', kind: 'person' },
];
const plan = { label: 'winter', slots, adoptionShare: 0.9, watchEveryMinutes: 1 / 30, reason: 'yearly' };
const phones = Array.from({ length: 20 }, (_, index) => `phone-${index}`);

let system: System;
let temporal: TemporalClient;
let tokens: TokensClient;
let approver: TokensClient;
let rotations: RotationsClient;
let caller: string;
const values = new Map<string, string>();

const restarted = async (during: string): Promise<void> => {
  await system.process('temporal-worker').kill('SIGKILL');
  killedIn.push(during);
  await system.restart('temporal-worker');
};
const killedIn: string[] = [];

const allows = (validator: string, presentedToken: string, device?: string): Promise<boolean> =>
  isAllowed(validator, { environment, caller, presentedToken, ...(device === undefined ? {} : { device }) });
const validators = () => system.validators.map((name) => system.url(name));
/** Phones sign on with a value, at one validator or the other. */
const signOn = async (who: readonly string[], value: string): Promise<void> => {
  for (const [index, id] of who.entries()) expect(await allows(validators()[index % 2]!, value, id)).toBe(true);
};
const addOld = async (label: string, segment: object): Promise<IssuedToken> => {
  const token = await tokens.add(label, { segment, keepValue: true });
  values.set(label, token.value);
  return token;
};
const stateOf = async (id: string) => ((await tokens.read(`/tokens/${id}`)) as { state: string }).state;
const tokensOf = async (segment: string): Promise<readonly string[]> => {
  const { items } = (await tokens.read('/tokens')) as { items: { id: string; state: string; segmentName: string }[] };
  return items.filter(({ segmentName }) => segmentName === segment).map(({ id, state }) => `${id} ${state}`);
};

/** How the history of a rotation ends, and whether its tasks fail: for the person who reads why it did not go on. */
const lastEventsOf = async (segment: string): Promise<string> => {
  const platform = segment as 'ios' | 'android';
  const handle = temporal.client.workflow.getHandle(rotationWorkflowId(environmentId(environment), { platform }));
  const { raw } = await handle.describe();
  const { events } = await handle.fetchHistory();
  return JSON.stringify({
    workflowTask: raw.pendingWorkflowTask,
    events: events?.slice(-12).map(({ eventId, eventType, eventTime, workflowTaskFailedEventAttributes: failed }) => ({
      id: String(eventId),
      type: eventType,
      at: new Date(Number(eventTime?.seconds) * 1_000).toISOString(),
      ...(failed ? { failed: failed.failure?.message } : {}),
    })),
  });
};

beforeAll(async () => {
  const { redis, kafka, temporal: address, oidc } = endpoints();
  system = await startSystem({
    root,
    folder: join(root, '.stack', 'test', 'rotation-road'),
    servers: { redis, kafka: kafka.join(','), temporal: address, oidc },
    environment,
    halves: ['tokens'],
    validators: 2,
    deviceLimit: 9,
    connections: () => [],
    env: { 'pairing-validator': { VALIDATOR_LEASE_MS: String(maxLeaseMs) } }, // as long as a validator that stands still is waited for
  });
  temporal = connectTemporal({ address, namespace: 'default', logger: createLogger({ service: 'e2e', level: 'silent' }) });
  const client = async (subject: string, roles: readonly string[]) =>
    new TokensClient(system.url('token-service'), environment, await system.access.tokenFor(subject, environment, roles));
  tokens = await client('admin', ['token-admin', 'viewer']);
  approver = await client('second-admin', ['approver', 'token-admin', 'viewer']);
  rotations = new RotationsClient(tokens, lastEventsOf);
  caller = await system.access.tokenFor('provider', environment, ['validator-caller']);
  const guards = { windowDays: 14, refusedShare: 0.02, minimumObservationHours: 0, staleAfterHours: 24, noticeHours: 12 };
  const settings = { reason: 'figures at once', compatibility: 'safe', twoPeople: false, readableValues: false, guards };
  const set = await approver.raw('PUT', '/settings', settings, { 'if-none-match': '*' });
  expect([set.status, await set.text()]).toEqual([200, expect.any(String)]);
  // Begins in the next minute; looked at when the long test is over.
  const schedule = { ...plan, cron: ['* * * * *'], jitterMinutes: 0.1 };
  expect((await tokens.raw('PUT', '/rotation-schedules/ios~berlin', schedule)).status).toBe(200);
}, 120_000);

afterAll(async () => {
  await tokens?.raw('DELETE', '/rotation-schedules/ios~berlin?reason=over').catch(() => undefined);
  await temporal?.close();
  await system?.stop();
}, 60_000);

describe('a rotation, from the first call to the revoked token', () => {
  it('M28, R40: no value leaves before every validator accepts it; its worker is killed in each stage from minting to revoking and the token service in a step; it ends with one new token, and the old one revoked', async () => {
    const old = await addOld('old', { platform: 'ios' });
    await approver.enforce(new Date(), because);
    await signOn(phones, old.value);
    const slow = system.process(system.validators[0]!);

    await slow.kill('SIGSTOP'); // so that making the token has to wait for it
    const began = await rotations.start({
      ...plan,
      segment: { platform: 'ios' },
      minimumOverlapHours: 12 * second,
      retireForHours: 12 * second,
    });
    expect(began).toMatchObject({ stage: 'minting', replaces: [] });
    await rotations.until('ios', 'it mints', ({ stage, doing }) => stage === 'minting' && doing === 'mint', { everyMs: 20 });
    const tooEarly = await tokens.raw('POST', '/rotations/ios/slots/intune/export?format=ios-plist');
    expect([tooEarly.status, ((await tooEarly.json()) as { type: string }).type]).toEqual([
      409,
      'urn:tallystick:problem:slot-not-open',
    ]);
    await system.process('temporal-worker').kill('SIGKILL');
    await system.process('token-service').kill('SIGKILL');
    killedIn.push('minting');
    await slow.kill('SIGCONT');
    await system.restart('token-service');
    expect(await tokens.read('/rotations/ios')).toMatchObject({ stage: 'minting', doing: 'mint' }); // told while no worker is there
    await system.restart('temporal-worker');

    const { token, replaces } = await rotations.delivering('ios');
    expect(replaces).toEqual([old.id]);
    await restarted('delivering');
    const value = await rotations.exported('ios', 'intune');
    values.set('new', value);
    for (const validator of validators()) expect(await allows(validator, value)).toBe(true);
    const early = await approver.raw('POST', '/rotations/ios/approve', { reason: 'now' });
    expect(early.status).toBe(409);
    expect(await early.json()).toMatchObject({ detail: 'not every slot is stored or confirmed: intune, jamf' });
    expect((await tokens.raw('POST', '/rotations/ios/approve', { reason: 'now' })).status).toBe(403);
    expect((await tokens.raw('POST', '/rotations', { ...plan, segment: { platform: 'ios' } })).status).toBe(409);
    await rotations.confirmAll('ios');

    await rotations.atStage('ios', 'watching');
    await restarted('watching');
    await signOn(phones.slice(0, 10), value);
    await rotations.until('ios', 'half of the phones are counted', ({ adoption }) => adoption === 0.5);
    await rotations.atStage('ios', 'gate');
    await expectVisible(old.id, token!);
    await restarted('gate');
    expect((await rotations.until('ios', 'it answers again', () => true)).stage).toBe('gate');
    const byHand = await tokens.raw(
      'POST',
      `/tokens/${old.id}/revoke`,
      { reason: 'impatient' },
      { 'idempotency-key': 'impatient' },
    );
    expect(await byHand.json()).toMatchObject({ status: 409, figures: { devices: 20, byToken: 10 } }); // R41

    await signOn(phones.slice(10), value);
    const retiring = await rotations.until('ios', 'it retires', ({ retireEndsAt }) => retireEndsAt !== undefined);
    expect(retiring).toMatchObject({ stage: 'retiring', adoption: 1 });
    await restarted('retiring');
    expect(await stateOf(old.id)).toBe('retiring');
    for (const validator of validators()) expect(await allows(validator, old.value)).toBe(true);

    await pause(Math.max(0, Date.parse(retiring.retireEndsAt!) - Date.now() - 500));
    await slow.kill('SIGSTOP');
    await rotations.until('ios', 'it revokes', ({ stage, doing }) => stage === 'revoking' && doing === 'revoke', { everyMs: 20 });
    await system.process('temporal-worker').kill('SIGKILL');
    killedIn.push('revoking');
    await slow.kill('SIGCONT');
    await system.restart('temporal-worker');

    const ended = await rotations.atStage('ios', 'finished');
    expect(killedIn).toEqual(['minting', 'delivering', 'watching', 'gate', 'retiring', 'revoking']);
    expect(ended).toMatchObject({ token, replaces: [old.id], revoked: { confirmedBy: expect.any(String) as unknown } });
    expect(await stateOf(old.id)).toBe('revoked');
    expect(await tokensOf('ios')).toEqual([`${old.id} revoked`, `${token} active`]);
    const attempts = await attemptsOf('ios');
    for (const call of ['mint', 'revoke']) expect(attempts.get(call)).toBeGreaterThan(1); // they were broken off, and made again
    for (const validator of validators()) {
      expect(await allows(validator, old.value)).toBe(false);
      expect(await allows(validator, value)).toBe(true);
    }
    const late = await tokens.raw('POST', '/rotations/ios/roll-back', { reason: 'too late' });
    expect([late.status, ((await late.json()) as { detail: string }).detail]).toEqual([
      409,
      'the rotation is over: it is finished',
    ]);
  }, 400_000);

  /** How often each call was made at most, in one step. */
  async function attemptsOf(platform: 'ios'): Promise<ReadonlyMap<string, number>> {
    const handle = temporal.client.workflow.getHandle(rotationWorkflowId(environmentId(environment), { platform }));
    const { events } = await handle.fetchHistory();
    const names = new Map<string, string>();
    const attempts = new Map<string, number>();
    for (const {
      eventId,
      activityTaskScheduledEventAttributes: scheduled,
      activityTaskStartedEventAttributes: began,
    } of events!) {
      if (scheduled) names.set(String(eventId), scheduled.activityType!.name!);
      const name = began && names.get(String(began.scheduledEventId));
      if (name) attempts.set(name, Math.max(attempts.get(name) ?? 0, began.attempt ?? 0));
    }
    return attempts;
  }

  /** In the Temporal UI: search attributes and details. */
  async function expectVisible(old: string, fresh: string): Promise<void> {
    const query = `Environment = '${environment}' AND Segment = 'ios' AND Stage = 'gate'`;
    const id = rotationWorkflowId(environmentId(environment), { platform: 'ios' });
    await waitUntil('it is found by its stage', async () => {
      for await (const { workflowId } of temporal.client.workflow.list({ query })) if (workflowId === id) return true;
      return false;
    });
    const handle = temporal.client.workflow.getHandle(id);
    const { currentDetails } = await handle.query<{ currentDetails: string }>('__temporal_workflow_metadata');
    expect(currentDetails).toContain('**gate**');
    expect(currentDetails).toContain(`- new token: \`${fresh}\`\n- replaces: \`${old}\``);
    expect(currentDetails).toContain('- devices on the new token: 10 of 20');
  }

  it('R40: its worker is killed while it is paused, replaces a refused value, is rolled back and held; the old value comes back to every slot, then the new tokens are refused', async () => {
    const old = await addOld('old android', { platform: 'android' });
    const slow = system.process(system.validators[0]!);
    const waits = (slot: number, token: string, what: string) =>
      rotations.until('android', what, ({ slots: of }) => of[slot]!.state === 'awaiting' && of[slot]!.token === token);
    const again = () => rotations.until('android', 'it answers again', () => true);
    killedIn.length = 0;
    await rotations.start({ ...plan, segment: { platform: 'android' }, minimumOverlapHours: 0, retireForHours: 1 });
    const { token: first } = await rotations.delivering('android');
    const refused = await rotations.exported('android', 'intune');
    values.set('refused android', refused);

    await rotations.command('android', 'pause', { reason: 'holidays' });
    const tooLong = { slot: 'jamf', token: first, result: 'refused', reason: 'longer than its field' };
    await rotations.command('android', 'confirm-slot', tooLong);
    await restarted('paused');
    expect(await again()).toMatchObject({ stage: 'replacing', paused: true, slots: [{ state: 'awaiting', token: first }, {}] });
    await rotations.command('android', 'resume', { reason: 'back again' });
    await waits(0, old.id, 'the old value waits for the slot that took the new one');
    await restarted('replacing');
    await again();
    await slow.kill('SIGSTOP'); // so that revoking the refused token has to wait for it
    await rotations.confirmAll('android');
    await rotations.until('android', 'it revokes', ({ stage, doing }) => stage === 'replacing' && doing === 'revoke', {
      everyMs: 20,
    });
    await system.process('temporal-worker').kill('SIGKILL');
    killedIn.push('replacing, in a call');
    await slow.kill('SIGCONT');
    await system.restart('temporal-worker');
    const { token } = await rotations.until('android', 'another value waits for every slot', (seen) =>
      seen.slots.every((slot) => slot.state === 'awaiting' && slot.token === seen.token && slot.token !== first),
    );
    expect(await tokensOf('android')).toEqual([`${old.id} active`, `${first} revoked`, `${token} active`]);
    for (const validator of validators()) expect(await allows(validator, refused)).toBe(false);

    const value = await rotations.exported('android', 'intune');
    values.set('new android', value);
    await rotations.command('android', 'confirm-slot', { slot: 'intune', token, result: 'done' });
    await rotations.command('android', 'roll-back', { reason: 'the wrong MDM' });
    for (const slot of [0, 1]) await waits(slot, old.id, 'the old value waits for both slots');
    await restarted('rolling-back');
    expect((await again()).stage).toBe('rolling-back');
    expect(await rotations.exported('android', 'jamf')).toBe(old.value);
    const offline = { slot: 'jamf', token: old.id, result: 'refused', reason: 'it is offline' };
    await rotations.command('android', 'confirm-slot', offline);
    await rotations.atStage('android', 'held');
    await restarted('held');
    expect(await again()).toMatchObject({ stage: 'held', held: { from: 'rolling-back', reason: 'old-value-refused' } });
    await rotations.command('android', 'resume', { reason: 'it is online' });
    await waits(1, old.id, 'the old value waits for the second slot again');
    await rotations.confirmAll('android');
    await rotations.atStage('android', 'rolled-back');
    expect(killedIn).toEqual(['paused', 'replacing', 'replacing, in a call', 'rolling-back', 'held']);
    expect(await tokensOf('android')).toEqual([`${old.id} active`, `${first} revoked`, `${token} revoked`]);
    for (const validator of validators()) {
      expect(await allows(validator, value)).toBe(false);
      expect(await allows(validator, old.value)).toBe(true);
    }
  }, 400_000);

  it('is started by its schedule, with jitter; the schedule and all rotations are listed', async () => {
    await rotations.delivering('ios~berlin');
    const schedule = (await tokens.read('/rotation-schedules/ios~berlin')) as { started: string[]; plan: object; next: string[] };
    expect(schedule.plan).toMatchObject({ cron: ['* * * * *'], jitterMinutes: 0.1, label: 'winter' });
    expect(schedule.started.length).toBeGreaterThan(0);
    expect(schedule.next.length).toBeGreaterThan(0);
    const { items: scheduled } = (await tokens.read('/rotation-schedules')) as { items: { path: string }[] };
    expect(scheduled.map(({ path }) => path)).toEqual(['ios~berlin']);
    expect((await tokens.raw('POST', '/rotation-schedules/ios~berlin/trigger', { reason: 'now' })).status).toBe(202); // one runs: it is skipped
    expect((await tokens.raw('DELETE', '/rotation-schedules/ios~berlin?reason=over')).status).toBe(204);
    expect((await tokens.raw('GET', '/rotation-schedules/ios~berlin')).status).toBe(404);

    const listed: { path: string; stage: string; state: string }[] = [];
    for (let next: string | undefined = ''; next !== undefined;) {
      const cursor = next === '' ? '' : `&cursor=${next}`;
      const page = (await tokens.read(`/rotations?limit=2${cursor}`)) as { items: typeof listed; next?: string };
      listed.push(...page.items);
      next = page.next;
    }
    const seen = listed.map(({ path, stage, state }) => `${path} ${stage} ${state}`).sort();
    expect(seen).toEqual(['android rolled-back completed', 'ios finished completed', 'ios~berlin delivering running']);
  }, 120_000);
});

describe('what nobody may read', () => {
  it('I8: no value, old or new, in any log, file, key of Redis, topic or history, neither as text nor in base64', async () => {
    expect([...values.keys()].sort()).toEqual(['new', 'new android', 'old', 'old android', 'refused android']);
    const { folder, servers } = system.options;
    const written: Written[] = [];
    for await (const one of everythingWritten({ folder, servers, environment })) written.push(one);
    expect(await findIn(written, values)).toEqual([]);
    const histories = written.filter(({ where }) => where.startsWith('temporal '));
    expect(await findIn(histories, new Map([['any value', 'tsk_']]))).toEqual([]);
    for (const segment of [{ platform: 'ios' }, { platform: 'android' }, { platform: 'ios', site: 'berlin' }] as const)
      expect(histories.map(({ where }) => where)).toContain(
        `temporal ${rotationWorkflowId(environmentId(environment), segment)}`,
      );
  }, 60_000);
});
