import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createLogger } from '@tallystick/platform-observability';
import { connectRedis, type Redis } from '@tallystick/platform-redis';
import { endpoints, uniqueName } from '@tallystick/platform-testing';
import { maxLeaseMs, type MemberId, type Ring, ringShardOf } from '@tallystick/tokens-domain';
import {
  auditOutboxConformance,
  environmentsOfOneShard,
  exampleRing,
  exampleToken,
  ringWitnessConformance,
  tokenRingStoreConformance,
} from '@tallystick/tokens-testing';
import fc from 'fast-check';
import { RedisAuditOutbox } from './redis-audit-outbox.ts';
import { RedisRingWitness } from './redis-ring-witness.ts';
import { RedisTokenRingStore } from './redis-token-ring-store.ts';
import { ringKeys } from './ring-keys.ts';

let client: Redis;
let hints: Redis;
beforeAll(async () => {
  const logger = createLogger({ service: 'test', level: 'silent' });
  client = await connectRedis({ url: endpoints().redis, name: 'test', logger });
  hints = await connectRedis({ url: endpoints().redis, name: 'test-hints', logger });
});
afterAll(async () => {
  await Promise.all([client.close(), hints.close()]);
});

/** A part of the server that nobody else uses. */
function ownPart() {
  const prefix = uniqueName('conformance');
  const flush = async () => {
    for await (const keys of client.scanIterator({ MATCH: `${prefix}:*`, COUNT: 1_000 }))
      if (keys.length > 0) await client.unlink(keys);
  };
  return { prefix, flush };
}

describe('RedisTokenRingStore', () => {
  tokenRingStoreConformance({
    make: (options) => {
      const { prefix, flush } = ownPart();
      const store = new RedisTokenRingStore({ client, hints, prefix, ...options });
      const keysFor = (environment: Ring['environment']) => ringKeys(prefix, ringShardOf(environment)).ring(environment);
      return {
        store,
        server: {
          flush,
          trim: async (shard, keep) => void (await client.xTrim(ringKeys(prefix, shard).log, 'MAXLEN', keep)),
          forgetMembers: async (shard) => void (await client.del(ringKeys(prefix, shard).members)),
          loseHead: async (shard) => void (await client.del(ringKeys(prefix, shard).head)),
          breakRing: async (environment) => void (await client.set(keysFor(environment), '{"format":3,"version":1}')),
          loseRing: async (environment) => void (await client.del(keysFor(environment))),
          outbox: async (shard) =>
            ((await client.xRange(ringKeys(prefix, shard).outbox, '-', '+')) ?? []).map((entry) => entry?.message['entry'] ?? ''),
        },
        close: flush,
      };
    },
  });
});

describe('RedisAuditOutbox', () => {
  auditOutboxConformance({
    make: (options) => {
      const { prefix, flush } = ownPart();
      const store = new RedisTokenRingStore({ client, prefix, ...options });
      return { store, outbox: new RedisAuditOutbox({ client, prefix }), close: flush };
    },
  });

  it('numbers its claims by the clock, so that a store that was restored does not give a number again', async () => {
    const { prefix, flush } = ownPart();
    const { shard } = environmentsOfOneShard(1);
    await client.hSet(ringKeys(prefix, shard).chainRelay, { relay: 'a', fence: 5, until: 0 });
    const got = await new RedisAuditOutbox({ client, prefix }).claim(shard, 'b', 60_000);
    expect(got?.fence).toBeGreaterThan(Date.now() - 60_000);
    await flush();
  });
});

/** What a relay of the version before chains claims by, of its script. */
const oldClaim = `
local holder, fence, ends_at = unpack(redis.call('HMGET', KEYS[1], 'relay', 'fence', 'until'))
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local is_held = ends_at and tonumber(ends_at) > now
if is_held and holder ~= ARGV[1] then return nil end
fence = tonumber(fence or '0')
if not is_held then fence = math.max(fence + 1, now) end
redis.call('HSET', KEYS[1], 'relay', ARGV[1], 'fence', string.format('%d', fence), 'until', string.format('%d', now + ARGV[2]))
return fence`;

