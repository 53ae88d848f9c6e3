import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { EnvironmentId } from '@tallystick/kernel-core';
import { maxLeaseMs, type MemberId, type Ring, type RingShard, ringShards } from '@tallystick/tokens-domain';
import { environmentsOfOneShard, exampleRing, exampleToken } from './example-rings.ts';
import { changeTo, commit, join, joining, type MakeStore, type StoreUnderTest } from './ring-store-under-test.ts';

const { shard, environments } = environmentsOfOneShard(3);
const [one, two] = environments as [EnvironmentId, EnvironmentId];

const withKey = (key: string) => ({ idempotency: { key, requestDigest: 'digest', answer: 'sealed' } });

/** What followers see of a store, and what a store says when something of it was lost. */
export function describeFollowing(make: MakeStore): void {
  let test: StoreUnderTest;
  beforeEach(async () => {
    test = await make();
  });
  afterEach(() => test.close());

  describe('a member', () => {
    it('joins at the position of the head, without entries', async () => {
      await commit(test.store, exampleRing(one, 1));
      const renewal = await test.store.renew(shard, joining('m'));
      expect(renewal).toMatchObject({ position: { seq: 1 }, entries: [], trimmed: false });
      expect(renewal.position.epoch).toBe((await test.store.look(shard)).identity.epoch);
      expect(await test.store.load(shard)).toEqual([exampleRing(one, 1)]);
    });

    it('joins a shard that never had a ring at number 0, and is followed from there', async () => {
      const member = await join(test.store, shard, 'm');
      expect(member.applied).toBe(0);
      await commit(test.store, exampleRing(one, 1));
      expect((await test.store.renew(shard, member)).entries).toEqual([{ seq: 1, ring: exampleRing(one, 1) }]);
    });

    it('is told every change after the one it has, without a gap, with rings at least as new', async () => {
      const member = await join(test.store, shard, 'm');
      await commit(test.store, exampleRing(one, 1));
      await commit(test.store, exampleRing(two, 1));
      await commit(test.store, exampleRing(one, 2));
      const { entries, position, trimmed } = await test.store.renew(shard, member);
      expect({ seq: position.seq, trimmed, seqs: entries.map(({ seq }) => seq) }).toEqual({
        seq: 3,
        trimmed: false,
        seqs: [1, 2, 3],
      });
      expect(entries.map(({ ring }) => ring.environment)).toEqual([one, two, one]);
      expect((entries[0]?.ring as Ring).version).toBeGreaterThanOrEqual(1);
      expect(entries.at(-1)?.ring).toEqual(exampleRing(one, 2));
      expect((await test.store.renew(shard, { ...member, applied: 3 })).entries).toEqual([]);
    });

    it('is told at most 200 changes at once, the oldest first', async () => {
      const member = await join(test.store, shard, 'm');
      for (let version = 1; version <= 203; version++) await commit(test.store, exampleRing(one, version, []));
      const first = await test.store.renew(shard, member);
      expect([first.entries.length, first.entries.at(-1)?.seq, first.position.seq]).toEqual([200, 200, 203]);
      const second = await test.store.renew(shard, { ...member, applied: 200 });
      expect(second.entries.map(({ seq }) => seq)).toEqual([201, 202, 203]);
    });

    it('is told to load everything when the log does not reach back', async () => {
      const member = await join(test.store, shard, 'm');
      for (let version = 1; version <= 5; version++) await commit(test.store, exampleRing(one, version));
      await test.server.trim(shard, 2);
      expect(await test.store.renew(shard, { ...member, applied: 2 })).toMatchObject({
        entries: [],
        trimmed: true,
        position: { seq: 5 },
      });
      expect((await test.store.renew(shard, { ...member, applied: 3 })).entries.map(({ seq }) => seq)).toEqual([4, 5]);
    });

    it('of another epoch is told the epoch and no entries', async () => {
      await commit(test.store, exampleRing(one, 1));
      const { position, entries } = await test.store.renew(shard, { ...joining('m'), epoch: 'another', applied: 0 });
      expect(entries).toEqual([]);
      expect(position.epoch).not.toBe('another');
    });

    it('is seen with what it last said', async () => {
      const member = await join(test.store, shard, 'm');
      await commit(test.store, exampleRing(one, 1));
      await test.store.renew(shard, { ...member, applied: 1 });
      const look = await test.store.look(shard);
      expect(look).toMatchObject({ seq: 1, members: [{ ...member, applied: 1 }] });
    });

    it('may not ask for a longer lease than a revoke waits for', async () => {
      await expect(test.store.renew(shard, { ...joining('m'), leaseMs: maxLeaseMs + 1 })).rejects.toThrow('lease');
    });

    it('that has no pepper says so', async () => {
      await test.store.renew(shard, { ...joining('m'), peppers: [] });
      expect((await test.store.look(shard)).members[0]?.peppers).toEqual([]);
    });

    it('leaves, and is not seen in other shards', async () => {
      await join(test.store, shard, 'm');
      const other = ringShards.find((name) => name !== shard) as RingShard;
      expect((await test.store.look(other)).members).toEqual([]);
      await test.store.leave(shard, 'm' as MemberId);
      expect((await test.store.look(shard)).members).toEqual([]);
    });

    it('is dropped only if it has not renewed since', async () => {
      const member = await join(test.store, shard, 'm');
      const before = (await test.store.look(shard)).members[0]?.renewals ?? NaN;
      await test.store.renew(shard, member);
      await test.store.drop(shard, member.id, before);
      const after = (await test.store.look(shard)).members;
      expect(after).toHaveLength(1);
      await test.store.drop(shard, member.id, after[0]?.renewals ?? NaN);
      expect((await test.store.look(shard)).members).toEqual([]);
    });

    it('that came back between two drops stays', async () => {
      await join(test.store, shard, 'm');
      const seen = (await test.store.look(shard)).members[0]?.renewals ?? NaN;
      await test.store.drop(shard, 'm' as MemberId, seen); // by one token service
      await join(test.store, shard, 'm');
      await test.store.drop(shard, 'm' as MemberId, seen); // by another, which looked before
      expect((await test.store.look(shard)).members).toHaveLength(1);
    });
  });

  describe('a registry', () => {
    it('keeps its identity while nothing is lost, through changes and members', async () => {
      const { identity } = await test.store.look(shard);
      const member = await join(test.store, shard, 'm');
      const changed = await commit(test.store, exampleRing(one, 1));
      await test.store.leave(shard, member.id);
      expect(changed.identity).toEqual(identity);
      expect((await test.store.look(shard)).identity).toEqual(identity);
      expect([identity.epoch, identity.registry, identity.serverId]).not.toContain('');
    });

    it('is another one after its member table was lost, and nothing else is', async () => {
      await join(test.store, shard, 'm');
      await commit(test.store, exampleRing(one, 1));
      const before = await test.store.look(shard);
      await test.server.forgetMembers(shard);
      const after = await test.store.look(shard);
      expect(after.members).toEqual([]);
      expect(after.identity.registry).not.toBe(before.identity.registry);
      expect(after.identity.epoch).toBe(before.identity.epoch);
    });

    it('counts its renewals', async () => {
      await join(test.store, shard, 'a');
      const { renewals } = await test.store.look(shard);
      await join(test.store, shard, 'b');
      expect((await test.store.look(shard)).renewals).toBe(renewals + 1);
    });

    it('confirms what it shows', async () => {
      await commit(test.store, exampleRing(one, 1));
      expect(await test.store.confirm(shard)).toEqual(await test.store.look(shard));
    });
  });

  describe('a loss', () => {
    it('of everything starts another epoch and another registry (R35)', async () => {
      await commit(test.store, exampleRing(one, 1), withKey('key'));
      const before = (await test.store.look(shard)).identity;
      await test.server.flush();
      const { position } = await test.store.renew(shard, { ...joining('m'), epoch: before.epoch, applied: 1 });
      expect(position.seq).toBe(0);
      expect(position.epoch).not.toBe(before.epoch);
      expect((await test.store.look(shard)).identity.registry).not.toBe(before.registry);
      expect(await test.store.load(shard)).toEqual([]);
      expect((await commit(test.store, exampleRing(one, 1))).seq).toBe(1);
    });

    it('of the head alone is never repaired: no change, no renewal, no look, and the ring stays as it was', async () => {
      const member = await join(test.store, shard, 'm');
      await commit(test.store, exampleRing(one, 1));
      await test.server.loseHead(shard);
      expect(await test.store.change(changeTo(exampleRing(one, 2)))).toEqual({ kind: 'damaged' });
      expect(await test.store.change(changeTo(exampleRing(two, 1)))).toEqual({ kind: 'damaged' });
      await expect(test.store.renew(shard, member)).rejects.toThrow('DAMAGED');
      await expect(test.store.look(shard)).rejects.toThrow('DAMAGED');
      expect((await test.store.read(one))?.version).toBe(1);
      expect(await test.store.read(two)).toBeUndefined();
    });

    it.each(['breakRing', 'loseRing'] as const)('of one ring (%s) shuts its environment only', async (damage) => {
      const member = await join(test.store, shard, 'm');
      for (const environment of [one, two]) await commit(test.store, exampleRing(environment, 1));
      await test.server[damage](one);
      await commit(test.store, exampleRing(two, 2));
      const lost = { environment: one, isUnreadable: true };
      const { entries, trimmed } = await test.store.renew(shard, member);
      expect([trimmed, entries]).toEqual([
        false,
        [
          { seq: 1, ring: lost },
          { seq: 2, ring: exampleRing(two, 2) },
          { seq: 3, ring: exampleRing(two, 2) },
        ],
      ]);
      const loaded = await test.store.load(shard);
      expect(loaded).toHaveLength(2);
      expect(loaded).toEqual(expect.arrayContaining([lost, exampleRing(two, 2)]));
      expect([...(await test.store.environments(shard))].sort()).toEqual([one, two].sort());
    });

    it('of a ring that can not be read is said, and nothing is written over it', async () => {
      await commit(test.store, exampleRing(one, 1));
      await test.server.breakRing(one);
      await expect(test.store.read(one)).rejects.toMatchObject({ name: 'UnreadableRecord' });
      await expect(test.store.change(changeTo(exampleRing(one, 2)))).rejects.toMatchObject({ name: 'UnreadableRecord' });
      await expect(test.store.change(changeTo(exampleRing(one, 1)))).rejects.toMatchObject({ name: 'UnreadableRecord' });
      expect((await test.store.look(shard)).seq).toBe(1);
    });

    it('of a ring that is gone is no first ring', async () => {
      await commit(test.store, exampleRing(one, 1));
      await test.server.loseRing(one);
      expect(await test.store.change(changeTo(exampleRing(one, 1)))).toEqual({ kind: 'damaged' });
    });
  });

  describe('reopening', () => {
    it('gives another head epoch and sends every member to load, and numbers go on', async () => {
      await commit(test.store, exampleRing(one, 1), { sealed: { keep: [{ token: exampleToken(1).id, copy: 'c' }], erase: [] } });
      const member = await join(test.store, shard, 'm');
      const before = await test.store.look(shard);
      expect(await test.store.reopen(shard, before.headEpoch)).toBe(true);
      const after = await test.store.look(shard);
      expect(after.headEpoch).not.toBe(before.headEpoch);
      expect(after.identity.epoch).not.toBe(before.identity.epoch);
      expect(after).toMatchObject({ seq: 1, identity: { registry: before.identity.registry }, members: [{ id: 'm' }] });
      const renewal = await test.store.renew(shard, member);
      expect(renewal).toMatchObject({
        headEpoch: after.headEpoch,
        position: { epoch: after.identity.epoch, seq: 1 },
        entries: [],
      });
      expect(await commit(test.store, exampleRing(one, 2))).toMatchObject({ seq: 2, headEpoch: after.headEpoch });
      expect(await test.store.readSealed(one, exampleToken(1).id)).toBe('c');
      const followed = await test.store.renew(shard, { ...member, epoch: after.identity.epoch, applied: 1 });
      expect(followed.entries).toEqual([{ seq: 2, ring: exampleRing(one, 2) }]);
    });

    it('is done once when two try at the same time', async () => {
      const { headEpoch } = await test.store.look(shard);
      const done = await Promise.all([1, 2].map(() => test.store.reopen(shard, headEpoch)));
      expect(done.sort()).toEqual([false, true]);
    });
  });
}
