import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { deviceType, type PingOneDevice, removeOrderType, reorderType } from '../test-support/raw-pingone-client.ts';
import { mfaCredentials, type RunningSimulator, startSimulator } from '../test-support/running-simulator.ts';

let simulator: RunningSimulator;
let user = '';
beforeAll(async () => {
  simulator = await startSimulator();
});
afterAll(() => simulator.app.close());
beforeEach(async () => {
  await simulator.client.admin('POST', '/reset', { settings: 'start', seed: 'test' });
  user = (await ok('POST', '/users', { username: 'ada' })).id;
});

const ok = (method: string, path: string, body?: unknown, contentType?: string) =>
  simulator.pingone.ok(method, path, body, contentType);
const outcome = (method: string, path: string, body?: unknown, contentType?: string) =>
  simulator.pingone.outcome(method, path, body, contentType);
const settings = (patch: object) => simulator.client.admin('PUT', '/settings', patch);

const email = (n: number, rest: object = {}) => ({ type: 'EMAIL', email: `ada${n}@example.com`, status: 'ACTIVE', ...rest });
const pair = async (body: object) => (await ok('POST', `/users/${user}/devices`, body)) as unknown as PingOneDevice;
const refusedPair = (body: object) => outcome('POST', `/users/${user}/devices`, body);
const listed = async (query = '') => (await ok('GET', `/users/${user}/devices${query}`))._embedded.devices;
const order = async () => (await ok('GET', `/users/${user}/devices?expand=order`)).order.map(({ id }) => id);
const on = (device: string, what: Parameters<typeof deviceType>[0], body: unknown = {}) =>
  outcome('POST', `/users/${user}/devices/${device}`, body, deviceType(what));

