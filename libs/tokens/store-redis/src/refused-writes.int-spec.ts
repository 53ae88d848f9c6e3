import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createLogger } from '@tallystick/platform-observability';
import { connectRedis, type Redis } from '@tallystick/platform-redis';
import { dumpRedis, eventually, freePort, OwnRedis } from '@tallystick/platform-testing';
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
  audit: JSON.stringify({ version }),
  mayUseReserve: false,
  ...more,
});
const idempotency = { key: 'k', requestDigest: 'd', answer: '{}' };
const made = change(2, [exampleToken(1), exampleToken(2), exampleToken(3)], { idempotency });
const revocation = change(2, [revoked, exampleToken(2)], { mayUseReserve: true });
const row = { id: 'm' as MemberId, leaseMs: maxLeaseMs, peppers: ['k1' as PepperId], epoch: '', applied: -1 };

let server: OwnRedis;
let client: Redis;
let store: RedisTokenRingStore;
let outbox: RedisAuditOutbox;
beforeEach(async () => {
  server = await OwnRedis.start('--save', '3600 1000000');
  client = await connectRedis({ url: server.url, name: 'test', logger: createLogger({ service: 'test', level: 'silent' }) });
  store = new RedisTokenRingStore({ client });
  outbox = new RedisAuditOutbox({ client });
});
afterEach(async () => {
  client.destroy();
  await server.close();
});

/** Where a snapshot goes, and can not while a folder with this name is there: it fails as it does on a full disk. */
const snapshot = async (): Promise<string> => {
  const { dir, dbfilename } = (await client.configGet(['dir', 'dbfilename'])) as Record<string, string>;
  return join(dir!, dbfilename!);
};
const snapshots = async (become: 'ok' | 'err'): Promise<void> => {
  await client.sendCommand(['BGSAVE']);
  await eventually(async () => (await client.info('persistence')).includes(`rdb_last_bgsave_status:${become}`), {
    withinMs: 15_000,
    what: `a snapshot is ${become}`,
  });
};

/** Everything that is stored, as it is stored. */
const stored = async () => Object.entries(await dumpRedis(client)).map(([name, { dump }]) => [name, dump]);

describe.each<readonly [what: string, named: RegExp, begin: () => Promise<unknown>, end: () => Promise<unknown>]>([
  [
    'can not write its snapshots, as on a full disk,',
    /MISCONF/,
    async () => {
      await mkdir(await snapshot());
      await snapshots('err');
    },
    async () => {
      await rm(await snapshot(), { recursive: true });
      await snapshots('ok');
    },
  ],
  [
    'takes no writes',
    /READONLY|NOTPRIMARY/,
    async () => server.ask(`REPLICAOF 127.0.0.1 ${await freePort()}`),
    () => server.ask('REPLICAOF NO ONE'),
  ],
])('a server that %s', (_, named, begin, end) => {
  it('R42: refuses each change by name, a revocation and a lease too, and keeps nothing of it; afterwards the same changes are made once, each with its audit entry', async () => {
    expect((await store.change(change(1, [exampleToken(1), exampleToken(2)]))).kind).toBe('changed');
    await store.renew(shard, row);
    const before = await stored();
    await begin();

    const refused = [
      () => store.change(made),
      () => store.change(revocation),
      () => store.renew(shard, row), // so that no validator goes on with what it knows for longer than its lease
      () => outbox.claim(shard, 'relay', 60_000),
    ];
    for (const call of refused) await expect(call()).rejects.toThrow(named);

    await end();
    expect(await eventually(stored, { withinMs: 10_000, what: 'it can be read' })).toEqual(before);
    const again = await eventually(() => store.change(made), { withinMs: 10_000, what: 'changes are made again' });
    expect(again).toMatchObject({ kind: 'changed', seq: 2 });
    expect(await store.change(made)).toMatchObject({ kind: 'replayed' });
    expect(await store.change({ ...revocation, ...change(3, [revoked, exampleToken(2)]), mayUseReserve: true })).toMatchObject({
      kind: 'changed',
      seq: 3,
    });
    expect((await store.read(one))?.tokens.map(isLive)).toEqual([false, true]);
    const entries = await outbox.read(shard, 10);
    expect(entries.map(({ seq }) => seq)).toEqual([1, 2, 3]);
    expect(await outbox.claim(shard, 'relay', 60_000)).toBeDefined();
  }, 60_000);
});
