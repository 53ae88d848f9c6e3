import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createLogger } from '@tallystick/platform-observability';
import { connectRedis, type Redis, redisFacts } from '@tallystick/platform-redis';
import { eventually, type OwnRedis, OwnSentinels } from '@tallystick/platform-testing';
import { maxLeaseMs, type MemberId, type PepperId, type RingChange } from '@tallystick/tokens-domain';
import { environmentsOfOneShard, exampleRing, exampleToken } from '@tallystick/tokens-testing';
import { RedisRingWitness } from './redis-ring-witness.ts';
import { RedisTokenRingStore } from './redis-token-ring-store.ts';
import { Replication } from './replication.ts';

const { shard, environments } = environmentsOfOneShard(1);
const one = environments[0]!;
const member = (epoch = '', applied = -1) => ({
  id: 'm' as MemberId,
  epoch,
  applied,
  leaseMs: maxLeaseMs,
  peppers: ['k1' as PepperId],
});
const change = (version: number): RingChange => ({
  ring: exampleRing(one, version, [exampleToken(version)]),
  expectedVersion: version - 1,
  audit: '{}',
  mayUseReserve: false,
});

const logger = createLogger({ service: 'test', level: 'silent' });
const clients: Redis[] = [];
let group: OwnSentinels;
beforeEach(async () => {
  group = await OwnSentinels.start();
}, 60_000);
afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  await group.close();
});
const led = async (): Promise<Redis> => {
  const { addresses: sentinels, primary } = group;
  const client = await connectRedis({ sentinels, primary, name: 'test', logger, commandTimeoutMs: 2_000 });
  clients.push(client);
  return client;
};
const at = async ({ url }: OwnRedis): Promise<Redis> => {
  const client = await connectRedis({ url, name: 'test', logger, commandTimeoutMs: 60_000 });
  clients.push(client);
  return client;
};

describe('two replicas that could both be promoted', () => {
  it('are counted with each change, also while one of them hears nothing: then others need not wait long for it', async () => {
    const store = new RedisTokenRingStore({ client: await led(), minReplicas: 1, replicas: 2 });
    expect(await store.change(change(1))).toMatchObject({ kind: 'changed', acknowledged: 2 });
    expect(await store.confirm(shard)).toMatchObject({ acknowledged: 2 });
    group.nodes[1]!.signal('SIGSTOP');
    expect(await store.change(change(2))).toMatchObject({ kind: 'changed', acknowledged: 1 });
    const startedAt = performance.now();
    for (let version = 3; version < 13; version += 1)
      expect(await store.change(change(version))).toMatchObject({ kind: 'changed', acknowledged: 1 });
    expect(performance.now() - startedAt).toBeLessThan(2_000);
    expect(await store.confirm(shard)).toMatchObject({ acknowledged: 1 });
    group.nodes[1]!.signal('SIGCONT');
    await eventually(async () => (await store.confirm(shard))?.acknowledged === 2, {
      withinMs: 20_000,
      what: 'both have it again',
    });
  }, 60_000);

  it('are not counted on another connection than the one that wrote, whatever the server says there', async () => {
    const client = await led();
    const replication = new Replication(client, { minReplicas: 1, replicas: 2, timeoutMs: 1_000 });
    const connection = replication.connection;
    await client.set('written', 'on the first connection');
    const [first] = group.nodes;
    await (await at(first!)).sendCommand(['CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes']);
    await eventually(() => replication.connection !== undefined && replication.connection !== connection, {
      withinMs: 10_000,
      what: 'another connection',
    });
    expect(await client.wait(2, 1_000)).toBe(2);
    expect(await replication.acknowledged(connection)).toBeUndefined();
    expect(await replication.acknowledged(replication.connection)).toBe(2);
  }, 60_000);

  it('have the witness too, or it was not raised', async () => {
    const witness = new RedisRingWitness({ client: await led() });
    await witness.raise(shard, 'head', 1);
    group.nodes[1]!.signal('SIGSTOP');
    await expect(witness.raise(shard, 'head', 2)).rejects.toThrow('not every replica has the witness');
    await expect(witness.raise(shard, 'head', 2)).rejects.toThrow('not every replica has the witness');
    group.nodes[1]!.signal('SIGCONT');
    await eventually(() => witness.raise(shard, 'head', 2).then(() => true), { withinMs: 20_000, what: 'all have it' });
  }, 60_000);
});

