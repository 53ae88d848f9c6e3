import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { flatLine, type FlatBound } from './flat-line.ts';

const bound: FlatBound = { percentPerHour: 2, percentInAll: 10, atLeast: 5 };
const everyMs = 5_000;
const line = (length: number, valueAt: (n: number) => number) => Array.from({ length }, (_, n) => ({ at: n * everyMs, value: valueAt(n) })); // prettier-ignore
/** A base, and noise of up to 3 % of it around each reading. */
const noisy = fc.record({
  length: fc.integer({ min: 12, max: 300 }),
  base: fc.integer({ min: 200, max: 1_000_000 }),
  noise: fc.array(fc.double({ min: -0.03, max: 0.03, noNaN: true }), { minLength: 300, maxLength: 300 }),
});

describe('whether a line is flat', () => {
  it('finds nothing in noise, in a warm-up of the first half, and in peaks of a fifth of the readings', () => {
    fc.assert(
      fc.property(
        noisy,
        fc.integer({ min: 5, max: 9 }),
        fc.double({ min: 0, max: 5, noNaN: true }),
        ({ length, base, noise }, every, peak) => {
          const value = (n: number): number => base * (1 + noise[n]!);
          expect(flatLine(line(length, value), bound).isFlat).toBe(true);
          expect(
            flatLine(
              line(length, (n) => value(n) * Math.min(1, 0.3 + (1.4 * n) / length)),
              bound,
            ).isFlat,
          ).toBe(true);
          expect(
            flatLine(
              line(length, (n) => value(n) * (n % every === 0 ? 1 + peak : 1)),
              bound,
            ).isFlat,
          ).toBe(true);
        },
      ),
    );
  });

  it('finds each planted leak that is above the bound, through the same noise', () => {
    fc.assert(
      fc.property(noisy, fc.double({ min: 0.5, max: 20, noNaN: true }), ({ length, base, noise }, leak) => {
        const samples = line(length, (n) => base * (1 + noise[n]! + (leak * n) / length));
        expect(flatLine(samples, bound).isFlat).toBe(false);
      }),
    );
  });

  it('finds in a day what a short run can not, where the allowance for warming up has faded: 5 % an hour', () => {
    const leaking = (hours: number) =>
      line((hours * 3_600_000) / everyMs, (n) => 1_000_000 * (1 + (0.05 * n * everyMs) / 3_600_000));
    expect(flatLine(leaking(0.1), bound).isFlat).toBe(true);
    expect(flatLine(leaking(24), bound).isFlat).toBe(false);
  });

  it('lets what shrinks shrink, and calls growth of a few from nearly none no leak', () => {
    expect(
      flatLine(
        line(100, (n) => 1_000 - n),
        bound,
      ).isFlat,
    ).toBe(true);
    expect(
      flatLine(
        line(100, (n) => n / 50),
        bound,
      ),
    ).toMatchObject({ isFlat: true, allowed: 5 });
    expect(
      flatLine(
        line(100, (n) => n),
        bound,
      ).isFlat,
    ).toBe(false);
  });
});
