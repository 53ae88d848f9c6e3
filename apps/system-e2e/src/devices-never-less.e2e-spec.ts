import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { join, resolve } from 'node:path';
import { endpoints, uniqueName } from '@tallystick/platform-testing';
import { devicesOnTheWay, isDone } from './proof/devices-on-the-way.ts';
import { createFeed, type Feed } from './system/feed.ts';
import { ProvisioningClient } from './system/provisioning-client.ts';
import { SeenDirectory } from './system/seen-directory.ts';
import { ampleBudget, startSystem, type System } from './system/system.ts';
import { waitUntil } from './system/wait-until.ts';

// What a person has left at each moment, in both of the provider's APIs: replayed from the simulator's log of calls, which misses none.
const root = resolve(import.meta.dirname, '../../..');
const environment = uniqueName('less').toLowerCase();
const connections = ['org', 'cloud', 'org-parity', 'cloud-parity'] as const;
type ConnectionName = (typeof connections)[number];
const topicOf = (name: ConnectionName): string => `${environment}.${name}`;
interface Dialect {
  readonly api: string;
  /** With the preset never-less, and with parity. */
  readonly careful: ConnectionName;
  readonly plain: ConnectionName;
  readonly pair: string;
  readonly unpair: string;
  readonly slot: string;
  /** Settings of the simulator for so many devices. */
  readonly limit: (devices: number) => object;
}
const dialects: readonly Dialect[] = [
  {
    ...{ api: 'PingID', careful: 'org', plain: 'org-parity', slot: 'SMS Number 1' },
    ...{ pair: 'offlinepairing', unpair: 'unpairdevice', limit: (devices) => ({ deviceLimit: devices }) },
  },
  {
    ...{ api: 'PingOne', careful: 'cloud', plain: 'cloud-parity', slot: 'SMS 1' },
    ...{ pair: 'create-device', unpair: 'delete-device', limit: (devices) => ({ pingone: { maxAllowedDevices: devices } }) },
  },
];

let system: System;
let directory: SeenDirectory;
let feed: Feed;
const clients = new Map<ConnectionName, ProvisioningClient>();
let n = 0;
const person = () => {
  n += 1;
  const number = (of: number) => `+44770090${String(of).padStart(4, '0')}`;
  const username = `person-${n}`;
  return { id: `key-${n}`, username, mail: `${username}@example.com`, mobile: number(n), next: number(n + 500) };
};
type Person = ReturnType<typeof person>;
const send = (to: ConnectionName, ...people: readonly Person[]) =>
  feed.send(
    topicOf(to),
    people.map(({ next: _, ...record }) => ({ key: record.id, value: JSON.stringify(record) })),
  );
const moved = (who: Person): Person => ({ ...who, mobile: who.next });
const client = (of: ConnectionName): ProvisioningClient => clients.get(of)!;
const devicesOf = async ({ username }: Person) => (await directory.user(username))?.devices ?? [];
const numbersOf = async (who: Person) =>
  (await devicesOf(who)).filter(({ type }) => type === 'SMS').map(({ value }) => value.replace(/\D/g, '').slice(-10));
/** With the names of their slots: a name is the last thing that is written of a device. */
const settledWith = (who: Person, devices: number) =>
  waitUntil(`${who.username} to have ${devices} devices with ${who.mobile}`, async () => {
    const seen = await devicesOf(who);
    const isNamed = seen.every(({ nickname }) => /^(?:Email|SMS|SMS Number) 1$/.test(nickname));
    return isNamed && seen.length === devices && (await numbersOf(who)).join() === who.mobile.slice(-10);
  });
const callsOf = (since: number, { username }: Person) => directory.calls(since, username);
beforeAll(async () => {
  const { redis, kafka, temporal, oidc } = endpoints();
  const servers = { redis, kafka: kafka.join(','), temporal, oidc };
  system = await startSystem({
    root,
    folder: join(root, '.stack', 'test', 'devices-never-less'),
    servers,
    environment,
    halves: ['devices'],
    validators: 0,
    deviceLimit: 9,
    env: { 'temporal-worker': { WORKER_CALL_TIMEOUT: '2s' }, 'provisioning-service': { PROVISIONING_SWEEP_INTERVAL: '1s' } },
    connections: (file, pingone) =>
      connections.map((name) => ({
        environment,
        connection: name,
        source: { topic: topicOf(name), format: { kind: 'json' } },
        directory: name.startsWith('org') ? { kind: 'pingid', properties: { file } } : pingone,
        mapping: { userName: { attribute: 'username' }, mfaSms1: { attribute: 'mobile' }, mfaEmail1: { attribute: 'mail' } },
        preset: name.endsWith('parity') ? 'parity' : 'never-less',
        options: { manageDevices: 'merge' },
        visibilityWindowMs: 2_500,
        budget: { ...ampleBudget, inFlight: 8 },
      })),
  });
  directory = new SeenDirectory(system.url('directory-simulator'));
  feed = createFeed(servers.kafka);
  const bearer = await system.access.tokenFor('never-less', environment, ['operator', 'approver']);
  for (const name of connections)
    clients.set(name, new ProvisioningClient(system.url('provisioning-service'), environment, name, bearer));
}, 120_000);

