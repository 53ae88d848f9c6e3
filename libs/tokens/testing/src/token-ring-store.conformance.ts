import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { EnvironmentId } from '@tallystick/kernel-core';
import {
  maxLeaseMs,
  type MemberId,
  type Ring,
  type RingChange,
  type RingFeed,
  type RingShard,
  ringShards,
  type TokenRingStore,
} from '@tallystick/tokens-domain';
import { environmentsOfOneShard, exampleRing, exampleToken } from './example-rings.ts';
import { describeModelRun } from './token-ring-store.model.ts';

export interface StoreUnderTest {
  readonly store: TokenRingStore & RingFeed;
  /** What happens to servers. */
  readonly server: {
    trim(shard: RingShard, keep: number): Promise<void> | void;
    flush(): Promise<void> | void;
    forgetMembers(shard: RingShard): Promise<void> | void;
    loseHead(shard: RingShard): Promise<void> | void;
    outbox(shard: RingShard): Promise<readonly string[]> | readonly string[];
  };
  close(): Promise<void> | void;
}

/** Makes a store that shares nothing with any other. */
export type MakeStore = (options?: { readonly outboxLimit?: number }) => Promise<StoreUnderTest> | StoreUnderTest;

const { shard, environments } = environmentsOfOneShard(3);
const [one, two, three] = environments as [EnvironmentId, EnvironmentId, EnvironmentId];

const change = (ring: Ring, more: Partial<RingChange> = {}): RingChange => ({
  ring,
  expectedVersion: ring.version - 1,
  audit: `{"version":${ring.version}}`,
  mayUseReserve: false,
  ...more,
});
const withKey = (key: string, requestDigest = 'digest', answer = 'sealed') => ({ idempotency: { key, requestDigest, answer } });

