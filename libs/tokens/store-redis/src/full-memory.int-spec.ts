import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createLogger } from '@tallystick/platform-observability';
import { connectRedis, type Redis } from '@tallystick/platform-redis';
import { OwnRedis } from '@tallystick/platform-testing';
import { isLive, maxLeaseMs, type MemberId, type PepperId, type RingChange, type Token } from '@tallystick/tokens-domain';
import { environmentsOfOneShard, exampleRing, exampleToken } from '@tallystick/tokens-testing';
import { RedisAuditOutbox } from './redis-audit-outbox.ts';
import { RedisTokenRingStore } from './redis-token-ring-store.ts';

const { shard, environments } = environmentsOfOneShard(1);
const one = environments[0]!;
const at = 1_800_000_000_000 as never;
const revoked = exampleToken(1, { kind: 'revoked', at, by: 'x', reason: 'leaked' });
const change = (version: number, tokens: readonly Token[], more: Partial<RingChange> = {}): RingChange => ({
  ring: exampleRing(one, version, tokens),
  expectedVersion: version - 1,
  audit: '{}',
  mayUseReserve: false,
  ...more,
});

let server: OwnRedis;
let client: Redis;
let store: RedisTokenRingStore;
beforeAll(async () => {
  server = await OwnRedis.start('--maxmemory-policy', 'noeviction');
  client = await connectRedis({ url: server.url, name: 'test', logger: createLogger({ service: 'test', level: 'silent' }) });
  store = new RedisTokenRingStore({ client });
});
afterAll(async () => {
  client.destroy();
  await server.close();
});

describe('a server whose memory is at its limit', () => {
  it('renews leases, revokes, and empties its outbox, and takes nothing else', async () => {
    await store.change(
      change(1, [exampleToken(1), exampleToken(2)], { sealed: { keep: [{ token: exampleToken(1).id, copy: 'c' }], erase: [] } }),
    );
    await client.sendCommand(['CONFIG', 'SET', 'maxmemory', '100kb']); // less than an empty server needs
    await expect(client.set('any', 'thing')).rejects.toThrow('OOM');

    const row = { id: 'm' as MemberId, leaseMs: maxLeaseMs, peppers: ['k1' as PepperId] };
    const { position } = await store.renew(shard, { ...row, epoch: '', applied: -1 });
    await store.renew(shard, { ...row, epoch: position.epoch, applied: position.seq });
    expect((await store.look(shard)).members).toMatchObject([{ id: 'm', applied: 1 }]);

    const made = change(2, [exampleToken(1), exampleToken(2), exampleToken(3)]);
    const note = { ...change(2, []), ring: exampleRing(one, 1), expectedVersion: 1 };
    const idempotency = { key: 'k', requestDigest: 'd', answer: '{}' };
    for (const refused of [made, note, { ...made, idempotency }])
      expect(await store.change(refused)).toEqual({ kind: 'store-full' });
    expect([(await store.look(shard)).seq, await store.answered(one, 'k')]).toEqual([1, undefined]);

    const taken = change(2, [revoked, exampleToken(2)], {
      mayUseReserve: true,
      idempotency,
      sealed: { keep: [], erase: [revoked.id] },
    });
    expect(await store.change(taken)).toMatchObject({ kind: 'changed', seq: 2 });
    expect((await store.read(one))?.tokens.map(isLive)).toEqual([false, true]);
    expect([await store.answered(one, 'k'), await store.readSealed(one, revoked.id)]).toMatchObject([{ seq: 2 }, undefined]);
    const renewal = await store.renew(shard, { ...row, epoch: position.epoch, applied: position.seq });
    expect(renewal).toMatchObject({ position: { seq: 2 }, entries: [{ seq: 2 }], trimmed: false });

    const outbox = new RedisAuditOutbox({ client });
    const claim = await outbox.claim(shard, 'relay', 60_000);
    expect(await outbox.remove(shard, claim!, 2, [{ place: 'acme', before: undefined, after: '{}' }])).toBe('done');
    expect(await outbox.read(shard, 10)).toEqual([]);
  });
});
