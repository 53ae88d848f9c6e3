import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type RunningSimulator, startSimulator } from '../test-support/running-simulator.ts';

let simulator: RunningSimulator;
beforeAll(async () => {
  simulator = await startSimulator();
});
afterAll(() => simulator.app.close());
beforeEach(async () => {
  await simulator.client.admin('POST', '/reset', { settings: 'start', seed: 'test', users: [{ username: 'u' }] });
  user = (await simulator.pingone.ok('GET', '/users'))._embedded.users[0]?.id ?? '';
});

let user = '';
const faults = (...list: object[]) => simulator.client.admin('PUT', '/faults', list);
const settings = (patch: object) => simulator.client.admin('PUT', '/settings', patch);

/** One writing call of each dialect that pairs a device of `u`, and how many devices `u` has. */
const dialects = [
  [
    'PingID',
    'offlinepairing',
    () => simulator.client.call('offlinepairing', { username: 'u', type: 'EMAIL', pairingData: 'u@example.com' }),
  ],
  [
    'PingOne',
    'create-device',
    () => simulator.pingone.call('POST', `/users/${user}/devices`, { type: 'EMAIL', email: 'u@example.com', status: 'ACTIVE' }),
  ],
] as const;
const devices = async () => (await simulator.client.admin('GET', '/users/u')).body.devicesDetails.length;
const lastCall = async () => (await simulator.client.admin('GET', '/calls')).body.calls.at(-1);

describe.each(dialects)('a fault of the %s dialect', (_dialect, op, pair) => {
  it.each([
    ['error-before', 0],
    ['error-after', 1],
  ])('%s answers its status, with %d devices paired (R29)', async (kind, paired) => {
    await faults({ op, kind, status: 503 });
    expect((await pair()).status).toBe(503);
    expect(await devices()).toBe(paired);
    expect(await lastCall()).toMatchObject({ op, status: 503, fault: kind });
    expect((await pair()).status).toBeLessThan(300);
  });

  it.each([
    ['reset-before', 0],
    ['reset-after', 1],
  ])('%s ends the connection, with %d devices paired', async (kind, paired) => {
    await faults({ op, kind });
    await expect(pair()).rejects.toThrow('fetch failed');
    expect(await devices()).toBe(paired);
    expect(await lastCall()).toMatchObject({ op, status: null, fault: kind });
  });

  it.each(['7', 'Wed, 21 Oct 2065 07:28:00 GMT', '99999999999', 'soon', undefined])(
    '429 may say Retry-After: %s (R28)',
    async (retryAfter) => {
      await faults({ op, kind: 'error-before', status: 429, retryAfter });
      const answer = await pair();
      const headers = 'headers' in answer ? answer.headers : answer.response.headers;
      expect([answer.status, headers.get('retry-after')]).toEqual([429, retryAfter ?? null]);
    },
  );

  it('cut-body does the operation and breaks off in its answer', async () => {
    await faults({ op, kind: 'cut-body' });
    await expect(pair()).rejects.toThrow();
    expect(await devices()).toBe(1);
    expect(await lastCall()).toMatchObject({ op, fault: 'cut-body' });
  });

  it.each([
    ['slow-body', { delayMs: 60 }],
    ['delay', { delayMs: 60 }],
  ])('%s gives the true answer late', async (kind, rest) => {
    await faults({ op, kind, ...rest });
    const startedAt = performance.now();
    expect((await pair()).status).toBeLessThan(300);
    expect(performance.now() - startedAt).toBeGreaterThan(55);
    expect(await devices()).toBe(1);
  });

  it('oversized-body gives the true answer with a long tail', async () => {
    await faults({ op, kind: 'oversized-body', bytes: 100_000 });
    const answer = await pair();
    const headers = 'headers' in answer ? answer.headers : answer.response.headers;
    expect(answer.status).toBeLessThan(300);
    expect(Number(headers.get('content-length'))).toBeGreaterThan(100_000);
  });

  it('hits writes, and not reads, when it is for writes', async () => {
    await faults({ op: 'writes', kind: 'error-before' });
    await simulator.client.ok('getuserdetails', { userName: 'u' });
    await simulator.pingone.ok('GET', `/users/${user}`);
    expect((await pair()).status).toBe(500);
  });

  it('for the user hits the calls on this user only', async () => {
    await faults({ op: '*', kind: 'error-before', username: 'u' });
    await simulator.pingone.ok('GET', '/users');
    expect((await pair()).status).toBe(500);
  });

  it('waits for the operation with a latency of its own only', async () => {
    await settings({ latencyByOperation: { [op]: 300 } });
    const startedAt = performance.now();
    const slow = pair().then(() => 'slow');
    const quick = simulator.pingone.ok('GET', `/users/${user}`).then(() => 'quick');
    expect(await Promise.race([slow, quick])).toBe('quick');
    await slow;
    expect(performance.now() - startedAt).toBeGreaterThan(295);
  });
});

