import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Redis } from '@tallystick/platform-redis';
import { eventually, OwnRedis, uniqueName } from '@tallystick/platform-testing';
import { isLive, maxLeaseMs, type MemberId } from '@tallystick/tokens-domain';
import { RedisAuditOutbox, RedisRingWitness, RedisTokenRingStore } from '@tallystick/tokens-store-redis';
import { environmentsOfOneShard, exampleToken } from '@tallystick/tokens-testing';
import { realKafka } from './test-support/real-kafka.ts';
import { recoveryWorld } from './test-support/recovery-world.ts';
import { movingAddress, redisAt } from './test-support/redis-addresses.ts';

/** Others in each test: the topic remembers what was revoked in the one before. */
const newEnvironments = () => {
  const { shard, environments } = environmentsOfOneShard(2, uniqueName('e'));
  return { shard, one: environments[0]!, two: environments[1]! };
};
const isRevoked = (number: number) => (ring: { readonly tokens: readonly { readonly id: string }[] }) => {
  const token = ring.tokens.find(({ id }) => id === exampleToken(number).id);
  return token !== undefined && !isLive(token as ReturnType<typeof exampleToken>);
};

let { shard, one, two } = newEnvironments();
let kafka: Awaited<ReturnType<typeof realKafka>>;
let second: OwnRedis;
const closing: (() => unknown)[] = [];
const closed = <T>(made: T, close: (made: T) => unknown): T => {
  closing.push(() => close(made));
  return made;
};
const client = async (port: number): Promise<Redis> => closed(await redisAt(port), (made) => made.destroy());
const server = async (...more: readonly string[]) => closed(await OwnRedis.start(...more), (made) => made.close());

beforeAll(async () => {
  kafka = await realKafka();
  second = await OwnRedis.start();
}, 60_000);
afterEach(async () => {
  ({ shard, one, two } = newEnvironments());
  kafka.link.isUp = true;
  for (const close of closing.splice(0).reverse()) await close();
});
afterAll(async () => {
  await kafka.close();
  await second.close();
});

/** A service on the ring Redis at this port, with a witness of its own on the second Redis. */
async function service(port: number, witnessPrefix = uniqueName('w'), name = 'one') {
  const redis = await client(port);
  const store = new RedisTokenRingStore({ client: redis });
  const witness = new RedisRingWitness({ client: await client(second.port), prefix: witnessPrefix });
  const world = recoveryWorld(
    { store, outbox: new RedisAuditOutbox({ client: redis }), witness, kafka },
    { name, topicNames: kafka.topicNames },
  );
  /** A validator that starts now: what it would accept, or `went-back`. */
  const join = async () => {
    const member = { id: uniqueName('m') as MemberId, epoch: '', applied: -1, leaseMs: maxLeaseMs, peppers: [] };
    const { headEpoch, position } = await store.renew(shard, member);
    if (position.seq < (await witness.read(shard, headEpoch))) return 'went-back' as const;
    return { headEpoch, rings: await store.load(shard) };
  };
  return { ...world, store, join, witnessPrefix };
}
type Service = Awaited<ReturnType<typeof service>>;

const healed = (of: Service) =>
  eventually(
    async () => {
      await of.second();
      const joined = await of.join();
      return joined !== 'went-back' && joined;
    },
    { withinMs: 60_000, what: 'the shard is served again', everyMs: 100 },
  );
const answers = (of: Service) =>
  eventually(() => of.store.look(shard), { withinMs: 15_000, what: 'the client is connected again' });

describe('a ring store that went back (R35, R46)', () => {
  it('a restored backup from before a revocation is not served until the token is revoked again, under a new head epoch', async () => {
    const rings = await server();
    const of = await service(rings.port);
    await of.create(one, 1, 2);
    await of.create(two, 3);
    await of.second();
    const backup = await rings.backup();
    await of.revoke(one, 1);
    await of.second();
    const { headEpoch } = await of.store.look(shard);

    await rings.restore(backup);
    await answers(of);
    expect([await of.live(one), await of.join()]).toEqual([[1, 2], 'went-back']);
    const joined = await healed(of);
    expect(joined.headEpoch).not.toBe(headEpoch);
    const ring = joined.rings.find(({ environment }) => environment === one);
    expect(ring && 'tokens' in ring && isRevoked(1)(ring)).toBe(true);
    expect([await of.live(one), await of.live(two), of.recovery.shut.size]).toEqual([[2], [3], 0]);
    await of.second();
    const last = (await kafka.audit(one)).at(-1);
    expect(last).toMatchObject({ entry: { actor: 'recovery', revoked: [exampleToken(1).id] } });

    await rings.restore(backup); // once more: the head epoch that it has is over
    await answers(of);
    expect(await of.join()).toBe('went-back');
    await healed(of);
    expect(await of.live(one)).toEqual([2]);
  }, 120_000);

  it('a fail-over to a replica that lacks the last revocation is found out by the running service and healed', async () => {
    const primary = await server();
    const replica = await server('--replicaof', '127.0.0.1', String(primary.port));
    const address = closed(await movingAddress(primary.port), (made) => made.close());
    const of = await service(address.port);
    await of.create(one, 1, 2);
    const isCopied = async () => (await replica.ask(`EXISTS tally:{ring-${shard}}:ring:${one}`)).startsWith(':1');
    await eventually(isCopied, { withinMs: 15_000, what: 'the ring is replicated' });
    await replica.ask('REPLICAOF NO ONE');
    await of.revoke(one, 1); // on the old primary only
    await of.second();
    await primary.kill();
    address.moveTo(replica.port);
    await answers(of);
    expect([await of.live(one), await of.join()]).toEqual([[1, 2], 'went-back']);
    await healed(of);
    expect([await of.live(one), of.recovery.shut.size]).toEqual([[2], 0]);
  }, 120_000);

  it('with Kafka away the shard stays shut, also for a service that starts now, and is reopened by hand', async () => {
    const rings = await server();
    const of = await service(rings.port);
    await of.create(one, 1, 2);
    await of.second();
    const backup = await rings.backup();
    await of.revoke(one, 1);
    await of.second();
    kafka.link.isUp = false;
    await rings.restore(backup);
    const next = await service(rings.port, of.witnessPrefix, 'two');
    await answers(next);
    for (let round = 0; round < 5; round++) await next.second();
    expect([await next.join(), next.recovery.shut.get(shard)]).toEqual(['went-back', 'revocations-unread']);
    await next.revoke(one, 2); // an emergency goes on
    expect(await next.join()).toBe('went-back');

    expect(
      await next.recovery.reopen(shard, { actor: 'approver-1', reason: 'Kafka will take hours', idempotencyKey: 'key-1' }),
    ).toBe('reopened');
    expect([await next.live(one), await next.join()]).toEqual([[1], expect.objectContaining({ headEpoch: expect.any(String) })]);
    kafka.link.isUp = true;
    const heals = async () => (await next.second(), (await next.live(one)).length === 0);
    await eventually(heals, { withinMs: 60_000, what: 'what Kafka knew is revoked as well' });
  }, 120_000);
});
