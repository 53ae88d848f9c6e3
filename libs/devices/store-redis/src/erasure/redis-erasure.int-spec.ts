import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  noChanges,
  type OpenWork,
  type Outcome,
  type PassId,
  type PlanHash,
  sourcePosition,
  usualGuards,
  type UserRef,
} from '@tallystick/devices-domain';
import { connectionId, environmentId, instant } from '@tallystick/kernel-core';
import { createLogger } from '@tallystick/platform-observability';
import { connectRedis, type Redis } from '@tallystick/platform-redis';
import { generateKeyRing, parseKeyRing } from '@tallystick/platform-secrets';
import { OwnRedis } from '@tallystick/platform-testing';
import {
  createIdentities,
  RedisAuditTrail,
  RedisErasure,
  RedisGuardStore,
  RedisParkedStore,
  RedisPassStore,
  RedisReconciliationStore,
  RedisSourceRecordStore,
  RedisUserIndex,
} from '../index.ts';
import { shardOf } from '../keys.ts';

const logger = createLogger({ service: 'erasure-int', level: 'silent' });
const ring = parseKeyRing(generateKeyRing());
const identities = createIdentities(parseKeyRing(generateKeyRing()));
const [environment, connection, pass] = [environmentId('acme'), connectionId('people'), 'p1' as PassId];
const ref = { environment, connection };
const userOf = (key: string): UserRef => identities.userOf(environment, connection, key);
const [ada, bob, moved] = [userOf('ada'), userOf('bob'), userOf('ada-before')];
const accountOf = ({ user }: UserRef) => identities.accountOf('directory', user);

// One of its own: all of it is looked at.
let server: OwnRedis;
let redis: Redis;
beforeAll(async () => {
  server = await OwnRedis.start();
  redis = await connectRedis({ url: server.url, name: 'erasure-int', logger });
}, 60_000);
afterAll(async () => {
  await redis?.close();
  await server?.close();
});
beforeEach(() => redis.flushAll());

/** Every key with all that is in it. */
async function everything(): Promise<ReadonlyMap<string, string>> {
  const all = new Map<string, string>();
  for await (const keys of redis.scanIterator({ COUNT: 1_000 })) for (const key of keys) all.set(key, await contentOf(key));
  return all;
}
async function contentOf(key: string): Promise<string> {
  switch (await redis.type(key)) {
    case 'string':
      return (await redis.get(key)) ?? '';
    case 'hash':
      return JSON.stringify(Object.entries(await redis.hGetAll(key)).sort());
    case 'list':
      return JSON.stringify(await redis.lRange(key, 0, -1));
    case 'zset':
      return JSON.stringify(await redis.zRange(key, 0, -1));
    case 'set':
      return JSON.stringify((await redis.sMembers(key)).sort());
    default:
      return JSON.stringify(await redis.xRange(key, '-', '+'));
  }
}

const at = instant(1_800_000_000_000);
const outcome = (user: UserRef, more: Partial<Outcome> = {}): Outcome => ({
  ...{ ...user, kind: 'changed', version: 'v', steps: [], findings: [], at },
  ...more,
});
const work: OpenWork = { intent: { createdByUs: true, managed: { username: 'ada' } }, done: [] };
const entryOf = ({ user }: UserRef) => ({ user, result: 'in-sync' as const });
const plan = { planHash: 'plan' as PlanHash, counts: { ...noChanges, deletions: 1 }, plan: { steps: [], findings: [] } };
const position = (n: number) => sourcePosition(0, String(n).padStart(20, '0'));

const stores = () => ({
  records: new RedisSourceRecordStore(redis, ring),
  work: new RedisReconciliationStore(redis, ring),
  guards: new RedisGuardStore({ redis, ring }),
  passes: new RedisPassStore({ redis, ring }),
  parked: new RedisParkedStore(redis, ring),
  users: new RedisUserIndex(redis),
  erasure: new RedisErasure({ redis, ring }),
  audit: new RedisAuditTrail({ redis, now: () => at, onFault: () => undefined }),
});

/** All that the product keeps of one: source record, mark, work, outcomes, account, holds, results, a name in the audit. */
async function live(user: UserRef): Promise<string> {
  const { records, work: works, guards, passes, audit, users } = stores();
  await records.put(user, position(1), { kind: 'record', attributes: { username: 'ada' } });
  const { fence } = await works.begin(user);
  await works.saveWork(user, fence, work);
  await works.claimAccount(user, fence, accountOf(user));
  await works.finish(user, fence, outcome(user), work);
  await works.begin(user);
  await users.mark(user, 'living');
  await guards.reserve(user, 'granted' as PlanHash, { ...noChanges, deletions: 1 }, { settings: usualGuards, users: 9 });
  const hold = await guards.hold(user, plan, { because: 'too-many-deletions', holdHours: 72 });
  await guards.hold(user, plan, { because: 'too-many-deletions', holdHours: 72, pass });
  await passes.addPage(ref, pass, {
    shard: shardOf(user.user),
    number: user === bob ? 1 : 0,
    entries: [entryOf(user)],
    filled: {},
  });
  await audit.note({ class: 'intent', ...ref, actor: 'x', action: 'reconcile-user', reason: 'y', person: user });
  return hold;
}
const openPass = () =>
  stores().passes.open({
    ...{ ...ref, id: pass, kind: 'preview', stage: 'planning', connectionVersion: 1, startedBy: 'x', startedAt: at },
  });

