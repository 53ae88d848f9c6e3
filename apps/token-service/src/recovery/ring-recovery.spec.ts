import { beforeEach, describe, expect, it } from '@jest/globals';
import {
  environmentsOfOneShard,
  InMemoryAuditOutbox,
  InMemoryRingWitness,
  InMemoryTokenRingStore,
} from '@tallystick/tokens-testing';
import { MemoryKafka } from './test-support/memory-kafka.ts';
import { recoveryWorld } from './test-support/recovery-world.ts';

const { shard, environments } = environmentsOfOneShard(2);
const [one, two] = [environments[0]!, environments[1]!];
const by = { actor: 'approver-1', reason: 'looked at by hand', idempotencyKey: 'key-1' };

let store: InMemoryTokenRingStore;
let witness: InMemoryRingWitness;
let kafka: MemoryKafka;
let world: ReturnType<typeof recoveryWorld>;
const servers = () => ({ store, witness, kafka, outbox: new InMemoryAuditOutbox(store) });
const seconds = async (count: number, of = world) => {
  for (let second = 0; second < count; second++) await of.second();
};
/** The store is as it was at the snapshot, on another server. */
const goBack = (snapshot: unknown) => {
  store.restore(snapshot);
  store.restart();
};

beforeEach(() => {
  store = new InMemoryTokenRingStore();
  witness = new InMemoryRingWitness();
  kafka = new MemoryKafka();
  world = recoveryWorld(servers());
});