describe('a relay of the version without chains', () => {
  it('keeps the outbox to the end of its claim, and then gets it never again', async () => {
    const { prefix, flush } = ownPart();
    const { shard } = environmentsOfOneShard(1);
    const outbox = new RedisAuditOutbox({ client, prefix });
    const key = ringKeys(prefix, shard).relay;
    const old = (ttlMs: number) => client.eval(oldClaim, { keys: [key], arguments: ['old', `${ttlMs}`] });
    expect(await old(60_000)).not.toBeNull();
    expect(await outbox.claim(shard, 'new', 60_000)).toBeUndefined();
    await client.hSet(key, 'until', '0');
    expect(await outbox.claim(shard, 'new', 60_000)).toBeDefined();
    expect(await old(60_000)).toBeNull();
    expect(Number(await client.hGet(key, 'fence'))).toBe(Number.MAX_SAFE_INTEGER); // so it removes nothing either
    await flush();
  });
});

describe('RedisRingWitness', () => {
  ringWitnessConformance({
    make: () => {
      const { prefix, flush } = ownPart();
      return { witness: new RedisRingWitness({ client, prefix }), close: flush };
    },
  });
});

describe('what is stored on Redis', () => {
  const { shard, environments } = environmentsOfOneShard(120);
  const one = environments[0]!;
  const member = (id: string) => ({ id: id as MemberId, epoch: '', applied: -1, leaseMs: maxLeaseMs, peppers: [] });
  const change = (ring: Ring) => ({ ring, expectedVersion: ring.version - 1, audit: '{}', mayUseReserve: false });
  const own = () => {
    const { prefix, flush } = ownPart();
    return { prefix, store: new RedisTokenRingStore({ client, prefix }), keys: ringKeys(prefix, shard), flush };
  };

  it('keeps values for ten minutes and answers for a day, those of notes for an hour', async () => {
    const { store, keys, flush } = own();
    const idempotency = { key: 'key', requestDigest: 'digest', answer: 'answer', values: 'values' };
    await store.change({ ...change(exampleRing(one, 1)), idempotency });
    const [values, answers] = [await client.ttl(keys.values(one, 'key')), await client.ttl(keys.done(one, 'key'))];
    expect([values > 590 && values <= 600, answers > 86_390 && answers <= 86_400]).toEqual([true, true]);
    await store.change({ ...change(exampleRing(one, 1)), expectedVersion: 1, idempotency: { ...idempotency, key: 'note' } });
    const notes = await client.ttl(keys.done(one, 'note'));
    expect(notes > 3_590 && notes <= 3_600).toBe(true);
    await client.del(keys.values(one, 'key'));
    expect(await store.change({ ...change(exampleRing(one, 1)), idempotency })).not.toHaveProperty('values');
    expect(await store.answered(one, 'key')).toEqual({ seq: 1, requestDigest: 'digest', answer: 'answer' });
    await flush();
  });

  it('is shut for its environment when it is no document of this format, field by field', async () => {
    const { store, keys, flush } = own();
    await store.change(change(exampleRing(one, 1)));
    const good = JSON.parse((await client.get(keys.ring(one))) as string) as Record<string, unknown>;
    const bad = [
      '',
      'null',
      '{}',
      JSON.stringify({ ...good, format: 1 }),
      JSON.stringify({ ...good, more: 1 }),
      JSON.stringify({ ...good, environment: 'another' }),
      JSON.stringify({ ...good, environment: 'NO NAME' }),
      JSON.stringify({ ...good, version: 0 }),
      JSON.stringify({ ...good, settings: undefined }),
      JSON.stringify({ ...good, tokens: [{ ...exampleToken(1), digest: 'abc' }] }),
      JSON.stringify({ ...good, tokens: [{ ...exampleToken(1), notBefore: null }] }),
    ];
    for (const text of bad) {
      await client.set(keys.ring(one), text);
      await expect(store.read(one)).rejects.toMatchObject({ name: 'UnreadableRecord' });
      expect(await store.load(shard)).toEqual([{ environment: one, isUnreadable: true }]);
    }
    await client.del(keys.ring(one));
    await client.hSet(keys.ring(one), 'not', 'a text');
    expect(await store.load(shard)).toEqual([{ environment: one, isUnreadable: true }]);
    await flush();
  });

  it('whatever text a ring holds that JavaScript can read, its next revocation is made', async () => {
    const { store, keys, flush } = own();
    const revoked = { kind: 'revoked', at: exampleToken(1).createdAt, by: 'x', reason: 'leaked' } as const;
    const text = fc.string({ unit: 'binary', maxLength: 20 });
    const halves = fc.constantFrom('\ud800', 'x \udfff y', '\ud800\ud800\udc00');
    await fc.assert(
      fc.asyncProperty(fc.oneof(text, halves), fc.boolean(), async (label, isOtherwise) => {
        await client.del([keys.head, keys.log, keys.outbox, keys.environments, keys.ring(one)]);
        await store.change(change(exampleRing(one, 1, [exampleToken(1)])));
        const { version, ...document } = JSON.parse((await client.get(keys.ring(one))) ?? '') as Ring & Record<string, unknown>;
        const tokens = document.tokens.map((token) => ({ ...token, label }));
        const stored = JSON.stringify({ ...document, tokens, version }); // its fields in another order
        const inOrder = stored.replace(/,"version":1}$/, '}').replace(/("environment":"[^"]*",)/, '$1"version":1,');
        await client.set(keys.ring(one), isOtherwise ? stored : inOrder);
        const ring = await store.read(one);
        const after = { ...ring!, version: 2, tokens: ring!.tokens.map((token) => ({ ...token, state: revoked })) };
        expect(await store.change(change(after))).toMatchObject({ kind: 'changed' });
        expect(await store.read(one)).toStrictEqual(after);
      }),
      { numRuns: 30 },
    );
    await flush();
  }, 30_000);

  it('is never a ring that could not be read again', async () => {
    const { store, keys, flush } = own();
    const ring = exampleRing(one, 1);
    const wrong = { ...ring, settings: { ...ring.settings, guards: { ...ring.settings.guards, refusedShare: NaN } } };
    await expect(store.change(change(wrong))).rejects.toMatchObject({ name: 'UnreadableRecord' });
    expect(await client.exists([keys.head, keys.ring(one)])).toBe(0);
    const more = { ...ring, secret: 'x', tokens: ring.tokens.map((token) => ({ ...token, value: 'tsk_x' })) };
    await store.change(change(more));
    expect(await client.get(keys.ring(one))).not.toMatch(/secret|tsk_x/);
    await flush();
  });

  it('may say more about a member than this version knows', async () => {
    const { store, keys, flush } = own();
    await store.renew(shard, member('m'));
    const row = { epoch: 'e', applied: 3, leaseMs: 5_000, renewals: 1 };
    await client.hSet(keys.members, 'm', JSON.stringify({ ...row, region: 'berlin' }));
    expect((await store.look(shard)).members).toEqual([{ ...row, id: 'm', peppers: undefined }]);
    await flush();
  });

  it.each(['', 'null', '[]', '{"epoch":"e"}', '{"epoch":"e","applied":9,"leaseMs":1,"peppers":[1],"renewals":7}', 'ü{'])(
    'about a member may be unreadable (%s): it has applied nothing, and is dropped only while its row stays the same',
    async (text) => {
      const { store, keys, flush } = own();
      await client.hSet(keys.members, 'm', text);
      const [before] = (await store.look(shard)).members;
      expect(before).toMatchObject({ id: 'm', epoch: '', applied: -1, peppers: undefined });
      await client.hSet(keys.members, 'm', `${text} `);
      await store.drop(shard, 'm' as MemberId, before?.renewals ?? NaN);
      const [after] = (await store.look(shard)).members;
      expect(after?.renewals).not.toBe(before?.renewals);
      await store.drop(shard, 'm' as MemberId, after?.renewals ?? NaN);
      expect((await store.look(shard)).members).toEqual([]);
      await flush();
    },
  );

  it('is loaded in pages of at most fifty rings or about a megabyte', async () => {
    const { store, prefix, flush } = own();
    const tokens = Array.from({ length: 1_000 }, (_, at) => ({ ...exampleToken(at), label: 'x'.repeat(200) }));
    for (const [at, environment] of environments.entries())
      await store.change(change(exampleRing(environment, 1, at < 8 ? tokens : [])));
    const pages: { readonly rings: number; readonly bytes: number }[] = [];
    const evalSha = async (...args: Parameters<Redis['evalSha']>) => {
      const reply = (await client.evalSha(...args)) as unknown as readonly string[];
      pages.push({ rings: reply.length, bytes: reply.join('').length });
      return reply;
    };
    const watched = new Proxy(client, {
      get: (target, name) => {
        const found: unknown = name === 'evalSha' ? evalSha : Reflect.get(target, name, target);
        return typeof found === 'function' && name !== 'evalSha' ? (found.bind(target) as unknown) : found;
      },
    });
    const loaded = await new RedisTokenRingStore({ client: watched, prefix }).load(shard);
    expect(new Set(loaded.map(({ environment }) => environment))).toEqual(new Set(environments));
    expect(loaded).toHaveLength(environments.length);
    expect(pages.length).toBeGreaterThan(3);
    for (const { rings, bytes } of pages) expect(rings <= 50 && bytes <= 1_000_000).toBe(true);
    await flush();
  });
});
