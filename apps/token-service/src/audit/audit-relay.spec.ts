import { beforeEach, describe, expect, it } from '@jest/globals';
import { ringShardOf, type RingShard } from '@tallystick/tokens-domain';
import { environmentId } from '@tallystick/kernel-core';
import {
  environmentsOfOneShard,
  exampleRing,
  InMemoryAuditOutbox,
  InMemoryRingWitness,
  InMemoryTokenRingStore,
} from '@tallystick/tokens-testing';
import { MemoryKafka } from '../recovery/test-support/memory-kafka.ts';
import { recoveryWorld } from '../recovery/test-support/recovery-world.ts';

const { shard, environments } = environmentsOfOneShard(2);
const [one, two] = [environments[0]!, environments[1]!];

let store: InMemoryTokenRingStore;
let serverMs: number;
let outbox: InMemoryAuditOutbox;
let kafka: MemoryKafka;
let world: ReturnType<typeof recoveryWorld>;
const witness = () => new InMemoryRingWitness();

beforeEach(() => {
  serverMs = 1_800_000_000_000;
  store = new InMemoryTokenRingStore({ now: () => serverMs, outboxLimit: 20 });
  outbox = new InMemoryAuditOutbox(store);
  kafka = new MemoryKafka();
  world = recoveryWorld({ store, outbox, witness: witness(), kafka });
});

interface Published {
  readonly kind: string;
  readonly seq: number;
  readonly epoch: string;
  readonly outbox: RingShard;
  readonly entry?: Readonly<Record<string, unknown>>;
  readonly text?: string;
}
const json = (text: string): unknown => JSON.parse(text);
const published = () => kafka.audit.filter(({ value }) => (json(value) as Published).kind === 'entry');
const entries = () => published().map(({ value }) => json(value) as Published);
/** What a reader keeps who drops repetitions by name. */
const distinct = () => [...new Map(entries().map((entry) => [`${entry.epoch}/${entry.seq}`, entry])).values()];
const seqs = (of: readonly { readonly seq: number }[]) => of.map(({ seq }) => seq);