afterAll(async () => {
  await feed?.close();
  await system?.stop();
}, 60_000);

describe.each(dialects)('never less, by the API of $api', ({ careful, plain, pair, slot, limit }) => {
  it('T5: a replaced number leaves at no moment fewer devices than before, also when the answer to the pairing is lost', async () => {
    const [who, unlucky] = [person(), person()];
    await send(careful, who, unlucky);
    for (const one of [who, unlucky]) await settledWith(one, 2);
    const since = await directory.lastCall();
    await directory.setFaults([{ op: pair, kind: 'reset-after', username: unlucky.username }]);
    await send(careful, moved(who), moved(unlucky));
    for (const one of [who, unlucky]) {
      await settledWith(moved(one), 2);
      const calls = await callsOf(since, one);
      expect(devicesOnTheWay(calls, 2).least).toBe(2);
      expect(calls.filter(({ op }) => op === pair).filter(isDone)).toHaveLength(1);
    }
  }, 60_000);

  it('R31: at the device limit, and with a limit that was lowered under what is there, a replacement is held and nobody has less', async () => {
    const [full, over] = [person(), person()];
    await send(careful, full, over);
    for (const one of [full, over]) await settledWith(one, 2);
    for (const [one, most] of [
      [full, 2],
      [over, 1],
    ] as const) {
      await directory.change(limit(most));
      const since = await directory.lastCall();
      const { user } = await client(careful).userOf(one.id);
      await send(careful, moved(one));
      const outcome = await waitUntil('an outcome that is not the whole', async () => {
        const { outcome: it } = await client(careful).userOf(one.id);
        return it && it.kind !== 'changed' && it.kind !== 'in-sync' && it;
      });
      expect({ user, ...outcome }).toMatchObject({ user, kind: 'held', because: 'no-headroom' });
      expect(devicesOnTheWay(await callsOf(since, one), 2).least).toBe(2);
      expect(await numbersOf(one)).toEqual([one.mobile.slice(-10)]);
    }
    await directory.change(limit(9));
  }, 60_000);

  it('R29, R30: a pairing whose answer was lost, and which is not listed at once, ends in exactly one device', async () => {
    const faults = ['reset-after', 'error-after', 'hang-after'].map((kind) => ({ kind, who: person() }));
    await directory.change({ visibilityLagMs: 1_000 });
    const aboutNumbers = { op: pair, skip: 1 }; // the first pairing is the e-mail's: the fault hits the second one
    await directory.setFaults(faults.map(({ kind, who }) => ({ ...aboutNumbers, kind, username: who.username })));
    const since = await directory.lastCall();
    await send(plain, ...faults.map(({ who }) => who));
    for (const { kind, who } of faults) {
      await waitUntil(`the end of ${kind}`, () => client(plain).isSettled(who.id));
      const calls = (await callsOf(since, who)).filter(({ op }) => op === pair);
      expect(calls.filter(({ fault }) => fault === kind)).toHaveLength(1); // it was hit
      expect(calls.filter(isDone)).toHaveLength(2);
      await settledWith(who, 2); // longer than the lag: whatever there is, is listed by then
      expect((await devicesOf(who)).map(({ nickname }) => nickname).sort()).toEqual(['Email 1', slot]);
    }
    await directory.change({ visibilityLagMs: 0 });
  }, 60_000);

  it('A13: an account that is gone is made again by parity, and reported by never-less', async () => {
    const [again, reported] = [person(), person()];
    await Promise.all([send(plain, again), send(careful, reported)]);
    await Promise.all([settledWith(again, 2), settledWith(reported, 2)]);
    for (const [name, one] of [
      [plain, again],
      [careful, reported],
    ] as const)
      await waitUntil('its outcome', () => client(name).isSettled(one.id));
    await directory.reset({ users: [] });
    expect(await reconciled(plain, again)).toMatchObject({ kind: 'changed' });
    await settledWith(again, 2);
    const told = await reconciled(careful, reported);
    expect(told).toMatchObject({ kind: 'partial', steps: [] });
    expect(told.findings).toContainEqual(expect.objectContaining({ kind: 'account-missing' }));
    expect(await directory.user(reported.username)).toBeUndefined();
  }, 60_000);
});

