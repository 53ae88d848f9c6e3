import { describe, expect, it } from '@jest/globals';
import type { SeenCall } from '../system/seen-directory.ts';
import { type Budget, ProviderWatch } from './provider-watch.ts';

const budget: Budget = { callsPerSecond: 10, burst: 5, inFlight: 2 };
const call = (n: number, ms: number, op: string, username = 'ada'): SeenCall => ({ n, op, username, status: 200, errorId: null, time: new Date(ms).toISOString() }); // prettier-ignore
const watched = async (calls: readonly SeenCall[]) => {
  const watch = new ProviderWatch({ calls: (since) => Promise.resolve(calls.filter(({ n }) => n > since).slice(0, 4)) }, 0, new Map([['ada', 1]])); // prettier-ignore
  for (let read = 0; read < calls.length; read += 1) await watch.read();
  return watch.report(budget);
};

describe('what is read from the log of the provider', () => {
  it('I10: the busiest second of each directory, beside what its budget lets through', async () => {
    const spread = Array.from({ length: 40 }, (_, n) => call(n + 1, n * 60, 'getuserdetails'));
    expect(await watched(spread)).toMatchObject({
      calls: 40,
      busiestSecond: { pingid: 17, pingone: 0 },
      allowed: { pingid: 17, pingone: 21 },
      faults: [],
    });
    const burst = Array.from({ length: 22 }, (_, n) => call(n + 1, n, 'find-users'));
    expect((await watched(burst.slice(1))).faults).toEqual([]);
    expect((await watched(burst)).faults).toEqual(['I10: pingone got 22 calls within a second, and at most 21 are allowed']);
    const other = burst.slice(4).map((one) => ({ ...one, op: 'getuserdetails' }));
    expect((await watched(other)).faults).toEqual(['I10: pingid got 18 calls within a second, and at most 17 are allowed']);
    expect((await watched(burst.map((one) => ({ ...one, op: 'token' })))).calls).toBe(0);
  });

  it('I3: who had less on the way than they must never have less of', async () => {
    const [pair, unpair] = [call(1, 0, 'offlinepairing'), call(2, 1, 'unpairdevice')];
    expect((await watched([pair, unpair])).faults).toEqual([]);
    expect(
      (
        await watched([
          { ...unpair, n: 1 },
          { ...pair, n: 2 },
        ])
      ).faults,
    ).toEqual(['ada had 0 devices for a while, and must never have less than 1']);
  });
});
