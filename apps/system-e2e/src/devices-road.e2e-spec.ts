import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { join, resolve } from 'node:path';
import { endpoints, uniqueName } from '@tallystick/platform-testing';
import { createFeed, type Feed } from './system/feed.ts';
import { SeenDirectory } from './system/seen-directory.ts';
import { ampleBudget, startSystem, type System } from './system/system.ts';
import { waitUntil } from './system/wait-until.ts';
import { type OutcomeWatch, watchOutcomes } from './system/watch-outcomes.ts';

// Acceptance seeds of provisioning.md through the whole road: a record on the topic, the real services, the provider's API over HTTP.
const root = resolve(import.meta.dirname, '../../..');
const environment = uniqueName('e2e').toLowerCase();
const topics = { merge: `${environment}.merge`, overwrite: `${environment}.overwrite`, primary: `${environment}.primary` };
const mapping = {
  userName: { attribute: 'username' },
  email: { attribute: 'mail' },
  fName: { attribute: 'first' },
  mfaEmail1: { attribute: 'mail' },
  mfaSms1: { attribute: 'mobile' },
  mfaVoice1: { attribute: 'phone' },
  enabled: { attribute: 'enabled', default: 'true' },
};
const connection = (propertiesFile: string, name: keyof typeof topics, options: object) => ({
  environment,
  connection: name,
  source: { topic: topics[name], format: { kind: 'json' } },
  directory: { kind: 'pingid', properties: { file: propertiesFile } },
  defaultCountry: 'GB',
  mapping,
  options,
  visibilityWindowMs: 1_000,
  budget: ampleBudget,
});

let system: System;
let directory: SeenDirectory;
let feed: Feed;
let outcomes: OutcomeWatch;
let n = 0;
/** A username of its own for each test. */
const person = (): { id: string; username: string } => {
  n += 1;
  return { id: `key-${n}`, username: `user-${n}` };
};
const send = (topic: string, record: { id: string } & Readonly<Record<string, unknown>>) =>
  feed.send(topic, [{ key: record.id, value: JSON.stringify(record) }]);
const device = async (username: string, nickname: string) =>
  (await directory.user(username))?.devices.find((one) => one.nickname === nickname);
const has = (username: string, nickname: string, ending = '') =>
  waitUntil(`${nickname} of a user`, async () => {
    const found = await device(username, nickname);
    return found?.value.endsWith(ending) && found;
  });
const writes = async (since: number, username: string) =>
  (await directory.calls(since, username))
    .filter(({ op }) => op !== 'getuserdetails')
    .map(({ op, attributeName }) => attributeName ?? op);
const idle = (after: number) => waitUntil('one more outcome', () => Promise.resolve(outcomes.outcomes.length > after));

beforeAll(async () => {
  const { redis, kafka, temporal, oidc } = endpoints();
  const servers = { redis, kafka: kafka.join(','), temporal, oidc };
  system = await startSystem({
    root,
    folder: join(root, '.stack', 'test', 'devices-road'),
    servers,
    environment,
    halves: ['devices'],
    validators: 0,
    deviceLimit: 9,
    env: { 'temporal-worker': { WORKER_CALL_TIMEOUT: '1s' } },
    connections: (file) => [
      connection(file, 'merge', { manageDevices: 'merge' }),
      connection(file, 'overwrite', { manageDevices: 'overwrite' }),
      connection(file, 'primary', { manageDevices: 'merge', primaryDevice: 'SMS Number 1' }),
    ],
  });
  directory = new SeenDirectory(system.url('directory-simulator'));
  feed = createFeed(servers.kafka);
  outcomes = await watchOutcomes(servers.kafka, environment);
}, 120_000);

afterAll(async () => {
  await feed?.close();
  await outcomes?.stop();
  await system?.stop();
}, 60_000);

