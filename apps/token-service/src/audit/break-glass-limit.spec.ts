import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createBreakGlassLimit } from './break-glass-limit.ts';

it('so many a minute, then after the seconds that it names; what is refused takes nothing', () => {
  let now = 0;
  const limit = createBreakGlassLimit(60, () => now);
  const take = (tokens: number) => limit.take('one', tokens);
  expect([take(50), take(11), take(11), take(10), take(1)]).toEqual([undefined, 1, 1, undefined, 1]);
  now += 1_000;
  expect([take(2), take(1), take(60)]).toEqual([1, undefined, 60]);
  now += 60_000_000;
  expect([take(60), take(1)]).toEqual([undefined, 1]);
});

it('for each credential apart; what is given back is there again, and no more than that', () => {
  let now = 0;
  const { take, giveBack } = createBreakGlassLimit(60, () => now);
  expect([take('one', 60), take('one', 1), take('two', 60)]).toEqual([undefined, 1, undefined]);
  giveBack('one', 5);
  expect([take('one', 6), take('one', 5), take('two', 1)]).toEqual([1, undefined, 1]);
  now += 120_000;
  giveBack('one', 50);
  expect([take('one', 61), take('one', 60), take('one', 1)]).toEqual([1, undefined, 1]);
});

it('whoever waits as long as it says gets what was asked for, and no minute has more than twice the limit', () => {
  const asked = fc.array(fc.record({ after: fc.nat(90_000), tokens: fc.integer({ min: 1, max: 40 }) }), { maxLength: 60 });
  fc.assert(
    fc.property(asked, fc.integer({ min: 40, max: 100 }), (asks, perMinute) => {
      let now = 0;
      const limit = createBreakGlassLimit(perMinute, () => now);
      const take = (tokens: number) => limit.take('one', tokens);
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
