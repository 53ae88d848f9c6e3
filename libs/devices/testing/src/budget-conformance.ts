import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { BudgetLane } from '@tallystick/devices-domain';
import { instant } from '@tallystick/kernel-core';
import fc from 'fast-check';
import { BudgetBench, type BudgetWish, leaseOf, type MakeBudget } from './budget-bench.ts';
import { pauseAndQuarantineConformance } from './budget-conformance-of-quarantine.ts';

/** Every test of the port `DirectoryBudget` that an implementation has to pass; call it inside a `describe`. */
export function budgetConformance(make: MakeBudget): void {
  const bench = new BudgetBench(make);
  beforeAll(() => bench.open());
  afterAll(() => bench.close());

  describe('the rate', () => {
    it('I10: lets a burst through after a quiet time, then one call after the other', async () => {
      const name = bench.directory();
      expect(await bench.grantedNow(name, 5)).toBe(5);
      expect(await bench.ask(name)).toEqual({ kind: 'later', at: bench.now + 100 });
      bench.pass(100);
      expect(await bench.grantedNow(name, 20)).toBe(1);
      bench.pass(3_600_000);
      expect(await bench.grantedNow(name, 20)).toBe(5);
    });

    it('charges each call of an operation', async () => {
      const name = bench.directory();
      expect(await bench.grantedNow(name, 2, { calls: 2 })).toBe(2);
      expect(await bench.ask(name, { calls: 2 })).toEqual({ kind: 'later', at: bench.now + 100 });
      bench.pass(100);
      expect(await bench.grantedNow(name, 5, { calls: 2 })).toBe(1);
    });

    it('lets an operation with more calls than a burst through when all is paid off, and has it paid afterwards', async () => {
      const name = bench.directory();
      expect(await bench.grantedNow(name, 2, { calls: 8 })).toBe(1);
      bench.pass(700);
      expect(await bench.grantedNow(name, 2, { calls: 8 })).toBe(0);
      bench.pass(100);
      expect(await bench.grantedNow(name, 2, { calls: 8 })).toBe(1);
    });

    it('is one for all processes, and its own for each directory', async () => {
      const [name, elsewhere] = [bench.directory(), bench.directory()];
      const asks = Array.from({ length: 30 }, (_, n) =>
        bench.ask(name, {}, n % 2 === 0 ? bench.stores.budget : bench.stores.other),
      );
      const granted = (await Promise.all(asks)).filter(({ kind }) => kind === 'granted');
      expect(granted).toHaveLength(5);
      expect(new Set(granted.map(leaseOf)).size).toBe(5);
      expect(await bench.grantedNow(elsewhere, 20)).toBe(5);
    });

    it('refuses an ask that has no sense', async () => {
      const name = bench.directory();
      for (const wish of [
        { calls: 0 },
        { calls: 1.5 },
        { callsPerSecond: 0 },
        { callsPerSecond: NaN },
        { burst: 0 },
        { inFlight: 0 },
        { leaseMs: 0 },
      ])
        await expect(bench.ask(name, wish)).rejects.toThrow(RangeError);
      expect(await bench.grantedNow(name, 20)).toBe(5);
    });

    it('I10: whoever asks for whatever and whenever, no window of time has more than burst + rate × time, nor more under way than places', async () => {
      const anyAsk = fc.record({
        waitMs: fc.oneof({ weight: 3, arbitrary: fc.nat({ max: 30 }) }, fc.nat({ max: 2_000 })),
        lane: fc.constantFrom<BudgetLane>('live', 'bulk'),
        calls: fc.integer({ min: 1, max: 3 }),
        callMs: fc.integer({ min: 1, max: 900 }),
      });
      await fc.assert(
        fc.asyncProperty(
          fc.array(anyAsk, { minLength: 10, maxLength: 60 }),
          fc.constantFrom(3, 7, 50, 333),
          fc.integer({ min: 3, max: 12 }),
          fc.integer({ min: 1, max: 4 }),
          async (asks, callsPerSecond, burst, inFlight) => {
            const name = bench.directory();
            const granted: { at: number; calls: number }[] = [];
            let open: { lease: string; until: number }[] = [];
            for (const { waitMs, lane, calls, callMs } of asks) {
              bench.pass(waitMs);
              for (const { lease, until } of open) if (until <= bench.now) await bench.done(name, lease);
              open = open.filter(({ until }) => until > bench.now);
              const grant = await bench.ask(name, { lane, calls, callsPerSecond, burst, inFlight });
              if (grant.kind === 'later') expect(grant.at).toBeGreaterThan(bench.now);
              if (grant.kind !== 'granted') continue;
              granted.push({ at: bench.now, calls });
              open.push({ lease: grant.lease, until: bench.now + callMs });
              expect(open.length).toBeLessThanOrEqual(inFlight);
              let sum = 0;
              for (const each of [...granted].reverse()) {
                sum += each.calls;
                expect(sum).toBeLessThanOrEqual(burst + (callsPerSecond * (bench.now - each.at)) / 1_000 + 0.01);
              }
            }
          },
        ),
        { numRuns: 40 },
      );
    });

    it('tells one who is alone when to come: then it is granted', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.constantFrom(3, 7, 50, 333),
          fc.integer({ min: 1, max: 4 }),
          fc.array(fc.tuple(fc.constantFrom<BudgetLane>('live', 'bulk'), fc.integer({ min: 1, max: 6 })), {
            minLength: 5,
            maxLength: 20,
          }),
          async (callsPerSecond, burst, asks) => {
            const name = bench.directory();
            for (const [lane, calls] of asks) {
              let grant = await bench.ask(name, { lane, calls, callsPerSecond, burst });
              if (grant.kind === 'later') {
                bench.now = instant(grant.at);
                grant = await bench.ask(name, { lane, calls, callsPerSecond, burst });
              }
              await bench.done(name, leaseOf(grant));
              bench.pass(300); // nobody waits any more
            }
          },
        ),
        { numRuns: 30 },
      );
    });
  });

  describe('calls under way', () => {
    it('are no more than there are places, until one is over', async () => {
      const name = bench.directory();
      const [first] = [await bench.granted(name, { inFlight: 2 }), await bench.granted(name, { inFlight: 2 })];
      const denied = await bench.ask(name, { inFlight: 2 });
      expect(denied.kind).toBe('later');
      expect((await bench.stores.other.state(name, bench.now)).inFlight).toBe(2);
      expect(await bench.done(name, first, 'ok', bench.stores.other)).toBe('nothing');
      expect((await bench.ask(name, { inFlight: 2 })).kind).toBe('granted');
    });

    it('give their place back when their lease is over, for a worker that died', async () => {
      const name = bench.directory();
      const lost = await bench.granted(name, { inFlight: 1, leaseMs: 3_000 });
      bench.pass(2_999);
      expect((await bench.ask(name, { inFlight: 1 })).kind).toBe('later');
      bench.pass(1);
      expect((await bench.stores.budget.state(name, bench.now)).inFlight).toBe(0);
      expect((await bench.ask(name, { inFlight: 1 })).kind).toBe('granted');
      expect(await bench.done(name, lost)).toBe('nothing'); // it lived, and takes nobody else's place away
      expect((await bench.stores.budget.state(name, bench.now)).inFlight).toBe(1);
    });
  });

  describe('the lanes', () => {
    it('leave a tenth of a burst and a place to live', async () => {
      const name = bench.directory();
      expect(await bench.grantedNow(name, 60, { lane: 'bulk', burst: 30 })).toBe(27);
      expect(await bench.grantedNow(name, 60, { burst: 30 })).toBe(3);
      const other = bench.directory();
      for (let n = 0; n < 3; n += 1) await bench.granted(other, { lane: 'bulk', inFlight: 4 });
      expect((await bench.ask(other, { lane: 'bulk', inFlight: 4 })).kind).toBe('later');
      expect((await bench.ask(other, { inFlight: 4 })).kind).toBe('granted');
    });

    it('let bulk work where there is one place only, and a burst of one', async () => {
      const name = bench.directory();
      expect((await bench.ask(name, { lane: 'bulk', inFlight: 1, burst: 1 })).kind).toBe('granted');
    });

    /** Callers of both lanes who always want more, each asking again when told; gives the calls that each lane got. */
    const contend = async (
      callers: Readonly<Record<BudgetLane, number>>,
      wish: BudgetWish,
      seconds: number,
      callMs: number,
    ): Promise<Record<BudgetLane, number>> => {
      const name = bench.directory();
      const end = bench.now + seconds * 1_000;
      const got = { live: 0, bulk: 0 };
      const waiting: { at: number; lane: BudgetLane; lease?: string }[] = (['bulk', 'live'] as const).flatMap((lane) =>
        Array.from({ length: callers[lane] }, (_, n) => ({ at: bench.now + n, lane })),
      );
      for (;;) {
        waiting.sort((a, b) => a.at - b.at);
        const caller = waiting[0]!;
        if (caller.at >= end) break;
        bench.now = instant(caller.at);
        if (caller.lease !== undefined) await bench.done(name, caller.lease);
        delete caller.lease;
        const grant = await bench.ask(name, { ...wish, lane: caller.lane });
        if (grant.kind === 'granted') {
          got[caller.lane] += wish.calls ?? 1;
          Object.assign(caller, { lease: grant.lease, at: bench.now + callMs });
        } else if (grant.kind === 'later') caller.at = grant.at;
      }
      bench.now = instant(end);
      return got;
    };

    it.each([
      ['the rate is what is short', { callsPerSecond: 50, burst: 10 }, 20, 50],
      ['a burst is one call', { callsPerSecond: 50, burst: 1 }, 20, 45],
      ['there is one place only', { callsPerSecond: 500, burst: 50, inFlight: 1 }, 20, 45],
    ])('where %s: live goes first and bulk is never starved', async (_, wish, callMs, atLeastASecond) => {
      const { live, bulk } = await contend({ live: 6, bulk: 30 }, wish, 10, callMs);
      const all = live + bulk;
      expect(live / all).toBeGreaterThan(0.8);
      expect(bulk / all).toBeGreaterThan(0.05);
      expect(all / 10).toBeGreaterThanOrEqual(atLeastASecond * 0.95);
    });

    it('leave all to bulk while nobody else wants anything, of which it uses at least 95 %', async () => {
      const { bulk } = await contend({ live: 0, bulk: 50 }, { callsPerSecond: 100, burst: 10 }, 10, 30);
      expect(bulk).toBeGreaterThanOrEqual(950);
      expect(bulk).toBeLessThanOrEqual(1_010);
    });

    it('let a live caller through within a moment, whatever bulk wants', async () => {
      const name = bench.directory();
      for (let n = 0; n < 300; n += 1) {
        bench.pass(10);
        await bench.ask(name, { lane: 'bulk', callsPerSecond: 20, leaseMs: 50 });
      }
      let grant = await bench.ask(name, { callsPerSecond: 20 });
      const since = bench.now;
      while (grant.kind === 'later') {
        bench.now = instant(grant.at);
        await bench.ask(name, { lane: 'bulk', callsPerSecond: 20, leaseMs: 50 });
        grant = await bench.ask(name, { callsPerSecond: 20 });
      }
      expect(grant.kind).toBe('granted');
      expect(bench.now - since).toBeLessThanOrEqual(150);
    });
  });

  pauseAndQuarantineConformance(bench);
}
