import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { estimateDrift } from './drift.ts';

const users = fc.integer({ min: 0, max: 1_000_000 });

describe('R33: drift that a sample shows', () => {
  it.each<readonly [differ: number, of: number, low: number, high: number]>([
    // Known values; at the ends z²/(n + z²).
    [0, 10, 0, 0.2775],
    [0, 100, 0, 0.037],
    [1, 10, 0.0179, 0.4042],
    [5, 100, 0.0215, 0.1118],
    [50, 100, 0.4038, 0.5962],
    [10, 10, 0.7225, 1],
  ])('is %i of %i: between %d and %d', (differ, of, low, high) => {
    const drift = estimateDrift({ inSync: of - differ, differ });
    expect([drift.share, drift.of]).toEqual([differ / of, of]);
    expect(drift.low).toBeCloseTo(low, 4);
    expect(drift.high).toBeCloseTo(high, 4);
  });

  it('is anything, when nobody could be planned', () => {
    expect(estimateDrift({ inSync: 0, differ: 0 })).toEqual({ of: 0, low: 0, high: 1 });
  });

  it('lies inside its own interval, which is inside 0 and 1 and never a point', () => {
    fc.assert(
      fc.property(users, users, (inSync, differ) => {
        const { share = 0, low, high } = estimateDrift({ inSync, differ });
        expect(low).toBeGreaterThanOrEqual(0);
        expect(high).toBeLessThanOrEqual(1);
        expect(low).toBeLessThanOrEqual(share);
        expect(high).toBeGreaterThanOrEqual(share);
        expect(high).toBeGreaterThan(low);
      }),
    );
  });

  it('is known better with a larger sample of the same share', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1_000 }),
        fc.integer({ min: 0, max: 1_000 }),
        fc.integer({ min: 2, max: 50 }),
        (inSync, differ, k) => {
          fc.pre(inSync + differ > 0);
          const [small, large] = [estimateDrift({ inSync, differ }), estimateDrift({ inSync: inSync * k, differ: differ * k })];
          expect(large.high - large.low).toBeLessThan(small.high - small.low);
        },
      ),
    );
  });

  it('looks the same from both sides', () => {
    fc.assert(
      fc.property(users, users, (a, b) => {
        const [one, other] = [estimateDrift({ inSync: a, differ: b }), estimateDrift({ inSync: b, differ: a })];
        expect(one.low).toBeCloseTo(1 - other.high, 12);
        expect(one.high).toBeCloseTo(1 - other.low, 12);
      }),
    );
  });

  it.each([-1, 0.5, Number.NaN])('is refused for %d users', (count) => {
    expect(() => estimateDrift({ inSync: count, differ: 1 })).toThrow(RangeError);
  });
});
