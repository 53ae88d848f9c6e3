import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { EnvironmentId } from '@tallystick/kernel-core';
import type { AuditReport } from '@tallystick/platform-audit';
import { OwnRedis, uniqueName } from '@tallystick/platform-testing';
import { RedisAuditOutbox, RedisRingWitness, RedisTokenRingStore } from '@tallystick/tokens-store-redis';
import { environmentsOfOneShard } from '@tallystick/tokens-testing';
import { realKafka } from '../recovery/test-support/real-kafka.ts';
import { recoveryWorld } from '../recovery/test-support/recovery-world.ts';
import { redisAt } from '../recovery/test-support/redis-addresses.ts';

const { shard, environments } = environmentsOfOneShard(2, uniqueName('e'));
const [one, two] = [environments[0]!, environments[1]!];

let kafka: Awaited<ReturnType<typeof realKafka>>;
let rings: OwnRedis;
let redis: Awaited<ReturnType<typeof redisAt>>;

beforeAll(async () => {
  kafka = await realKafka();
  rings = await OwnRedis.start();
  redis = await redisAt(rings.port);
}, 60_000);
afterEach(async () => {
  kafka.link.isUp = true;
  await redis.flushAll();
});
afterAll(async () => {
  redis.destroy();
  await rings.close();
  await kafka.close();
});

function relayOf(name: string, client = redis) {
  const store = new RedisTokenRingStore({ client, outboxLimit: 40 });
  const outbox = new RedisAuditOutbox({ client });
  const witness = new RedisRingWitness({ client });
  return { ...recoveryWorld({ store, outbox, witness, kafka }, { name, topicNames: kafka.topicNames }), store, outbox };
}
const distinct = <T extends { readonly epoch: string; readonly seq: number }>(entries: readonly T[]): readonly T[] => [
  ...new Map(entries.map((entry) => [`${entry.epoch}/${entry.seq}`, entry])).values(),
];
const chainOf = (report: AuditReport, environment: string) =>
  report.chains.find(({ chain }) => chain === `tokens/${environment}`);
const upTo = (last: number) => Array.from({ length: last }, (_, at) => at + 1);
const seqs = (entries: readonly { readonly seq: number }[]) => entries.map(({ seq }) => seq);

describe('the relay on real servers', () => {
  it('R43, R35: with Kafka down revocations go on and changes stop at the limit; then everything is published in order, each name once, though a relay was killed', async () => {
    const of = relayOf('one');
    await of.create(one, ...upTo(30));
    await of.second();
    kafka.link.isUp = false;
    let changes = 1;
    while ((await of.touch(one)).kind === 'changed') changes += 1;
    expect(changes).toBeLessThan(40);
    for (const number of upTo(25)) expect((await of.revoke(one, number)).kind).toBe('changed');
    for (let second = 0; second < 3; second++) expect(await of.second()).toBe('failed');
    const waiting = await of.outbox.read(shard, 1_000);
    expect(waiting).toHaveLength(changes - 1 + 25);

    kafka.link.isUp = true;
    of.outbox.remove = () => Promise.reject(new Error('killed between publishing and removing'));
    await of.second();
    expect(await of.outbox.read(shard, 1_000)).toEqual(waiting);
    await of.relay.stop();
    const next = relayOf('two');
    await next.second();
    const entries = await kafka.audit(one);
    expect(entries.length).toBe(1 + 2 * waiting.length);
    expect(seqs(distinct(entries))).toEqual(upTo(changes + 25));
    expect([await next.outbox.read(shard, 1), (await next.touch(one)).kind]).toEqual([[], 'changed']);
    expect(chainOf(await kafka.verify(), one)).toMatchObject({ verdict: 'whole', repetitions: waiting.length, generations: [] });
    const revoked = new Set<string>();
    const published = await kafka.topic.read(({ environment, token }) => void (environment === one && revoked.add(token)));
    expect([revoked.size, published.get(shard)?.seq]).toEqual([25, changes + 25]);
  }, 120_000);

  it('two relays: one has the claim; one that was paused and comes back publishes under known names and removes nothing', async () => {
    const paused = relayOf('one');
    const other = relayOf('two');
    await paused.create(two, 1);
    const claim = await paused.outbox.claim(shard, 'one', 600_000);
    const taken = await paused.outbox.read(shard, 10);
    await other.second();
    expect(await kafka.audit(two)).toEqual([]);
    expect(await other.outbox.read(shard, 10)).toHaveLength(1);
    await redis.hSet(`tally:{ring-${shard}}:chain-relay`, 'until', '0'); // the claim has run out
    await other.second();
    await other.touch(two);
    expect(await paused.outbox.remove(shard, claim!, 2, [])).toBe('superseded');
    expect(await other.outbox.read(shard, 10)).toHaveLength(1);
    await other.second();
    expect(seqs(await kafka.audit(two))).toEqual([1, 2]);
    expect(seqs(taken)).toEqual([1]);
  }, 120_000);

  it('R46: a store that was put back to a backup goes on in a new generation of its chains, which is told and vouched for; nothing is forked', async () => {
    const own = await OwnRedis.start();
    const client = await redisAt(own.port);
    const [environment] = environmentsOfOneShard(1, uniqueName('back')).environments as [EnvironmentId];
    const of = relayOf('one', client);
    await of.create(environment, 1, 2);
    await of.second();
    const backup = await own.backup();
    await of.touch(environment);
    await of.touch(environment);
    await of.second();
    expect(chainOf(await kafka.verify(), environment)).toMatchObject({ verdict: 'whole', upTo: { generation: 1, sequence: 4 } });
    await own.restore(backup);
    const again = await redisAt(own.port);
    const next = relayOf('one', again);
    await next.touch(environment);
    for (let second = 0; second < 3; second++) await next.second();
    expect(chainOf(await kafka.verify(), environment)).toMatchObject({
      verdict: 'whole',
      faults: [],
      upTo: { generation: 2 },
      generations: [{ generation: 2, why: 'reopened', sequence: 5 }],
    });
    expect(next.logged('goes on in a new generation')).toBeGreaterThan(0);
    client.destroy();
    again.destroy();
    await own.close();
  }, 120_000);
});
