import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type RunningSimulator, settings, startSimulator } from '../test-support/running-simulator.ts';

let simulator: RunningSimulator;
beforeAll(async () => {
  simulator = await startSimulator();
});
afterAll(() => simulator.app.close());
beforeEach(() => simulator.client.admin('POST', '/reset', { settings: 'start', seed: 'test', users: [{ username: 'u' }] }));

const admin = (method: string, path: string, body?: unknown) => simulator.client.admin(method, path, body);
const pairing = { username: 'u', type: 'EMAIL', pairingData: 'u@example.com' };
const devices = async () => (await admin('GET', '/users/u')).body.devicesDetails;

describe('reset', () => {
  it('with the same seed gives the same ids, with another seed others', async () => {
    const idWith = async (seed: string) => {
      await admin('POST', '/reset', { seed, users: [{ username: 'u' }] });
      return (await simulator.client.ok('offlinepairing', pairing)).deviceId;
    };
    const first = await idWith('one');
    expect(await idWith('two')).not.toBe(first);
    expect(await idWith('one')).toBe(first);
  });

  it('forgets users, calls, counters and faults, and settings when told so', async () => {
    await admin('PUT', '/settings', { deviceLimit: 3, latencyMs: 1 });
    await admin('PUT', '/faults', [{ op: '*', kind: 'error-before', times: 9 }]);
    await simulator.client.call('getuserdetails', { userName: 'u' });
    await admin('POST', '/reset', {});
    expect((await admin('GET', '/users')).body).toEqual({ users: [], nextCursor: null });
    expect((await admin('GET', '/calls')).body).toEqual({ calls: [] });
    expect((await admin('GET', '/counters')).body).toMatchObject({ calls: 0, operations: {} });
    expect((await admin('GET', '/faults')).body).toEqual([]);
    expect((await admin('GET', '/settings')).body).toEqual({ ...settings, deviceLimit: 3, latencyMs: 1 });
    await admin('POST', '/reset', { settings: 'start' });
    expect((await admin('GET', '/settings')).body).toEqual(settings);
  });

  it('puts users with devices there, beyond the limit too, the first device primary', async () => {
    const users = [
      { username: 'a', status: 'SUSPENDED', devices: [{ type: 'Email', email: 'a@example.com', nickname: 'My mail' }] },
      {
        username: 'b',
        fname: 'B',
        devices: [
          { type: 'YubiKey', serial: 'cccc' },
          { type: 'Voice', phone: '+12025550123,9' },
          { type: 'iPhone', model: 'iPhone 15' },
        ],
      },
    ];
    expect(await admin('POST', '/reset', { settings: { deviceLimit: 1 }, users })).toEqual({ status: 200, body: { users: 2 } });
    expect((await admin('GET', '/users/a')).body).toMatchObject({
      status: 'SUSPENDED',
      devicesDetails: [{ nickname: 'My mail', deviceRole: 'PRIMARY' }],
    });
    expect((await admin('GET', '/users/b')).body).toMatchObject({
      status: 'ACTIVE',
      fname: 'B',
      deviceDetails: { displayID: 'cccc' },
      devicesDetails: [
        { type: 'YubiKey', nickname: 'YubiKey', deviceRole: 'PRIMARY' },
        { type: 'Voice', nickname: 'Phone 1', phoneNumber: '2025550123,9', deviceRole: 'SECONDARY' },
        { type: 'iPhone', nickname: 'iPhone 15', displayID: 'iPhone 15', pushEnabled: true },
      ],
    });
    expect(await simulator.client.outcome('offlinepairing', { ...pairing, username: 'a' })).toEqual([400, 20562]);
  });

  it.each([
    ['an unknown key', { user: [] }],
    ['a user without a name', { users: [{}] }],
    ['a device without its value', { users: [{ username: 'a', devices: [{ type: 'SMS' }] }] }],
    ['an id that is too long', { users: [{ username: 'a', devices: [{ type: 'YubiKey', deviceId: '9223372036854775808' }] }] }],
    ['the same id twice', { users: ['a', 'b'].map((username) => ({ username, devices: [{ type: 'YubiKey', deviceId: '5' }] })) }],
    ['the same name twice', { users: [{ username: 'a' }, { username: 'a' }] }],
  ])('refuses %s', async (_case, body) => {
    expect((await admin('POST', '/reset', body)).status).toBeGreaterThanOrEqual(400);
  });
});

