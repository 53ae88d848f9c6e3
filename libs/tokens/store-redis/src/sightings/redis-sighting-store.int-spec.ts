import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type EnvironmentId, instant } from '@tallystick/kernel-core';
import { createLogger } from '@tallystick/platform-observability';
import { connectRedis, type Redis } from '@tallystick/platform-redis';
import { endpoints, uniqueName } from '@tallystick/platform-testing';
import type { Sighting, SightingStore, TokenId } from '@tallystick/tokens-domain';
import { InMemorySightingStore, sightingStoreConformance } from '@tallystick/tokens-testing';
import fc from 'fast-check';
import { RedisSightingStore } from './redis-sighting-store.ts';
import { sightingBucketOf, sightingKeys } from './sighting-keys.ts';

const environment = 'fleet' as EnvironmentId;
const day = 20_000;
const seen = (device: string, more: Partial<Sighting> = {}): Sighting => ({
  device,
  presented: 'tok_0123456789abcdef' as TokenId,
  platform: 'android',
  at: instant(day * 86_400_000),
  ...more,
});

describe('RedisSightingStore', () => {
  let client: Redis;
  beforeAll(async () => {
    const logger = createLogger({ service: 'test', level: 'silent' });
    client = await connectRedis({ url: endpoints().redis, name: 'test', logger });
  });
  afterAll(() => client.close());

  const keysOf = async (prefix: string): Promise<readonly string[]> => {
    const found: string[] = [];
    for await (const keys of client.scanIterator({ MATCH: `${prefix}:*`, COUNT: 1_000 })) found.push(...keys);
    return found.sort();
  };
  const make = (options: { readonly maxDevices?: number } = {}) => {
    const prefix = uniqueName('sightings');
    const close = async () => {
      const keys = await keysOf(prefix);
      if (keys.length > 0) await client.unlink([...keys]);
    };
    return { prefix, store: new RedisSightingStore({ client, prefix, ...options }), close };
  };

  sightingStoreConformance({ make });

  it('turns the same devices and strangers away as the store in memory, whatever comes, and forgets the same', async () => {
    const presented = fc.constantFrom<Sighting['presented']>('tok_a' as TokenId, 'nothing', 'unknown');
    const sighting = fc
      .tuple(fc.nat(30), presented, fc.nat(3), fc.nat(2))
      .map(([id, shown, days, ms]) => seen(`d${id}`, { presented: shown, at: instant((day + days) * 86_400_000 + ms) }));
    const step = fc.oneof(
      { weight: 5, arbitrary: fc.array(sighting, { maxLength: 20 }) },
      { weight: 1, arbitrary: fc.integer({ min: day, max: day + 3 }) },
    );
    const told = async (store: Pick<SightingStore, 'counts'>, from: number) => {
      const { current, series: _, ...rest } = await store.counts(environment, from);
      return { ...rest, current: current.map((group) => JSON.stringify(group)).sort() };
    };
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 8 }), async (steps) => {
        const { store, close } = make({ maxDevices: 10 }); // and one stranger
        const memory = new InMemorySightingStore({ maxDevices: 10 });
        for (const one of steps)
          for (const each of [store, memory]) {
            if (typeof one !== 'number') await each.record(environment, one);
            else for (let isDone = false; !isDone;) ({ isDone } = await each.forget(environment, one));
          }
        for (const from of [day, day + 2]) {
          const [is, should] = await Promise.all([store, memory].map((each) => told(each, from)));
          expect(is).toEqual(should);
        }
        await close();
      }),
      { numRuns: 150 },
    );
  }, 180_000);

  it('keeps the longest ids and values in listpacks, on a server with default limits', async () => {
    const { prefix, store, close } = make();
    const device = 'x'.repeat(64);
    await store.record(environment, [
      seen(device, {
        presented: 'x'.repeat(32) as TokenId,
        at: instant(Number.MAX_SAFE_INTEGER),
        siblings: { revision: Number.MAX_SAFE_INTEGER, met: false },
      }),
    ]);
    const { base } = sightingKeys(prefix, environment);
    expect(await client.objectEncoding(`${base}:bucket:${sightingBucketOf(device)}`)).toBe('listpack');
    await close();
  });

  it('does not keep sightings from a time when its clock was ahead against those of now', async () => {
    const { prefix, store, close } = make();
    const { base, meta, days } = sightingKeys(prefix, environment);
    await store.record(environment, [seen('a')]);
    const ahead = Date.now() + 7 * 86_400_000;
    const aheadDay = Math.floor(ahead / 86_400_000);
    const bucket = `${base}:bucket:${sightingBucketOf('a')}`;
    await client.hSet(bucket, 'a', String(await client.hGet(bucket, 'a')).replace(/^\w+/, ahead.toString(36)));
    for (const kind of ['current', 'series']) await client.rename(`${base}:${kind}:${day}`, `${base}:${kind}:${aheadDay}`);
    await client.sAdd(days, String(aheadDay));
    await client.hSet(meta, { since: String(ahead), newest: String(ahead) });
    const at = instant(Date.now());
    await store.record(environment, [seen('a', { at, presented: 'nothing' })]);
    const { since, newest, current } = await store.counts(environment, 0);
    expect([since, newest]).toEqual([at, at]);
    expect(current).toEqual([{ day: Math.floor(at / 86_400_000), presented: 'nothing', platform: 'android', devices: 1 }]);
    await close();
  });

  it('leaves no key behind when everything is forgotten', async () => {
    const { prefix, store, close } = make();
    await store.record(environment, [
      seen('a'),
      seen('b', { at: instant(day * 86_400_000 + 86_400_000), siblings: { revision: 1, met: true } }),
    ]);
    for (let isDone = false; !isDone;) ({ isDone } = await store.forget(environment, day + 2));
    expect(await keysOf(prefix)).toEqual([]);
    await close();
  });

  it.each<[string, (base: string) => readonly string[]]>([
    ['a counter is gone', (base) => ['DEL', `${base}:current:${day}`]],
    ['the counters are something else', (base) => ['SET', `${base}:series:${day}`, 'x']],
    ['the days are something else', (base) => ['SET', `${base}:days`, 'x']],
    ['a device has a value that can not be read', (base) => ['HSET', `${base}:bucket:${sightingBucketOf('a')}`, 'a', '?']],
  ])('records nothing, and says so, when %s', async (_, damage) => {
    const { prefix, store, close } = make();
    await store.record(environment, [seen('a'), seen('b')]);
    const { base } = sightingKeys(prefix, environment);
    await client.sendCommand([...damage(base)]);
    const dump = async () =>
      Promise.all((await keysOf(prefix)).map(async (key) => [key, await client.sendCommand(['DUMP', key])]));
    const before = await dump();
    await expect(
      store.record(environment, [
        seen('c', { presented: 'unknown' }),
        seen('a', { presented: 'nothing', at: instant(day * 86_400_000 + 1) }),
      ]),
    ).rejects.toThrow(/DAMAGED|WRONGTYPE/);
    expect(await dump()).toEqual(before);
    await close();
  });

  it('refuses a cursor that it did not give', async () => {
    const { store } = make();
    const query = { environment, presented: [], fromDay: 0, limit: 1 };
    for (const cursor of ['8192', '-1', 'x', '1.5', ''])
      await expect(store.laggards({ ...query, cursor })).rejects.toThrow(RangeError);
  });
});
