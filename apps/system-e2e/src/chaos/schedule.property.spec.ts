import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { elsewhere, faultKinds, faults, links, shapes, targetsOf, whyNotTogether } from './faults.ts';
import { calmAtLastMs, schedule, shapeOf } from './schedule.ts';

const seeds = fc.string({ minLength: 1, maxLength: 20 });
const minutes = fc.integer({ min: 1, max: 20 });

describe('the schedule of strikes', () => {
  it('is the same for the same seed, and another one for another', () => {
    fc.assert(fc.property(seeds, minutes, (seed, n) => expect(schedule(seed, n)).toEqual(schedule(seed, n))));
    expect(schedule('1', 3)).not.toEqual(schedule('2', 3));
  });

  it('has every kind of fault within three minutes, each at a target of its own and for as long as its kind lasts', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 3, max: 10 }), (seed, n) => {
        const strikes = schedule(seed, n);
        const shape = shapeOf(seed);
        const kinds = faultKinds.filter((kind) => targetsOf(kind, shape).length > 0);
        expect(new Set(strikes.map(({ fault }) => fault))).toEqual(new Set(kinds));
        for (const { fault, target, forMs } of strikes) {
          const { forMs: [least, most] } = faults[fault]; // prettier-ignore
          expect(targetsOf(fault, shape)).toContain(target);
          expect(forMs).toBeGreaterThanOrEqual(least);
          expect(forMs).toBeLessThanOrEqual(most);
        }
      }),
    );
  });

  it('lets no two meet that exclude each other, and heals the last one twenty seconds before the end', () => {
    fc.assert(
      fc.property(seeds, minutes, (seed, n) => {
        const strikes = schedule(seed, n);
        const wrong = strikes.filter((one, at) => {
          const isLate = one.atMs + one.forMs > n * 60_000 - calmAtLastMs;
          const underWay = strikes.slice(0, at).filter((other) => other.atMs > one.atMs || other.atMs + other.forMs > one.atMs);
          return isLate || underWay.some((other) => other.atMs > one.atMs || whyNotTogether(one, other) !== undefined);
        });
        expect(wrong).toEqual([]);
      }),
    );
  });

  it('lets others meet: two faults at a time is what a run is for', () => {
    const overlaps = schedule('1', 20).filter((one, at, all) => at > 0 && all[at - 1]!.atMs + all[at - 1]!.forMs > one.atMs);
    expect(overlaps.length).toBeGreaterThan(20);
  });

  it('strikes every link in the long run, and fails a Redis over where sentinels lead to it, past the links', () => {
    const targets = (seed: string) => new Set(schedule(seed, 60).map(({ target }) => target));
    const [one, led] = shapes.map((shape) => targets(['1', '2', '3'].find((seed) => shapeOf(seed) === shape)!)); // the seeds of every run
    expect(links.filter((link) => !one!.has(link))).toEqual([]);
    expect(links.filter((link) => led!.has(link))).toEqual(['worker-redis', 'worker-provider']);
    expect([one!.has('primary of the rings'), led!.has('primary of the rings')]).toEqual([false, true]);
  });
});

describe('the list of faults', () => {
  it('has every row of the reliability list, or says where that one is proved', () => {
    const rows = new Set([...Object.values(faults).flatMap(({ rows }) => rows as readonly string[]), ...Object.keys(elsewhere)]);
    expect([...rows].sort()).toEqual(Array.from({ length: 47 }, (_, n) => `R${n + 1}`).sort());
    expect(Object.values(faults).flatMap(({ rows }) => (rows as readonly string[]).filter((row) => row in elsewhere))).toEqual(
      [],
    );
  });
});
