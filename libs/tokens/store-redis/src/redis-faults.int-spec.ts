import { afterEach, describe, expect, it } from '@jest/globals';
import { createLogger } from '@tallystick/platform-observability';
import { connectRedis, type Redis } from '@tallystick/platform-redis';
import { eventually, OwnRedis } from '@tallystick/platform-testing';
import { maxLeaseMs, type MemberId, type PepperId, type Ring, type RingChange } from '@tallystick/tokens-domain';
import { environmentsOfOneShard, exampleRing, exampleToken } from '@tallystick/tokens-testing';
import { RedisAuditOutbox } from './redis-audit-outbox.ts';
import { RedisRingWitness } from './redis-ring-witness.ts';
import { RedisTokenRingStore } from './redis-token-ring-store.ts';
import { ringKeys } from './ring-keys.ts';

const { shard, environments } = environmentsOfOneShard(2);
const one = environments[0]!;
const two = environments[1]!;
const keys = ringKeys('tally', shard);
const member = (epoch = '', applied = -1) => ({
  id: 'm' as MemberId,
  epoch,
  applied,
  leaseMs: maxLeaseMs,
  peppers: ['k1' as PepperId],
});
const change = (version: number, token = version, more: Partial<RingChange> = {}): RingChange => ({
  ring: exampleRing(one, version, [exampleToken(token)]),
  expectedVersion: version - 1,
  audit: '{}',
  mayUseReserve: false,
  ...more,
});
const idempotency = { key: 'a', requestDigest: 'd', answer: 'sealed' };

const logger = createLogger({ service: 'test', level: 'silent' });
const clients: Redis[] = [];
const clientOf = async ({ url }: OwnRedis, options: { readonly commandTimeoutMs?: number } = {}): Promise<Redis> => {
  const client = await connectRedis({ url, name: 'test', logger, ...options });
  clients.push(client);
  return client;
};
const servers: OwnRedis[] = [];
const start = async (...settings: readonly string[]) => {
  const server = await OwnRedis.start(...settings);
  servers.push(server);
  return server;
};
const replicaOf = async (primary: OwnRedis) => {
  const replica = await start('--replicaof', '127.0.0.1', String(primary.port));
  const client = await clientOf(primary);
  const follows = async () => {
    await client.set('any', 'thing'); // WAIT waits for the writes of its own connection
    return (await client.wait(1, 500)) === 1;
  };
  await eventually(follows, { withinMs: 15_000, what: 'the replica follows' });
  await client.del('any');
  return replica;
};
afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

describe('when the server falls silent or goes away', () => {
  it('every call fails within the command time-out, and works again afterwards', async () => {
    const server = await start();
    const client = await clientOf(server, { commandTimeoutMs: 300 });
    const store = new RedisTokenRingStore({ client });
    const [outbox, witness] = [new RedisAuditOutbox({ client }), new RedisRingWitness({ client })];
    await store.change(change(1));
    server.signal('SIGSTOP');
    const startedAt = performance.now();
    const calls = [
      () => store.read(one),
      () => store.change(change(2)),
      () => store.look(shard),
      () => store.confirm(shard),
      () => store.answered(one, 'a'),
      () => store.renew(shard, member()),
      () => store.load(shard),
      () => store.leave(shard, 'm' as MemberId),
      () => store.drop(shard, 'm' as MemberId, 1),
      () => store.readSealed(one, exampleToken(1).id),
      () => store.environments(shard),
      () => store.reopen(shard, 'head'),
      () => outbox.claim(shard, 'relay', 1_000),
      () => outbox.read(shard, 1),
      () => outbox.remove(shard, { fence: 1, server: '' }, 1, []),
      () => outbox.chains(shard),
      () => outbox.release(shard, { fence: 1 }),
      () => witness.raise(shard, 'head', 1),
      () => witness.read(shard, 'head'),
    ];
    const results = await Promise.allSettled(calls.map((call) => call()));
    expect(results.map(({ status }) => status)).toEqual(calls.map(() => 'rejected'));
    expect(performance.now() - startedAt).toBeLessThan(3_000);
    server.signal('SIGCONT');
    await eventually(async () => (await store.look(shard)).seq >= 1, { withinMs: 10_000, what: 'the store answers again' });
  }, 30_000);

  it('a restart keeps rings and numbers, and is another epoch and server: whoever followed loads again', async () => {
    const server = await start();
    const store = new RedisTokenRingStore({ client: await clientOf(server) });
    await store.change(change(1));
    const { position } = await store.renew(shard, member());
    const before = await store.look(shard);
    await server.kill();
    await server.run();
    const after = await eventually(() => store.look(shard), { withinMs: 10_000, what: 'the client is connected again' });
    expect([after.seq, after.identity.registry, after.members.length]).toEqual([1, before.identity.registry, 1]);
    expect(after.identity.serverId).not.toBe(before.identity.serverId);
    expect((await store.renew(shard, member(position.epoch, 1))).position.epoch).not.toBe(position.epoch);
    expect((await store.change(change(2))).kind).toBe('changed');
  }, 30_000);
});

