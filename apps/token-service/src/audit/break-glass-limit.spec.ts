import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createBreakGlassLimit } from './break-glass-limit.ts';

it('so many a minute, then after the seconds that it names; what is refused takes nothing', () => {
  let now = 0;
  const { take } = createBreakGlassLimit(60, () => now);
  expect([take(50), take(11), take(11), take(10), take(1)]).toEqual([undefined, 1, 1, undefined, 1]);
  now += 1_000;
  expect([take(2), take(1), take(60)]).toEqual([1, undefined, 60]);
  now += 60_000_000;
  expect([take(60), take(1)]).toEqual([undefined, 1]);
});

it('whoever waits as long as it says gets what was asked for, and no minute has more than twice the limit', () => {
  const asked = fc.array(fc.record({ after: fc.nat(90_000), tokens: fc.integer({ min: 1, max: 40 }) }), { maxLength: 60 });
  fc.assert(
    fc.property(asked, fc.integer({ min: 40, max: 100 }), (asks, perMinute) => {
      let now = 0;
      const { take } = createBreakGlassLimit(perMinute, () => now);
      const taken: { readonly at: number; readonly tokens: number }[] = [];
      for (const { after, tokens } of asks) {
        now += after;
        const seconds = take(tokens);
        if (seconds !== undefined) {
          now += seconds * 1_000;
          expect(take(tokens)).toBeUndefined();
        }
        taken.push({ at: now, tokens });
        const within = taken.filter(({ at }) => at > now - 60_000).reduce((sum, one) => sum + one.tokens, 0);
        expect(within).toBeLessThanOrEqual(2 * perMinute);
      }
    }),
  );
});
