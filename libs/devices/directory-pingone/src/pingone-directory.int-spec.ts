import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { MfaDirectory, ObservedUser } from '@tallystick/devices-domain';
import {
  type DirectorySimulator,
  type DirectoryUnderTest,
  mfaDirectoryConformance,
  startDirectorySimulator,
} from '@tallystick/devices-testing';
import { type Instant, instant } from '@tallystick/kernel-core';
import { createOutbound, type Outbound } from '@tallystick/platform-outbound';
import { pingOneCapabilities } from './pingone-capabilities.ts';
import { createPingOneDirectory, type PingOneDirectoryOptions } from './pingone-directory.ts';
import type { PingOneSettings } from './pingone-settings.ts';

jest.setTimeout(30_000); // building and starting a process on a busy machine

type Credentials = Omit<PingOneSettings, 'clientSecret'> & { readonly clientSecret: string };

const now = (): Instant => instant(Date.now());
const clients: Outbound[] = [];
afterAll(() => Promise.all(clients.map((it) => it.close())));

function directoryOf(
  { pingOneJson }: DirectorySimulator,
  more: Partial<PingOneDirectoryOptions> = {},
  secret?: () => string,
): MfaDirectory {
  const { clientSecret, ...settings } = JSON.parse(pingOneJson) as Credentials;
  const outbound = createOutbound({ hosts: [], insecureHosts: [new URL(settings.apiUrl).host], now });
  clients.push(outbound);
  return createPingOneDirectory({
    settings: { ...settings, clientSecret: secret ?? (() => clientSecret) },
    outbound,
    callTimeoutMs: 5_000,
    methodDisabledCodes: ['METHOD_DISABLED'], // the simulator's own
    now,
    ...more,
  });
}

describe('PingOne directory against the simulator', () => {
  mfaDirectoryConformance({
    capabilities: pingOneCapabilities,
    breakages: ['outage', 'answer-lost', 'throttled', 'credentials-refused'],
    async make(): Promise<DirectoryUnderTest> {
      const simulator = await startDirectorySimulator();
      return {
        directory: directoryOf(simulator),
        async reset({ deviceLimit }) {
          // The simulator's users add devices within PingID's limit, whatever the dialect.
          await simulator.admin('POST', '/reset', { settings: { deviceLimit: 20, pingone: { maxAllowedDevices: deviceLimit } } });
        },
        addForeignDevice: (username, device) => simulator.addForeignDevice(username, device),
        breakNext: (how, options) => simulator.breakNext(options?.pairing ? 'create-device' : '*', how),
        close: () => simulator.stop(),
      };
    },
  });
});