describe('the call log', () => {
  it('lists calls in their order, by user and from a number on, without values', async () => {
    await simulator.client.call('offlinepairing', pairing);
    const deviceId = (await devices())[0]?.deviceId;
    await simulator.client.call('updatedeviceattr', {
      userName: 'u',
      deviceId,
      attributeName: 'NICKNAME',
      attributeValue: 'Secret name',
    });
    await simulator.client.call('getuserdetails', { userName: 'v' });
    await simulator.client.call('unpairdevice', { userName: 'u' });
    const { calls } = (await admin('GET', '/calls')).body;
    expect(
      calls.map(({ n, op, username, deviceId, attributeName, status, errorId }) => [
        n,
        op,
        username,
        deviceId,
        attributeName,
        status,
        errorId,
      ]),
    ).toEqual([
      [1, 'offlinepairing', 'u', undefined, undefined, 200, 200],
      [2, 'updatedeviceattr', 'u', deviceId, 'NICKNAME', 200, 200],
      [3, 'getuserdetails', 'v', undefined, undefined, 400, 10564],
      [4, 'unpairdevice', 'u', undefined, undefined, 200, 200],
    ]);
    expect(JSON.stringify(calls)).not.toMatch(/Secret name|example\.com/);
    expect((await admin('GET', '/calls?username=u&since=2')).body.calls.map((call) => call.n)).toEqual([4]);
    expect((await admin('DELETE', '/calls')).status).toBe(204);
    await simulator.client.call('getuserdetails', { userName: 'u' });
    expect((await admin('GET', '/calls')).body.calls.map((call) => call.n)).toEqual([5]);
  });
});

describe('users', () => {
  it('are listed page by page, and each is found once though one is deleted between', async () => {
    await admin('POST', '/reset', { users: ['a', 'b', 'c', 'd', 'e'].map((username) => ({ username })) });
    const first = (await admin('GET', '/users?limit=2')).body;
    await simulator.client.ok('deleteuser', { userName: 'a' });
    const second = (await admin('GET', `/users?limit=2&cursor=${first.nextCursor}`)).body;
    const third = (await admin('GET', `/users?limit=2&cursor=${second.nextCursor}`)).body;
    expect([first, second, third].map((page) => page.users.map((user) => user.userName))).toEqual([
      ['a', 'b'],
      ['c', 'd'],
      ['e'],
    ]);
    expect(third.nextCursor).toBeNull();
  });

  it('are found by any name', async () => {
    const username = `ä/?&% ${'x'.repeat(240)}`;
    await simulator.client.ok('adduser', { username, activateUser: false });
    expect((await admin('GET', `/users/${encodeURIComponent(username)}`)).body.userName).toBe(username);
    expect((await admin('GET', '/users/nobody')).status).toBe(404);
  });

  it.each([
    [{ type: 'Android', model: 'Pixel 9', osVersion: '15' }, 'Pixel 9'],
    [{ type: 'Security Key' }, 'Security Key 1'],
    [{ type: 'Email', email: 'own@example.com', nickname: 'My mail' }, 'My mail'],
    [{ type: 'SMS', phone: '+447700900123' }, 'Mobile 1'],
    [{ type: 'FIDO2 Biometrics' }, 'FIDO2 Biometrics 1'],
    [{ type: 'Hardware Token', serial: '123' }, 'Hardware Token 1'],
  ])('get a device of their own: %j', async (body, nickname) => {
    const paired = await admin('POST', '/users/u/devices', body);
    expect(paired).toEqual({ status: 201, body: { deviceId: expect.stringMatching(/^\d+$/), nickname } });
    expect(await devices()).toMatchObject([{ type: body.type, nickname, deviceRole: 'PRIMARY', deviceId: paired.body.deviceId }]);
    expect((await admin('DELETE', `/users/u/devices/${paired.body.deviceId}`)).status).toBe(204);
    expect(await devices()).toEqual([]);
    expect((await admin('DELETE', `/users/u/devices/${paired.body.deviceId}`)).status).toBe(404);
  });

  it('get no device beyond the limit, without a value, or at a user that is not there', async () => {
    expect((await admin('POST', '/users/u/devices', { type: 'Email' })).status).toBe(400);
    expect((await admin('POST', '/users/v/devices', { type: 'YubiKey' })).status).toBe(404);
    await admin('PUT', '/settings', { deviceLimit: 1 });
    expect((await admin('POST', '/users/u/devices', { type: 'YubiKey' })).status).toBe(201);
    expect((await admin('POST', '/users/u/devices', { type: 'YubiKey' })).status).toBe(409);
  });
});

describe('settings', () => {
  it.each([
    { deviceLimit: 0 },
    { deviceLimit: 21 },
    { deviceLimit: '3' },
    { errorBodies: 'both' },
    { latencyMs: -1 },
    { unknown: 1 },
  ])('refuse %j', async (body) => {
    expect((await admin('PUT', '/settings', body)).status).toBe(400);
    expect((await admin('GET', '/settings')).body).toEqual(settings);
  });

  it('delay every answer', async () => {
    await admin('PUT', '/settings', { latencyMs: 120 });
    const startedAt = performance.now();
    await simulator.client.call('getuserdetails', { userName: 'u' });
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(115);
  });

  it('write "no devices" as null where that is wanted', async () => {
    await admin('PUT', '/settings', { emptyDeviceList: 'null' });
    expect((await simulator.client.ok('getuserdetails', { userName: 'u' })).userDetails).toMatchObject({
      deviceDetails: null,
      devicesDetails: null,
    });
  });

  it('keep a new device from being listed for a while (R30)', async () => {
    await admin('PUT', '/settings', { visibilityLagMs: 5000 });
    await simulator.client.ok('offlinepairing', pairing);
    simulator.advance(4999);
    expect((await simulator.client.ok('getuserdetails', { userName: 'u' })).userDetails).toMatchObject({
      status: 'ACTIVE',
      deviceDetails: null,
      devicesDetails: [],
    });
    simulator.advance(1);
    expect((await simulator.client.ok('getuserdetails', { userName: 'u' })).userDetails.devicesDetails).toHaveLength(1);
  });
});

