import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type AccountHash,
  type GuardReason,
  type Inspection,
  type InspectionId,
  type OpenWork,
  type Outcome,
  type PlanHash,
  type Reservation,
  sourcePosition,
  type UserHash,
  type UserRef,
  usualGuards,
} from '@tallystick/devices-domain';
import { connectionDocument, claimed } from '@tallystick/devices-testing';
import { connectionId, environmentId, type Instant, instant } from '@tallystick/kernel-core';
import { createLogger } from '@tallystick/platform-observability';
import { connectRedis, type Redis } from '@tallystick/platform-redis';
import { generateKeyRing, parseKeyRing } from '@tallystick/platform-secrets';
import { endpoints, eventually, uniqueName } from '@tallystick/platform-testing';
import { RedisGuardStore } from '../guards/redis-guard-store.ts';
import { RedisReconciliationStore } from '../redis-reconciliation-store.ts';
import { RedisSourceRecordStore } from '../redis-source-record-store.ts';
import { RedisGuardLooks } from './redis-guard-looks.ts';
import { RedisInspectionStore } from './redis-inspection-store.ts';
import { RedisUserLooks } from './redis-user-looks.ts';

const logger = createLogger({ service: 'inspections-int', level: 'silent' });
const ring = parseKeyRing(generateKeyRing());
const ref = { environment: environmentId(uniqueName('env')), connection: connectionId('hr') };
let redis: Redis;
let people = 0;
const someone = (): UserRef => ({ ...ref, user: (people += 1).toString(16).padStart(32, '0') as UserHash });
const account = (): AccountHash => uniqueName('a').slice(-8).padStart(32, '0') as AccountHash;

/** Everything in the database of this test, as text. */
async function everything(): Promise<string> {
  const found: string[] = [];
  for await (const keys of redis.scanIterator({ MATCH: `*${ref.environment}*`, COUNT: 1_000 })) {
    for (const key of keys) {
      const type = await redis.type(key);
      const value =
        type === 'hash'
          ? Object.entries(await redis.hGetAll(key)).sort()
          : type === 'zset'
            ? await redis.zRangeWithScores(key, 0, -1)
            : type === 'list'
              ? await redis.lRange(key, 0, -1)
              : await redis.get(key);
      found.push(`${key} ${JSON.stringify(value)} ${(await redis.pTTL(key)) > 0}`);
    }
  }
  return found.sort().join('\n');
}

beforeAll(async () => {
  redis = await connectRedis({ url: endpoints().redis, name: 'inspections-int', logger });
});
afterAll(() => redis.close());