describe('the simulator', () => {
  let simulator: DirectorySimulator;
  let directory: MfaDirectory;
  beforeAll(async () => {
    simulator = await startDirectorySimulator();
    directory = directoryOf(simulator);
  });
  beforeEach(() => simulator.admin('POST', '/reset', { settings: 'start' }));
  afterAll(() => simulator.stop());

  const unavailable = { ok: false, error: { kind: 'unavailable' } };
  const done = { ok: true, value: undefined };
  const home = { kind: 'email', address: 'ada@home.example' } as const;
  const mobile = { kind: 'sms', number: '+12025550123' } as const;
  const observed = async (): Promise<Extract<ObservedUser, { kind: 'present' }>> => {
    const user = await directory.observe('ada');
    if (!user.ok || user.value.kind === 'absent') throw new Error('no such account');
    return user.value;
  };
  const operationsOf = async (act: () => Promise<unknown>): Promise<readonly string[]> => {
    await simulator.admin('DELETE', '/calls');
    await act();
    return (await simulator.operations()).filter((it) => it !== 'token');
  };

  it('users are created with MFA, since their devices were useless without it', async () => {
    await directory.createUser('ada', {}, true);
    expect(await simulator.admin('GET', '/users/ada')).toMatchObject({ pingone: { enabled: true, mfaEnabled: true } });
  });

  it('without MFA an account is active and its devices are unusable, until something is paired', async () => {
    await simulator.admin('POST', '/reset', {
      settings: { deviceLimit: 5 },
      users: [{ username: 'ada', mfaEnabled: false, status: 'ACTIVE' }],
    });
    await simulator.addForeignDevice('ada', { type: 'YubiKey', nickname: 'key' });
    expect(await observed()).toMatchObject({ devices: [{ unusable: true }] });
    expect(await operationsOf(() => directory.pair('ada', home, 'Email 1'))).toEqual([
      'find-users',
      'set-mfa-enabled',
      'create-device',
    ]);
    expect((await observed()).devices.map((it) => it.unusable)).toEqual([undefined, undefined]);
  });

  it('devices that are locked, blocked or not activated are unusable', async () => {
    await simulator.admin('POST', '/reset', { settings: { deviceLimit: 5 }, users: [{ username: 'ada', mfaEnabled: true }] });
    const flags = [{}, { locked: true }, { blocked: true }, { activation: 'required' }];
    for (const [n, flag] of flags.entries())
      await simulator.admin('POST', '/users/ada/devices', { type: 'YubiKey', nickname: `key ${n}`, ...flag });
    expect((await observed()).devices.map((it) => [it.nickname, it.unusable]).sort()).toEqual(
      flags.map((_, n) => [`key ${n}`, n > 0 ? true : undefined]),
    );
  });

  it('no operation makes more calls than its capabilities say (I10)', async () => {
    await directory.createUser('ada', {}, true);
    await directory.pair('ada', home, 'Email 1');
    const second = await directory.pair('ada', mobile, 'SMS Number 1');
    if (!second.ok) throw new Error(second.error.kind);
    const { device } = second.value;
    const { calls } = directory.capabilities;
    expect(await operationsOf(() => directory.observe('ada'))).toHaveLength(calls.observe);
    expect(await operationsOf(() => directory.editUser('ada', { firstName: 'Ada' }))).toHaveLength(calls.editUser);
    expect(await operationsOf(() => directory.setPrimary('ada', device))).toHaveLength(calls.setPrimary);
    expect(await operationsOf(() => directory.nameDevice('ada', device, 'SMS Number 2'))).toHaveLength(calls.nameDevice);
    expect(await operationsOf(() => directory.unpair('ada', device))).toHaveLength(calls.unpair);
    expect(await operationsOf(() => directory.suspendUser('ada'))).toHaveLength(calls.suspendUser);
    expect(await operationsOf(() => directory.renameUser('ada', 'eve'))).toHaveLength(calls.renameUser);
    expect(await operationsOf(() => directory.deleteUser('eve'))).toHaveLength(calls.deleteUser);
    expect(await operationsOf(() => directory.createUser('ada', {}, true))).toHaveLength(calls.createUser);
    expect(await operationsOf(() => directory.deviceLimit())).toHaveLength(calls.deviceLimit);
    expect(await operationsOf(() => directory.check())).toHaveLength(calls.check);
  });

  it('an edit leaves whether the account is enabled and its population alone (c.2)', async () => {
    await directory.createUser('ada', { firstName: 'Ada' }, false);
    expect(await directory.editUser('ada', { lastName: 'King' })).toEqual(done);
    expect(await observed()).toMatchObject({ status: 'suspended', profile: { firstName: 'Ada', lastName: 'King' } });
  });

  it.each(['dotted', 'e164'])('a number is the same address in the stored form %s (P58)', async (phoneForm) => {
    await simulator.admin('PUT', '/settings', { pingone: { phoneForm } });
    await directory.createUser('ada', {}, true);
    await directory.pair('ada', mobile, 'SMS Number 1');
    expect(await observed()).toMatchObject({ devices: [{ address: mobile }] });
  });

  it('a token that was revoked is replaced once, and the write goes on', async () => {
    await directory.createUser('ada', {}, true);
    await simulator.admin('POST', '/tokens/expire');
    expect(await directory.suspendUser('ada')).toEqual(done);
    expect((await observed()).status).toBe('suspended');
  });

  it('R32: a rotated secret is refused at the next login, and a new one is taken without a restart', async () => {
    const { clientSecret } = JSON.parse(simulator.pingOneJson) as Credentials;
    let secret = 'of yesterday';
    const client = directoryOf(simulator, {}, () => secret);
    expect(await client.observe('ada')).toEqual({ ok: false, error: { kind: 'credentials-refused' } });
    expect(await client.check()).toMatchObject([{ result: 'passed' }, { part: 'credentials', result: 'failed' }, {}, {}]);
    secret = clientSecret;
    expect(await client.observe('ada')).toMatchObject({ ok: true });
  });

  it('R27: an answer that hangs, is cut or has no end costs the deadline at most, and the next call is answered', async () => {
    await directory.createUser('ada', {}, true);
    for (const kind of ['hang', 'cut-body', 'oversized-body']) {
      await simulator.admin('PUT', '/faults', [{ op: 'list-devices', kind, times: 2 }]);
      expect(await directoryOf(simulator, { callTimeoutMs: 700 }).observe('ada')).toEqual(unavailable);
      await simulator.admin('PUT', '/faults', []);
      expect(await directory.observe('ada')).toMatchObject({ ok: true, value: { kind: 'present' } });
    }
  });

  it.each(['seconds', 'http-date', 'absent', 'absurd'])(
    'R28: 429 with Retry-After %s is read for everybody',
    async (retryAfter) => {
      await simulator.admin('PUT', '/settings', { rateLimit: { perSecond: 1, burst: 1, retryAfter } });
      await directory.deviceLimit();
      const refused = await directory.observe('ada');
      expect(refused).toMatchObject({ ok: false, error: { kind: 'unavailable', rateLimited: true } });
      const waitMs = refused.ok || refused.error.kind !== 'unavailable' ? undefined : refused.error.retryAfterMs;
      if (retryAfter === 'absent') expect(waitMs).toBeUndefined();
      else expect(waitMs).toBeLessThanOrEqual(3_600_000);
    },
  );

  it('R29: no write is sent twice when its answer is lost', async () => {
    await directory.createUser('ada', {}, true);
    await simulator.admin('PUT', '/faults', [{ op: 'writes', kind: 'reset-after', times: 9 }]);
    const operations = await operationsOf(async () => {
      expect(await directory.pair('ada', home, 'Email 1')).toEqual(unavailable);
      expect(await directory.createUser('bob', {}, true)).toEqual(unavailable);
      expect(await directory.suspendUser('ada')).toEqual(unavailable);
      expect(await directory.deleteUser('ada')).toEqual(unavailable);
    });
    expect(operations.filter((it) => it !== 'find-users')).toEqual([
      'create-device',
      'create-user',
      'set-enabled',
      'delete-user',
    ]);
  });

  it('R30: a device that is not listed yet can be named by the id that its pairing told', async () => {
    await simulator.admin('PUT', '/settings', { visibilityLagMs: 60_000 });
    await directory.createUser('ada', {}, true);
    const paired = await directory.pair('ada', mobile, 'SMS Number 1');
    if (!paired.ok) throw new Error(paired.error.kind);
    expect(paired.value.named).toBe(true);
    expect(await directory.nameDevice('ada', paired.value.device, 'SMS Number 2')).toEqual(done);
    expect((await observed()).devices).toEqual([]);
    await simulator.admin('PUT', '/settings', { visibilityLagMs: 0 });
    expect((await observed()).devices).toMatchObject([{ id: paired.value.device, slot: 'SMS Number 2' }]);
  });

  it('P55: a method that the environment has switched off is a fault of the connection', async () => {
    await simulator.admin('PUT', '/settings', { disabledMethods: ['SMS'] });
    await directory.createUser('ada', {}, true);
    expect(await directory.pair('ada', mobile, 'SMS Number 1')).toEqual({ ok: false, error: { kind: 'method-disabled' } });
  });

  it("P60: what PingID calls its managed device is somebody else's here", async () => {
    await simulator.admin('POST', '/reset', { settings: { deviceLimit: 5 }, users: [{ username: 'ada' }] });
    await simulator.addForeignDevice('ada', { type: 'iPhone', nickname: 'SMS Number 1' });
    await simulator.addForeignDevice('ada', { type: 'iPhone', nickname: 'SMS 1' });
    expect((await observed()).devices.map((it) => [it.nickname, it.slot]).sort()).toEqual([
      ['SMS 1', 'SMS Number 1'],
      ['SMS Number 1', undefined],
    ]);
  });
});
