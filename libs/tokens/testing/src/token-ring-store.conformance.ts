import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type EnvironmentId, instant } from '@tallystick/kernel-core';
import type { ProposalId, Ring, RingShard, TokenId } from '@tallystick/tokens-domain';
import { environmentsOfOneShard, exampleRing, exampleToken } from './example-rings.ts';
import { describeFollowing } from './ring-feed.conformance.ts';
import { changeTo, commit, join, joining, type MakeStore, noteOn, type StoreUnderTest } from './ring-store-under-test.ts';
import { describeModelRun } from './token-ring-store.model.ts';

const { shard, environments } = environmentsOfOneShard(3);
const [one, two, three] = environments as [EnvironmentId, EnvironmentId, EnvironmentId];

const withKey = (key: string, requestDigest = 'digest', answer = 'sealed') => ({ idempotency: { key, requestDigest, answer } });

const at = instant(1_700_000_000_000);
/** Everything that a ring can hold. */
const fullRing: Ring = {
  ...exampleRing(one, 1),
  siblings: {
    mode: 'enforce',
    revision: 3,
    rules: {
      deviceLock: true,
      notRootedOrJailbroken: true,
      biometrics: true,
      minimumOsVersion: { ios: '17.4', android: '14' },
      minimumAppVersion: { ios: '2.1' },
      brands: { brandsAllowed: ['a'], brandsDisallowed: ['b'], modelsAllowed: [], modelsDisallowed: ['c'] },
    },
  },
  settings: {
    compatibility: 'reference',
    twoPeople: true,
    readableValues: true,
    enrolmentLink: 'https://enrol.example/',
    guards: { windowDays: 7, refusedShare: 0.05, minimumObservationHours: 1, staleAfterHours: 2, noticeHours: 3 },
  },
  tokens: [
    exampleToken(1),
    exampleToken(2, { kind: 'revoked', at, by: 'x', reason: 'y' }),
    {
      ...exampleToken(3, { kind: 'retiring', at, by: 'x' }),
      origin: 'own',
      segment: { platform: 'ios', site: 'berlin', mdm: 'intune' },
      notBefore: at,
      expiresAt: instant(at + 1),
      valueKept: 'delivery',
      leakReportedAt: at,
    },
  ],
  proposals: [
    { id: 'prp_1' as ProposalId, command: '{}', refusal: 'last-token', reason: 'why', by: 'x', at, expiresAt: instant(at + 1) },
  ],
};

/** What every store of rings keeps, whatever it is made of: both ports of ADR 2. */
export function tokenRingStoreConformance({ make }: { readonly make: MakeStore }): void {
  describe('who changes rings', () => describeChanging(make));
  describe('who follows them', () => describeFollowing(make));
  describeModelRun(make);
}

