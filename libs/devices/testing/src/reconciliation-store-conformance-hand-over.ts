import { describe, expect, it } from '@jest/globals';
import {
  type AccountHash,
  FencedOut,
  type SourceChange,
  type SourcePosition,
  sourcePosition,
  type UserRef,
} from '@tallystick/devices-domain';
import { claimed } from './claimed.ts';
import type { StoreBench } from './store-conformance-bench.ts';

const present: SourceChange = { kind: 'record', attributes: { username: 'ada' } };
const version = (n: number): SourcePosition => sourcePosition(0, String(n).padStart(20, '0'));

/** The user is, or is not, the one who may write to the account. */
export async function mayWriteTo({ stores }: StoreBench, user: UserRef, account: AccountHash): Promise<boolean> {
  const { fence } = await stores.reconciliations.begin(user);
  return stores.reconciliations.assertMayWrite(user, fence, account).then(
    () => true,
    (error: unknown) => {
      if (error instanceof FencedOut) return false;
      throw error;
    },
  );
}

/** The tests of accounts that change hands (ADR 5.13), from a living owner or one who was deleted. Part of `reconciliationStoreConformance`. */
export function conformanceOfHandOvers(bench: StoreBench): void {
  const store = () => bench.stores.reconciliations;
  const other = () => bench.stores.otherReconciliations;
  const mayWrite = (user: UserRef, account: AccountHash) => mayWriteTo(bench, user, account);

  /** An account, its living owner, and another user of the connection who is to have it. */
  const swapped = async () => {
    const [owner, account] = [bench.user(), bench.account()];
    const heir = bench.userBeside(owner);
    await bench.stores.records.put(owner, version(1), present);
    await bench.stores.records.put(heir, version(2), present);
    await claimed(store(), owner, account);
    const { fence } = await store().begin(heir);
    return { owner, heir, account, fence, from: { account, owner, version: version(2), ownerVersion: version(1) } };
  };

  describe('an account', () => {
    it('is left by an owner who was deleted: whoever claims it is told so, and has it only once it is handed over', async () => {
      const [owner, account] = [bench.user(), bench.account()];
      const heir = bench.userBeside(owner);
      await bench.stores.records.put(owner, version(1), present);
      await bench.stores.records.put(heir, version(3), present);
      await claimed(store(), owner, account);
      await bench.stores.records.put(owner, version(2), { kind: 'deleted' });
      for (const how of ['free-or-ours', 'only-ours'] as const) {
        expect(await claimed(other(), heir, account, how)).toBe('left');
        expect([await mayWrite(heir, account), await mayWrite(owner, account)]).toEqual([false, true]);
      }
      const { fence } = await store().begin(heir);
      const work = { account, intent: { createdByUs: false }, done: [] };
      const from = { account, owner, version: version(3), ownerVersion: version(2) };
      expect(await store().handOver(heir, fence, from, work)).toBe('handed-over');
      expect(await claimed(store(), heir, account)).toBe('owned');
      expect([await mayWrite(heir, account), await mayWrite(owner, account)]).toEqual([true, false]);
      expect(await claimed(store(), owner, account)).toBe('owned-by-another');
    });

    it('is left by a deleted owner of another connection too', async () => {
      const [owner, account] = [bench.user(), bench.account()];
      await claimed(store(), owner, account);
      await bench.stores.records.put(owner, version(1), { kind: 'deleted' });
      const heir = bench.user();
      await bench.stores.records.put(heir, version(1), present);
      expect(await claimed(store(), heir, account)).toBe('left');
      const { fence } = await store().begin(heir);
      const work = { account, intent: { createdByUs: false }, done: [] };
      const from = { account, owner, version: version(1), ownerVersion: version(1) };
      expect(await store().handOver(heir, fence, from, work)).toBe('handed-over');
      expect(await mayWrite(heir, account)).toBe(true);
    });

    it('is not handed over from an owner who was deleted and is back by now', async () => {
      const { owner, heir, account, fence, from } = await swapped();
      await bench.stores.records.put(owner, version(3), { kind: 'deleted' });
      await bench.stores.records.put(owner, version(4), present);
      const work = { account, intent: { createdByUs: false }, done: [] };
      expect(await store().handOver(heir, fence, { ...from, ownerVersion: version(3) }, work)).toBe('changed');
      expect(await mayWrite(owner, account)).toBe(true);
    });

    it('is handed over from a living owner: their attempt loses its right, their work stays, and the work of the new one is there', async () => {
      const { owner, heir, account, fence, from } = await swapped();
      const attempt = await store().begin(owner);
      const theirs = { account, intent: { createdByUs: true }, done: [] };
      await store().saveWork(owner, attempt.fence, theirs);
      await store().assertMayWrite(owner, attempt.fence, account);
      const work = { account, intent: { createdByUs: false }, done: [] };
      expect(await other().handOver(heir, fence, from, work)).toBe('handed-over');
      for (const late of [store().assertMayWrite(owner, attempt.fence, account), store().saveWork(owner, attempt.fence, work)])
        await expect(late).rejects.toThrow(FencedOut);
      await store().assertMayWrite(heir, fence, account);
      expect(await store().ownerOf(account)).toEqual(heir);
      expect(await store().begin(owner)).toMatchObject({ work: theirs, previousMayRun: true });
      expect(await store().begin(heir)).toMatchObject({ work });
      expect(await mayWrite(owner, account)).toBe(false);
    });

    it.each(['owner', 'heir'] as const)('is not handed over when the record of the %s is another by now', async (whose) => {
      const { owner, heir, account, fence, from } = await swapped();
      const before = { intent: { createdByUs: true }, done: [] };
      await store().saveWork(heir, fence, before);
      await bench.stores.records.put(whose === 'owner' ? owner : heir, version(9), present);
      const work = { account, intent: { createdByUs: false }, done: [] };
      expect(await store().handOver(heir, fence, from, work)).toBe('changed');
      expect(await mayWrite(owner, account)).toBe(true);
      expect((await store().begin(heir)).work).toEqual(before);
    });

    it('is not handed over from who does not own it (any more), nor by an attempt that is not the newest', async () => {
      const { owner, heir, account, fence, from } = await swapped();
      const work = { account, intent: { createdByUs: false }, done: [] };
      const third = bench.userBeside(owner);
      await bench.stores.records.put(third, version(1), present);
      expect(await store().handOver(heir, fence, { ...from, owner: third }, work)).toBe('changed');
      await store().begin(heir);
      await expect(store().handOver(heir, fence, from, work)).rejects.toThrow(FencedOut);
      expect(await mayWrite(owner, account)).toBe(true);
      await store().releaseAccount(owner, (await store().begin(owner)).fence, account);
      const newest = await store().begin(heir);
      expect(await store().handOver(heir, newest.fence, from, work)).toBe('changed');
      expect(await store().ownerOf(account)).toBeUndefined();
    });

    it('that two would hand to themselves at once goes to one of them', async () => {
      const { owner, heir, account, fence, from } = await swapped();
      const rival = bench.userBeside(owner);
      await bench.stores.records.put(rival, version(1), present);
      const { fence: theirs } = await store().begin(rival);
      const work = { account, intent: { createdByUs: false }, done: [] };
      const results = await Promise.all([store().handOver(heir, fence, from, work), other().handOver(rival, theirs, from, work)]);
      expect([...results].sort()).toEqual(['changed', 'handed-over']);
      expect([await mayWrite(heir, account), await mayWrite(rival, account)]).toEqual(results.map((it) => it === 'handed-over'));
    });
  });
}
