import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type RunningSimulator, startSimulator } from '../test-support/running-simulator.ts';

let simulator: RunningSimulator;
beforeAll(async () => {
  simulator = await startSimulator();
});
afterAll(() => simulator.app.close());
beforeEach(() => simulator.client.admin('POST', '/reset', { settings: 'start', seed: 'test', users: [{ username: 'u' }] }));

interface Counters {
  readonly calls: number;
  readonly reads: number;
  readonly writes: number;
  readonly rateLimited: number;
  readonly inFlight: { readonly now: number; readonly most: number };
  readonly busiestSecond: number;
  readonly operations: Readonly<Record<string, { readonly kind: string; readonly calls: number; readonly byStatus: object }>>;
}
const admin = (method: string, path: string, body?: unknown) => simulator.client.admin(method, path, body);
const counters = async () => (await admin('GET', '/counters')).body as unknown as Counters;
const read = () => simulator.client.call('getuserdetails', { userName: 'u' });

/** Looks until it is so; the server learns of a closed answer a little after the caller. */
async function eventually(check: () => Promise<boolean>): Promise<void> {
  for (let look = 0; look < 500; look += 1) if (await check()) return;
  throw new Error('it never came to be so');
}

describe('counters', () => {
  it('count reads, writes and logins of both dialects by their answer', async () => {
    simulator.pingone.forgetToken();
    await read();
    await simulator.client.call('getuserdetails', { userName: 'nobody' });
    await simulator.client.call('suspenduser', { userName: 'u' });
    await simulator.client.call('no-such-operation', {});
    await simulator.pingone.call('GET', '/users');
    await simulator.pingone.call('POST', '/users', {});
    expect(await counters()).toMatchObject({
      calls: 7,
      reads: 4,
      writes: 2,
      operations: {
        getuserdetails: { kind: 'read', calls: 2, byStatus: { 200: 1, 400: 1 } },
        suspenduser: { kind: 'write', calls: 1 },
        unknown: { kind: 'read', calls: 1, byStatus: { 404: 1 } },
        token: { kind: 'login', calls: 1, byStatus: { 200: 1 } },
        'find-users': { kind: 'read', calls: 1 },
        'create-user': { kind: 'write', calls: 1, byStatus: { 400: 1 } },
      },
    });
  });

  it('count what was refused by the rate limit and what got no answer', async () => {
    await admin('PUT', '/settings', { rateLimit: { perSecond: 1, burst: 1 } });
    await read();
    await read();
    await admin('PUT', '/settings', { rateLimit: null });
    await admin('PUT', '/faults', [{ op: '*', kind: 'reset-before' }]);
    await expect(read()).rejects.toThrow();
    expect(await counters()).toMatchObject({
      rateLimited: 1,
      operations: { getuserdetails: { calls: 3, byStatus: { 200: 1, 429: 1, none: 1 } } },
    });
  });

  it('know how many calls were under way at once, and how many came in the busiest second', async () => {
    await eventually(async () => (await counters()).inFlight.now === 0);
    await admin('DELETE', '/counters');
    await admin('PUT', '/settings', { latencyMs: 300 });
    await Promise.all([read(), read(), read()]);
    simulator.advance(1000);
    await read();
    expect(await counters()).toMatchObject({ calls: 4, inFlight: { most: 3 }, busiestSecond: 3 });
    await eventually(async () => (await counters()).inFlight.now === 0);
  });

  it('are forgotten when told so', async () => {
    await read();
    await admin('DELETE', '/counters');
    expect(await counters()).toMatchObject({ calls: 0, reads: 0, operations: {} });
  });
});

describe('the call log', () => {
  it('comes in pages of the size that is asked for', async () => {
    for (let n = 0; n < 5; n += 1) await read();
    const numbers: number[][] = [];
    let since: number | undefined = 0;
    while (since !== undefined) {
      const page = (await admin('GET', `/calls?limit=2&since=${since}`)).body as unknown as {
        calls: { n: number }[];
        nextSince?: number;
      };
      numbers.push(page.calls.map(({ n }) => n));
      since = page.nextSince;
    }
    expect(numbers).toEqual([[1, 2], [3, 4], [5]]);
  });
});

describe('generated users', () => {
  it('are the same for the same seed, found in both dialects, with a device in each slot that is asked for', async () => {
    const generate = { count: 3, devices: ['email', 'sms', 'voice'], names: 'pingone', mfaEnabled: true };
    const look = async () => {
      expect((await admin('POST', '/reset', { seed: 's', generate })).body).toEqual({ users: 3 });
      return (await admin('GET', '/users/user-000002')).body;
    };
    const first = await look();
    expect(await look()).toEqual(first);
    expect(first).toMatchObject({
      status: 'ACTIVE',
      email: 'user-000002@example.com',
      fname: 'Given 2',
      lname: 'Family 2',
      devicesDetails: [
        { nickname: 'Email 1', displayID: 'user-000002@example.com', deviceRole: 'PRIMARY' },
        { nickname: 'SMS 1', displayID: '12020000002' },
        { nickname: 'Voice 1', displayID: '13030000002' },
      ],
    });
    simulator.pingone.forgetToken();
    const filter = encodeURIComponent('username eq "USER-000002"');
    expect((await simulator.pingone.ok('GET', `/users?filter=${filter}`))._embedded.users).toMatchObject([{ mfaEnabled: true }]);
    const pairing = { username: 'user-000001', type: 'SMS', pairingData: '12020000002', validateUniqueDevice: true };
    expect(await simulator.client.outcome('offlinepairing', pairing)).toEqual([400, 99002]);
  });

  it('stand beside users that are sent', async () => {
    const body = { generate: { count: 2, prefix: 'g' }, users: [{ username: 'u' }] };
    expect((await admin('POST', '/reset', body)).body).toEqual({ users: 3 });
    expect((await admin('POST', '/reset', { ...body, users: [{ username: 'g000001' }] })).status).toBe(400);
  });
});