describe('the answer of an inspection in Redis', () => {
  const answer: Inspection = { kind: 'fault', because: 'quarantined', detail: 'ada@example.com +12025550123' };
  const newId = (): InspectionId => uniqueName('i') as InspectionId;

  it('is given to one taker, once', async () => {
    const [store, id] = [new RedisInspectionStore({ redis, ring }), newId()];
    await store.put(id, answer);
    const taken = await Promise.all([store.take(id), store.take(id)]);
    expect(taken.filter((it) => it !== undefined)).toEqual([answer]);
    expect(await store.take(newId())).toBeUndefined();
  });

  it('is sealed, and gone after a minute though nobody took it', async () => {
    const [store, id] = [new RedisInspectionStore({ redis, ring }), newId()];
    await store.put(id, answer);
    const key = `tally:{inspection/${id}}`;
    expect(await redis.get(key)).not.toMatch(/ada|2025550/);
    const ttl = await redis.pTTL(key);
    expect([ttl > 50_000, ttl <= 60_000]).toEqual([true, true]);
    const short = new RedisInspectionStore({ redis, ring, keptMs: 30 });
    await short.put(id, answer);
    await eventually(async () => (await redis.exists(key)) === 0, { withinMs: 5_000, what: 'the answer is gone' });
  });

  it('has a document to look at beside it: sealed, gone after a minute, and there for an attempt that is repeated', async () => {
    const [store, id] = [new RedisInspectionStore({ redis, ring }), newId()];
    const document = connectionDocument({ defaultCountry: 'FR' });
    await store.putDocument(id, document);
    expect([await store.documentOf(id), await store.documentOf(id), await store.take(id)]).toEqual([
      document,
      document,
      undefined,
    ]);
    const key = `tally:{inspection/${id}}:document`;
    expect(await redis.get(key)).not.toContain('workforce');
    expect(await redis.pTTL(key)).toBeGreaterThan(50_000);
    expect(await store.documentOf(newId())).toBeUndefined();
  });

  it('does not open in the place of another', async () => {
    const [store, one, other] = [new RedisInspectionStore({ redis, ring }), newId(), newId()];
    await store.put(one, answer);
    await redis.copy(`tally:{inspection/${one}}`, `tally:{inspection/${other}}`);
    await expect(store.take(other)).rejects.toThrow(/can't be opened/);
  });

  it.each(['', 'a/b', 'a}b', 'x'.repeat(65)])('has no id like "%s"', async (id) => {
    await expect(new RedisInspectionStore({ redis, ring }).take(id as InspectionId)).rejects.toThrow(RangeError);
  });
});

describe('a look at a user in Redis', () => {
  const work: OpenWork = { intent: { createdByUs: true, managed: { username: 'ada' } }, done: [] };
  const outcome = (user: UserRef): Outcome => ({
    ...user,
    kind: 'changed',
    version: 'v',
    steps: [],
    findings: [],
    at: instant(1),
  });
  const position = (n: number) => sourcePosition(0, String(n).padStart(20, '0'));

  it('sees in each state of a user what an attempt that begins would be given, and changes nothing', async () => {
    const [store, looks, user] = [new RedisReconciliationStore(redis, ring), new RedisUserLooks(redis, ring), someone()];
    let fence = 0;
    const states: readonly (() => Promise<unknown>)[] = [
      () => Promise.resolve(),
      () => store.saveWork(user, fence, work),
      () => store.yield(user, fence),
      () => store.finish(user, fence, { ...outcome(user), kind: 'not-planned' }),
      () => store.finish(user, fence, outcome(user), work),
    ];
    for (const bring of states) {
      await bring();
      const before = await everything();
      const seen = await looks.memory(user);
      expect(await everything()).toBe(before);
      const begun = await store.begin(user);
      fence = begun.fence;
      expect(seen).toEqual({
        ...(begun.work && { work: begun.work }),
        underWay: begun.previousMayRun,
        firstSight: begun.firstSight,
      });
    }
  });

  it('R23: names the owner of an account as a claim would, and claims nothing', async () => {
    const [store, looks] = [new RedisReconciliationStore(redis, ring), new RedisUserLooks(redis, ring)];
    const records = new RedisSourceRecordStore(redis, ring);
    const [owner, heir, stranger, its] = [someone(), someone(), someone(), account()];
    expect(await looks.ownerOf(owner, its)).toBe('nobody');
    await records.put(owner, position(1), { kind: 'record', attributes: {} });
    await claimed(store, owner, its);
    expect([await looks.ownerOf(owner, its), await looks.ownerOf(stranger, its)]).toEqual(['this-user', 'another-user']);
    expect(await looks.holderOf(its)).toEqual(owner);
    await records.put(owner, position(2), { kind: 'deleted', movedTo: heir.user });
    await records.put(heir, position(3), { kind: 'record', attributes: {} });
    const before = await everything();
    expect([await looks.ownerOf(heir, its), await looks.ownerOf(stranger, its)]).toEqual(['left-to-this-user', 'another-user']);
    expect(await everything()).toBe(before);
    expect([await claimed(store, stranger, its), await claimed(store, heir, its)]).toEqual(['owned-by-another', 'taken-over']);
    await records.put(heir, position(4), { kind: 'deleted' });
    expect([await looks.ownerOf(stranger, its), await claimed(store, stranger, its)]).toEqual(['left', 'left']);
  });

  it('knows whether a change waits for somebody to act on it', async () => {
    const [looks, records, user] = [new RedisUserLooks(redis, ring), new RedisSourceRecordStore(redis, ring), someone()];
    expect(await looks.pending(user)).toBe(false);
    await records.put(user, position(1), { kind: 'record', attributes: {} });
    expect(await looks.pending(user)).toBe(true);
    await records.signalled(user, position(1));
    expect(await looks.pending(user)).toBe(false);
  });
});

describe('a look at the guards in Redis', () => {
  const counts = { deletions: 1, suspensions: 0, removals: 0, replacements: 0, accountChanges: 0 };
  const limits = { settings: usualGuards, users: 10 };
  let now: Instant = instant(1_795_000_000_000);
  const clock = (): Instant => now;

  it('says at each moment what a reservation would, and counts nothing', async () => {
    const [guards, looks] = [new RedisGuardStore({ redis, ring, clock }), new RedisGuardLooks({ redis, clock })];
    const because: GuardReason = 'too-many-deletions';
    const said: Reservation['kind'][] = [];
    const ask = async (user: UserRef, plan: PlanHash): Promise<void> => {
      const before = await everything();
      const { reservation } = await looks.look(user, plan, counts, limits);
      expect(await everything()).toBe(before);
      expect(await guards.reserve(user, plan, counts, limits)).toEqual(reservation);
      said.push(reservation.kind);
    };
    const users = Array.from({ length: 4 }, someone);
    const plan = (n: number): PlanHash => n.toString(16).padStart(64, '0') as PlanHash;
    for (const [n, user] of users.entries()) await ask(user, plan(n));
    await ask(users[0]!, plan(0)); // reserved before: counted once
    const held = { planHash: plan(3), counts, plan: { steps: [], findings: [] } };
    const hold = await guards.hold(users[3]!, held, { because, holdHours: 1 });
    expect(await looks.look(users[3]!, plan(3), counts, limits)).toMatchObject({ waitsIn: hold });
    expect(await looks.look(users[3]!, plan(9), counts, limits)).not.toHaveProperty('waitsIn');
    const { hash } = (await guards.read(ref, hold))!;
    await guards.answer(ref, hold, { kind: 'approve', hash, by: 'bo', reason: 'so', twoPeople: false });
    await ask(users[3]!, plan(3));
    now = instant(now + 25 * 3_600_000);
    await ask(someone(), plan(7)); // the window is empty again
    expect(said).toEqual(['granted', 'granted', 'granted', 'exceeded', 'granted', 'approved', 'granted']);
  });

  it('does not wait in a hold that is over', async () => {
    const [guards, looks, user] = [new RedisGuardStore({ redis, ring, clock }), new RedisGuardLooks({ redis, clock }), someone()];
    const planHash = 'f'.repeat(64) as PlanHash;
    await guards.hold(user, { planHash, counts, plan: { steps: [], findings: [] } }, { because: 'source-shrank', holdHours: 1 });
    now = instant(now + 2 * 3_600_000);
    expect(await looks.look(user, planHash, counts, limits)).not.toHaveProperty('waitsIn');
  });
});