describe('a store that went back (R35)', () => {
  it('is kept shut, has its revocations made again in every environment, and is reopened under another head epoch', async () => {
    await world.create(one, 1, 2);
    await world.create(two, 3, 4);
    await seconds(1);
    const backup = store.snapshot();
    const { headEpoch } = await store.look(shard);
    await world.revoke(one, 1);
    await world.revoke(two, 3, 4);
    await seconds(1);
    goBack(backup);
    expect([await world.live(one), await world.isServed(shard)]).toEqual([[1, 2], false]);

    await seconds(1);
    expect([await world.live(one), await world.live(two)]).toEqual([[2], []]);
    expect([await world.isServed(shard), world.recovery.shut.size]).toEqual([true, 0]);
    expect((await store.look(shard)).headEpoch).not.toBe(headEpoch);
    expect(world.figures.revokedAgain).toBe(3);
    expect(
      store
        .outbox(shard)
        .concat(kafka.audit.map(({ value }) => value))
        .filter((entry) => entry.includes('"recovery"')),
    ).toHaveLength(2);
    expect(world.logged('went back')).toBe(1);
  });

  it('stays shut when changes bring its number up to the witness before it is healed', async () => {
    await world.create(one, 1, 2);
    const backup = store.snapshot();
    await world.revoke(one, 1);
    await seconds(1);
    goBack(backup);
    kafka.reachable = false;
    await seconds(1);
    await world.touch(one);
    await world.touch(one);
    expect(await world.isServed(shard)).toBe(false);
    const restarted = recoveryWorld(servers());
    await seconds(1, restarted);
    expect([restarted.recovery.shut.get(shard), await world.isServed(shard)]).toEqual(['revocations-unread', false]);
    kafka.reachable = true;
    await seconds(5, restarted);
    expect([await world.live(one), await world.isServed(shard)]).toEqual([[2], true]);
  });

  it('stays shut when its witness is lost, whatever number it comes to', async () => {
    const lossy = { inner: new InMemoryRingWitness() };
    const asWitness = {
      raise: (...to: Parameters<InMemoryRingWitness['raise']>) => lossy.inner.raise(...to),
      read: (...of: Parameters<InMemoryRingWitness['read']>) => lossy.inner.read(...of),
    };
    world = recoveryWorld({ ...servers(), witness: asWitness });
    await world.create(one, 1, 2);
    const backup = store.snapshot();
    kafka.reachable = false;
    await world.revoke(one, 1);
    await seconds(1);
    goBack(backup);
    await seconds(1);
    expect(world.recovery.shut.has(shard)).toBe(true);
    lossy.inner = new InMemoryRingWitness();
    await world.touch(one);
    await world.touch(one);
    await seconds(40);
    expect([world.recovery.shut.has(shard), await world.isServed(shard)]).toEqual([true, false]);
    kafka.reachable = true;
    expect(await world.recovery.reopen(shard, by)).toBe('reopened');
    expect([world.recovery.shut.has(shard), await world.isServed(shard)]).toEqual([false, true]);
  });

  it('stays shut when a lost change was never published, for it may have been a revocation; a person reopens it', async () => {
    await world.create(one, 1, 2);
    await seconds(1);
    const backup = store.snapshot();
    kafka.reachable = false;
    await world.revoke(one, 1);
    await seconds(1);
    goBack(backup);
    kafka.reachable = true;
    await seconds(40);
    expect(world.recovery.shut.get(shard)).toBe('revocations-incomplete');
    expect([await world.isServed(shard), world.figures.shut]).toEqual([false, 1]);
    expect(world.logged('never published')).toBe(1);
    await world.revoke(one, 1);
    expect(await world.recovery.reopen(shard, by)).toBe('reopened');
    expect([await world.live(one), await world.isServed(shard), world.recovery.shut.size]).toEqual([[2], true, 0]);
  });

  it('is found out again when it goes back to a head epoch that was given up, also to the very end of it', async () => {
    await world.create(one, 1, 2);
    await seconds(1);
    const before = store.snapshot();
    await world.revoke(one, 1);
    await seconds(1);
    goBack(before);
    await seconds(2);
    const old = store.snapshot();
    await world.revoke(one, 2);
    await seconds(1);
    for (const backup of [before, old, before]) {
      goBack(backup);
      expect(await world.isServed(shard)).toBe(false);
      await seconds(2);
      expect([await world.live(one), await world.isServed(shard)]).toEqual([[], true]);
    }
  });

  it('is not reopened by what was published before the last reopening', async () => {
    await world.create(one, 1, 2);
    await seconds(1);
    const backup = store.snapshot();
    await world.touch(one);
    await seconds(1);
    kafka.reachable = false;
    goBack(backup);
    await seconds(1);
    expect(await world.recovery.reopen(shard, by)).toBe('reopened');
    await world.revoke(one, 1); // under the new head epoch, and never published
    goBack(backup);
    kafka.reachable = true;
    await seconds(3);
    expect(world.recovery.shut.get(shard)).toBe('revocations-incomplete');
    expect(await world.isServed(shard)).toBe(false);
  });

  it('is healed as often as the same backup is restored, also when there was nothing to revoke', async () => {
    await world.create(one, 1, 2);
    await seconds(1);
    const backup = store.snapshot();
    await world.touch(one);
    await seconds(1);
    for (let time = 0; time < 3; time++) {
      goBack(backup);
      expect(await world.isServed(shard)).toBe(false);
      await seconds(2);
      expect([await world.isServed(shard), world.recovery.shut.size]).toEqual([true, 0]);
    }
  });

  it('is not reopened by what an earlier life of it had published', async () => {
    await world.create(one, 1, 2);
    await seconds(1);
    const backup = store.snapshot();
    await world.touch(one);
    await seconds(1);
    goBack(backup);
    await seconds(2); // a second life, published
    goBack(backup);
    await Promise.all(store.shards.map((name) => world.watch.look(name)));
    await world.recovery.round(); // a third one, of which nothing is published
    expect(await world.isServed(shard)).toBe(true);
    await world.revoke(one, 1);
    goBack(backup);
    await seconds(3);
    expect([world.recovery.shut.get(shard), await world.isServed(shard)]).toEqual(['revocations-incomplete', false]);
  });

  it('is not reopened by a comparison with the server before, when it goes back further meanwhile', async () => {
    await world.create(one, 1, 2);
    await seconds(1);
    const older = store.snapshot();
    await world.revoke(one, 1);
    await seconds(1);
    const newer = store.snapshot();
    await world.touch(one);
    await seconds(1);
    goBack(newer);
    const read = kafka.topic.read.bind(kafka.topic);
    let reads = 0;
    Object.assign(kafka.topic, {
      read: async (told: Parameters<typeof read>[0]) => {
        reads += 1;
        const published = await read(told);
        if (reads === 1) goBack(older);
        return published;
      },
    });
    await seconds(1);
    expect([reads, await world.live(one), await world.isServed(shard)]).toEqual([1, [1, 2], false]);
    await seconds(5);
    expect([await world.live(one), await world.isServed(shard)]).toEqual([[2], true]);
  });

  it('is not reopened while one of its revocations can not be made again', async () => {
    await world.create(one, 1, 2);
    const backup = store.snapshot();
    await world.revoke(one, 1);
    await seconds(1);
    goBack(backup);
    const change = store.change.bind(store);
    store.change = () => Promise.resolve({ kind: 'outcome-unknown' });
    await seconds(1);
    expect([world.recovery.shut.get(shard), await world.isServed(shard)]).toEqual(['revocations-not-made', false]);
    store.change = change;
    await seconds(10);
    expect([await world.live(one), await world.isServed(shard)]).toEqual([[2], true]);
  });

  it('is not kept shut by a ring that can not be read: that one gets no verdict anyway', async () => {
    await world.create(one, 1, 2);
    await world.create(two, 3);
    const backup = store.snapshot();
    await world.revoke(one, 1);
    await seconds(1);
    goBack(backup);
    store.breakRing(two);
    await seconds(2);
    expect([await world.live(one), await world.isServed(shard)]).toEqual([[2], true]);
  });

  it('is healed by several services at once as by one', async () => {
    await world.create(one, 1, 2);
    await seconds(1);
    const backup = store.snapshot();
    await world.revoke(one, 1);
    await seconds(1);
    goBack(backup);
    const other = recoveryWorld(servers(), { name: 'two' });
    await Promise.all([seconds(3), seconds(3, other)]);
    expect([await world.live(one), await world.isServed(shard)]).toEqual([[2], true]);
    expect(world.figures.revokedAgain + other.figures.revokedAgain).toBe(1);
    expect([world.recovery.shut.size, other.recovery.shut.size]).toEqual([0, 0]);
  });
});

