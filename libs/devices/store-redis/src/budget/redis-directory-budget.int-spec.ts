import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { budgetConformance } from '@tallystick/devices-testing';
import { instant } from '@tallystick/kernel-core';
import { createLogger } from '@tallystick/platform-observability';
import { connectRedis, type Redis } from '@tallystick/platform-redis';
import { endpoints, uniqueName } from '@tallystick/platform-testing';
import { RedisDirectoryBudget } from './redis-directory-budget.ts';

const logger = createLogger({ service: 'budget-int', level: 'silent' });
const connect = (): Promise<Redis> => connectRedis({ url: endpoints().redis, name: 'budget-int', logger });

describe('the budget in Redis', () =>
  budgetConformance(async (clock) => {
    const [redis, another] = await Promise.all([connect(), connect()]);
    return {
      budget: new RedisDirectoryBudget({ redis, clock }),
      other: new RedisDirectoryBudget({ redis: another, clock }),
      prefix: uniqueName('directory'),
      close: async () => void (await Promise.all([redis.close(), another.close()])),
    };
  }));

describe('the budget by the time of the server', () => {
  const connections: Redis[] = [];
  beforeAll(async () => {
    connections.push(...(await Promise.all([connect(), connect(), connect(), connect()])));
  });
  afterAll(() => Promise.all(connections.map((redis) => redis.close())));

  it('holds a pause by the clock of whoever tells it, and keeps nothing for ever', async () => {
    const directory = uniqueName('directory');
    const budget = new RedisDirectoryBudget({ redis: connections[0]! });
    const ask = { lane: 'live', calls: 1, leaseMs: 5_000, settings: { callsPerSecond: 10, burst: 10, inFlight: 5 } } as const;
    const wrong = instant(Date.now() - 86_400_000);
    const grant = await budget.acquire(directory, ask, wrong);
    if (grant.kind !== 'granted') throw new Error('not granted');
    await budget.done(directory, grant.lease, { kind: 'refused-all', notBefore: instant(wrong + 30_000) }, wrong);
    const now = instant(Date.now());
    const denied = await budget.acquire(directory, ask, now);
    expect(denied.kind === 'later' && denied.at - now).toBeGreaterThan(28_000);
    expect(denied.kind === 'later' && denied.at - now).toBeLessThanOrEqual(30_001);
    for (const key of ['state', 'live']) {
      const name = `tally:{budget/${directory}}:${key}`;
      if (await connections[0]!.exists(name)) expect(await connections[0]!.pTTL(name)).toBeGreaterThan(0);
    }
  });

  it('is not shut by moments that a wrong clock of the server left far in the future', async () => {
    const directory = uniqueName('directory');
    const ask = { calls: 1, leaseMs: 5_000, settings: { callsPerSecond: 50, burst: 1, inFlight: 1 } } as const;
    const nextYear = instant(Date.now() + 365 * 86_400_000);
    const wrong = new RedisDirectoryBudget({ redis: connections[0]!, clock: () => nextYear });
    for (const lane of ['live', 'bulk', 'live', 'bulk'] as const) await wrong.acquire(directory, { ...ask, lane }, nextYear);
    const budget = new RedisDirectoryBudget({ redis: connections[1]! });
    const now = instant(Date.now());
    const first = await budget.acquire(directory, { ...ask, lane: 'bulk' }, now);
    expect(first.kind === 'granted' || (first.kind === 'later' && first.at - now <= 61_100)).toBe(true);
  });
});
