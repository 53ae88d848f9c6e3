import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type ChangeCounts,
  type GuardStore,
  type HeldUser,
  noChanges,
  type PlanHash,
  type UserHash,
  type UserRef,
  usualGuards,
} from '@tallystick/devices-domain';
import { guardStoreConformance } from '@tallystick/devices-testing';
import { connectionId, environmentId, instant } from '@tallystick/kernel-core';
import { createLogger } from '@tallystick/platform-observability';
import { connectRedis, type Redis } from '@tallystick/platform-redis';
import { generateKeyRing, parseKeyRing } from '@tallystick/platform-secrets';
import { endpoints, eventually, uniqueName } from '@tallystick/platform-testing';
import { guardedUserKey, windowKey } from './guard-keys.ts';
import { RedisGuardStore } from './redis-guard-store.ts';

const logger = createLogger({ service: 'guards-int', level: 'silent' });
const connect = (): Promise<Redis> => connectRedis({ url: endpoints().redis, name: 'guards-int', logger });

describe('the guards in Redis', () =>
  guardStoreConformance(async (clock) => {
    const ring = parseKeyRing(generateKeyRing());
    const [redis, another] = await Promise.all([connect(), connect()]);
    return {
      environment: environmentId(uniqueName('env')),
      guards: new RedisGuardStore({ redis, ring, clock }),
      other: new RedisGuardStore({ redis: another, ring, clock }),
      close: async () => void (await Promise.all([redis.close(), another.close()])),
    };
  }));

describe('holds and windows as they lie in Redis', () => {
  const ring = parseKeyRing(generateKeyRing());
  const environment = environmentId(uniqueName('env'));
  let redis: Redis;
  let connections = 0;
  beforeAll(async () => {
    redis = await connect();
  });
  afterAll(() => redis.close());
  const newUser = (): UserRef => ({
    environment,
    connection: connectionId(`c${(connections += 1)}`),
    user: 'a'.repeat(32) as UserHash,
  });
  const held = (planHash = 'p'): Omit<HeldUser, 'user' | 'state'> => ({
    planHash: planHash as PlanHash,
    counts: { ...noChanges, removals: 1 },
    plan: { steps: [{ kind: 'unpair', reason: 'not-managed', slot: 'Voice Number 2' }], findings: [] },
  });
  const how = { because: 'too-many-removals', requestedBy: 'ada@example.com', holdHours: 1 } as const;
  const [longAgo, farAhead] = [instant(1), instant(Date.now() + 30 * 86_400_000)];

  it('go by the time of the server, whatever a worker says: one that is a month ahead finds no empty window', async () => {
    const [user, store]: [UserRef, GuardStore] = [newUser(), new RedisGuardStore({ redis, ring })];
    const limits = { settings: { ...usualGuards, removals: { atLeast: 1, share: 0, atMost: 0 } }, users: 5 };
    const reserve = (plan: string, now = longAgo) =>
      store.reserve(user, plan as PlanHash, { ...noChanges, removals: 1 }, limits, now);
    expect(await reserve('p')).toEqual({ kind: 'granted' });
    expect(await reserve('q', farAhead)).toEqual({ kind: 'exceeded', because: 'too-many-removals' });
  });

  it('that were counted before accounts were, count on, and can be given back', async () => {
    const [user, store]: [UserRef, GuardStore] = [newUser(), new RedisGuardStore({ redis, ring })];
    const limits = { settings: { ...usualGuards, removals: { atLeast: 2, share: 0, atMost: 0 } }, users: 5 };
    const reserve = (plan: string, counts: Partial<ChangeCounts>) =>
      store.reserve(user, plan as PlanHash, { ...noChanges, ...counts }, limits, longAgo);
    const bucket = String(Date.now() + 3_600_000);
    await redis.hSet(windowKey(user), bucket, '0,0,2,0');
    await redis.hSet(guardedUserKey(user), 'r:old', `${bucket}|0,0,1,0`);
    expect(await reserve('p', { accountChanges: 1 })).toEqual({ kind: 'granted' });
    expect(await reserve('q', { removals: 1 })).toEqual({ kind: 'exceeded', because: 'too-many-removals' });
    await store.release(user, 'old' as PlanHash);
    expect(await reserve('q', { removals: 1 })).toEqual({ kind: 'granted' });
  });

  it('are over by the time of the server', async () => {
    const [user, store] = [newUser(), new RedisGuardStore({ redis, ring })];
    const id = await store.hold(user, held(), { ...how, holdHours: 0.2 / 3_600 });
    expect((await store.read(user, id))?.state).toBe('open');
    await eventually(async () => (await store.read(user, id))?.state === 'expired', {
      withinMs: 5_000,
      what: 'the hold is over',
    });
  });

  it('show no person, and none is kept for ever but one number for each connection', async () => {
    const [user, store] = [newUser(), new RedisGuardStore({ redis, ring })];
    const id = await store.hold(user, held(), how);
    await store.reserve(user, 'q' as PlanHash, { ...noChanges, removals: 1 }, { settings: usualGuards, users: 5 });
    const { hash } = (await store.read(user, id))!;
    const answer = { kind: 'reject', hash, by: 'grace@example.com', reason: 'Ada Lovelace has left', twoPeople: true } as const;
    expect(await store.answer(user, id, answer)).toBe('answered');
    expect(await store.read(user, id)).toMatchObject({
      requestedBy: 'ada@example.com',
      answeredBy: answer.by,
      reason: answer.reason,
    });
    const raw: string[] = [];
    const lasting: string[] = [];
    for await (const keys of redis.scanIterator({ MATCH: `tally:{guards/${environment}/${user.connection}}*`, COUNT: 1000 })) {
      for (const key of keys) {
        const type = await redis.type(key);
        raw.push(key, type === 'hash' ? JSON.stringify(await redis.hGetAll(key)) : '');
        if ((await redis.pTTL(key)) < 0) lasting.push(key);
      }
    }
    expect(lasting.map((key) => key.replace(/^.*:/, ''))).toEqual(['numbers']);
    expect(raw.join()).toContain('v1.k1.');
    for (const personal of ['ada@', 'grace@', 'Lovelace', 'Voice']) expect(raw.join()).not.toContain(personal);
  });

  it('are found by the id of a hold only, not by the rest of a key', async () => {
    const [user, store] = [newUser(), new RedisGuardStore({ redis, ring })];
    const id = await store.hold(user, held(), how);
    for (const other of [`${id}:users`, `${id}:order`] as (typeof id)[]) {
      expect(await store.read(user, other)).toBeUndefined();
      expect(await store.users(user, other, undefined, 10)).toEqual({ users: [] });
    }
  });

  it('do not open for another user or plan', async () => {
    const [user, store] = [newUser(), new RedisGuardStore({ redis, ring })];
    const id = await store.hold(user, held(), how);
    const other = { ...user, user: 'b'.repeat(32) as UserHash };
    await store.hold(other, held('q'), how);
    const key = `tally:{guards/${environment}/${user.connection}}:hold:${id}:users`;
    await redis.hSet(key, other.user, (await redis.hGet(key, user.user))!);
    await expect(store.users(user, id, undefined, 10)).rejects.toThrow(/tampered/);
  });
});