describe('a store that did not go back', () => {
  it('is not shut: new shards, restarts, and changes that are made while it is checked', async () => {
    await seconds(1);
    await world.create(one, 1);
    await seconds(1);
    const look = store.look.bind(store);
    store.look = async (name) => {
      const seen = await look(name);
      if (name === shard) await world.touch(one); // after every look there is a newer change, and the witness has it
      return seen;
    };
    store.restart();
    await seconds(20);
    expect([world.recovery.shut.size, world.figures.shut, world.logged('went back')]).toEqual([0, 0, 0]);
  });

  it('is compared with the published revocations once per server, also when the witness is away, and is never reopened for it', async () => {
    await world.create(one, 1, 2);
    await seconds(1);
    const backup = store.snapshot();
    await world.revoke(one, 1);
    await seconds(1);
    witness.reachable = false;
    const { headEpoch } = await store.look(shard);
    goBack(backup);
    expect(await world.isServed(shard)).toBe(true); // a missing witness stops nothing
    kafka.reachable = false;
    await seconds(1);
    expect([await world.live(one), world.recovery.shut.size, world.figures.unwitnessed > 0]).toEqual([[1, 2], 0, true]);
    kafka.reachable = true;
    let reads = 0;
    const read = kafka.topic.read.bind(kafka.topic);
    Object.assign(kafka.topic, { read: (told: Parameters<typeof read>[0]) => ((reads += 1), read(told)) });
    await seconds(70);
    expect([await world.live(one), (await store.look(shard)).headEpoch, reads]).toEqual([[2], headEpoch, 1]);
  });

  it('may be served though the ring store can not be reached, and is checked when it is back', async () => {
    await world.create(one, 1);
    store.reachable = false;
    await seconds(2);
    store.reachable = true;
    await seconds(2);
    expect(world.recovery.isSettled(shard, await store.look(shard))).toBe(true);
  });
});

describe('reopening by hand', () => {
  const goBackWithoutKafka = async (isConfigured: boolean) => {
    world = recoveryWorld(servers(), { isConfigured });
    await world.create(one, 1, 2);
    await world.create(two, 3);
    const backup = store.snapshot();
    await world.revoke(one, 1);
    await seconds(isConfigured ? 1 : 0);
    goBack(backup);
    kafka.reachable = false;
    await seconds(3);
  };

  it.each([
    [true, 'revocations-unread'],
    [false, 'kafka-not-configured'],
  ])(
    'with Kafka away or missing (configured: %s) a shard stays shut until then; each environment has it in its audit',
    async (isConfigured, why) => {
      await goBackWithoutKafka(isConfigured);
      expect([world.recovery.shut.get(shard), await world.isServed(shard)]).toEqual([why, false]);
      await seconds(40);
      expect(await world.recovery.reopen(shard, by)).toBe('reopened');
      expect([await world.isServed(shard), world.recovery.shut.size]).toEqual([true, 0]);
      const notes = store
        .outbox(shard)
        .map((entry) => JSON.parse(entry) as Readonly<Record<string, unknown>>)
        .filter(({ action }) => action === 'reopen-shard');
      expect(notes.map(({ environment, actor, reason }) => [environment, actor, reason])).toEqual([
        [one, by.actor, by.reason],
        [two, by.actor, by.reason],
      ]);
      expect(await world.recovery.reopen(shard, by)).toBe('not-shut');
    },
  );

  it('does not stop the revocations from being made again when Kafka is back', async () => {
    await goBackWithoutKafka(true);
    await world.recovery.reopen(shard, by);
    expect(await world.live(one)).toEqual([1, 2]);
    kafka.reachable = true;
    await seconds(70);
    expect([await world.live(one), await world.isServed(shard)]).toEqual([[2], true]);
  });

  it('is refused when it can not be noted, and does nothing to a shard that is open', async () => {
    await goBackWithoutKafka(false);
    store.change = () => Promise.resolve({ kind: 'outcome-unknown' });
    await expect(world.recovery.reopen(shard, by)).rejects.toThrow('noted');
    expect(await world.isServed(shard)).toBe(false);
    const open = store.shards.find((name) => name !== shard)!;
    expect(await world.recovery.reopen(open, by)).toBe('not-shut');
  });
});