function describeChanging(make: MakeStore): void {
  let test: StoreUnderTest;
  beforeEach(async () => {
    test = await make();
  });
  afterEach(() => test.close());

  describe('a change', () => {
    it('is read back whole, and an environment without a ring has none', async () => {
      await commit(test.store, fullRing);
      expect(await test.store.read(one)).toStrictEqual(fullRing);
      expect(await test.store.load(shard)).toStrictEqual([fullRing]);
      expect(await test.store.read(two)).toBeUndefined();
      expect(await test.store.environments(shard)).toEqual([one]);
    });

    it('counts without a gap through all environments of the shard', async () => {
      const first = await commit(test.store, exampleRing(one, 1));
      const second = await commit(test.store, exampleRing(two, 1));
      const third = await commit(test.store, exampleRing(one, 2));
      expect([first.seq, second.seq, third.seq]).toEqual([1, 2, 3]);
      expect(third.identity).toEqual(first.identity);
    });

    it('made from another version is a conflict and changes nothing', async () => {
      await commit(test.store, exampleRing(one, 1));
      expect(await test.store.change(changeTo(exampleRing(one, 1)))).toEqual({ kind: 'conflict' });
      expect(await test.store.change(changeTo(exampleRing(one, 3)))).toEqual({ kind: 'conflict' });
      expect((await test.store.read(one))?.version).toBe(1);
      expect((await test.store.look(shard)).seq).toBe(1);
    });

    it('is made once when twenty try at the same time', async () => {
      const results = await Promise.all(Array.from({ length: 20 }, () => test.store.change(changeTo(exampleRing(one, 1)))));
      expect(results.filter(({ kind }) => kind === 'changed')).toHaveLength(1);
      expect(results.filter(({ kind }) => kind === 'conflict')).toHaveLength(19);
    });

    it('repeated with its key gives the first number and answer, also after later changes', async () => {
      const first = await commit(test.store, exampleRing(one, 1), withKey('key', 'digest', 'first answer'));
      await commit(test.store, exampleRing(one, 2));
      const again = await test.store.change(changeTo(exampleRing(one, 1), withKey('key', 'digest', 'second answer')));
      expect(again).toEqual({ ...first, kind: 'replayed', answer: 'first answer' });
      expect(await test.store.answered(one, 'key')).toEqual({ seq: 1, requestDigest: 'digest', answer: 'first answer' });
      expect((await test.store.look(shard)).seq).toBe(2);
    });

    it('with the key of another request is refused and changes nothing', async () => {
      await commit(test.store, exampleRing(one, 1), withKey('key'));
      expect(await test.store.change(changeTo(exampleRing(one, 2), withKey('key', 'other digest')))).toEqual({
        kind: 'key-reused',
      });
      expect((await test.store.read(one))?.version).toBe(1);
    });

    it('gives the values that it made back with its answer', async () => {
      const idempotency = { key: 'key', requestDigest: 'digest', answer: 'answer', values: 'sealed values' };
      const first = await commit(test.store, exampleRing(one, 1), { idempotency });
      expect(await test.store.change(changeTo(exampleRing(one, 1), { idempotency }))).toEqual({
        ...first,
        kind: 'replayed',
        answer: 'answer',
        values: 'sealed values',
      });
      expect(await test.store.answered(one, 'key')).toEqual({
        seq: 1,
        requestDigest: 'digest',
        answer: 'answer',
        values: 'sealed values',
      });
    });

    it('keeps and erases sealed copies with it, or not at all', async () => {
      const [kept, other] = [exampleToken(1).id, exampleToken(2).id];
      const copies = (token: TokenId, copy: string) => ({ sealed: { keep: [{ token, copy }], erase: [] } });
      await commit(test.store, exampleRing(one, 1), copies(kept, 'copy 1'));
      await commit(test.store, exampleRing(one, 2), copies(other, 'copy 2'));
      await test.store.change(changeTo(exampleRing(one, 2), { sealed: { keep: [{ token: other, copy: 'x' }], erase: [kept] } }));
      expect([await test.store.readSealed(one, kept), await test.store.readSealed(one, other)]).toEqual(['copy 1', 'copy 2']);
      expect(await test.store.readSealed(two, kept)).toBeUndefined();
      await commit(test.store, exampleRing(one, 3), { sealed: { keep: [{ token: other, copy: 'copy 3' }], erase: [kept] } });
      expect([await test.store.readSealed(one, kept), await test.store.readSealed(one, other)]).toEqual([undefined, 'copy 3']);
    });

    it('knows keys by environment', async () => {
      await commit(test.store, exampleRing(one, 1), withKey('key'));
      await commit(test.store, exampleRing(two, 1), withKey('key', 'other digest'));
      expect(await test.store.answered(three, 'key')).toBeUndefined();
    });

    it('that was refused does not remember its key', async () => {
      await test.store.change(changeTo(exampleRing(one, 2), withKey('key')));
      expect(await test.store.answered(one, 'key')).toBeUndefined();
    });

    it('writes its audit entry with it (M38)', async () => {
      await commit(test.store, exampleRing(one, 1), { audit: '{"who":"a"}' });
      await commit(test.store, exampleRing(two, 1), { audit: '{"who":"b"}' });
      expect(await test.server.outbox(shard)).toEqual(['{"who":"a"}', '{"who":"b"}']);
    });

    it('of a version that does not follow is a fault of the caller', async () => {
      for (const expectedVersion of [0, 1, 4])
        await expect(test.store.change(changeTo(exampleRing(one, 3), { expectedVersion }))).rejects.toThrow(RangeError);
      await expect(test.store.change(noteOn(exampleRing(one, 0)))).rejects.toThrow(RangeError);
    });

    it('of a text with half a surrogate pair is a fault of the caller, and changes nothing', async () => {
      const ring = exampleRing(one, 1, [{ ...exampleToken(1), label: 'x \ud800' }]);
      await expect(test.store.change(changeTo(ring))).rejects.toThrow(RangeError);
      expect(await test.store.read(one)).toBeUndefined();
    });

    it('or a note where another epoch answers than the settled one is not made; what was made before is answered', async () => {
      const { identity } = await commit(test.store, exampleRing(one, 1), withKey('key'));
      const settled = { settledEpoch: identity.epoch };
      await test.store.reopen(shard, (await test.store.look(shard)).headEpoch);
      expect(await test.store.change(changeTo(exampleRing(one, 2), settled))).toEqual({ kind: 'unsettled' });
      expect(await test.store.change(noteOn(exampleRing(one, 1), settled))).toEqual({ kind: 'unsettled' });
      expect((await test.store.look(shard)).seq).toBe(1);
      expect(await test.store.change(changeTo(exampleRing(one, 1), { ...settled, ...withKey('key') }))).toMatchObject({
        kind: 'replayed',
      });
      const { epoch } = (await test.store.look(shard)).identity;
      await commit(test.store, exampleRing(one, 2), { settledEpoch: epoch });
    });

    it('is not made where the clock that it was judged by is a minute apart from the server; what needs no clock is, and what was made before is answered', async () => {
      await commit(test.store, exampleRing(one, 1), withKey('key'));
      const { serverTimeMs } = await test.store.renew(shard, joining('m'));
      const judged = (apartMs: number) => ({ judgedAt: instant(serverTimeMs + apartMs) });
      for (const apartMs of [-70_000, 75_000])
        expect(await test.store.change(changeTo(exampleRing(one, 2), judged(apartMs)))).toEqual({
          kind: 'clocks-apart',
          serverTimeMs: expect.any(Number),
        });
      expect((await test.store.look(shard)).seq).toBe(1);
      expect(await test.store.change(changeTo(exampleRing(one, 1), { ...judged(75_000), ...withKey('key') }))).toMatchObject({
        kind: 'replayed',
      });
      await commit(test.store, exampleRing(one, 2), judged(-40_000));
      await commit(test.store, exampleRing(one, 3), judged(50_000));
      await commit(test.store, exampleRing(one, 4));
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
            await commit(test.store, exampleRing(one, 1));
            await first;
            await stop();
          })
          .catch(reject);
      });
      await first;
      expect(heard).toEqual([shard]);
    });
  });

  describe('a note', () => {
    it('gets a number, an audit entry and an answer of its own, and leaves the ring as it is', async () => {
      const ring = exampleRing(one, 1);
      await commit(test.store, ring);
      const member = await join(test.store, shard, 'm');
      const note = noteOn({ ...ring, tokens: [] }, { audit: 'read', ...withKey('note', 'digest', 'noted') });
      expect(await test.store.change(note)).toMatchObject({ kind: 'changed', seq: 2 });
      expect(await test.store.change(note)).toMatchObject({ kind: 'replayed', seq: 2, answer: 'noted' });
      expect(await test.store.read(one)).toEqual(ring);
      expect(await test.server.outbox(shard)).toEqual(['{"version":1}', 'read']);
      expect((await test.store.renew(shard, member)).entries).toEqual([{ seq: 2, ring }]);
    });

    it('on a ring that has changed, or is not there, is a conflict', async () => {
      expect(await test.store.change(noteOn(exampleRing(one, 1)))).toEqual({ kind: 'conflict' });
      await commit(test.store, exampleRing(one, 1));
      await commit(test.store, exampleRing(one, 2));
      expect(await test.store.change(noteOn(exampleRing(one, 1)))).toEqual({ kind: 'conflict' });
      expect((await test.store.look(shard)).seq).toBe(2);
    });
  });

  describe('the audit outbox, when nobody takes from it,', () => {
    const small = async () => {
      await test.close();
      test = await make({ outboxLimit: 40 }); // 36 without the reserve
    };
    const fill = async (environment: EnvironmentId): Promise<number> => {
      for (let version = 1; ; version++) {
        const { kind } = await test.store.change(changeTo(exampleRing(environment, version)));
        if (kind === 'outbox-full') return version - 1;
        if (kind !== 'changed') throw new Error(`expected a change, got ${kind}`);
      }
    };

    it('leaves the neighbours half of the room that they had, whatever one environment does', async () => {
      await small();
      expect([await fill(one), await fill(two), await fill(three)]).toEqual([18, 9, 5]);
      expect(await test.store.change(noteOn(exampleRing(one, 18)))).toEqual({ kind: 'outbox-full' });
    });

    it('takes what nobody waits for into half of the room only', async () => {
      await small();
      await commit(test.store, exampleRing(one, 1));
      const note = { ...noteOn(exampleRing(one, 1)), leavesHalf: true };
      for (let written = 1; written < 9; written++) expect((await test.store.change(note)).kind).toBe('changed');
      expect(await test.store.change(note)).toEqual({ kind: 'outbox-full' });
      expect((await test.store.change(noteOn(exampleRing(one, 1)))).kind).toBe('changed');
    });

    it('takes every revocation, in the reserve and beyond it, and nothing else (R43)', async () => {
      await small();
      const [first, second] = [await fill(one), await fill(two)];
      for (let version = first + 1; version <= first + 30; version++)
        await commit(test.store, exampleRing(one, version), { mayUseReserve: true });
      expect(await test.server.outbox(shard)).toHaveLength(first + second + 30);
      expect(await test.store.change(changeTo(exampleRing(one, first + 31)))).toEqual({ kind: 'outbox-full' });
      expect(await test.store.change(changeTo(exampleRing(three, 1)))).toEqual({ kind: 'outbox-full' });
      await commit(test.store, exampleRing(two, second + 1), { mayUseReserve: true });
    });
  });
}
