import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { MfaDirectory } from '@tallystick/devices-domain';
import {
  type DirectorySimulator,
  type DirectoryUnderTest,
  mfaDirectoryConformance,
  startDirectorySimulator,
} from '@tallystick/devices-testing';
import { instant } from '@tallystick/kernel-core';
import { pingIdCapabilities } from './pingid-capabilities.ts';
import { createPingIdDirectory } from './pingid-directory.ts';
import { parsePingIdProperties, type PingIdProperties } from './pingid-properties.ts';

jest.setTimeout(30_000); // building and starting a process on a busy machine

function propertiesOf(text: string): PingIdProperties {
  const read = parsePingIdProperties(text);
  if (!read.ok) throw new Error(JSON.stringify(read.error));
  return read.value;
}

const directoryOf = (simulator: DirectorySimulator, callTimeoutMs = 5_000): MfaDirectory =>
  createPingIdDirectory({
    properties: propertiesOf(simulator.pingIdProperties),
    callTimeoutMs,
    methodDisabledIds: ['99004'], // the simulator's own
    now: () => instant(Date.now()),
  });

describe('PingID directory against the simulator', () => {
  mfaDirectoryConformance({
    capabilities: pingIdCapabilities,
    breakages: ['outage', 'answer-lost', 'throttled', 'credentials-refused'],
    async make(): Promise<DirectoryUnderTest> {
      const simulator = await startDirectorySimulator();
      return {
        directory: directoryOf(simulator),
        async reset({ deviceLimit }) {
          await simulator.admin('POST', '/reset', {
            settings: { deviceLimit, errorBodies: 'alternate', emptyDeviceList: 'null' },
          });
        },
        addForeignDevice: (username, device) => simulator.addForeignDevice(username, device),
        breakNext: (how, options) => simulator.breakNext(options?.pairing ? 'offlinepairing' : '*', how),
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

  it('fails the connection check for another key, and says which part (P30)', async () => {
    const { orgAlias, token, baseUrl } = propertiesOf(simulator.pingIdProperties);
    const properties = propertiesOf(
      [
        `use_base64_key=${Buffer.alloc(32, 9).toString('base64')}`,
        'use_signature=true',
        `token=${token}`,
        `org_alias=${orgAlias}`,
        `idp_url=${baseUrl}`,
      ].join('\n'),
    );
    const other = createPingIdDirectory({ properties, callTimeoutMs: 5_000, now: () => instant(Date.now()) });
    expect(await other.check()).toMatchObject([
      { part: 'reach', result: 'passed' },
      { part: 'credentials', result: 'failed', fault: { kind: 'credentials-refused' } },
      { part: 'read', result: 'not-tried' },
      { part: 'device-limit', result: 'not-tried' },
    ]);
  });

  it('keeps an administrator an administrator when the profile is edited (P28)', async () => {
    await simulator.admin('POST', '/reset', { users: [{ username: 'root', role: 'ADMIN' }] });
    expect(await directory.editUser('root', { firstName: 'Ada' })).toEqual({ ok: true, value: undefined });
    const shown = JSON.stringify(await simulator.admin('GET', '/users/root'));
    expect(shown).toContain('"role":"ADMIN"');
    expect(shown).toContain('"fname":"Ada"');
  });

  it('R27: an answer that hangs, is cut or has no end costs the deadline at most, and the next call is answered', async () => {
    await directory.createUser('ada', {}, true);
    for (const kind of ['hang', 'cut-body', 'oversized-body']) {
      await simulator.admin('PUT', '/faults', [{ op: 'getuserdetails', kind, times: 2 }]);
      expect(await directoryOf(simulator, 500).observe('ada')).toEqual(unavailable);
      await simulator.admin('PUT', '/faults', []);
      expect(await directory.observe('ada')).toMatchObject({ ok: true, value: { kind: 'present' } });
    }
  });

  it('R27: an answer signed with another key is believed by nobody', async () => {
    await directory.createUser('ada', {}, true);
    await simulator.admin('PUT', '/settings', { pingidAnswerKey: 'wrong' });
    expect(await directory.observe('ada')).toEqual({ ok: false, error: { kind: 'credentials-refused', mayBeDone: true } });
  });

  it.each(['seconds', 'http-date', 'absent', 'absurd'])(
    'R28: 429 with Retry-After %s is read for everybody',
    async (retryAfter) => {
      await simulator.admin('PUT', '/settings', { rateLimit: { perSecond: 1, burst: 1, retryAfter } });
      await directory.observe('ada');
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
    await simulator.admin('DELETE', '/calls');
    const address = { kind: 'email', address: 'ada@home.example' } as const;
    expect(await directory.pair('ada', address, 'Email 1')).toEqual(unavailable);
    expect(await directory.createUser('bob', {}, true)).toEqual(unavailable);
    expect(await directory.suspendUser('ada')).toEqual(unavailable);
    expect(await directory.deleteUser('ada')).toEqual(unavailable);
    expect(await simulator.operations()).toEqual(['offlinepairing', 'adduser', 'suspenduser', 'deleteuser']);
  });

  it('R30: a device that is not listed yet can be named by the id that its pairing told', async () => {
    await simulator.admin('PUT', '/settings', { visibilityLagMs: 60_000 });
    await directory.createUser('ada', {}, true);
    const paired = await directory.pair('ada', { kind: 'sms', number: '+12025550123' }, 'SMS Number 2');
    if (!paired.ok) throw new Error(paired.error.kind);
    expect(await directory.nameDevice('ada', paired.value.device, 'SMS Number 2')).toEqual({ ok: true, value: undefined });
    expect(await directory.observe('ada')).toMatchObject({ ok: true, value: { kind: 'present', devices: [] } });
    await simulator.admin('PUT', '/settings', { visibilityLagMs: 0 });
    expect(await directory.observe('ada')).toMatchObject({
      value: { devices: [{ id: paired.value.device, slot: 'SMS Number 2' }] },
    });
  });

  it('P55: a method that the tenant has switched off is a fault of the connection', async () => {
    await simulator.admin('PUT', '/settings', { disabledMethods: ['SMS'] });
    await directory.createUser('ada', {}, true);
    const paired = await directory.pair('ada', { kind: 'sms', number: '+12025550123' }, 'SMS Number 1');
    expect(paired).toEqual({ ok: false, error: { kind: 'method-disabled' } });
  });
});