describe('a directory that refuses', () => {
  it('R28: with 429 and Retry-After is left alone by everybody for so long, and what was done is not done again', async () => {
    const [who, ...others] = Array.from({ length: 6 }, person);
    if (!who) throw new Error('nobody');
    const since = await directory.lastCall();
    await directory.setFaults([
      { op: 'offlinepairing', kind: 'error-before', status: 429, retryAfter: '2', username: who.username },
    ]);
    await send('org-parity', who);
    const refused = await waitUntil('the refusal', async () => (await callsOf(since, who)).find(({ status }) => status === 429));
    await send('org-parity', ...others);
    for (const one of [who, ...others]) await settledWith(one, 2);
    const pauses = (await directory.calls(refused.n)).map(({ time }) => Date.parse(time) - Date.parse(refused.time));
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(1_990);
    const ops = (await callsOf(since, who)).map(({ op }) => op);
    expect(ops.filter((op) => op === 'adduser')).toHaveLength(1);
    expect(ops.filter((op) => op === 'offlinepairing')).toHaveLength(3); // the one that was refused, and two
  }, 60_000);

  it('R32: whose credentials expire in the middle is put in quarantine with one alarm and few calls, and everybody is served when it is well', async () => {
    const people = Array.from({ length: 12 }, person);
    const since = await directory.lastCall();
    await directory.change({ latencyMs: 40 });
    await send('org-parity', ...people);
    await waitUntil('the middle', async () => (await directory.calls(since)).some(({ op }) => op === 'offlinepairing'), {
      everyMs: 5,
    });
    await directory.change({ pingidCredentials: 'token-refused' });
    const metrics = async () => (await fetch(`${system.url('temporal-worker')}/metrics`)).text();
    const alarms = async () =>
      Number(/^tallystick_directory_quarantines_total\{[^}]*change="quarantined"[^}]*\} (\d+)/m.exec(await metrics())?.[1] ?? 0);
    await waitUntil('the alarm', async () => (await alarms()) > 0);
    const outcomes = async () => Promise.all(people.map(async ({ id }) => (await client('org-parity').userOf(id)).outcome?.kind));
    await waitUntil('everybody to be told', async () =>
      (await outcomes()).every((kind) => kind === 'quarantined' || kind === 'changed' || kind === 'in-sync'),
    );
    expect(await outcomes()).toContain('quarantined');
    expect(await alarms()).toBe(1);
    const refused = (await directory.calls(since)).filter(({ status }) => status === 403);
    expect(refused.length).toBeGreaterThan(0);
    expect(refused.length).toBeLessThanOrEqual(8 + 2); // those that were under way, and a probe or two
    await directory.change({ pingidCredentials: 'accepted', latencyMs: 0 });
    for (const one of people) await settledWith(one, 2);
    expect(await alarms()).toBe(1);
  }, 90_000);
});

describe('everything at once', () => {
  it('R34: a pass, a change and a person who asks for the same users are one writer: each write is made once', async () => {
    const people = Array.from({ length: 8 }, person);
    await send('org-parity', ...people);
    for (const one of people) await settledWith(one, 2);
    const hashes = await Promise.all(people.map(async ({ id }) => (await client('org-parity').userOf(id)).user));
    const since = await directory.lastCall();
    await directory.change({ latencyMs: 30 });
    const [pass] = await Promise.all([
      client('org-parity').startPass('pass'),
      send('org-parity', ...people.map(moved)),
      ...hashes.map((user) => client('org-parity').send('POST', `/users/${user}/reconcile`)),
    ]);
    for (const one of people) await settledWith(moved(one), 2);
    await waitUntil('the end of the pass', async () => (await client('org-parity').pass(pass.id)).stage === 'done');
    await directory.change({ latencyMs: 0 });
    for (const one of people) {
      const writes = (await callsOf(since, one)).filter(({ op }) => op !== 'getuserdetails').map(({ op }) => op);
      expect(writes).toEqual(['unpairdevice', 'offlinepairing', 'updatedeviceattr']);
    }
  }, 60_000);
});

/** Asks for the user now, and resolves with what became of it. */
async function reconciled(name: ConnectionName, { id }: Person) {
  const { user, outcome: before } = await client(name).userOf(id);
  await client(name).send('POST', `/users/${user}/reconcile`);
  return waitUntil('a newer outcome', async () => {
    const { outcome } = await client(name).userOf(id);
    return outcome !== null && outcome.at !== before?.at && outcome;
  });
}
