import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Pass, PassEntry, PassId, UserHash } from '@tallystick/devices-domain';
import { passStoreConformance } from '@tallystick/devices-testing';
import { connectionId, environmentId, instant } from '@tallystick/kernel-core';
import { createLogger } from '@tallystick/platform-observability';
import { connectRedis, type Redis } from '@tallystick/platform-redis';
import { generateKeyRing, parseKeyRing } from '@tallystick/platform-secrets';
import { endpoints, uniqueName } from '@tallystick/platform-testing';
import { RedisPassStore } from './redis-pass-store.ts';

const logger = createLogger({ service: 'passes-int', level: 'silent' });
const connect = (): Promise<Redis> => connectRedis({ url: endpoints().redis, name: 'passes-int', logger });

describe('the passes in Redis', () =>
  passStoreConformance(async () => {
    const ring = parseKeyRing(generateKeyRing());
    const [redis, another] = await Promise.all([connect(), connect()]);
    return {
      environment: environmentId(uniqueName('env')),
      passes: new RedisPassStore({ redis, ring }),
      other: new RedisPassStore({ redis: another, ring }),
      close: async () => void (await Promise.all([redis.close(), another.close()])),
    };
  }));

describe('a pass as it lies in Redis', () => {
  const ring = parseKeyRing(generateKeyRing());
  const ref = { environment: environmentId(uniqueName('env')), connection: connectionId('hr') };
  const base = `tally:{passes/${ref.environment}/hr}`;
  const pass: Omit<Pass, 'sums' | 'applied'> = {
    ...{ ...ref, id: 'p1' as PassId, kind: 'pass', stage: 'planning', connectionVersion: 1 },
    ...{ startedBy: 'ada@example.com', startedAt: instant(1_795_000_000_000) },
  };
  const entry = (user: string): PassEntry => ({ user: user.repeat(32) as UserHash, result: 'not-planned', because: 'no-record' });
  let redis: Redis;
  let store: RedisPassStore;
  beforeAll(async () => {
    redis = await connect();
    store = new RedisPassStore({ redis, ring });
    await store.open(pass);
    for (const [number, user] of ['a', 'b'].entries())
      await store.addPage(ref, pass.id, { shard: '00', number, entries: [entry(user)], filled: {} });
  });
  afterAll(() => redis.close());

  it('shows no person and no user, and ends by itself; the sums of the last one done do not', async () => {
    await store.update(ref, pass.id, { stage: 'done' });
    const ends: Record<string, boolean> = {};
    const raw: string[] = [];
    for await (const keys of redis.scanIterator({ MATCH: `${base}*`, COUNT: 1000 })) {
      for (const key of keys) {
        ends[key.slice(base.length)] = (await redis.pTTL(key)) > 13 * 86_400_000;
        if ((await redis.type(key)) === 'hash') raw.push(key, JSON.stringify(await redis.hGetAll(key)));
      }
    }
    expect(ends).toEqual({
      ':pass:p1': true,
      ':pass:p1:pages': true,
      ':pass:p1:order': true,
      ':passes': true,
      ':last-done': false,
    });
    expect(raw.join()).toContain('v1.k1.');
    for (const hidden of ['ada@', 'a'.repeat(32), 'b'.repeat(32)]) expect(raw.join()).not.toContain(hidden);
  });

  it('has pages that do not open in each other’s place', async () => {
    await redis.hSet(`${base}:pass:p1:pages`, '00/00000000', (await redis.hGet(`${base}:pass:p1:pages`, '00/00000001'))!);
    await expect(store.entries(ref, pass.id, undefined, 10)).rejects.toThrow(/tampered/);
  });

  it('is found by its id only, not by the rest of a key', async () => {
    for (const id of ['p1:pages', 'p1:order', 'p1:']) {
      expect(await store.read(ref, id as PassId)).toBeUndefined();
      expect(await store.entries(ref, id as PassId, undefined, 10)).toEqual({ entries: [] });
      await expect(store.update(ref, id as PassId, { applied: 1 })).rejects.toThrow(/no pass/);
    }
    await expect(store.open({ ...pass, id: 'a:b' as PassId })).rejects.toThrow(RangeError);
  });

  it('is not listed any more when it is gone', async () => {
    await redis.del(`${base}:pass:p1`);
    expect(await store.list(ref, 10)).toEqual([]);
    await store.open({ ...pass, id: 'p2' as PassId });
    expect(await redis.zRange(`${base}:passes`, 0, -1)).toEqual(['p2']);
  });
});
