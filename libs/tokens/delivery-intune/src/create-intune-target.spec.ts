import { afterEach, describe, expect, it } from '@jest/globals';
import { err } from '@tallystick/kernel-core';
import type { Delivery, Platform } from '@tallystick/tokens-domain';
import { FakeIntune } from './test-support/fake-intune.ts';
import { ids, intuneBench, type IntuneBench, key } from './test-support/intune-bench.ts';

const before = 'old-value-0123456789';
const after = 'new-value-9876543210';
const delivery = (platform: Platform = 'ios', value = after): Delivery => ({ platform, value, name: 'rotation-1/1' });
const soon = (): AbortSignal => AbortSignal.timeout(20_000);
const ofList = `/v1.0/deviceAppManagement/mobileAppConfigurations/${ids.list}`;
const justIos = { iosPolicies: [ids.list], androidPolicies: [], androidBeta: false };

let bench: IntuneBench;
afterEach(() => bench.close());
const apply = (value = after) => bench.target.apply(delivery('ios', value), soon());
const paths = (method: string) => bench.intune.requests.filter((one) => one.method === method).map(({ path }) => path);

describe('a write', () => {
  it('sends the type and the one member that holds the key, Android to the beta and iOS to v1.0', async () => {
    bench = await intuneBench(before);
    await apply();
    await bench.target.apply(delivery('android'), soon());
    const sent = bench.intune.requests.filter(({ method }) => method === 'PATCH');
    expect(sent.map(({ path, body }) => [path.split('/')[1], Object.keys(JSON.parse(body) as object)])).toEqual([
      ['v1.0', ['@odata.type', 'settings']],
      ['v1.0', ['@odata.type', 'encodedSettingXml']],
      ['beta', ['@odata.type', 'payloadJson']],
      ['beta', ['@odata.type', 'payloadJson']],
    ]);
  });

  it('that finds somebody else has written since the reading is a conflict, and the next try says how it is', async () => {
    bench = await intuneBench(before, justIos);
    bench.intune.beforeWrite = () => bench.intune.change(ids.list, { settings: [] });
    expect(await apply()).toMatchObject({ kind: 'conflict', isWritten: true });
    expect(await apply()).toMatchObject({ kind: 'stored', isNew: false });
  });

  it('is not made into a policy of another app: the token would be given to that', async () => {
    bench = await intuneBench(before, justIos);
    for (const apps of [[ids.otherApp], [ids.iosApp, ids.otherApp], []]) {
      bench.intune.change(ids.list, { targetedMobileApps: apps });
      expect(await apply()).toMatchObject({ kind: 'refused', reason: 'slot-not-found' });
    }
    expect(bench.intune.writes).toBe(0);
  });

  it('of a value that Intune could take for a variable, or its formats could change, is refused without a call', async () => {
    bench = await intuneBench(before);
    for (const value of ['{{deviceid}}', 'a<b&c-0123', 'short', 'a b-01234567', `${after}\n`]) {
      expect(await apply(value)).toMatchObject({ kind: 'refused', reason: 'value-not-allowed' });
      expect(await bench.target.plan(delivery('ios', value), soon())).toMatchObject({ reason: 'value-not-allowed' });
    }
    expect(bench.intune.requests).toEqual([]);
  });
});

describe('an answer to a write of', () => {
  const request = 'aaaaaaaa-0000-4000-8000-000000000001';
  it.each<[number, Record<string, string>, object]>([
    [403, {}, { kind: 'refused', reason: 'permission-missing' }],
    [404, {}, { kind: 'refused', reason: 'slot-not-found' }],
    [409, {}, { kind: 'refused', reason: 'vendor-refused' }],
    [422, {}, { kind: 'refused', reason: 'vendor-refused' }],
    [307, { location: 'https://elsewhere.example' }, { kind: 'refused', reason: 'vendor-refused' }],
    [401, {}, { kind: 'refused', reason: 'not-authorised' }],
    [429, { 'retry-after': '3' }, { kind: 'try-later', retryAfterMs: 3_000 }],
    [429, {}, { kind: 'try-later' }],
    [503, { 'retry-after': '3' }, { kind: 'try-later', retryAfterMs: 3_000 }],
    [503, {}, { kind: 'unknown' }],
    [500, {}, { kind: 'unknown' }],
    [408, {}, { kind: 'unknown' }],
    [200, {}, { kind: 'unknown' }],
  ])('%s %j', async (status, headers, expected) => {
    bench = await intuneBench(before, justIos);
    bench.intune.beforeGraph = (method) =>
      method === 'PATCH' ? { status, headers, body: { error: { message: after } } } : undefined;
    const outcome = await apply();
    expect(outcome).toMatchObject(expected);
    const detail = 'detail' in outcome ? outcome.detail : '';
    expect(detail).not.toContain(after);
    if (status === 403) expect(detail).toContain('DeviceManagementApps.ReadWrite.All');
    if (status === 409) expect(detail).toContain(request);
  });
});

