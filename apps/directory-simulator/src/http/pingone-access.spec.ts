import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { RawPingOneClient } from '../test-support/raw-pingone-client.ts';
import { mfaCredentials, type RunningSimulator, startSimulator } from '../test-support/running-simulator.ts';

let simulator: RunningSimulator;
beforeAll(async () => {
  simulator = await startSimulator();
});
afterAll(() => simulator.app.close());
beforeEach(async () => {
  simulator.pingone.forgetToken();
  await simulator.client.admin('POST', '/reset', { settings: 'start', seed: 'test' });
});

const settings = (pingone: object) => simulator.client.admin('PUT', '/settings', { pingone });
const requestToken: RawPingOneClient['requestToken'] = (...given) => simulator.pingone.requestToken(...given);

describe('an access token (c.1)', () => {
  it.each(['basic', 'post'] as const)('is given to a client that authenticates by %s', async (way) => {
    const { status, body, headers } = await requestToken(way);
    expect([status, body]).toMatchObject([200, { token_type: 'Bearer', expires_in: 3600 }]);
    expect(headers.get('cache-control')).toBe('no-store');
    expect((await simulator.pingone.call('GET', '/users', undefined, { token: body.access_token })).status).toBe(200);
  });

  it.each([
    ['another secret', 'basic', { clientSecret: 'other' }],
    ['another secret in the body', 'post', { clientSecret: 'other' }],
    ['another client', 'basic', { clientId: mfaCredentials.populationId }],
    ['nothing', 'none', {}],
  ] as const)('is refused to %s', async (_case, way, change) => {
    expect([(await requestToken(way, change)).status, (await requestToken(way, change)).body.error]).toEqual([
      401,
      'invalid_client',
    ]);
  });

  it('is for client_credentials and for this environment', async () => {
    expect((await requestToken('basic', {}, 'password')).body.error).toBe('unsupported_grant_type');
    expect((await requestToken('basic', { environmentId: mfaCredentials.clientId })).status).toBe(404);
  });

  it('is refused in the way that the application does not use, when one is set', async () => {
    await settings({ clientAuthentication: 'post' });
    expect([(await requestToken('basic')).status, (await requestToken('post')).status]).toEqual([401, 200]);
    await settings({ clientAuthentication: 'basic' });
    expect([(await requestToken('basic')).status, (await requestToken('post')).status]).toEqual([200, 401]);
  });

  it('expires after its life, and a new one is good again', async () => {
    await settings({ tokenLifeMs: 60_000 });
    const { body } = await requestToken('basic');
    expect(body.expires_in).toBe(60);
    const call = () => simulator.pingone.call('GET', '/users', undefined, { token: body.access_token });
    simulator.advance(59_999);
    expect((await call()).status).toBe(200);
    simulator.advance(1);
    const refused = await call();
    expect([refused.status, refused.body.code]).toEqual([401, 'INVALID_TOKEN']);
    expect(refused.headers.get('www-authenticate')).toContain('invalid_token');
    expect((await simulator.pingone.call('GET', '/users')).status).toBe(200);
  });

  it('can be expired at once', async () => {
    const before = await simulator.pingone.call('GET', '/users');
    await simulator.client.admin('POST', '/tokens/expire');
    expect([before.status, (await simulator.pingone.call('GET', '/users')).status]).toEqual([200, 401]);
  });

  it('lives on while the secret is rotated, and is the last one (R32)', async () => {
    expect((await simulator.pingone.call('GET', '/users')).status).toBe(200);
    await settings({ clientSecret: 'rotated' });
    expect((await simulator.pingone.call('GET', '/users')).status).toBe(200);
    expect((await requestToken('basic')).status).toBe(401);
    await settings({ clientSecret: 'accepted' });
    expect((await requestToken('basic')).status).toBe(200);
  });

  it('is needed for everything, and changes nothing of an unknown path', async () => {
    for (const token of ['', 'guess']) {
      expect((await simulator.pingone.call('POST', '/users', { username: 'x' }, { token })).status).toBe(401);
    }
    expect((await simulator.client.admin('GET', '/users')).body.users).toEqual([]);
    expect((await simulator.pingone.call('GET', '/groups')).status).toBe(404);
  });

  it('of one environment is not for another', async () => {
    const elsewhere = new RawPingOneClient({ ...simulator.pingone.file, environmentId: mfaCredentials.clientId });
    const { access_token: token } = (await requestToken('basic')).body;
    const answer = await elsewhere.call('GET', '/users', undefined, { token });
    expect([answer.status, answer.body.code]).toEqual([403, 'ACCESS_FAILED']);
  });

  it('is not in the call log, and no value of a user is', async () => {
    const { access_token: token } = (await requestToken('basic')).body;
    const user = await simulator.pingone.ok('POST', '/users', { username: 'ada', email: 'ada@example.com' });
    await simulator.pingone.outcome('POST', `/users/${user.id}/devices`, { type: 'SMS', phone: '12' });
    const log = (await simulator.client.admin('GET', '/calls')).body.calls;
    expect(log.map(({ op, username, status }) => [op, username, status])).toEqual([
      ['token', null, 200],
      ['token', null, 200],
      ['create-user', null, 201],
      ['create-device', 'ada', 400],
    ]);
    const text = JSON.stringify(log);
    for (const secret of [token, mfaCredentials.clientSecret, 'ada@example.com']) expect(text).not.toContain(secret);
  });
});

describe('mfaSettings (c.2)', () => {
  const put = (body: object) => simulator.pingone.outcome('PUT', '/mfaSettings', body);

  it('begins with five devices, is changed by PUT, and goes back to the start by DELETE', async () => {
    const read = () => simulator.pingone.ok('GET', '/mfaSettings');
    expect(await read()).toMatchObject({ pairing: { maxAllowedDevices: 5 }, users: { mfaEnabled: false } });
    const changed = { pairing: { maxAllowedDevices: 15 }, phoneExtensions: { enabled: false }, users: { mfaEnabled: true } };
    expect((await put(changed))[0]).toBe(200);
    expect(await read()).toMatchObject(changed);
    expect((await simulator.pingone.ok('POST', '/users', { username: 'ada' })).mfaEnabled).toBe(true);
    expect(await simulator.pingone.outcome('DELETE', '/mfaSettings')).toEqual([204, undefined]);
    expect(await read()).toMatchObject({ pairing: { maxAllowedDevices: 5 }, users: { mfaEnabled: false } });
  });

  it.each([0, 16, 1.5, '5', undefined])('refuses maxAllowedDevices %s', async (maxAllowedDevices) => {
    expect((await put({ pairing: { maxAllowedDevices } }))[0]).toBe(400);
    expect((await simulator.pingone.ok('GET', '/mfaSettings')).pairing.maxAllowedDevices).toBe(5);
  });
});