describe('when a replica takes over (R35)', () => {
  it('a position whose change was lost and filled by another one is not taken for the same', async () => {
    const primary = await start();
    const replica = await replicaOf(primary);
    const old = new RedisTokenRingStore({ client: await clientOf(primary) });
    await old.change(change(1));
    const { position } = await old.renew(shard, member());
    await eventually(async () => (await replica.ask(`EXISTS ${keys.ring(one)}`)).startsWith(':1'), {
      withinMs: 5_000,
      what: 'the change is replicated',
    });

    await replica.ask('REPLICAOF NO ONE');
    await old.change(change(2, 22)); // on the old primary only, so lost
    const { entries } = await old.renew(shard, member(position.epoch, 1));
    expect(entries.map(({ seq }) => seq)).toEqual([2]);
    await primary.kill();
    const store = new RedisTokenRingStore({ client: await clientOf(replica) });
    expect(await store.change(change(2, 99))).toMatchObject({ kind: 'changed', seq: 2 }); // the same number, other content

    const renewed = await store.renew(shard, member(position.epoch, 2));
    expect(renewed.position.seq).toBe(2);
    expect(renewed.position.epoch).not.toBe(position.epoch);
    expect(((await store.load(shard))[0] as Ring).tokens[0]?.id).toBe(exampleToken(99).id);
  }, 30_000);

  it('a replica answers no look and no renewal', async () => {
    const primary = await start();
    const replica = await replicaOf(primary);
    const store = new RedisTokenRingStore({ client: await clientOf(primary) });
    await replica.ask('REPLICAOF NO ONE');
    await primary.ask(`REPLICAOF 127.0.0.1 ${replica.port}`);
    await expect(store.look(shard)).rejects.toThrow(/NOTPRIMARY|READONLY/);
    await expect(store.renew(shard, member())).rejects.toThrow(/NOTPRIMARY|READONLY/);
  }, 30_000);
});

describe('a load', () => {
  const ask = [
    (store: RedisTokenRingStore) => store.load(shard),
    (store: RedisTokenRingStore) => store.environments(shard),
    (store: RedisTokenRingStore) => store.read(one),
    (store: RedisTokenRingStore) => store.readSealed(one, exampleToken(1).id),
    (store: RedisTokenRingStore) => store.answered(one, 'a'),
  ];

  it('from another primary than was joined is refused: its rings may lack what the joined one counts', async () => {
    const [old, promoted] = [await start(), await start()];
    const stores = await Promise.all(
      [old, promoted].map(async (server) => new RedisTokenRingStore({ client: await clientOf(server) })),
    );
    for (const store of stores) await store.change(change(1));
    await stores[1]!.change(change(2)); // the revoke
    const { position } = await stores[1]!.renew(shard, member());
    expect(await stores[1]!.load(shard, position.epoch)).toMatchObject([{ version: 2 }]);
    await expect(stores[0]!.load(shard, position.epoch)).rejects.toThrow('another server or head answers');
  }, 30_000);

  it('and every other reading is refused by a primary that was demoted, also while its clients notice nothing', async () => {
    const primary = await start();
    const replica = await replicaOf(primary);
    const client = await clientOf(primary);
    const store = new RedisTokenRingStore({ client });
    const witness = new RedisRingWitness({ client });
    await store.change(change(1, 1, { idempotency }));
    await witness.raise(shard, 'head', 1);
    const { position } = await store.renew(shard, member());
    await replica.ask('REPLICAOF NO ONE');
    await primary.ask(`REPLICAOF 127.0.0.1 ${replica.port}`);
    for (const question of [...ask, () => store.load(shard, position.epoch), () => witness.read(shard, 'head')])
      await expect(question(store)).rejects.toThrow(/NOTPRIMARY|READONLY/);
  }, 30_000);
});

describe('a shard of a newer layout (R42)', () => {
  it('refuses a version that runs already, and one that comes; its neighbours go on', async () => {
    const server = await start();
    const client = await clientOf(server);
    const store = new RedisTokenRingStore({ client });
    const outbox = new RedisAuditOutbox({ client });
    await store.change(change(1));
    const { position } = await store.renew(shard, member());
    const { headEpoch } = await store.look(shard);
    await store.raiseLayout(shard, { writes: 3, oldestReader: 1 });
    expect((await store.change(change(2))).kind).toBe('changed'); // what is new, this version can overlook
    await store.raiseLayout(shard, { writes: 2, oldestReader: 2 });
    expect(await client.hmGet(keys.head, ['writes', 'oldest-reader'])).toEqual(['3', '2']);
    const calls = [
      () => store.change(change(3)),
      () => store.renew(shard, member(position.epoch, 1)),
      () => store.renew(shard, member()),
      () => store.load(shard, position.epoch),
      () => store.environments(shard),
      () => store.look(shard),
      () => store.confirm(shard),
      () => store.reopen(shard, headEpoch),
      () => outbox.claim(shard, 'relay', 1_000),
      () => store.raiseLayout(shard, { writes: 1, oldestReader: 1 }),
    ];
    for (const call of calls) await expect(call()).rejects.toThrow('LAYOUT');
    expect(await client.hGet(keys.head, 'seq')).toBe('2');
    const elsewhere = store.shards.find((name) => name !== shard)!;
    expect((await store.look(elsewhere)).seq).toBe(0);
  }, 30_000);
});

