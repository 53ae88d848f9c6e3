import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { EnvironmentId } from '@tallystick/kernel-core';
import { type AuditOutbox, type RingShard, ringShards, type TokenRingStore } from '@tallystick/tokens-domain';
import { environmentsOfOneShard, exampleRing } from './example-rings.ts';
import { changeTo, commit } from './ring-store-under-test.ts';

export interface OutboxUnderTest {
  readonly outbox: AuditOutbox;
  /** The store whose changes it holds. */
  readonly store: TokenRingStore;
  close(): Promise<void> | void;
}

/** Makes an outbox, with its store, that shares nothing with any other. */
export type MakeOutbox = (options?: { readonly outboxLimit?: number }) => Promise<OutboxUnderTest> | OutboxUnderTest;

const { shard, environments } = environmentsOfOneShard(2, 'outbox');
const [one, two] = environments as [EnvironmentId, EnvironmentId];
const elsewhere = ringShards.find((name) => name !== shard) as RingShard;
const longMs = 60_000;

/** What every audit outbox keeps, whatever it is made of. */
export function auditOutboxConformance({ make }: { readonly make: MakeOutbox }): void {
  let test: OutboxUnderTest;
  beforeEach(async () => {
    test = await make();
  });
  afterEach(() => test.close());

  const claim = async (relay: string, ttlMs = longMs) => {
    const got = await test.outbox.claim(shard, relay, ttlMs);
    if (!got) throw new Error('expected to get the claim');
    return got;
  };
  /** Claims again and again until it is given; the servers' clocks are their own. */
  const claimWhenFree = async (relay: string) => {
    for (;;) {
      const got = await test.outbox.claim(shard, relay, longMs);
      if (got) return got;
    }
  };

  describe('entries', () => {
    it('are read oldest first, as they were written, with the numbers of their changes', async () => {
      const { identity } = await commit(test.store, exampleRing(one, 1), { audit: '{"a":"ä"}' });
      await commit(test.store, exampleRing(two, 1), { audit: '{"b":2}' });
      const { epoch } = identity;
      const both = [
        { seq: 1, environment: one, audit: '{"a":"ä"}', epoch },
        { seq: 2, environment: two, audit: '{"b":2}', epoch },
      ];
      expect(await test.outbox.read(shard, 10)).toEqual(both);
      expect(await test.outbox.read(shard, 1)).toEqual(both.slice(0, 1));
      expect(await test.outbox.read(elsewhere, 10)).toEqual([]);
    });

    it('keep the epoch in which they were written when the shard is reopened', async () => {
      const { identity, headEpoch } = await commit(test.store, exampleRing(one, 1));
      await test.store.reopen(shard, headEpoch);
      const after = await commit(test.store, exampleRing(one, 2));
      expect((await test.outbox.read(shard, 10)).map(({ epoch }) => epoch)).toEqual([identity.epoch, after.identity.epoch]);
    });

    it('are taken away up to the one that was published, and numbers go on', async () => {
      const hold = await claim('a');
      for (const version of [1, 2, 3]) await commit(test.store, exampleRing(one, version));
      expect(await test.outbox.remove(shard, hold, 2, [])).toBe('done');
      expect((await test.outbox.read(shard, 10)).map(({ seq }) => seq)).toEqual([3]);
      expect(await test.outbox.remove(shard, hold, 3, [])).toBe('done');
      expect(await test.outbox.remove(shard, hold, 3, [])).toBe('done');
      expect(await test.outbox.read(shard, 10)).toEqual([]);
      expect((await commit(test.store, exampleRing(one, 4))).seq).toBe(4);
      expect((await test.outbox.read(shard, 10)).map(({ seq }) => seq)).toEqual([4]);
    });

    it('that are gone leave their room to their environment and to the others', async () => {
      await test.close();
      test = await make({ outboxLimit: 10 }); // 9 without the reserve
      const hold = await claim('a');
      for (const version of [1, 2, 3, 4, 5]) await commit(test.store, exampleRing(one, version));
      await commit(test.store, exampleRing(two, 1));
      await commit(test.store, exampleRing(two, 2));
      expect(await test.store.change(changeTo(exampleRing(one, 6)))).toEqual({ kind: 'outbox-full' });
      expect(await test.store.change(changeTo(exampleRing(two, 3)))).toEqual({ kind: 'outbox-full' });
      await test.outbox.remove(shard, hold, 3, []); // 2 of one, 2 of two
      for (const version of [6, 7]) await commit(test.store, exampleRing(one, version)); // 4 of one, 2 of two
      expect(await test.store.change(changeTo(exampleRing(one, 8)))).toEqual({ kind: 'outbox-full' });
    });

    it('of two thousand changes can be taken away at once', async () => {
      const hold = await claim('a');
      await Promise.all(
        Array.from({ length: 2_000 }, (_, at) => test.store.change(changeTo(exampleRing(one, at + 1, []), { audit: '' }))),
      );
      expect(await test.outbox.remove(shard, hold, 1_999, [])).toBe('done');
      expect((await test.outbox.read(shard, 10)).map(({ seq }) => seq)).toEqual([2_000]);
      await test.outbox.remove(shard, hold, 2_000, []);
      expect(await test.outbox.read(shard, 1)).toEqual([]);
    });
  });

  describe('the heads of chains', () => {
    const move = (place: string, before: string | undefined, after: string) => ({ place, before, after });

    it('move together with what is taken away, or nothing does', async () => {
      const hold = await claim('a');
      for (const version of [1, 2]) await commit(test.store, exampleRing(one, version));
      expect(await test.outbox.chains(shard)).toEqual({ upTo: undefined, heads: new Map() });
      expect(await test.outbox.move(shard, hold, [move(one, undefined, 'a'), move(':07', undefined, '{"ä":1}')])).toBe('done');
      expect(await test.outbox.remove(shard, hold, 1, [move(':07', '{"ä":1}', 'c'), move(one, undefined, 'b')])).toBe(
        'heads-differ',
      );
      expect(await test.outbox.chains(shard)).toEqual({
        upTo: undefined,
        heads: new Map([
          [one, 'a'],
          [':07', '{"ä":1}'],
        ]),
      });
      expect(await test.outbox.read(shard, 10)).toHaveLength(2);
      expect(await test.outbox.remove(shard, hold, 1, [move(one, 'a', 'b')])).toBe('done');
      expect(await test.outbox.chains(shard)).toEqual({
        upTo: 1,
        heads: new Map([
          [one, 'b'],
          [':07', '{"ä":1}'],
        ]),
      });
      expect((await test.outbox.read(shard, 10)).map(({ seq }) => seq)).toEqual([2]);
    });

    it('are moved by nobody who holds no claim, or holds it of another server', async () => {
      const before = await claim('a', 1);
      const hold = await claimWhenFree('b');
      await commit(test.store, exampleRing(one, 1));
      expect(await test.outbox.move(shard, before, [move(one, undefined, 'a')])).toBe('superseded');
      const elsewhere = { ...hold, server: 'another' };
      expect(await test.outbox.move(shard, elsewhere, [move(one, undefined, 'a')])).toBe('superseded');
      expect(await test.outbox.remove(shard, elsewhere, 1, [])).toBe('superseded');
      expect(await test.outbox.read(shard, 10)).toHaveLength(1);
    });
  });

  describe('a claim', () => {
    it('tells the head that the entries belong to', async () => {
      expect((await claim('a')).headEpoch).toBe((await test.store.look(shard)).headEpoch);
    });

    it('keeps other relays away, and is kept under the same number', async () => {
      const { fence } = await claim('a');
      expect(await test.outbox.claim(shard, 'b', longMs)).toBeUndefined();
      expect((await claim('a')).fence).toBe(fence);
      expect(await test.outbox.claim(elsewhere, 'b', longMs)).toBeDefined();
    });

    it('is got by one of many', async () => {
      const got = await Promise.all(Array.from({ length: 10 }, (_, at) => test.outbox.claim(shard, `relay ${at}`, longMs)));
      expect(got.filter((one) => one !== undefined)).toHaveLength(1);
    });

    it('that was given back goes to the next relay, under a greater number', async () => {
      const hold = await claim('a');
      await test.outbox.release(shard, hold);
      const next = await claim('b');
      expect(next.fence).toBeGreaterThan(hold.fence);
      await test.outbox.release(shard, hold); // too late: it is another's
      expect(await test.outbox.claim(shard, 'a', longMs)).toBeUndefined();
    });

    it('that ran out goes to the next relay, and the one before can take nothing away any more', async () => {
      const before = await claim('a', 1);
      for (const version of [1, 2]) await commit(test.store, exampleRing(one, version));
      const after = await claimWhenFree('b');
      expect(after.fence).toBeGreaterThan(before.fence);
      expect(await test.outbox.remove(shard, before, 2, [])).toBe('superseded');
      expect(await test.outbox.read(shard, 10)).toHaveLength(2);
      expect(await test.outbox.remove(shard, after, 2, [])).toBe('done');
    });

    it('that ran out is a new one, also for the same relay', async () => {
      const before = await claim('a', 1);
      await test.outbox.release(shard, before);
      const after = await claimWhenFree('a');
      expect(after.fence).toBeGreaterThan(before.fence);
      expect(await test.outbox.remove(shard, before, 1, [])).toBe('superseded');
    });

    it('lasts longer than nothing', async () => {
      await expect(test.outbox.claim(shard, 'a', 0)).rejects.toThrow(RangeError);
    });
  });
}
