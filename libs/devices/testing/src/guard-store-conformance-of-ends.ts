import { describe, expect, it } from '@jest/globals';
import {
  endClaimMs,
  type GuardReason,
  type HoldId,
  type HoldState,
  noChanges,
  type PlanHash,
  type UserRef,
  usualGuards,
} from '@tallystick/devices-domain';
import type { GuardBench } from './guard-store-conformance.ts';

const hour = 3_600_000;
const counts = { ...noChanges, removals: 1 };
const plan = { steps: [], findings: [] };
const nothingGoes = { settings: { ...usualGuards, removals: { atLeast: 0, share: 0, atMost: 0 } }, users: 0 };

/** The tests of holds that end without an answer; part of `guardStoreConformance`. */
export function endConformance(bench: GuardBench): void {
  const hold = (
    user: UserRef,
    { because = 'too-many-removals', ...how }: { because?: GuardReason; pass?: string; holdHours?: number } = {},
  ): Promise<HoldId> =>
    bench.guards.hold(user, { planHash: 'p' as PlanHash, counts, plan }, { because, holdHours: 2, ...how }, bench.now);
  const stateOf = async (user: UserRef, id: HoldId): Promise<HoldState | undefined> => (await bench.other.read(user, id))?.state;
  const reserve = (user: UserRef) => bench.other.reserve(user, 'p' as PlanHash, counts, nothingGoes, bench.now);
  const approve = async (user: UserRef, id: HoldId): Promise<string> => {
    const { hash } = (await bench.other.read(user, id))!;
    const answer = { kind: 'approve', hash, by: 'grace', reason: 'seen', twoPeople: false } as const;
    return bench.other.answer(user, id, answer, bench.now);
  };

  describe('a hold that ends without an answer', () => {
    it('is cancelled with its pass: it takes no answer, lets nothing through, and others stay open', async () => {
      const user = bench.users();
      const mine = [await hold(user(1), { pass: 'p1' }), await hold(user(1), { pass: 'p1', because: 'source-shrank' })];
      const others = [await hold(user(2)), await hold(user(3), { pass: 'p2' })];
      expect(await bench.guards.cancel(user(1), 'p1', bench.now)).toBe(2);
      expect(await Promise.all([...mine, ...others].map((id) => stateOf(user(1), id)))).toEqual([
        'cancelled',
        'cancelled',
        'open',
        'open',
      ]);
      expect(await approve(user(1), mine[0]!)).toBe('not-open');
      expect(await reserve(user(1))).toMatchObject({ kind: 'exceeded' });
      expect(await bench.guards.cancel(user(1), 'p1', bench.now)).toBe(0);
      const again = await hold(user(1), { pass: 'p1' });
      expect([mine.includes(again), await stateOf(user(1), again)]).toEqual([false, 'open']);
    });

    it('is cancelled with its connection, but for what was answered or was over before', async () => {
      const user = bench.users();
      const over = await hold(user(1), { because: 'no-headroom', holdHours: 1 });
      const approved = await hold(user(2), { pass: 'p1' });
      expect(await approve(user(2), approved)).toBe('answered');
      bench.pass(hour);
      const open = [await hold(user(3)), await hold(user(4), { pass: 'p2' })];
      const foreign = await hold(bench.users()(1));
      expect(await bench.guards.cancel(user(1), undefined, bench.now)).toBe(2);
      expect(await Promise.all([over, approved, ...open].map((id) => stateOf(user(1), id)))).toEqual([
        'expired',
        'approved',
        'cancelled',
        'cancelled',
      ]);
      expect(await reserve(user(2))).toEqual({ kind: 'approved', hold: approved });
      expect(foreign).toBeDefined();
    });

    it('that has expired is told of until its users were woken; not one that was answered, cancelled or made by a pass', async () => {
      const user = bench.users();
      const first = await hold(user(1), { holdHours: 1 });
      const second = await hold(user(2), { because: 'no-headroom', holdHours: 2 });
      await hold(user(3), { pass: 'p1', holdHours: 1 });
      const answered = await hold(user(4), { because: 'last-working-factor', holdHours: 1 });
      await approve(user(4), answered);
      bench.pass(hour - 1);
      expect(await bench.other.expired(user(1), 10, bench.now)).toEqual([]);
      bench.pass(1);
      expect(await bench.other.expired(user(1), 10, bench.now)).toEqual([first]);
      bench.pass(hour);
      expect(await bench.other.expired(user(1), 10, bench.now)).toEqual([first, second]);
      expect(await bench.other.expired(user(1), 1, bench.now)).toEqual([first]);
      await bench.guards.told(user(1), first);
      expect(await bench.other.expired(user(1), 10, bench.now)).toEqual([second]);
      const next = await hold(user(1), { holdHours: 1 });
      expect(next).not.toBe(first);
      await bench.guards.cancel(user(1), undefined, bench.now);
      bench.pass(hour);
      expect(await bench.other.expired(user(1), 10, bench.now)).toEqual([second]);
    });

    it('is noted by one caller at a time, again where that one did not come to it, and never once it is noted', async () => {
      const user = bench.users();
      const id = await hold(user(1), { holdHours: 1 });
      bench.pass(hour);
      const claim = (of = id) => bench.guards.claimEnd(user(1), of, bench.now);
      const claims = await Promise.all([claim(), bench.other.claimEnd(user(1), id, bench.now)]);
      expect(claims.toSorted()).toEqual(['another', 'yours']);
      bench.pass(endClaimMs - 1);
      expect(await claim()).toBe('another');
      bench.pass(1);
      expect(await claim()).toBe('yours');
      await bench.other.endNoted(user(1), id);
      bench.pass(2 * endClaimMs);
      expect(await claim()).toBe('noted');
      const none = '1-1' as HoldId;
      await bench.guards.endNoted(user(1), none);
      expect([await claim(none), await bench.other.read(user(1), none)]).toEqual(['noted', undefined]);
      expect(await bench.other.expired(user(1), 10, bench.now)).toEqual([id]);
    });
  });
}