describe('when replicas must have a change', () => {
  it('a change, its repetition, a confirmation and a renewal stay unknown until one has it', async () => {
    const primary = await start();
    const replica = await replicaOf(primary);
    const make = async () => new RedisTokenRingStore({ client: await clientOf(primary), minReplicas: 1, replicaTimeoutMs: 200 });
    const store = await make();
    expect((await store.change(change(1))).kind).toBe('changed');
    expect(await store.look(shard)).toMatchObject({ seq: 1, replicas: 1 });

    replica.signal('SIGSTOP');
    expect(await store.change(change(2, 2, { idempotency }))).toEqual({ kind: 'outcome-unknown' });
    const other = await make(); // a connection that has written nothing itself
    expect(await other.change(change(2, 2, { idempotency }))).toEqual({ kind: 'outcome-unknown' });
    expect(await (await make()).confirm(shard)).toBeUndefined();
    const { headEpoch } = await other.look(shard);
    await expect((await make()).reopen(shard, headEpoch)).rejects.toThrow('replication');
    await expect((await make()).renew(shard, member())).rejects.toThrow('replication');

    replica.signal('SIGCONT');
    expect(await other.change(change(2, 2, { idempotency }))).toMatchObject({ kind: 'replayed', seq: 2, answer: 'sealed' });
    expect(await other.confirm(shard)).toMatchObject({ seq: 2 });
    expect((await other.renew(shard, member())).position.seq).toBe(2);
  }, 30_000);
});

describe('a script that can not do all of its work', () => {
  it('has written nothing: INFO is refused', async () => {
    const server = await start();
    const client = await clientOf(server);
    await client.sendCommand(['ACL', 'SETUSER', 'limited', 'on', '>secret', '~*', '&*', '+@all', '-info']);
    const limited = await clientOf(server);
    await limited.sendCommand(['AUTH', 'limited', 'secret']);
    const store = new RedisTokenRingStore({ client: limited });
    await expect(store.change(change(1))).rejects.toThrow();
    await expect(store.renew(shard, member())).rejects.toThrow();
    expect(await client.dbSize()).toBe(0);
  }, 30_000);

  it.each<[string, (keysOf: typeof keys) => readonly string[]]>([
    ['the ring is gone', ({ ring }) => ['DEL', ring(one)]],
    ['the environment is not listed', ({ environments: set }) => ['SREM', set, one]],
    ['the head went back', ({ head }) => ['HSET', head, 'seq', '1']],
    ['the outbox is ahead', ({ outbox }) => ['XADD', outbox, '9-1', 'entry', '{}']],
    ['the head is gone', ({ head }) => ['DEL', head]],
    ['the outbox is something else', ({ outbox }) => ['SET', outbox, 'x']],
    ['the log is something else', ({ log }) => ['SET', log, 'x']],
    ['the counts of the outbox are something else', ({ waiting }) => ['SET', waiting, 'x']],
    ['the record of the key is something else', ({ done }) => ['SET', done(one, 'a'), 'x']],
  ])(
    'has written nothing: %s',
    async (_, damage) => {
      const server = await start();
      const client = await clientOf(server);
      const store = new RedisTokenRingStore({ client });
      for (const version of [1, 2, 3]) await store.change(change(version));
      await client.sendCommand([...damage(keys)]);
      const dump = async () => {
        const names = (await client.keys('*')).sort();
        return Promise.all(names.map(async (name) => [name, await client.sendCommand(['DUMP', name])]));
      };
      const before = await dump();
      const result = await store.change(change(4, 4, { idempotency })).catch(() => 'threw');
      expect(result === 'threw' || (result as { kind: string }).kind === 'damaged').toBe(true);
      expect(await dump()).toEqual(before);
    },
    30_000,
  );

  it('gives an answer of at most about a megabyte, and the rest on the next call', async () => {
    const server = await start();
    const store = new RedisTokenRingStore({ client: await clientOf(server) });
    const { position } = await store.renew(shard, member());
    const tokens = Array.from({ length: 1_000 }, (_, at) => ({ ...exampleToken(at), label: 'x'.repeat(500) }));
    for (const environment of [one, two]) await store.change({ ...change(1), ring: exampleRing(environment, 1, tokens) });
    const first = await store.renew(shard, member(position.epoch, 0));
    expect([first.position.seq, first.entries.map(({ seq }) => seq)]).toEqual([2, [1]]);
    const second = await store.renew(shard, member(position.epoch, 1));
    expect(second.entries.map(({ seq, ring }) => [seq, ring.environment])).toEqual([[2, two]]);
  }, 30_000);
});