describe('faults', () => {
  const fault = (kind: string, change: object = {}) => admin('PUT', '/faults', [{ op: 'offlinepairing', kind, ...change }]);
  const log = async () =>
    (await admin('GET', '/calls')).body.calls.map((call) => [call.op, call.status, call.errorId, call.fault]);

  it('error-before answers an error and does nothing, once', async () => {
    await fault('error-before', { times: 1 });
    expect(await simulator.client.outcome('offlinepairing', pairing)).toEqual([500, 10551]);
    expect(await devices()).toEqual([]);
    expect(await simulator.client.outcome('offlinepairing', pairing)).toEqual([200, 200]);
  });

  it('error-after does the work and hides it (R29)', async () => {
    await fault('error-after', { status: 503, errorId: 10553 });
    expect(await simulator.client.outcome('offlinepairing', pairing)).toEqual([503, 10553]);
    expect(await devices()).toHaveLength(1);
  });

  it('throttling carries Retry-After (R28)', async () => {
    await fault('error-before', { status: 429, retryAfter: '7' });
    const answer = await simulator.client.call('offlinepairing', pairing);
    expect([answer.status, answer.response.headers.get('retry-after')]).toEqual([429, '7']);
  });

  it.each([
    ['reset-before', 0],
    ['reset-after', 1],
  ])('%s cuts the connection', async (kind, count) => {
    await fault(kind);
    await expect(simulator.client.call('offlinepairing', pairing)).rejects.toThrow('fetch failed');
    expect(await devices()).toHaveLength(count);
    expect(await log()).toEqual([['offlinepairing', null, null, kind]]);
  });

  it.each([
    ['hang', 0],
    ['hang-after', 1],
  ])('%s never answers', async (kind, count) => {
    await fault(kind);
    const body = simulator.client.token(pairing);
    const call = fetch(`${simulator.client.base}/pingid/rest/4/offlinepairing/do`, {
      method: 'POST',
      body,
      signal: AbortSignal.timeout(150),
    });
    await expect(call).rejects.toThrow('timeout');
    expect(await devices()).toHaveLength(count);
    expect(await log()).toEqual([['offlinepairing', null, null, kind]]);
  });

  it('hit the calls that are meant: by operation, user, after so many, so many times', async () => {
    await admin('PUT', '/faults', [{ op: '*', username: 'u', kind: 'error-before', skip: 1, times: 2 }]);
    const statuses: number[] = [];
    for (const userName of ['u', 'v', 'u', 'u', 'u'])
      statuses.push((await simulator.client.call('getuserdetails', { userName })).status);
    expect(statuses).toEqual([200, 400, 500, 500, 200]);
  });

  it.each([
    [{ op: 'nonsense', kind: 'hang' }],
    [{ op: '*', kind: 'explode' }],
    [{ op: '*', kind: 'hang', times: 0 }],
    [{ op: '*', kind: 'error-before', status: 200 }],
  ])('refuse %j', async (wrong) => {
    expect((await admin('PUT', '/faults', [wrong])).status).toBe(400);
  });

  it('that hang do not keep the server from closing', async () => {
    const other = await startSimulator();
    await other.client.admin('PUT', '/faults', [{ op: '*', kind: 'hang' }]);
    const call = other.client.call('getuserdetails', { userName: 'u' });
    const failure = expect(call).rejects.toThrow('fetch failed');
    while ((await other.client.admin('GET', '/calls')).body.calls.length === 0);
    await other.app.close();
    await failure;
  });
});

describe('who may use it', () => {
  it.each([
    ['10.0.0.7', 403],
    ['::ffff:10.0.0.7', 403],
    ['127.0.0.1', 200],
    ['::1', 200],
    ['::ffff:127.0.0.1', 200],
  ])('from %s it answers %d', async (remoteAddress, status) => {
    expect((await simulator.app.inject({ url: '/admin/users', remoteAddress })).statusCode).toBe(status);
  });

  it('nobody, when it is switched off', async () => {
    const closed = await startSimulator({ admin: 'off' });
    expect((await closed.client.admin('GET', '/users')).status).toBe(404);
    expect((await closed.client.admin('POST', '/reset', {})).status).toBe(404);
    await closed.app.close();
  });
});

describe('health', () => {
  it.each(['/health/live', '/health/ready'])('%s is up', async (path) => {
    expect((await fetch(simulator.client.base + path)).status).toBe(200);
  });
});
