import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connectionId, environmentId, instant } from '@tallystick/kernel-core';
import { createLogger } from '@tallystick/platform-observability';
import { connectRedis, type Redis } from '@tallystick/platform-redis';
import { generateKeyRing, parseKeyRing } from '@tallystick/platform-secrets';
import { endpoints, uniqueName } from '@tallystick/platform-testing';
import { type ParkedBytes, RedisParkedStore, type ReplayClaim } from './redis-parked-store.ts';

const logger = createLogger({ service: 'parked-int', level: 'silent' });
const ring = parseKeyRing(generateKeyRing());
let redis: Redis;
beforeAll(async () => {
  redis = await connectRedis({ url: endpoints().redis, name: 'parked-int', logger });
});
afterAll(() => redis.close());

const newRef = () => ({ environment: environmentId(uniqueName('env')), connection: connectionId('hr') });
const place = (offset: number) => ({
  ...{ epoch: 0, topic: 'users', partition: 0, offset: String(offset), timestamp: 5, reason: 'not-json' },
  parkedAt: instant(1_000 + offset),
});
const content = (value: string): ParkedBytes => ({
  key: Buffer.from([0, 0xff]),
  value: Buffer.from(value),
  headers: { __proto: [Buffer.from('a'), Buffer.from('b')] },
});

describe('the index of parked records', () => {
  it('has a record once, with its bytes as they were, and lists the oldest first, page by page', async () => {
    const [ref, store] = [newRef(), new RedisParkedStore(redis, ring)];
    for (const n of [2, 1, 3, 1]) await store.add(ref, `0-0-${n}`, place(n), content(`record ${n}`));
    const first = await store.list(ref, 'open', 0, 2);
    expect([first.records.map(({ id }) => id), first.next]).toEqual([['0-0-1', '0-0-2'], 2]);
    expect((await store.list(ref, 'open', 2, 2)).records.map(({ id }) => id)).toEqual(['0-0-3']);
    expect(await store.bytes(ref, '0-0-1')).toEqual(content('record 1'));
    expect(await store.count(ref)).toEqual({ open: 3, topicOnly: 0 });
    expect(await store.read({ ...ref, connection: connectionId('erp') }, '0-0-1')).toBeUndefined();
  });

  it('seals the bytes, and keeps a value that is too large for the topic only', async () => {
    const [ref, store] = [newRef(), new RedisParkedStore(redis, ring)];
    await store.add(ref, 'a', place(1), content('+12025550123'));
    await store.add(ref, 'b', place(2), content('x'.repeat(300_000)));
    for await (const keys of redis.scanIterator({ MATCH: `*${ref.environment}*:record:*`, COUNT: 1_000 }))
      for (const key of keys) {
        const raw = JSON.stringify(await redis.hGetAll(key));
        expect(raw).not.toContain('2025550123');
        expect(raw).not.toContain(Buffer.from('+12025550123').toString('base64'));
        expect(raw.length).toBeLessThan(2_000);
      }
    expect(await store.read(ref, 'b')).toMatchObject({ here: false, valueBytes: 300_000 });
    expect(await store.bytes(ref, 'b')).toBeUndefined();
  });

  it('changes an open record from the revision that was seen, and forgets a settled one after its time', async () => {
    const [ref, store] = [newRef(), new RedisParkedStore(redis, ring, 60_000)];
    await store.add(ref, 'a', place(1), content('one'));
    const seen = (await store.read(ref, 'a'))!;
    const edit = { state: 'open', by: 'olga', at: instant(9), bytes: content('two') } as const;
    expect(await Promise.all([store.change(seen, edit), store.change(seen, { ...edit, by: 'omar' })])).toEqual([
      'changed',
      'conflict',
    ]);
    expect(await store.bytes(ref, 'a')).toEqual(content('two'));
    const edited = (await store.read(ref, 'a'))!;
    expect(edited).toMatchObject({ revision: 2, changedBy: 'olga', state: 'open' });
    expect(await store.change(edited, { state: 'discarded', by: 'olga', at: instant(10) })).toBe('changed');
    expect(await store.change((await store.read(ref, 'a'))!, edit)).toBe('conflict');
    expect([await store.count(ref), (await store.list(ref, 'settled', 0, 5)).records.length]).toEqual([
      { open: 0, topicOnly: 0 },
      1,
    ]);
    const keys: string[] = [];
    for await (const found of redis.scanIterator({ MATCH: `*${ref.environment}*:record:a`, COUNT: 1_000 })) keys.push(...found);
    expect(await redis.pTTL(keys[0]!)).toBeGreaterThan(50_000);
  });

  it('is claimed by one who replays it, at the revision that was seen; nobody else changes it until that one is done', async () => {
    const [ref, store] = [newRef(), new RedisParkedStore(redis, ring)];
    await store.add(ref, 'a', place(1), content('one'));
    const seen = (await store.read(ref, 'a'))!;
    const [edit, replayed] = (['open', 'replayed'] as const).map((state) => ({ state, by: 'olga', at: instant(9) }));
    const claims = await Promise.all([store.claim(seen), store.claim(seen)]);
    expect(claims).toEqual([{ token: expect.any(String), isEditedSince: false }, 'replaying']);
    const claim = claims[0] as ReplayClaim;
    expect(await store.change(seen, edit!)).toBe('replaying');
    expect(await store.change(seen, edit!, { ...claim, token: 'other' })).toBe('replaying');
    await store.release(seen, { ...claim, token: 'other' }, false);
    expect(await store.change(seen, replayed!)).toBe('replaying');
    expect(await store.change(seen, replayed!, claim)).toBe('changed');
    expect([await store.claim(seen), await store.claim({ ...seen, revision: 2 })]).toEqual(['conflict', 'conflict']);
    expect(await store.claim({ ...seen, id: 'b' })).toBe('unknown');
    await store.release(seen, claim, true);
    expect((await store.read(ref, 'a'))?.state).toBe('replayed');
  });

  it('knows that it was edited after its bytes may have been taken, until the edited ones were', async () => {
    const [ref, store] = [newRef(), new RedisParkedStore(redis, ring)];
    await store.add(ref, 'a', place(1), content('one'));
    const claimed = async (isTaken: boolean) => {
      const seen = (await store.read(ref, 'a'))!;
      const claim = (await store.claim(seen)) as ReplayClaim;
      await store.release(seen, claim, isTaken);
      return claim.isEditedSince;
    };
    const edit = async (bytes?: ParkedBytes) =>
      store.change((await store.read(ref, 'a'))!, { state: 'open', by: 'olga', at: instant(9), ...(bytes && { bytes }) });
    await edit(content('two'));
    expect([await claimed(false), await claimed(false)]).toEqual([false, false]);
    await edit();
    expect(await claimed(false)).toBe(false);
    await edit(content('three'));
    expect([await claimed(false), await claimed(true), await claimed(false)]).toEqual([true, true, false]);
  });
});