describe('a primary that was frozen while another one was promoted', () => {
  it('renews a lease when it wakes unless renewals wait for a replica; a change is not said to be everywhere before it follows', async () => {
    const [old] = group.nodes;
    const [plain, fenced] = [await at(old!), await at(old!)];
    const validator = new RedisTokenRingStore({ client: plain });
    const fencedValidator = new RedisTokenRingStore({ client: fenced, minReplicas: 1, replicaTimeoutMs: 500 });
    const store = new RedisTokenRingStore({ client: await led(), minReplicas: 1, replicas: 2 });
    await store.change(change(1));
    const { position } = await validator.renew(shard, member());
    await fencedValidator.renew(shard, member());

    old!.signal('SIGSTOP');
    // already in the socket: executed when it wakes, before it hears that it was replaced
    const late = validator.renew(shard, member(position.epoch, 1));
    const fencedLate = fencedValidator.renew(shard, member(position.epoch, 1));
    late.catch(() => undefined);
    fencedLate.catch(() => undefined);
    const promoted = await group.otherThan(old!);
    const revoked = await eventually(
      async () => {
        const result = await store.change(change(2));
        return result.kind === 'changed' ? result : undefined;
      },
      { withinMs: 20_000, what: 'the new primary takes a change', everyMs: 100 },
    );
    expect(revoked.acknowledged).toBe(1); // so it is not bounded: the frozen one has not heard of it

    old!.signal('SIGCONT');
    expect(await late).toMatchObject({ position: { seq: 1 }, entries: [] }); // a lease without the change, as feared
    await expect(fencedLate).rejects.toThrow(/replication did not confirm|NOTPRIMARY|READONLY|UNBLOCKED|clos/i);
    const all = await eventually(
      async () => {
        const look = await store.confirm(shard);
        return look?.acknowledged === 2 ? look : undefined;
      },
      { withinMs: 30_000, what: 'the old one follows' },
    );
    expect(all.seq).toBe(2);
    await expect(validator.renew(shard, member(position.epoch, 1))).rejects.toThrow(/NOTPRIMARY|READONLY|closed/);
    expect(Number((await (await led()).configGet('port'))['port'])).toBe(promoted.port);
  }, 120_000);
});

describe('a fail-over under changes and renewals', () => {
  it('loses no change that was acknowledged by all, and whoever follows goes on by itself', async () => {
    const [first] = group.nodes;
    const store = new RedisTokenRingStore({ client: await led(), minReplicas: 1, replicas: 2 });
    const follower = new RedisTokenRingStore({ client: await led() });
    const kinds: string[] = [];
    let version = 0;
    let kept = 0;
    let isOver = false;
    const writer = (async () => {
      while (!isOver) {
        const stored = await store.read(one).catch(() => undefined);
        if (stored) version = stored.version;
        const result = await store.change(change(version + 1)).catch(() => ({ kind: 'threw' as const }));
        kinds.push(result.kind);
        if (result.kind === 'changed' && result.acknowledged === 2) kept = version + 1;
        if (result.kind !== 'changed') await new Promise((resolve) => setTimeout(resolve, 20));
      }
    })();
    await eventually(() => kept >= 20, { withinMs: 20_000, what: 'changes are made' });
    await first!.kill();
    const keptBefore = kept;
    await group.otherThan(first!);
    const made = kinds.length;
    await eventually(() => kinds.slice(made).includes('changed'), { withinMs: 20_000, what: 'changes are made again' });
    isOver = true;
    await writer;
    expect((await store.read(one))!.version).toBeGreaterThan(keptBefore);
    const { position } = await eventually(() => follower.renew(shard, member()), { withinMs: 10_000, what: 'a renewal' });
    const [ring] = await follower.load(shard, position.epoch);
    expect(ring).toMatchObject({ version: position.seq });
    expect(redisFacts(clients[0]!).mostReplicas).toBe(2);
  }, 90_000);
});
