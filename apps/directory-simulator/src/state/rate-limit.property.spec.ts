import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { RateLimit } from './rate-limit.ts';

const setting = fc.record({ perSecond: fc.integer({ min: 1, max: 500 }), burst: fc.integer({ min: 1, max: 100 }) });

describe('a rate limit', () => {
  it('lets no more than burst + time × rate calls pass between any two of them', () => {
    fc.assert(
      fc.property(setting, fc.array(fc.nat(40), { maxLength: 400 }), (limit, gaps) => {
        const bucket = new RateLimit();
        const passed: number[] = [];
        let now = 1_000_000;
        for (const gap of gaps) {
          now += gap;
          if (bucket.take(limit, now) === undefined) passed.push(now);
        }
        for (const [first, from] of passed.entries())
          for (let last = first; last < passed.length; last += 1)
            expect(last - first + 1).toBeLessThanOrEqual(
              limit.burst + (((passed[last] ?? 0) - from) * limit.perSecond) / 1000 + 1e-6,
            );
      }),
    );
  });

  it('never refuses a caller that waits for as long as it was told', () => {
    fc.assert(
      fc.property(setting, fc.array(fc.nat(5), { maxLength: 100 }), (limit, gaps) => {
        const bucket = new RateLimit();
        let now = 1_000_000;
        for (const gap of gaps) {
          now += gap;
          const wait = bucket.take(limit, now);
          if (wait === undefined) continue;
          now += wait;
          expect(bucket.take(limit, now)).toBeUndefined();
        }
      }),
    );
  });
});
