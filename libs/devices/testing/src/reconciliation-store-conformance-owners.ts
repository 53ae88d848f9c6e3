import { describe, expect, it } from '@jest/globals';
import {
  type AccountHash,
  FencedOut,
  type ReconciliationStore,
  type SourceChange,
  type SourcePosition,
  sourcePosition,
  type UserRef,
} from '@tallystick/devices-domain';
import fc from 'fast-check';
import { mayWriteTo } from './reconciliation-store-conformance-hand-over.ts';
import { claimed } from './claimed.ts';
import type { StoreBench } from './store-conformance-bench.ts';

const present: SourceChange = { kind: 'record', attributes: { username: 'ada' } };
const version = (n: number): SourcePosition => sourcePosition(0, String(n).padStart(20, '0'));

/** The tests of claims and releases: a directory account has one owner. Part of `reconciliationStoreConformance`. */
export function conformanceOfOwners(bench: StoreBench): void {
  const store = () => bench.stores.reconciliations;
  const other = () => bench.stores.otherReconciliations;
  const mayWrite = (user: UserRef, account: AccountHash) => mayWriteTo(bench, user, account);
  /** By the user's newest attempt. */
  const release = async (from: ReconciliationStore, user: UserRef, account: AccountHash): Promise<void> =>
    from.releaseAccount(user, (await from.begin(user)).fence, account);

  describe('an account', () => {
    it('is owned by the first who claims it, and stays so when they claim it again', async () => {
      const [user, account] = [bench.user(), bench.account()];
      expect(await mayWrite(user, account)).toBe(false);
      expect(await claimed(store(), user, account)).toBe('owned');
      expect(await claimed(other(), user, account)).toBe('owned');
      expect(await mayWrite(user, account)).toBe(true);
    });

    it('of another user is not given away, whether their record is there or missing', async () => {
      for (const change of [present, undefined]) {
        const [owner, account] = [bench.user(), bench.account()];
        if (change) await bench.stores.records.put(owner, version(1), change);
        await claimed(store(), owner, account);
        const rivals = [bench.userBeside(owner), { ...bench.user(), user: owner.user }];
        for (const rival of rivals) {
          await bench.stores.records.put(rival, version(1), present);
          expect(await claimed(other(), rival, account)).toBe('owned-by-another');
          expect(await mayWrite(rival, account)).toBe(false);
        }
        expect(await mayWrite(owner, account)).toBe(true);
      }
    });

    it('R23: of an owner who moved goes to the one they moved to, and to nobody else', async () => {
      const [owner, account] = [bench.user(), bench.account()];
      const [heir, stranger] = [bench.userBeside(owner), bench.userBeside(owner)];
      await claimed(store(), owner, account);
      await bench.stores.records.put(owner, version(1), { kind: 'deleted', movedTo: heir.user });
      expect(await claimed(store(), stranger, account)).toBe('owned-by-another');
      expect(await mayWrite(owner, account)).toBe(true);
      expect(await claimed(store(), heir, account)).toBe('taken-over');
      expect(await mayWrite(heir, account)).toBe(true);
      expect(await mayWrite(owner, account)).toBe(false);
    });

    it('R23: follows a person over several keys, as long as each of them was left', async () => {
      const [owner, account] = [bench.user(), bench.account()];
      const keys = [owner, ...Array.from({ length: 3 }, () => bench.userBeside(owner))];
      const heir = keys.at(-1)!;
      await claimed(store(), owner, account);
      const move = (i: number, n: number) =>
        bench.stores.records.put(keys[i]!, version(n), { kind: 'deleted', movedTo: keys[i + 1]!.user });
      await move(0, 1);
      await move(1, 1);
      await bench.stores.records.put(keys[2]!, version(1), present);
      expect(await claimed(store(), heir, account)).toBe('owned-by-another');
      await move(2, 2);
      expect(await claimed(store(), bench.userBeside(owner), account)).toBe('owned-by-another');
      await bench.stores.records.put(heir, version(1), { kind: 'deleted' });
      expect(await claimed(store(), bench.userBeside(owner), account)).toBe('left');
      await bench.stores.records.put(heir, version(2), present);
      expect(await claimed(store(), heir, account)).toBe('taken-over');
    });

    it('R23: is nobody else’s while its owner’s keys lead in a circle', async () => {
      const [owner, account] = [bench.user(), bench.account()];
      const second = bench.userBeside(owner);
      await claimed(store(), owner, account);
      await bench.stores.records.put(owner, version(1), { kind: 'deleted', movedTo: second.user });
      await bench.stores.records.put(second, version(1), { kind: 'deleted', movedTo: owner.user });
      expect(await claimed(store(), bench.userBeside(owner), account)).toBe('owned-by-another');
      expect(await mayWrite(owner, account)).toBe(true);
    });

    it('that is free stays free when only one’s own is claimed; one’s own is owned, and another’s as ever', async () => {
      const [user, account] = [bench.user(), bench.account()];
      const rival = bench.userBeside(user);
      expect(await claimed(store(), user, account, 'only-ours')).toBe('not-owned');
      expect(await mayWrite(user, account)).toBe(false);
      expect(await claimed(store(), user, account, 'free-or-ours')).toBe('owned');
      expect(await claimed(other(), user, account, 'only-ours')).toBe('owned');
      expect(await claimed(store(), rival, account, 'only-ours')).toBe('owned-by-another');
      expect(await mayWrite(user, account)).toBe(true);
      await bench.stores.records.put(user, version(1), { kind: 'deleted', movedTo: rival.user });
      expect(await claimed(store(), rival, account, 'only-ours')).toBe('taken-over');
    });

    it('stays with an owner who was deleted and is back', async () => {
      const [owner, account] = [bench.user(), bench.account()];
      await claimed(store(), owner, account);
      await bench.stores.records.put(owner, version(1), { kind: 'deleted' });
      await bench.stores.records.put(owner, version(2), present);
      expect(await claimed(store(), bench.userBeside(owner), account)).toBe('owned-by-another');
      expect(await mayWrite(owner, account)).toBe(true);
    });

    it('has one owner when many claim it at once, and when many would have what a deleted owner has left', async () => {
      const [account, first] = [bench.account(), bench.user()];
      const rivals = Array.from({ length: 10 }, () => bench.userBeside(first));
      const claimAll = () => Promise.all(rivals.map((rival, i) => claimed(i % 2 === 0 ? store() : other(), rival, account)));
      const claims = await claimAll();
      const winner = rivals[claims.indexOf('owned')]!;
      expect(claims.filter((it) => it === 'owned')).toHaveLength(1);
      expect(claims.filter((it) => it === 'owned-by-another')).toHaveLength(9);
      await bench.stores.records.put(winner, version(1), { kind: 'deleted' });
      const heirs = rivals.filter((it) => it !== winner);
      const work = { account, intent: { createdByUs: false }, done: [] };
      const from = { account, owner: winner, version: version(1), ownerVersion: version(1) };
      const fences: number[] = [];
      for (const heir of heirs) {
        await bench.stores.records.put(heir, version(1), present);
        expect(await claimed(store(), heir, account)).toBe('left');
        fences.push((await store().begin(heir)).fence);
      }
      const handed = await Promise.all(
        heirs.map((heir, i) => (i % 2 === 0 ? store() : other()).handOver(heir, fences[i]!, from, work)),
      );
      expect(handed.filter((it) => it === 'handed-over')).toHaveLength(1);
      expect(await mayWrite(winner, account)).toBe(false);
    });

    it('is free again once its owner has released it, and only they can do that', async () => {
      const [owner, account] = [bench.user(), bench.account()];
      const rival = bench.userBeside(owner);
      await release(store(), rival, account);
      await claimed(store(), owner, account);
      await release(other(), rival, account);
      expect(await claimed(store(), rival, account)).toBe('owned-by-another');
      expect(await mayWrite(owner, account)).toBe(true);
      await release(other(), owner, account);
      expect(await mayWrite(owner, account)).toBe(false);
      expect(await claimed(store(), rival, account)).toBe('owned');
      await release(store(), owner, account);
      expect(await mayWrite(rival, account)).toBe(true);
    });

    it('R5: is not released by an attempt that was overtaken: its successor goes by having it', async () => {
      const [user, account] = [bench.user(), bench.account()];
      const late = await store().begin(user);
      await store().claimAccount(user, late.fence, account);
      const { fence } = await other().begin(user);
      await expect(store().releaseAccount(user, late.fence, account)).rejects.toThrow(FencedOut);
      await other().assertMayWrite(user, fence, account);
      await other().releaseAccount(user, fence, account);
      expect(await store().ownerOf(account)).toBeUndefined();
    });

    it('R5: nor is it claimed by one: its successor would not know of it', async () => {
      const [user, account] = [bench.user(), bench.account()];
      const late = await store().begin(user);
      const { fence } = await other().begin(user);
      for (const how of ['free-or-ours', 'only-ours'] as const)
        await expect(store().claimAccount(user, late.fence, account, how)).rejects.toThrow(FencedOut);
      expect(await store().ownerOf(account)).toBeUndefined();
      expect(await other().claimAccount(user, fence, account)).toBe('owned');
      await expect(store().claimAccount(user, late.fence, account)).rejects.toThrow(FencedOut);
    });

    it('R5, R23: nor is it taken over by one from another key', async () => {
      const [owner, account] = [bench.user(), bench.account()];
      const heir = bench.userBeside(owner);
      await claimed(store(), owner, account);
      await bench.stores.records.put(owner, version(1), { kind: 'deleted', movedTo: heir.user });
      const late = await store().begin(heir);
      await other().begin(heir);
      await expect(store().claimAccount(heir, late.fence, account)).rejects.toThrow(FencedOut);
      expect(await store().ownerOf(account)).toEqual(owner);
    });

    it('is one of many: owning one says nothing about another', async () => {
      const [user, mine, theirs] = [bench.user(), bench.account(), bench.account()];
      await claimed(store(), user, mine);
      expect(await mayWrite(user, theirs)).toBe(false);
      await release(store(), user, theirs);
      expect(await mayWrite(user, mine)).toBe(true);
    });

    it('names its owner', async () => {
      const [owner, account] = [bench.user(), bench.account()];
      expect(await store().ownerOf(account)).toBeUndefined();
      await claimed(store(), owner, account);
      expect(await other().ownerOf(account)).toEqual(owner);
    });

    it('keeps to these rules through any sequence of claims, releases, deletions, moves and returns', async () => {
      const step = fc.record({
        what: fc.constantFrom('claim', 'claim', 'claim', 'release', 'return', 'delete', 'move'),
        who: fc.nat({ max: 2 }),
        to: fc.nat({ max: 2 }),
      });
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 24 }), async (steps) => {
          const [account, first] = [bench.account(), bench.user()];
          const users = [first, bench.userBeside(first), bench.userBeside(first)];
          let owner: number | undefined;
          const left = new Map<number, number | 'nowhere'>();
          const versions = new Map<number, SourcePosition>();
          const takeLeft = async (who: number, from: number): Promise<boolean> => {
            const { fence } = await store().begin(users[who]!);
            const seen = { version: versions.get(who) ?? version(0), ownerVersion: versions.get(from) ?? version(0) };
            const work = { account, intent: { createdByUs: false }, done: [] };
            return (
              (await store().handOver(users[who]!, fence, { account, owner: users[from]!, ...seen }, work)) === 'handed-over'
            );
          };
          for (const [i, { what, who, to }] of steps.entries()) {
            const user = users[who]!;
            if (what === 'release') {
              await release(store(), user, account);
              if (owner === who) owner = undefined;
            } else if (what === 'claim') {
              let at: number | 'nowhere' | undefined = owner;
              for (let hops = 0; typeof at === 'number' && at !== who && hops < 3; hops += 1) at = left.get(at);
              const of = at === 'nowhere' ? 'left' : at === who ? 'taken-over' : 'owned-by-another';
              const expected = owner === undefined || owner === who ? 'owned' : of;
              expect(await claimed(store(), user, account)).toBe(expected);
              if (expected === 'left') {
                expect(await takeLeft(who, owner!)).toBe(versions.has(who));
                if (versions.has(who)) owner = who;
              } else if (expected !== 'owned-by-another') owner = who;
            } else {
              const moves: SourceChange = { kind: 'deleted', movedTo: users[to]!.user };
              const change = what === 'return' ? present : what === 'move' ? moves : ({ kind: 'deleted' } as const);
              await bench.stores.records.put(user, version(i + 1), change);
              versions.set(who, version(i + 1));
              if (what === 'return') left.delete(who);
              else left.set(who, what === 'move' ? to : 'nowhere');
            }
          }
          expect(await Promise.all(users.map((user) => mayWrite(user, account)))).toEqual(users.map((_, i) => i === owner));
        }),
        { numRuns: 60 },
      );
    });
  });
}
