import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type AccountHash,
  type DeviceId,
  FencedOut,
  type OpenWork,
  type Outcome,
  type UserRef,
} from '@tallystick/devices-domain';
import { instant } from '@tallystick/kernel-core';
import fc from 'fast-check';
import { conformanceOfHandOvers } from './reconciliation-store-conformance-hand-over.ts';
import { conformanceOfOwners } from './reconciliation-store-conformance-owners.ts';
import type { MakeStores } from './source-record-store-conformance.ts';
import { claimed } from './claimed.ts';
import { StoreBench } from './store-conformance-bench.ts';

const device = (n: number): DeviceId => String(1_216_975_380_183_657_001n + BigInt(n)) as DeviceId;

/** Work that uses every field. */
const fullWork: OpenWork = {
  account: 'c0ffee' as AccountHash,
  version: '00000000000000000041',
  intent: {
    createdByUs: true,
    primaryOwedTo: 'SMS Number 1',
    replacedDevices: [
      { slot: 'SMS Number 1', deviceId: device(1), address: { kind: 'sms', number: '+12025550123' } },
      { slot: 'Voice Number 2', deviceId: device(2), address: { kind: 'voice', number: '+442079460123', extension: ',,12#3' } },
    ],
    openPair: {
      slot: 'Email 3',
      address: { kind: 'email', address: 'ada@home.example' },
      idsBefore: [device(3), device(4)],
      openedAt: instant(1_763_780_000_123),
    },
    unseenPairs: [{ slot: 'Email 1', deviceId: device(5), pairedAt: instant(1_763_780_000_000) }],
  },
  done: [
    { kind: 'create-user', reason: 'user-missing', result: 'done' },
    { kind: 'unpair', reason: 'value-changed', slot: 'SMS Number 1', deviceId: device(1), result: 'done' },
    { kind: 'restore-pair', reason: 'value-changed', slot: 'SMS Number 1', result: 'refused', code: '20559' },
  ],
};
const work = (n: number): OpenWork => ({ intent: { createdByUs: false }, done: [{ ...fullWork.done[1]!, deviceId: device(n) }] });

const outcomeOf = (user: UserRef, n = 1): Outcome => ({
  ...user,
  kind: 'partial',
  version: String(n).padStart(20, '0'),
  steps: fullWork.done,
  findings: [{ kind: 'value-invalid', slot: 'Email 2', reason: 'email-syntax' }, { kind: 'primary-without-devices' }],
  at: instant(1_763_780_000_456),
});