describe('a PingOne device', () => {
  it('is paired and named in one call, ACTIVE from a worker, with a UUID (c.3, c.4)', async () => {
    const device = await pair(email(1, { nickname: 'Email 1', policy: { id: mfaCredentials.populationId } }));
    expect(device).toMatchObject({
      type: 'EMAIL',
      email: 'ada1@example.com',
      nickname: 'Email 1',
      status: 'ACTIVE',
      user: { id: user },
      environment: { id: mfaCredentials.environmentId },
      lock: { status: 'UNLOCKED' },
      block: { status: 'UNBLOCKED' },
    });
    expect(device).not.toHaveProperty('policy');
    expect(device.id).toMatch(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
    expect(await ok('GET', `/users/${user}/devices/${device.id}`)).toEqual(device);
    expect(await listed()).toEqual([device]);
  });

  it('has no nickname unless it is given one', async () => {
    expect(await pair(email(1))).not.toHaveProperty('nickname');
  });

  it.each(['+1.2025550123', '+12025550123', '+1 (202) 555-0123', '12025550123', '1-202-555-0123'])(
    'takes the phone number %s (c.3) and shows it in the form that is set',
    async (phone) => {
      expect(await pair({ type: 'SMS', phone, status: 'ACTIVE' })).toMatchObject({ phone: '+1.2025550123' });
      await settings({ pingone: { phoneForm: 'e164' } });
      expect((await listed())[0]?.phone).toBe('+12025550123');
    },
  );

  it('has an extension where it is a voice device and the environment allows it (c.3)', async () => {
    const voice = { type: 'VOICE', phone: '+12025550123', extension: '#2992,,1', status: 'ACTIVE' };
    expect(await pair(voice)).toMatchObject({ phone: '+1.2025550123', extension: '#2992,,1' });
    expect(await refusedPair({ ...voice, type: 'SMS' })).toEqual([400, 'INVALID_VALUE']);
    expect(await refusedPair({ ...voice, extension: 'x' })).toEqual([400, 'INVALID_VALUE']);
    await settings({ pingone: { phoneExtensions: false } });
    expect(await refusedPair(voice)).toEqual([400, 'INVALID_VALUE']);
  });

  it.each([
    [{}, 'REQUIRED_VALUE'],
    [{ type: 'MOBILE' }, 'INVALID_VALUE'],
    [{ type: 'EMAIL' }, 'REQUIRED_VALUE'],
    [{ type: 'EMAIL', email: 'no address' }, 'INVALID_VALUE'],
    [{ type: 'SMS', phone: '12' }, 'INVALID_VALUE'],
    [email(1, { nickname: 'x'.repeat(101) }), 'SIZE_LIMIT_EXCEEDED'],
    [email(1, { status: 'BLOCKED' }), 'INVALID_VALUE'],
    [email(1, { policy: { id: 'x' } }), 'INVALID_VALUE'],
  ])('is not made of %j', async (body, code) => {
    expect(await refusedPair(body)).toEqual([400, code]);
    expect(await listed()).toEqual([]);
  });

  it('is renamed by its path, up to 100 characters, and "" clears the name (c.3)', async () => {
    const { id } = await pair(email(1, { nickname: 'Email 1' }));
    const path = `/users/${user}/devices/${id}/nickname`;
    expect(await ok('PUT', path, { nickname: 'My mail' })).toMatchObject({ nickname: 'My mail', _links: {} });
    expect((await listed())[0]?.nickname).toBe('My mail');
    expect(await outcome('PUT', path, { nickname: 'x'.repeat(101) })).toEqual([400, 'SIZE_LIMIT_EXCEEDED']);
    expect(await outcome('PUT', path, {})).toEqual([400, 'REQUIRED_VALUE']);
    await ok('PUT', path, { nickname: '' });
    expect((await listed())[0]).not.toHaveProperty('nickname');
  });

  it('is gone after DELETE; an id of nobody or of another user is 404', async () => {
    const { id } = await pair(email(1));
    const other = (await ok('POST', '/users', { username: 'bob' })).id;
    for (const path of [`/users/${other}/devices/${id}`, `/users/${user}/devices/${user}`, `/users/${user}/devices/x`])
      for (const method of ['GET', 'DELETE']) expect(await outcome(method, path)).toEqual([404, 'NOT_FOUND']);
    expect(await outcome('DELETE', `/users/${user}/devices/${id}`)).toEqual([204, undefined]);
    expect(await listed()).toEqual([]);
  });

  it('is refused beyond maxAllowedDevices with LIMIT_EXCEEDED, and a lowered limit blocks new ones only (c.3, R31)', async () => {
    const devices = [];
    for (const n of [1, 2, 3, 4, 5]) devices.push(await pair(email(n)));
    const answer = await simulator.pingone.call('POST', `/users/${user}/devices`, email(6));
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({
      code: 'REQUEST_FAILED',
      details: [{ code: 'LIMIT_EXCEEDED', innerError: { maximumAllowed: 5 } }],
    });
    await ok('PUT', '/mfaSettings', { pairing: { maxAllowedDevices: 4 } });
    expect(await listed()).toHaveLength(5);
    await ok('DELETE', `/users/${user}/devices/${devices[0]?.id}`);
    expect(await refusedPair(email(6))).toEqual([400, 'LIMIT_EXCEEDED']);
    await ok('DELETE', `/users/${user}/devices/${devices[1]?.id}`);
    await pair(email(6));
    expect((await listed()).map((device) => device.email)).toEqual([3, 4, 5, 6].map((n) => `ada${n}@example.com`));
  });

  it('spells the inner error both ways in turn', async () => {
    await settings({ pingone: { maxAllowedDevices: 1 } });
    await pair(email(1));
    const detail = async () => (await simulator.pingone.call('POST', `/users/${user}/devices`, email(2))).body.details?.[0];
    expect(await detail()).toHaveProperty('innerError');
    expect(await detail()).toHaveProperty('innererror');
  });

  it('is refused when its method is disabled (P55), in both dialects', async () => {
    await settings({ disabledMethods: ['EMAIL'] });
    expect(await refusedPair(email(1))).toEqual([400, 'METHOD_DISABLED']);
    const pairing = { username: 'ada', type: 'EMAIL', pairingData: 'a@example.com' };
    expect(await simulator.client.outcome('offlinepairing', pairing)).toEqual([400, 99004]);
    await pair({ type: 'SMS', phone: '+12025550123', status: 'ACTIVE' });
  });

  it('may be there twice, unless the tenant refuses that, in both dialects (P47)', async () => {
    await pair(email(1));
    await pair(email(1));
    await settings({ duplicateDevices: 'refused' });
    expect(await refusedPair(email(1))).toEqual([400, 'UNIQUENESS_VIOLATION']);
    const pairing = { username: 'ada', type: 'EMAIL', pairingData: 'ADA1@example.com' };
    expect(await simulator.client.outcome('offlinepairing', pairing)).toEqual([400, 99002]);
  });

  it('is not listed for as long as the tenant lags (R30)', async () => {
    await settings({ visibilityLagMs: 500 });
    const { id } = await pair(email(1));
    expect(await listed()).toEqual([]);
    simulator.advance(500);
    expect((await listed()).map((device) => device.id)).toEqual([id]);
  });
});

describe('the order of devices', () => {
  it('is the order of activation, the first the default; the next one inherits it (c.3, PR7)', async () => {
    const ids = [];
    for (const n of [1, 2, 3]) ids.push((await pair(email(n))).id);
    expect(await order()).toEqual(ids);
    await ok('DELETE', `/users/${user}/devices/${ids[0]}`);
    expect(await order()).toEqual(ids.slice(1));
    const details = (await simulator.client.admin('GET', '/users/ada')).body;
    expect(details.deviceDetails?.email).toBe('ada2@example.com');
  });

  it('is set by content type, and later devices are appended (c.2)', async () => {
    const ids = [];
    for (const n of [1, 2, 3]) ids.push((await pair(email(n))).id);
    const reversed = [...ids].reverse();
    const answer = await ok('POST', `/users/${user}/devices`, { order: reversed.map((id) => ({ id })) }, reorderType);
    expect(answer.order.map(({ id }) => id)).toEqual(reversed);
    const { id } = await pair(email(4));
    expect(await order()).toEqual([...reversed, id]);
  });

  it('must name each active device once', async () => {
    const ids = [(await pair(email(1))).id, (await pair(email(2))).id];
    for (const wrong of [ids.slice(1), [ids[0], ids[0]], [...ids, user], []])
      expect((await outcome('POST', `/users/${user}/devices`, { order: wrong.map((id) => ({ id })) }, reorderType))[0]).toBe(400);
    expect(await order()).toEqual(ids);
  });

  it.each([
    ['POST', removeOrderType],
    ['DELETE', undefined],
  ])('is removed by %s %s: then nobody is default, and the devices stay (c.2)', async (method, contentType) => {
    const { id } = await pair(email(1));
    const path = `/users/${user}/devices`;
    expect(await outcome(method, path, contentType === undefined ? undefined : '', contentType)).toEqual([204, undefined]);
    expect(await order()).toEqual([]);
    expect((await listed()).map((device) => device.id)).toEqual([id]);
    await ok('POST', path, { order: [{ id }] }, reorderType);
    expect(await order()).toEqual([id]);
  });

  it('does not come with the list unless asked for', async () => {
    expect(await ok('GET', `/users/${user}/devices`)).not.toHaveProperty('order');
  });
});

describe('a device that nobody has activated', () => {
  const waiting = (n: number) => pair(email(n, { status: 'ACTIVATION_REQUIRED' }));

  it('is listed last, has no place in the order, and is none for PingID', async () => {
    const first = await waiting(1);
    const second = await pair(email(2));
    expect((await listed()).map(({ id, status }) => [id, status])).toEqual([
      [second.id, 'ACTIVE'],
      [first.id, 'ACTIVATION_REQUIRED'],
    ]);
    expect(await order()).toEqual([second.id]);
    const active = `/users/${user}/devices?filter=${encodeURIComponent('(status eq "ACTIVE")')}`;
    expect((await ok('GET', active))._embedded.devices.map(({ id }) => id)).toEqual([second.id]);
    expect((await simulator.client.ok('getuserdetails', { userName: 'ada' })).userDetails.devicesDetails).toHaveLength(1);
  });

  it('is what a device without a status is', async () => {
    expect(await pair({ type: 'EMAIL', email: 'a@example.com' })).toMatchObject({ status: 'ACTIVATION_REQUIRED' });
  });

  it('is activated by a passcode, which puts it at the end', async () => {
    const { id } = await waiting(1);
    const second = await pair(email(2));
    expect(await on(id, 'activate', { otp: '000000' })).toEqual([400, 'INVALID_VALUE']);
    expect((await on(id, 'activate', { otp: '123456' }))[0]).toBe(200);
    expect(await order()).toEqual([second.id, id]);
  });

  it('is not activated beyond the limit', async () => {
    const { id } = await waiting(1);
    await settings({ pingone: { maxAllowedDevices: 1 } });
    await pair(email(2));
    expect(await on(id, 'activate', { otp: '123456' })).toEqual([400, 'LIMIT_EXCEEDED']);
  });

  it('can be renamed and deleted', async () => {
    const { id } = await waiting(1);
    await ok('PUT', `/users/${user}/devices/${id}/nickname`, { nickname: 'Email 1' });
    expect(await listed()).toMatchObject([{ nickname: 'Email 1', status: 'ACTIVATION_REQUIRED' }]);
    await ok('DELETE', `/users/${user}/devices/${id}`);
    expect(await listed()).toEqual([]);
  });

  it('is gone after 24 hours, and there are at most 50 of them (c.3)', async () => {
    for (let n = 0; n < 50; n += 1) await waiting(n);
    expect(await refusedPair({ type: 'EMAIL', email: 'a@example.com' })).toEqual([400, 'LIMIT_EXCEEDED']);
    simulator.advance(24 * 3_600_000 - 1);
    simulator.pingone.forgetToken();
    expect(await listed()).toHaveLength(50);
    simulator.advance(1);
    expect(await listed()).toEqual([]);
  });
});

describe('a device that cannot be used', () => {
  it('is blocked and unblocked by an administrator', async () => {
    const { id } = await pair(email(1));
    expect((await on(id, 'block'))[0]).toBe(200);
    expect(await listed()).toMatchObject([{ block: { status: 'BLOCKED', blockedAt: expect.any(String) as unknown } }]);
    expect((await on(id, 'unblock'))[0]).toBe(200);
    expect((await listed())[0]?.block).toEqual({ status: 'UNBLOCKED' });
  });

  it('is locked until its time is over or somebody unlocks it', async () => {
    const add = (n: number) =>
      simulator.client.admin('POST', '/users/ada/devices', { type: 'Email', email: `l${n}@example.com`, locked: true });
    await add(1);
    await add(2);
    const locks = async () => (await listed()).map(({ lock }) => lock.status);
    expect(await locks()).toEqual(['LOCKED', 'LOCKED']);
    expect((await on((await listed())[0]?.id ?? '', 'unlock'))[0]).toBe(200);
    expect(await locks()).toEqual(['UNLOCKED', 'LOCKED']);
    simulator.advance(600_000);
    expect(await locks()).toEqual(['UNLOCKED', 'UNLOCKED']);
  });

  it('is set up blocked or not activated by the admin API', async () => {
    const add = (body: object) =>
      simulator.client.admin('POST', '/users/ada/devices', { type: 'iPhone', model: 'iPhone 15', ...body });
    await add({ blocked: true });
    await add({ activation: 'required' });
    expect(await listed()).toMatchObject([
      { type: 'MOBILE', nickname: 'iPhone 15', block: { status: 'BLOCKED' }, status: 'ACTIVE' },
      { type: 'MOBILE', status: 'ACTIVATION_REQUIRED' },
    ]);
  });
});