describe('the login', () => {
  it('is asked once, kept, renewed before its end, and once when a token is refused', async () => {
    bench = await intuneBench(before);
    await Promise.all([bench.target.read('ios', soon()), bench.target.read('android', soon())]);
    await bench.target.read('ios', soon());
    expect(bench.intune.logins).toBe(1);
    bench.clock.ms += 3_540_000;
    await bench.target.read('ios', soon());
    expect(bench.intune.logins).toBe(2);
    bench.intune.accessTokens.clear();
    expect(await apply()).toMatchObject({ kind: 'stored' });
    expect(bench.intune.logins).toBe(3);
  });

  it('that is refused says how Microsoft numbers it, and nothing that was sent', async () => {
    bench = await intuneBench(before);
    bench.intune.clientIsKnown = false;
    const outcome = await apply();
    expect(outcome).toMatchObject({ kind: 'refused', reason: 'not-authorised' });
    expect(JSON.stringify(outcome)).toContain('AADSTS7000215');
    expect(JSON.stringify(outcome)).not.toMatch(/secret \S|secret\+/);
  });

  it('without its secret is not tried', async () => {
    bench = await intuneBench(before, {}, () => err('not-there'));
    expect(await apply()).toMatchObject({ kind: 'refused', reason: 'secret-missing' });
    expect(await bench.target.check('ios', soon())).toMatchObject([{ severity: 'error', what: 'secret-missing' }]);
    expect(bench.intune.requests).toEqual([]);
  });

  it('at a host that may not be called is refused', async () => {
    bench = await intuneBench(before, { loginUrl: 'https://login.example' });
    expect(await apply()).toMatchObject({ kind: 'refused', reason: 'host-not-allowed' });
  });
});