describe('faults', () => {
  it('for every operation leave the token endpoint alone, which has its own name', async () => {
    await faults({ op: '*', kind: 'error-before', times: 9 });
    expect((await simulator.pingone.requestToken('basic')).status).toBe(200);
    await faults({ op: 'token', kind: 'error-before', status: 503 });
    expect((await simulator.pingone.requestToken('basic')).status).toBe(503);
  });

  it('of an unknown operation are refused', async () => {
    expect((await faults({ op: 'no-such', kind: 'hang' })).status).toBe(400);
  });
});

describe('PingID credentials', () => {
  it.each([
    ['signature-refused', 99401],
    ['token-refused', 99403],
  ])('%s refuses every call from now on, unsigned, until it is taken back (R32)', async (pingidCredentials, errorId) => {
    await settings({ pingidCredentials });
    for (const op of ['getuserdetails', 'deleteuser']) {
      const answer = await simulator.client.call(op, { userName: 'u' });
      expect([answer.status, answer.form, answer.body.responseBody.errorId]).toEqual([403, 'raw', errorId]);
    }
    await settings({ pingidCredentials: 'accepted' });
    await simulator.client.ok('getuserdetails', { userName: 'u' });
  });

  it('answers are signed with a wrong key for one call or for all', async () => {
    const call = () => simulator.client.call('getuserdetails', { userName: 'u' });
    const wrong = 'not signed with the shared key';
    await faults({ op: 'getuserdetails', kind: 'wrong-key' });
    await expect(call()).rejects.toThrow(wrong);
    expect((await call()).form).toBe('jws');
    await settings({ pingidAnswerKey: 'wrong' });
    await expect(call()).rejects.toThrow(wrong);
  });
});

describe('the rate limit', () => {
  const call = {
    PingID: () => simulator.client.call('getuserdetails', { userName: 'u' }),
    PingOne: () => simulator.pingone.call('GET', `/users/${user}`),
  };

  it.each(['PingID', 'PingOne'] as const)('answers 429 by counting, for %s alone', async (dialect) => {
    const other = dialect === 'PingID' ? 'PingOne' : 'PingID';
    const statuses = async (which: 'PingID' | 'PingOne', count: number) => {
      const list: number[] = [];
      for (let n = 0; n < count; n += 1) list.push((await call[which]()).status);
      return list;
    };
    await settings({ rateLimit: { perSecond: 10, burst: 3 } });
    expect(await statuses(dialect, 5)).toEqual([200, 200, 200, 429, 429]);
    expect(await statuses(other, 3)).toEqual([200, 200, 200]);
    simulator.advance(100);
    expect(await statuses(dialect, 2)).toEqual([200, 429]);
    simulator.advance(60_000);
    expect(await statuses(dialect, 4)).toEqual([200, 200, 200, 429]);
    await settings({ rateLimit: null });
    expect(await statuses(dialect, 4)).toEqual([200, 200, 200, 200]);
  });

  it.each([
    ['seconds', '1'],
    ['http-date', new Date(Date.UTC(2019, 3, 3, 17, 54, 36)).toUTCString()],
    ['absent', null],
    ['absurd', '99999999999'],
  ])('says when to come back: %s', async (retryAfter, expected) => {
    const running = await startSimulator();
    const { client } = running;
    await client.admin('PUT', '/settings', { rateLimit: { perSecond: 1, burst: 1, retryAfter } });
    await client.call('getuserdetails', { userName: 'u' });
    const refused = await client.call('getuserdetails', { userName: 'u' });
    expect([refused.status, refused.response.headers.get('retry-after')]).toEqual([429, expected]);
    await running.app.close();
  });

  it('does nothing under it, and says REQUEST_LIMITED to a client of PingOne (c.1)', async () => {
    await settings({ rateLimit: { perSecond: 1, burst: 1 } });
    await call.PingOne();
    expect(await simulator.pingone.outcome('DELETE', `/users/${user}`)).toEqual([429, 'REQUEST_LIMITED']);
    expect((await simulator.client.admin('GET', '/users/u')).status).toBe(200);
    expect((await simulator.pingone.requestToken('basic')).status).toBe(200);
  });
});
