import { describe, expect, it } from '@jest/globals';
import type { K6Round } from './k6.ts';
import { cleanRounds, highestRound } from './open-rounds.ts';

/** A server that drops what is beyond its capacity. */
const serverOf = (capacity: number, asked: number[] = []) => {
  const ask = (perSecond: number): Promise<K6Round> => {
    asked.push(perSecond);
    const dropped = Math.max(0, perSecond - capacity);
    return Promise.resolve({
      ...{ perSecond, dropped, failed: 0, clean: dropped === 0, answered: perSecond - dropped, cpuMicroseconds: 1 },
      ...{ medianMs: 1, p90Ms: 1, p99Ms: 1, mostMs: 1 },
    });
  };
  return ask;
};

describe('rounds of an open load', () => {
  it('with drops are repeated lower, all of them, and it is said', async () => {
    const asked: [number[], number[]] = [[], []];
    const { rounds, lowered } = await cleanRounds([serverOf(5_000, asked[0]), serverOf(700, asked[1])], 1_000);
    expect(rounds.map(({ perSecond }) => perSecond)).toEqual([640, 640]);
    expect(asked).toEqual([[1_000, 800, 640], [1_000, 800, 640]]); // prettier-ignore
    expect(lowered).toEqual(['300 dropped and 0 failed at 1000 a second', '100 dropped and 0 failed at 800 a second']);
  });

  it('without drops are taken as they are', async () => {
    const { rounds, lowered } = await cleanRounds([serverOf(5_000)], 1_000);
    expect([rounds[0]?.perSecond, lowered]).toEqual([1_000, []]);
  });

  it('end at what the server can do; one that always drops is no figure', async () => {
    const best = await highestRound(serverOf(5_000), 1_000, () => undefined);
    expect(best.clean).toBe(true);
    expect(best.perSecond).toBeGreaterThan(4_500);
    await expect(highestRound(serverOf(0), 1_000, () => undefined)).rejects.toThrow('at every rate');
    await expect(cleanRounds([serverOf(0)], 1_000)).rejects.toThrow('at every rate');
  });
});