describe('the relay', () => {
  it('publishes each entry under its name, key = environment, and each revoked token for itself; then the outbox is empty', async () => {
    await world.create(one, 1, 2, 3);
    await world.create(two, 4);
    await world.revoke(one, 1, 3);
    const { headEpoch } = await store.look(shard);
    await world.second();
    expect(published().map(({ key }) => key)).toEqual([one, one, two]);
    expect(entries()[1]).toMatchObject({
      chain: `tokens/${one}`,
      outbox: shard,
      seq: 3,
      epoch: expect.any(String),
      entry: { actor: 'somebody', environment: one },
    });
    const revoked = (number: number) => `tok_${String(number).padStart(16, '0')}`;
    expect(kafka.revocations.map(({ key, value }) => [key, json(value)])).toEqual([
      ...[1, 3].map((number) => [
        `${one}/${revoked(number)}`,
        { environment: one, token: revoked(number), at: '2027-01-15T08:00:00.000Z', headEpoch, seq: 3 },
      ]),
      [`:progress/${shard}`, { headEpoch, seq: 3 }],
    ]);
    expect([store.outbox(shard), world.figures]).toMatchObject([[], { published: 3 }]);
    await world.second();
    expect(published()).toHaveLength(3);
    expect(kafka.verify().verdict).toBe('whole');
  });

  it('R43: while Kafka is away changes stop at the limit and revocations do not; then all of it is published in order', async () => {
    await world.create(one, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);
    await world.second();
    kafka.reachable = false;
    for (let version = 2; (await world.touch(one)).kind === 'changed'; version++) expect(version).toBeLessThan(30);
    expect(await world.touch(one)).toEqual({ kind: 'outbox-full' });
    for (let number = 1; number < 12; number++) expect((await world.revoke(one, number)).kind).toBe('changed');
    const waiting = store.outbox(shard).length;
    for (let second = 0; second < 60; second++) await world.second();
    expect(world.figures).toMatchObject({ waiting, published: 1 });
    expect(world.figures.sinceSuccess).toBeGreaterThan(30);
    expect(world.logged('entries pile up')).toBe(1);

    kafka.reachable = true;
    await world.second();
    expect(seqs(entries())).toEqual(Array.from({ length: waiting + 1 }, (_, at) => at + 1));
    expect([store.outbox(shard), world.logged('published again')]).toEqual([[], 1]);
    expect((await world.touch(one)).kind).toBe('changed');
  });

  it('publishes again what it had published but not removed, under the same names', async () => {
    await world.create(one, 1);
    await world.touch(one);
    const remove = outbox.remove.bind(outbox);
    outbox.remove = () => Promise.reject(new Error('killed here'));
    await world.second();
    outbox.remove = remove;
    serverMs += 60_000; // its claim is over
    store.restart(); // its names stay
    await world.touch(one);
    const next = recoveryWorld({ store, outbox, witness: witness(), kafka }, { name: 'two' });
    await next.second();
    expect(seqs(entries())).toEqual([1, 2, 1, 2, 3]);
    expect(seqs(distinct())).toEqual([1, 2, 3]);
  });

  it('works on a shard alone: another one waits for its claim, and a late one can not remove what it did not publish', async () => {
    await world.create(one, 1);
    const other = recoveryWorld({ store, outbox, witness: witness(), kafka }, { name: 'two' });
    let release: () => void = () => undefined;
    let reached: () => void = () => undefined;
    const isSending = new Promise<void>((resolve) => (reached = resolve));
    kafka.onSend = () => {
      kafka.onSend = () => undefined;
      reached();
      return new Promise((resolve) => (release = resolve));
    };
    const paused = world.second();
    await isSending;
    await other.second();
    expect(kafka.audit).toHaveLength(0);
    serverMs += 60_000; // the paused one's claim runs out
    await other.second();
    expect(seqs(entries())).toEqual([1]);
    const late = exampleRing(one, 2);
    await store.change({ ring: late, expectedVersion: 1, audit: '{"revoked":["tok_x"]}', mayUseReserve: true });
    release();
    await paused;
    expect([seqs(distinct()), store.outbox(shard)]).toEqual([[1], ['{"revoked":["tok_x"]}']]);
    await other.second();
    expect(seqs(distinct())).toEqual([1, 2]);
  });

  it('does not call a shard complete that may have gone back; it does so later, though nothing of it waits any more', async () => {
    const away = witness();
    away.reachable = false;
    world = recoveryWorld({ store, outbox, witness: away, kafka });
    await world.create(one, 1);
    await world.second();
    expect([entries().length, kafka.revocations]).toEqual([1, []]);
    away.reachable = true;
    await world.second();
    const { headEpoch } = await store.look(shard);
    expect(kafka.revocations.map(({ key, value }) => [key, json(value)])).toEqual([
      [`:progress/${shard}`, { headEpoch, seq: 1 }],
    ]);
    await world.second();
    expect(kafka.revocations).toHaveLength(1);
  });

  it('gives its claims back when it stops', async () => {
    await world.create(one, 1);
    await world.second();
    await world.relay.stop();
    expect(await outbox.claim(shard, 'two', 1_000)).toBeDefined();
  });

  it('is fair: a shard with thousands holds no other one up for more than a batch', async () => {
    store = new InMemoryTokenRingStore({ now: () => serverMs });
    outbox = new InMemoryAuditOutbox(store);
    world = recoveryWorld({ store, outbox, witness: witness(), kafka });
    await world.create(one, 1);
    for (let version = 2; version <= 450; version++) await world.touch(one);
    const others = Array.from({ length: 40 }, (_, at) => environmentId(`other-${at}`)).filter(
      (name) => ringShardOf(name) !== shard,
    );
    for (const name of others) await world.create(name, 1);
    expect(await world.second()).toBe('more');
    const shards = new Set(entries().map((entry) => entry.outbox));
    expect([entries().length, shards]).toEqual([100 + others.length, new Set([shard, ...others.map(ringShardOf)])]);
    for (let round = 0; round < 4; round++) await world.relay.round();
    expect(store.outbox(shard)).toEqual([]);
    expect(await world.relay.round()).toBe('drained');
  });

  it('publishes an entry that it can not read as it is, and goes on', async () => {
    await store.change({ ring: exampleRing(one, 1), expectedVersion: 0, audit: 'no json', mayUseReserve: false });
    await store.change({ ring: exampleRing(one, 2), expectedVersion: 1, audit: '{"revoked":7}', mayUseReserve: false });
    await world.second();
    expect(entries()).toMatchObject([
      { text: 'no json', seq: 1 },
      { entry: { revoked: 7 }, seq: 2 },
    ]);
    expect([store.outbox(shard), world.logged('audit entry can not be read')]).toEqual([[], 2]);
  });

  it('runs by itself, and stops', async () => {
    await Promise.all(store.shards.map((name) => world.watch.look(name)));
    world.relay.start();
    await world.create(one, 1);
    world.relay.wake();
    while (store.outbox(shard).length > 0) await world.clock.sleep(10);
    await world.relay.stop();
    expect(entries()).toHaveLength(1);
  });
});