describe('a check', () => {
  const check = async (platform: Platform = 'ios') =>
    (await bench.target.check(platform, soon())).map(({ severity, what }) => `${severity} ${what}`);
  const settings = (...names: string[]) => ({
    settings: names.map((name) => ({ appConfigKey: name, appConfigKeyType: 'stringType', appConfigKeyValue: before })),
  });

  it.each<[string, (intune: FakeIntune) => void, string[]]>([
    ['finds nothing where all is well', () => undefined, []],
    ['finds a policy that is gone', (it) => it.policies.delete(ids.list), ['error slot-not-found']],
    ['finds another app', (it) => it.change(ids.list, { targetedMobileApps: [ids.otherApp] }), ['error app-not-found']],
    ['finds an app that is gone', (it) => it.apps.delete(ids.iosApp), ['error app-not-found', 'error app-not-found']],
    ['finds that the key is missing', (it) => it.change(ids.list, settings('other')), ['warning key-missing']],
    ['finds a near miss in place of the key', (it) => it.change(ids.list, settings(` ${key}`)), ['error near-miss-key']],
    [
      'finds a near miss beside the key',
      (it) => it.change(ids.list, settings(key, key.toLowerCase())),
      ['warning near-miss-key'],
    ],
    ['finds both forms in one policy', (it) => it.change(ids.xml, settings(key)), ['error unreadable']],
    [
      'finds a variable under the key',
      (it) =>
        it.change(ids.list, {
          settings: [{ appConfigKey: key, appConfigKeyType: 'stringType', appConfigKeyValue: '{{deviceid}}' }],
        }),
      ['warning unreadable'],
    ],
    ['finds that permission is missing', (it) => void it.played.set(ofList, { status: 403 }), ['error permission-missing']],
    [
      'finds that the access token does not name the permission to write',
      (it) => {
        const claims = Buffer.from(JSON.stringify({ roles: ['DeviceManagementApps.Read.All'] })).toString('base64url');
        it.tokenOf = (n) => `e30.${claims}.${n}`;
      },
      ['warning permission-missing'],
    ],
    ['finds that it is throttled', (it) => void it.played.set(ofList, { status: 429 }), ['error busy']],
  ])('%s', async (_, change, expected) => {
    bench = await intuneBench(before);
    change(bench.intune);
    expect(await check()).toEqual(expected);
    expect(bench.intune.writes).toBe(0);
  });

  it('finds another policy that sets the key for the same app, on a later page too, and none for another app', async () => {
    bench = await intuneBench(before, { iosPolicies: [ids.list], androidPolicies: [ids.workProfile] });
    expect(await check()).toEqual(['warning conflicting-policies']);
    expect(await check('android')).toEqual(['warning conflicting-policies']);
    bench.intune.change(ids.xml, { targetedMobileApps: [ids.otherApp] });
    expect(await check()).toEqual([]);
  });

  it('follows no page to another host, and says that it does not know the rest', async () => {
    bench = await intuneBench(before);
    const elsewhere = await new FakeIntune().listen();
    try {
      bench.intune.pageSize = 1;
      for (const host of [elsewhere.base, bench.intune.base.replace('//', '//a@'), `${bench.intune.base}/other`, 'nonsense']) {
        bench.intune.pagesAt = host;
        expect(await check()).toEqual(['warning host-not-allowed']);
      }
      expect(elsewhere.requests).toEqual([]);
      expect(paths('GET').filter((path) => path.startsWith('/other'))).toEqual([]);
    } finally {
      await elsewhere.close();
    }
  });
});

describe('coverage', () => {
  const counts = { pendingCount: 3, notApplicableCount: 2, successCount: 20, errorCount: 1, failedCount: 1 };
  const covered = async (...summaries: Record<string, unknown>[]) => {
    bench = await intuneBench(before);
    const outcome = await apply();
    if (outcome.kind !== 'stored') throw new Error(outcome.kind);
    for (const [index, id] of [ids.list, ids.xml].entries()) bench.intune.summaries.set(id, summaries[index] ?? {});
    return bench.target.coverage(delivery(), outcome.receipt, soon());
  };
  // The bench writes at noon and makes version 5 of version 4.
  const fresh = { ...counts, configurationVersion: 5, lastUpdateDateTime: '2026-11-22T13:00:00.1234567Z' };

  it('is the sum of all policies, as old as the oldest', async () => {
    expect(await covered(fresh, { ...fresh, configurationVersion: 6, lastUpdateDateTime: '2026-11-22T12:30:00Z' })).toEqual({
      kind: 'known',
      signal: 'versioned',
      of: 50,
      delivered: 40,
      pending: 6,
      failed: 4,
      notApplicable: 4,
      asOf: Date.UTC(2026, 10, 22, 12, 30),
    });
  });

  it.each<[string, Record<string, unknown>]>([
    ['still of the version from before', { ...fresh, configurationVersion: 4 }],
    ['not newer than the write', { ...fresh, lastUpdateDateTime: '2026-11-22T12:00:00Z' }],
    ['never made', { ...fresh, lastUpdateDateTime: '0001-01-01T00:00:00Z' }],
    ['without a count', { ...fresh, successCount: null }],
    ['absent', {}],
  ])('is unknown while one summary is %s, whatever the others say', async (_, summary) => {
    expect(await covered(fresh, summary)).toMatchObject({ kind: 'unknown' });
  });

  it('is unknown while no device is counted: Intune was seen to count nothing for a while', async () => {
    const zero = { ...fresh, pendingCount: 0, successCount: 0, errorCount: 0, failedCount: 0 };
    expect(await covered(zero, zero)).toMatchObject({ kind: 'unknown' });
  });
});