describe('the erasure of one user', () => {
  it('leaves no key and no value with their hash, with that of their account, or with anything sealed for them', async () => {
    const { erasure, guards, passes, records } = stores();
    await openPass();
    await live(bob);
    const before = await everything();
    const hold = await live(ada);
    // What others keep of them: where they came from, and whose account it was.
    await records.put(moved, position(1), { kind: 'deleted', movedTo: ada.user });
    const { work: works } = stores();
    const { fence } = await works.begin(bob);
    const finding = { kind: 'account-of-another-user', owner: ada.user } as const;
    await works.finish(bob, fence, outcome(bob, { findings: [finding] }));
    await passes.addPage(ref, pass, { shard: 'sample', number: 0, entries: [entryOf(ada), entryOf(bob)], filled: {} });

    expect(await erasure.known(ada)).toBe(true);
    expect(await erasure.erase(ada)).toEqual({ accounts: 1, holds: 2, passEntries: 2, mentions: 2 });
    await erasure.forgetName(ada);

    const after = await everything();
    const found = [...after].filter(([key, value]) =>
      [ada.user, accountOf(ada)].some((hash) => `${key} ${value}`.includes(hash)),
    );
    expect(found.map(([key]) => key)).toEqual([]);
    expect(await erasure.known(ada)).toBe(false);
    expect((await passes.entries(ref, pass, undefined, 99)).entries.map(({ user }) => user)).toEqual([bob.user, bob.user]);
    expect(await guards.read(ref, hold as never)).toMatchObject({ users: 1, state: 'open' });
    expect((await guards.users(ref, hold as never, undefined, 9)).users.map(({ user }) => user)).toEqual([bob.user]);
    // Nothing new but what is of the connection as a whole, and bob's and the predecessor's own.
    const fresh = [...after.keys()].filter((key) => !before.has(key) && !key.includes(moved.user));
    expect(fresh.filter((key) => !/:(?:waiting|index|living)$/.test(key))).toEqual([]);
  });

  it('leaves others as they were, and can be repeated', async () => {
    const { erasure } = stores();
    await openPass();
    await live(bob);
    const before = await everything();
    expect(await erasure.erase(ada)).toEqual({ accounts: 0, holds: 0, passEntries: 0, mentions: 0 });
    await erasure.forgetName(ada);
    expect(await everything()).toEqual(before);
  });

  it('takes away the fence of an attempt that still runs: it may write nothing more, here or at the directory', async () => {
    const { erasure, work: works } = stores();
    const { fence } = await works.begin(ada);
    await works.claimAccount(ada, fence, accountOf(ada));
    await erasure.erase(ada);
    await expect(works.assertMayWrite(ada, fence, accountOf(ada))).rejects.toThrow('taken over');
    await expect(works.finish(ada, fence, outcome(ada))).rejects.toThrow('taken over');
    expect(await erasure.known(ada)).toBe(false);
  });

  it('ties no entry of the audit to them, and leaves the entries as they were written', async () => {
    const { erasure, audit } = stores();
    await audit.note({ class: 'intent', ...ref, actor: 'x', action: 'reconcile-user', reason: 'y', person: ada });
    const entries = await redis.xRange('tally:{audit/acme}:outbox', '-', '+');
    await erasure.forgetName(ada);
    expect(await redis.xRange('tally:{audit/acme}:outbox', '-', '+')).toEqual(entries);
    expect(await redis.hLen('tally:{audit/acme}:people')).toBe(0);
  });
});

describe('parked records', () => {
  const place = (offset: number) => ({
    ...{ epoch: 0, topic: 'users', partition: 0, offset: String(offset), timestamp: 5, reason: 'not-json' },
    parkedAt: instant(1_000 + offset),
  });
  const bytes = { key: Buffer.from('ada'), value: Buffer.from('{ no JSON'), headers: {} };

  it('are forgotten with their bytes, one by one or when their time is over', async () => {
    const { parked } = stores();
    for (const n of [1, 2, 3]) await parked.add(ref, `0-0-${n}`, place(n), bytes);
    expect(await parked.forget(ref, '0-0-2')).toBe(true);
    expect(await parked.forget(ref, '0-0-2')).toBe(false);
    expect(await parked.forgetBefore(ref, instant(1_003))).toBe(1);
    expect((await parked.list(ref, 'open', 0, 9)).records.map(({ id }) => id)).toEqual(['0-0-3']);
    expect([...(await everything()).keys()].filter((key) => key.includes(':record:'))).toHaveLength(1);
  });
});