/** Every test of the port `ReconciliationStore` that an implementation has to pass; call it inside a `describe`. */
export function reconciliationStoreConformance(make: MakeStores): void {
  const bench = new StoreBench(make);
  beforeAll(() => bench.open());
  afterAll(() => bench.close());
  const store = () => bench.stores.reconciliations;
  const other = () => bench.stores.otherReconciliations;

  describe('an attempt', () => {
    it('is the first sight of a user until one has finished, and begins without work', async () => {
      const user = bench.user();
      const first = await store().begin(user);
      expect(first).toEqual({ fence: first.fence, previousMayRun: false, work: undefined, firstSight: true });
      await store().yield(user, first.fence);
      const second = await store().begin(user);
      expect(second).toMatchObject({ previousMayRun: false, firstSight: true });
      await store().finish(user, second.fence, outcomeOf(user));
      const third = await store().begin(user);
      expect(third).toMatchObject({ previousMayRun: false, firstSight: false });
      await store().yield(user, third.fence);
      expect((await store().begin(user)).firstSight).toBe(false);
    });

    it.each(['not-planned', 'held', 'quarantined'] as const)(
      'P46: an account of which nothing was done (%s) is still seen for the first time',
      async (kind) => {
        const user = bench.user();
        const { fence } = await store().begin(user);
        await store().finish(user, fence, { ...outcomeOf(user), kind });
        expect((await store().begin(user)).firstSight).toBe(true);
      },
    );

    it('knows that the one before did not end by itself', async () => {
      const user = bench.user();
      await store().begin(user);
      expect((await other().begin(user)).previousMayRun).toBe(true);
      const third = await store().begin(user);
      expect(third.previousMayRun).toBe(true);
      await store().yield(user, third.fence);
      expect((await store().begin(user)).previousMayRun).toBe(false);
    });

    it('has a higher fence than every one before it, finished or not', async () => {
      const user = bench.user();
      const fences: number[] = [];
      for (const end of ['none', 'yield', 'finish', 'none'] as const) {
        const { fence } = await store().begin(user);
        if (end === 'yield') await store().yield(user, fence);
        if (end === 'finish') await store().finish(user, fence, outcomeOf(user));
        fences.push(fence);
      }
      expect(fences).toEqual([...new Set(fences)].sort((a, b) => a - b));
    });

    it('is alone with its fence, however many begin at once; all but one of them must fear the one before', async () => {
      const user = bench.user();
      const attempts = await Promise.all(Array.from({ length: 12 }, (_, i) => (i % 2 === 0 ? store() : other()).begin(user)));
      expect(new Set(attempts.map(({ fence }) => fence)).size).toBe(12);
      expect(attempts.filter(({ previousMayRun }) => !previousMayRun)).toHaveLength(1);
    });

    it('has nothing to do with those of other users and connections', async () => {
      const user = bench.user();
      const { fence } = await store().begin(user);
      await store().saveWork(user, fence, fullWork);
      for (const stranger of [bench.userBeside(user), { ...bench.user(), user: user.user }]) {
        const theirs = await store().begin(stranger);
        expect(theirs).toMatchObject({ previousMayRun: false, work: undefined, firstSight: true });
        await store().finish(stranger, theirs.fence, outcomeOf(stranger));
      }
      expect(await store().begin(user)).toMatchObject({ previousMayRun: true, work: fullWork, firstSight: true });
    });
  });

  describe('the open work', () => {
    it('is handed to the next attempt exactly as it was saved, the newest of several', async () => {
      const user = bench.user();
      const { fence } = await store().begin(user);
      await store().saveWork(user, fence, work(1));
      await store().saveWork(user, fence, fullWork);
      expect((await other().begin(user)).work).toEqual(fullWork);
    });

    it('stays when an attempt yields, and is handed on until somebody saves other work', async () => {
      const user = bench.user();
      const first = await store().begin(user);
      await store().saveWork(user, first.fence, work(1));
      await store().yield(user, first.fence);
      expect((await store().begin(user)).work).toEqual(work(1));
      const third = await store().begin(user);
      expect(third.work).toEqual(work(1));
      await store().saveWork(user, third.fence, work(3));
      expect((await store().begin(user)).work).toEqual(work(3));
    });

    it('is closed by a finish, but for what the finish keeps', async () => {
      const user = bench.user();
      const first = await store().begin(user);
      await store().saveWork(user, first.fence, fullWork);
      await store().finish(user, first.fence, outcomeOf(user), work(7));
      const second = await other().begin(user);
      expect(second).toMatchObject({ previousMayRun: false, work: work(7), firstSight: false });
      await store().finish(user, second.fence, outcomeOf(user));
      expect((await store().begin(user)).work).toBeUndefined();
    });

    it('is read by others as it was last saved, which changes nothing', async () => {
      const user = bench.user();
      expect(await other().workOf(user)).toBeUndefined();
      const { fence } = await store().begin(user);
      expect(await other().workOf(user)).toBeUndefined();
      await store().saveWork(user, fence, fullWork);
      expect(await other().workOf(user)).toEqual(fullWork);
      await store().finish(user, fence, outcomeOf(user), work(1));
      expect(await other().workOf(user)).toEqual(work(1));
    });

    it('is closed by a finish that keeps nothing', async () => {
      const user = bench.user();
      const { fence } = await store().begin(user);
      await store().saveWork(user, fence, fullWork);
      await store().finish(user, fence, outcomeOf(user));
      expect((await store().begin(user)).work).toBeUndefined();
    });
  });

  describe('an attempt that was taken over', () => {
    it('may not write, save or finish, and changes nothing by trying', async () => {
      const user = bench.user();
      const account = bench.account();
      await claimed(store(), user, account);
      const old = await store().begin(user);
      await store().saveWork(user, old.fence, work(1));
      await store().assertMayWrite(user, old.fence, account);
      const newer = await other().begin(user);
      await expect(store().assertMayWrite(user, old.fence, account)).rejects.toThrow(FencedOut);
      await expect(store().saveWork(user, old.fence, work(2))).rejects.toThrow(FencedOut);
      await expect(store().finish(user, old.fence, outcomeOf(user))).rejects.toThrow(FencedOut);
      expect(await store().lastOutcome(user)).toBeUndefined();
      await other().assertMayWrite(user, newer.fence, account);
      expect(await store().begin(user)).toMatchObject({ previousMayRun: true, work: work(1), firstSight: true });
    });

    it('may not say in the name of the newer one that no call is under way', async () => {
      const user = bench.user();
      const old = await store().begin(user);
      await store().begin(user);
      await store().yield(user, old.fence);
      expect((await store().begin(user)).previousMayRun).toBe(true);
    });

    it('nor is there a fence before the first', async () => {
      const user = bench.user();
      const account = bench.account();
      for (const fence of [0, 1, -1, NaN]) {
        await expect(store().claimAccount(user, fence, account)).rejects.toThrow(FencedOut);
        await expect(store().assertMayWrite(user, fence, account)).rejects.toThrow(FencedOut);
        await expect(store().saveWork(user, fence, work(1))).rejects.toThrow(FencedOut);
        await expect(store().finish(user, fence, outcomeOf(user))).rejects.toThrow(FencedOut);
        await store().yield(user, fence);
      }
      expect(await store().begin(user)).toMatchObject({ previousMayRun: false, work: undefined, firstSight: true });
    });
  });

  describe('an outcome', () => {
    it('is the last one until the next attempt finishes', async () => {
      const user = bench.user();
      expect(await store().lastOutcome(user)).toBeUndefined();
      const first = await store().begin(user);
      await store().finish(user, first.fence, outcomeOf(user, 1));
      expect(await other().lastOutcome(user)).toEqual(outcomeOf(user, 1));
      const second = await store().begin(user);
      expect(await store().lastOutcome(user)).toEqual(outcomeOf(user, 1));
      const { because, ...bare } = { ...outcomeOf(user, 2), because: 'record-unmappable' as const };
      await store().finish(user, second.fence, { ...bare, kind: 'not-planned', because, detail: 'no-username', steps: [] });
      expect(await other().lastOutcome(user)).toMatchObject({ kind: 'not-planned', because, detail: 'no-username', steps: [] });
    });
  });

  describe('the outcomes', () => {
    it('are the last ten, newest first, and the first of them is the last outcome', async () => {
      const user = bench.user();
      expect(await store().outcomes(user)).toEqual([]);
      for (let n = 1; n <= 12; n += 1) {
        const { fence } = await store().begin(user);
        await store().finish(user, fence, outcomeOf(user, n));
      }
      const expected = Array.from({ length: 10 }, (_, i) => outcomeOf(user, 12 - i));
      expect(await other().outcomes(user)).toEqual(expected);
      expect(await other().lastOutcome(user)).toEqual(expected[0]);
      expect(await store().outcomes(bench.userBeside(user))).toEqual([]);
    });

    it('have none of an attempt that was fenced out', async () => {
      const user = bench.user();
      const old = await store().begin(user);
      await store().begin(user);
      await expect(store().finish(user, old.fence, outcomeOf(user))).rejects.toThrow(FencedOut);
      expect(await store().outcomes(user)).toEqual([]);
    });
  });

  it('keeps to these rules through any sequence of attempts, each with whatever fence it has', async () => {
    const step = fc.record({
      what: fc.constantFrom('begin', 'begin', 'save', 'yield', 'finish'),
      back: fc.nat({ max: 2 }),
      n: fc.nat(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
        const user = bench.user();
        const fences: number[] = [];
        let open = false;
        let saved: OpenWork | undefined;
        let finished = false;
        for (const { what, back, n } of steps) {
          const fence = fences.at(-1 - back);
          const newest = back === 0;
          if (what === 'begin') {
            const attempt = await store().begin(user);
            expect(attempt).toEqual({ fence: attempt.fence, previousMayRun: open, work: saved, firstSight: !finished });
            expect(attempt.fence).toBeGreaterThan(fences.at(-1) ?? 0);
            fences.push(attempt.fence);
            open = true;
          } else if (fence === undefined) {
            continue;
          } else if (what === 'yield') {
            await store().yield(user, fence);
            if (newest) open = false;
          } else {
            const call =
              what === 'save' ? store().saveWork(user, fence, work(n)) : store().finish(user, fence, outcomeOf(user, n));
            if (!newest) {
              await expect(call).rejects.toThrow(FencedOut);
              continue;
            }
            await call;
            if (what === 'save') saved = work(n);
            else [open, saved, finished] = [false, undefined, true];
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  conformanceOfOwners(bench);
  conformanceOfHandOvers(bench);
}