describe('a record on the topic becomes an account with devices', () => {
  it('A1: a changed number of the primary device is one unpair, one pair, one nickname, and no SET_PRIMARY', async () => {
    const who = person();
    await send(topics.merge, { ...who, mobile: '+447700900100', mail: `${who.username}@example.com` });
    await has(who.username, 'SMS Number 1', '7700900100');
    const before = await has(who.username, 'Email 1');
    await idle(0);
    const [since, count] = [await directory.lastCall(), outcomes.outcomes.length];
    await send(topics.merge, { ...who, mobile: '+447700900100', mail: `new-${who.username}@example.com` });
    await has(who.username, 'Email 1', `new-${who.username}@example.com`);
    await idle(count);
    expect(await writes(since, who.username)).toContain('edituser');
    expect((await writes(since, who.username)).filter((op) => op !== 'edituser')).toEqual([
      'unpairdevice',
      'offlinepairing',
      'NICKNAME',
    ]);
    expect(before.role).toBe('PRIMARY'); // it was the first that was paired
    expect((await device(who.username, 'SMS Number 1'))?.deviceId).toBeDefined();
  });

  it('A2: the same record again makes no write call', async () => {
    const who = person();
    const record = { ...who, mobile: '+447700900101', mail: `${who.username}@example.com` };
    await send(topics.merge, record);
    await has(who.username, 'SMS Number 1');
    const [since, count] = [await directory.lastCall(), outcomes.outcomes.length];
    await send(topics.merge, record);
    await idle(count);
    expect(await writes(since, who.username)).toEqual([]);
  });

  it("A3, A4: Overwrite unpairs a user's own devices by their ids, Merge leaves them", async () => {
    for (const [topic, left] of [
      [topics.overwrite, 0],
      [topics.merge, 3],
    ] as const) {
      const who = person();
      await send(topic, { ...who, mail: `${who.username}@example.com` });
      await has(who.username, 'Email 1');
      for (const own of [
        { type: 'iPhone', nickname: 'iPhone' },
        { type: 'YubiKey', nickname: 'YubiKey', serial: '12345' },
        { type: 'Email', nickname: 'My mail', email: 'own@example.net' },
      ])
        await directory.addOwnDevice(who.username, own);
      const [since, count] = [await directory.lastCall(), outcomes.outcomes.length];
      await send(topic, { ...who, mail: `${who.username}@example.com`, first: 'Changed' });
      await idle(count);
      await waitUntil('the outcome', async () =>
        (await directory.calls(since, who.username)).some(({ op }) => op === 'edituser'),
      );
      await waitUntil('the devices to settle', async () => (await directory.user(who.username))?.devices.length === 1 + left);
      const unpairs = (await directory.calls(since, who.username)).filter(({ op }) => op === 'unpairdevice');
      expect(unpairs).toHaveLength(3 - left);
      expect(unpairs.every(({ deviceId }) => deviceId !== undefined)).toBe(true);
    }
  });

  it('A6: editing the profile keeps what is not mapped', async () => {
    const who = person();
    await directory.reset({ users: [{ username: who.username, email: 'kept@example.org', fname: 'Old', lname: 'Kept' }] });
    await send(topics.merge, { ...who, first: 'New', mobile: '+447700900102' });
    await has(who.username, 'SMS Number 1');
    const raw = (await (await fetch(`${system.url('directory-simulator')}/admin/users/${who.username}`)).json()) as Record<
      string,
      unknown
    >;
    expect(raw).toMatchObject({ fname: 'New', lname: 'Kept', email: 'kept@example.org' });
  });

  it('A8: an account that existed gets its devices and no SET_PRIMARY', async () => {
    const who = person();
    await directory.reset({ users: [{ username: who.username, devices: [{ type: 'iPhone' }] }] });
    await send(topics.primary, { ...who, mobile: '+447700900103' });
    await has(who.username, 'SMS Number 1');
    await waitUntil('its outcome', () =>
      Promise.resolve(outcomes.outcomes.some(({ connection: name, kind }) => name === 'primary' && kind === 'changed')),
    );
    expect(await writes(0, who.username)).not.toContain('SET_PRIMARY');
  });

  it('PR2: an account that we create gets its primary', async () => {
    const who = person();
    await send(topics.primary, { ...who, mail: `${who.username}@example.com`, mobile: '+447700900104' });
    await waitUntil('the primary device', async () => (await device(who.username, 'SMS Number 1'))?.role === 'PRIMARY');
    expect((await device(who.username, 'Email 1'))?.role).not.toBe('PRIMARY');
  });

  it('A9: a cleared attribute leaves its device and is reported', async () => {
    const who = person();
    await send(topics.merge, { ...who, mobile: '+447700900105', mail: `${who.username}@example.com` });
    await has(who.username, 'SMS Number 1');
    await send(topics.merge, { ...who, mail: `${who.username}@example.com`, mobile: null });
    await waitUntil('the report', () =>
      Promise.resolve(
        outcomes.outcomes.some(({ findings }) => findings.some(({ kind }) => kind === 'value-cleared-device-kept')),
      ),
    );
    expect(await device(who.username, 'SMS Number 1')).toBeDefined();
  });

  it('A10: a device id above 2^53 goes round without loss', async () => {
    const who = person();
    await directory.reset({
      users: [
        {
          username: who.username,
          devices: [{ type: 'SMS', nickname: 'SMS Number 1', phone: '+447700900106', deviceId: '285234913243546570' }],
        },
      ],
    });
    await send(topics.merge, { ...who, mobile: '+447700900107' });
    await has(who.username, 'SMS Number 1', '7700900107');
    const [unpair] = (await directory.calls(0, who.username)).filter(({ op }) => op === 'unpairdevice');
    expect(unpair?.deviceId).toBe('285234913243546570');
  });

  it('A14: an account that is not active is left in that status', async () => {
    const who = person();
    await directory.reset({ users: [{ username: who.username, status: 'NOT_ACTIVE' }] });
    await send(topics.merge, { ...who, first: 'Changed' });
    await waitUntil('the profile', async () => (await writes(0, who.username)).includes('edituser'));
    expect(await writes(0, who.username)).not.toContain('activateuser');
  });

  it('A5: at the device limit one device is paired, the other is reported, and other users go on', async () => {
    await directory.reset({ settings: { deviceLimit: 1 } });
    const [who, other] = [person(), person()];
    await send(topics.merge, { ...who, mail: `${who.username}@example.com`, mobile: '+447700900108' });
    await send(topics.merge, { ...other, mail: `${other.username}@example.com` });
    await has(other.username, 'Email 1');
    await has(who.username, 'Email 1');
    await waitUntil('the partial outcome', () =>
      Promise.resolve(
        outcomes.outcomes.some(({ kind, steps }) => kind === 'partial' && steps.some(({ result }) => result === 'device-limit')),
      ),
    );
    expect((await directory.user(who.username))?.devices).toHaveLength(1);
    await directory.reset({ settings: { deviceLimit: 9 } });
  });

  it('T15: an address that is none is skipped with a finding, and the rest goes on', async () => {
    const who = person();
    await send(topics.merge, { ...who, mail: 'no address', mobile: '+447700900109' });
    await has(who.username, 'SMS Number 1');
    await waitUntil('the finding', () =>
      Promise.resolve(
        outcomes.outcomes.some(({ findings }) =>
          findings.some(({ kind, slot }) => kind === 'value-invalid' && slot === 'Email 1'),
        ),
      ),
    );
    expect(await device(who.username, 'Email 1')).toBeUndefined();
  });

  it('P24: a tombstone without an envelope suspends the account', async () => {
    const who = person();
    await send(topics.merge, { ...who, mail: `${who.username}@example.com` });
    await has(who.username, 'Email 1');
    await feed.send(topics.merge, [{ key: who.id, value: null }]);
    const user = await waitUntil('the suspension', async () => {
      const found = await directory.user(who.username);
      return found?.status === 'SUSPENDED' && found;
    });
    expect(user.devices).toHaveLength(1); // T13
  });
});
