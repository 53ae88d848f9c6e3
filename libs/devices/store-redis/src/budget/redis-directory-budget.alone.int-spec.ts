// How much a budget lets through is measured, so nothing else may be at work meanwhile.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { BudgetLane, BudgetSettings } from '@tallystick/devices-domain';
import { instant } from '@tallystick/kernel-core';
import { createLogger } from '@tallystick/platform-observability';
import { connectRedis, type Redis } from '@tallystick/platform-redis';
import { endpoints, uniqueName } from '@tallystick/platform-testing';
import { RedisDirectoryBudget } from './redis-directory-budget.ts';

const logger = createLogger({ service: 'budget-int', level: 'silent' });
const connect = (): Promise<Redis> => connectRedis({ url: endpoints().redis, name: 'budget-int', logger });

describe('the rate of the budget by the time of the server', () => {
  const connections: Redis[] = [];
  beforeAll(async () => {
    connections.push(...(await Promise.all([connect(), connect(), connect(), connect()])));
  });
  afterAll(() => Promise.all(connections.map((redis) => redis.close())));

  /** Callers of four processes, whose clocks differ by hours, each of whom always wants more; gives the server's moments of what was granted. */
  async function callFor(
    seconds: number,
    callers: readonly BudgetLane[],
    settings: BudgetSettings,
  ): Promise<Record<BudgetLane, number[]>> {
    const directory = uniqueName('directory');
    const leaseMs = 5_000;
    const got: Record<BudgetLane, number[]> = { live: [], bulk: [] };
    const end = performance.now() + seconds * 1_000;
    const caller = async (lane: BudgetLane, n: number): Promise<void> => {
      const redis = connections[n % 4]!;
      const budget = new RedisDirectoryBudget({ redis });
      const clock = () => instant(Date.now() + ((n % 4) - 2) * 3_600_000);
      while (performance.now() < end) {
        const grant = await budget.acquire(directory, { lane, calls: 1, leaseMs, settings }, clock());
        if (grant.kind === 'quarantined') throw new Error('nothing failed');
        if (grant.kind === 'later') {
          await new Promise((resolve) => setTimeout(resolve, grant.at - clock()));
          continue;
        }
        got[lane].push(Number(await redis.zScore(`tally:{budget/${directory}}:${lane}`, grant.lease)) - leaseMs);
        expect(await budget.done(directory, grant.lease, { kind: 'ok' }, clock())).toBe('nothing');
      }
    };
    await Promise.all(callers.map(caller));
    return got;
  }

  it('I10: 60 callers with clocks hours apart get at most burst + rate × time in any window, and use at least 95 % of it', async () => {
    const [callsPerSecond, burst, seconds] = [200, 20, 4];
    const callers = Array.from({ length: 60 }, (_, n): BudgetLane => (n % 3 ? 'bulk' : 'live'));
    const { live, bulk } = await callFor(seconds, callers, { callsPerSecond, burst, inFlight: 64 });
    const times = [...live, ...bulk].sort((a, b) => a - b);
    let mostBeyond = -Infinity;
    for (const [from, begin] of times.entries())
      for (let to = from; to < times.length; to += 1)
        mostBeyond = Math.max(mostBeyond, to - from + 1 - (burst + (callsPerSecond * (times[to]! - begin)) / 1_000));
    expect(mostBeyond).toBeLessThanOrEqual(0.01);
    expect(times.length).toBeGreaterThanOrEqual(0.95 * callsPerSecond * seconds);
    expect(live.length).toBeGreaterThan(bulk.length);
    expect(bulk.length).toBeGreaterThanOrEqual(0.05 * times.length);
  }, 20_000);
});