/** What every store of rings keeps, whatever it is made of: both ports of ADR 2. */
export function tokenRingStoreConformance({ make }: { readonly make: MakeStore }): void {
  let test: StoreUnderTest;
  beforeEach(async () => {
    test = await make();
  });
  afterEach(() => test.close());

  const commit = async (ring: Ring, more: Partial<RingChange> = {}) => {
    const result = await test.store.change(change(ring, more));
    if (result.kind !== 'changed') throw new Error(`expected a change, got ${result.kind}`);
    return result;
  };
  const joining = (id: string) => ({ id: id as MemberId, epoch: '', applied: -1, leaseMs: maxLeaseMs });
  const join = async (id: string) => {
    const { position } = await test.store.renew(shard, joining(id));
    return { id: id as MemberId, epoch: position.epoch, applied: position.seq, leaseMs: maxLeaseMs };
  };

  describe('a change', () => {
    it('is read back whole, and an environment without a ring has none', async () => {
      const ring = exampleRing(one, 1, [
        exampleToken(1),
        exampleToken(2, { kind: 'revoked', at: exampleToken(1).createdAt, by: 'x', reason: 'y' }),
      ]);
      await commit(ring);
      expect(await test.store.read(one)).toEqual(ring);
      expect(await test.store.read(two)).toBeUndefined();
    });

    it('counts without a gap through all environments of the shard', async () => {
      const first = await commit(exampleRing(one, 1));
      const second = await commit(exampleRing(two, 1));
      const third = await commit(exampleRing(one, 2));
      expect([first.seq, second.seq, third.seq]).toEqual([1, 2, 3]);
      expect(third.identity).toEqual(first.identity);
    });

    it('made from another version is a conflict and changes nothing', async () => {
      await commit(exampleRing(one, 1));
      expect(await test.store.change(change(exampleRing(one, 1)))).toEqual({ kind: 'conflict' });
      expect(await test.store.change(change(exampleRing(one, 3)))).toEqual({ kind: 'conflict' });
      expect((await test.store.read(one))?.version).toBe(1);
      expect((await test.store.look(shard)).seq).toBe(1);
    });

    it('is made once when twenty try at the same time', async () => {
      const results = await Promise.all(Array.from({ length: 20 }, () => test.store.change(change(exampleRing(one, 1)))));
      expect(results.filter(({ kind }) => kind === 'changed')).toHaveLength(1);
      expect(results.filter(({ kind }) => kind === 'conflict')).toHaveLength(19);
    });

    it('repeated with its key gives the first number and answer, also after later changes', async () => {
      const first = await commit(exampleRing(one, 1), withKey('key', 'digest', 'first answer'));
      await commit(exampleRing(one, 2));
      const again = await test.store.change(change(exampleRing(one, 1), withKey('key', 'digest', 'second answer')));
      expect(again).toEqual({ kind: 'replayed', seq: first.seq, answer: 'first answer', identity: first.identity });
      expect(await test.store.answered(one, 'key')).toEqual({ seq: 1, requestDigest: 'digest', answer: 'first answer' });
      expect((await test.store.look(shard)).seq).toBe(2);
    });

    it('with the key of another request is refused and changes nothing', async () => {
      await commit(exampleRing(one, 1), withKey('key'));
      expect(await test.store.change(change(exampleRing(one, 2), withKey('key', 'other digest')))).toEqual({
        kind: 'key-reused',
      });
      expect((await test.store.read(one))?.version).toBe(1);
    });

    it('knows keys by environment', async () => {
      await commit(exampleRing(one, 1), withKey('key'));
      await commit(exampleRing(two, 1), withKey('key', 'other digest'));
      expect(await test.store.answered(three, 'key')).toBeUndefined();
    });

    it('that was refused does not remember its key', async () => {
      await test.store.change(change(exampleRing(one, 2), withKey('key')));
      expect(await test.store.answered(one, 'key')).toBeUndefined();
    });

    it('writes its audit entry with it (M38)', async () => {
      await commit(exampleRing(one, 1), { audit: '{"who":"a"}' });
      await commit(exampleRing(two, 1), { audit: '{"who":"b"}' });
      expect(await test.server.outbox(shard)).toEqual(['{"who":"a"}', '{"who":"b"}']);
    });

    it('is refused when the audit outbox is full, but a revocation has a reserve (R43)', async () => {
      await test.close();
      test = await make({ outboxLimit: 10 });
      for (let version = 1; version <= 9; version++) await commit(exampleRing(one, version));
      expect(await test.store.change(change(exampleRing(one, 10)))).toEqual({ kind: 'outbox-full' });
      await commit(exampleRing(one, 10), { mayUseReserve: true });
      expect(await test.store.change(change(exampleRing(one, 11), { mayUseReserve: true }))).toEqual({ kind: 'outbox-full' });
    });

    it('hints at its shard', async () => {
      const heard: RingShard[] = [];
      const first = new Promise<void>((resolve, reject) => {
        test.store
          .onHint((hint) => {
            heard.push(hint);
            resolve();
          })
          .then(async (stop) => {
            await commit(exampleRing(one, 1));
            await first;
            await stop();
          })
          .catch(reject);
      });
      await first;
      expect(heard).toEqual([shard]);
    });
  });

  describe('a member', () => {
    it('joins at the position of the head, without entries', async () => {
      await commit(exampleRing(one, 1));
      const renewal = await test.store.renew(shard, joining('m'));
      expect(renewal).toMatchObject({ position: { seq: 1 }, entries: [], trimmed: false });
      expect(renewal.position.epoch).toBe((await test.store.look(shard)).identity.epoch);
      expect(await test.store.load(shard)).toEqual([exampleRing(one, 1)]);
    });

    it('joins a shard that never had a ring at number 0, and is followed from there', async () => {
      const member = await join('m');
      expect(member.applied).toBe(0);
      await commit(exampleRing(one, 1));
      expect((await test.store.renew(shard, member)).entries).toEqual([{ seq: 1, ring: exampleRing(one, 1) }]);
    });

    it('is told every change after the one it has, without a gap, with rings at least as new', async () => {
      const member = await join('m');
      await commit(exampleRing(one, 1));
      await commit(exampleRing(two, 1));
      await commit(exampleRing(one, 2));
      const { entries, position, trimmed } = await test.store.renew(shard, member);
      expect({ seq: position.seq, trimmed, seqs: entries.map(({ seq }) => seq) }).toEqual({
        seq: 3,
        trimmed: false,
        seqs: [1, 2, 3],
      });
      expect(entries.map(({ ring }) => ring.environment)).toEqual([one, two, one]);
      expect(entries[0]?.ring.version).toBeGreaterThanOrEqual(1);
      expect(entries.at(-1)?.ring).toEqual(exampleRing(one, 2));
      expect((await test.store.renew(shard, { ...member, applied: 3 })).entries).toEqual([]);
    });

    it('is told at most 200 changes at once, the oldest first', async () => {
      const member = await join('m');
      for (let version = 1; version <= 203; version++) await commit(exampleRing(one, version, []));
      const first = await test.store.renew(shard, member);
      expect([first.entries.length, first.entries.at(-1)?.seq, first.position.seq]).toEqual([200, 200, 203]);
      const second = await test.store.renew(shard, { ...member, applied: 200 });
      expect(second.entries.map(({ seq }) => seq)).toEqual([201, 202, 203]);
    });

    it('is told to load everything when the log does not reach back', async () => {
      const member = await join('m');
      for (let version = 1; version <= 5; version++) await commit(exampleRing(one, version));
      await test.server.trim(shard, 2);
      expect(await test.store.renew(shard, { ...member, applied: 2 })).toMatchObject({
        entries: [],
        trimmed: true,
        position: { seq: 5 },
      });
      expect((await test.store.renew(shard, { ...member, applied: 3 })).entries.map(({ seq }) => seq)).toEqual([4, 5]);
    });

    it('of another epoch is told the epoch and no entries', async () => {
      await commit(exampleRing(one, 1));
      const { position, entries } = await test.store.renew(shard, { ...joining('m'), epoch: 'another', applied: 0 });
      expect(entries).toEqual([]);
      expect(position.epoch).not.toBe('another');
    });

    it('is seen with what it last said', async () => {
      const member = await join('m');
      await commit(exampleRing(one, 1));
      await test.store.renew(shard, { ...member, applied: 1 });
      const look = await test.store.look(shard);
      expect(look).toMatchObject({ seq: 1, members: [{ id: 'm', epoch: member.epoch, applied: 1, leaseMs: maxLeaseMs }] });
    });

    it('may not ask for a longer lease than a revoke waits for', async () => {
      await expect(test.store.renew(shard, { ...joining('m'), leaseMs: maxLeaseMs + 1 })).rejects.toThrow('lease');
    });

    it('leaves, and is not seen in other shards', async () => {
      await join('m');
      const other = ringShards.find((name) => name !== shard) as RingShard;
      expect((await test.store.look(other)).members).toEqual([]);
      await test.store.leave(shard, 'm' as MemberId);
      expect((await test.store.look(shard)).members).toEqual([]);
    });

    it('is dropped only if it has not renewed since', async () => {
      const member = await join('m');
      const before = (await test.store.look(shard)).members[0]?.renewals ?? NaN;
      await test.store.renew(shard, member);
      await test.store.drop(shard, member.id, before);
      const after = (await test.store.look(shard)).members;
      expect(after).toHaveLength(1);
      await test.store.drop(shard, member.id, after[0]?.renewals ?? NaN);
      expect((await test.store.look(shard)).members).toEqual([]);
    });

    it('that came back between two drops stays', async () => {
      await join('m');
      const seen = (await test.store.look(shard)).members[0]?.renewals ?? NaN;
      await test.store.drop(shard, 'm' as MemberId, seen); // by one token service
      await join('m');
      await test.store.drop(shard, 'm' as MemberId, seen); // by another, which looked before
      expect((await test.store.look(shard)).members).toHaveLength(1);
    });
  });

  describe('a registry', () => {
    it('keeps its identity while nothing is lost, through changes and members', async () => {
      const { identity } = await test.store.look(shard);
      const member = await join('m');
      const changed = await commit(exampleRing(one, 1));
      await test.store.leave(shard, member.id);
      expect(changed.identity).toEqual(identity);
      expect((await test.store.look(shard)).identity).toEqual(identity);
      expect([identity.epoch, identity.registry, identity.serverId]).not.toContain('');
    });

    it('is another one after its member table was lost, and nothing else is', async () => {
      await join('m');
      await commit(exampleRing(one, 1));
      const before = await test.store.look(shard);
      await test.server.forgetMembers(shard);
      const after = await test.store.look(shard);
      expect(after.members).toEqual([]);
      expect(after.identity.registry).not.toBe(before.identity.registry);
      expect(after.identity.epoch).toBe(before.identity.epoch);
    });

    it('counts its renewals', async () => {
      await join('a');
      const { renewals } = await test.store.look(shard);
      await join('b');
      expect((await test.store.look(shard)).renewals).toBe(renewals + 1);
    });

    it('confirms what it shows', async () => {
      await commit(exampleRing(one, 1));
      expect(await test.store.confirm(shard)).toEqual(await test.store.look(shard));
    });
  });

  describe('a loss', () => {
    it('of everything starts another epoch and another registry (R35)', async () => {
      await commit(exampleRing(one, 1), withKey('key'));
      const before = (await test.store.look(shard)).identity;
      await test.server.flush();
      const { position } = await test.store.renew(shard, { ...joining('m'), epoch: before.epoch, applied: 1 });
      expect(position.seq).toBe(0);
      expect(position.epoch).not.toBe(before.epoch);
      expect((await test.store.look(shard)).identity.registry).not.toBe(before.registry);
      expect(await test.store.load(shard)).toEqual([]);
      expect((await commit(exampleRing(one, 1))).seq).toBe(1);
    });

    it('of the head alone is never repaired: no change, no renewal, no look, and the ring stays as it was', async () => {
      const member = await join('m');
      await commit(exampleRing(one, 1));
      await test.server.loseHead(shard);
      expect(await test.store.change(change(exampleRing(one, 2)))).toEqual({ kind: 'damaged' });
      expect(await test.store.change(change(exampleRing(two, 1)))).toEqual({ kind: 'damaged' });
      await expect(test.store.renew(shard, member)).rejects.toThrow('DAMAGED');
      await expect(test.store.look(shard)).rejects.toThrow('DAMAGED');
      expect((await test.store.read(one))?.version).toBe(1);
      expect(await test.store.read(two)).toBeUndefined();
    });
  });

  describeModelRun(make);
}
