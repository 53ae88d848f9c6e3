import { describe, expect, it } from '@jest/globals';
import { instant } from '@tallystick/kernel-core';
import fc from 'fast-check';
import { adoptionReport, forecastThreshold } from './adoption-report.ts';
import type { Segment, TokenId } from './ring.ts';
import { dayOf, type Presented, type SightedGroup } from './sighting-ports.ts';

const today = 20_000;
const ids = ['tok_a', 'tok_b', 'tok_c', 'tok_d'] as readonly string[] as readonly TokenId[];
const [token, old] = ids as [TokenId, TokenId];
const group: fc.Arbitrary<SightedGroup> = fc.record({
  day: fc.integer({ min: today - 20, max: today + 1 }),
  presented: fc.constantFrom<Presented>(...ids, 'nothing', 'unknown'),
  platform: fc.constantFrom<SightedGroup['platform']>('ios', 'android', 'other'),
  devices: fc.integer({ min: 1, max: 1_000_000 }),
});
const groups = fc.array(group, { maxLength: 60 });
const segment: fc.Arbitrary<Segment> = fc.constantFrom<Segment>({}, { platform: 'ios' }, { platform: 'android', site: 'berlin' });
const tokens = fc
  .subarray([...ids])
  .chain((some) => fc.tuple(...some.map((id) => segment.map((meant) => ({ id, segment: meant })))));

const total = (parts: readonly { readonly devices: number }[]): number => parts.reduce((sum, { devices }) => sum + devices, 0);

describe('the adoption report', () => {
  it('is the sum of its parts in every way in which it is cut', () => {
    fc.assert(
      fc.property(groups, groups, tokens, fc.nat(15), (current, series, list, back) => {
        const window = { fromDay: today - back, toDay: today };
        const counts = { since: instant(0), newest: instant(1), isFull: false, strangersTurnedAway: false, current, series };
        const report = adoptionReport({ counts, window, tokens: list });
        const inWindow = total(current.filter(({ day }) => day >= window.fromDay));
        expect(report.devices).toBe(inWindow);
        expect(total([...report.tokens, report.nothing, report.unknown])).toBe(inWindow);
        expect(total([...report.segments, report.withoutSegment])).toBe(inWindow);
        expect(total(report.platforms)).toBe(inWindow);
        for (const each of report.segments)
          expect(total(report.tokens.filter(({ segment: name }) => name === each.segment))).toBe(each.devices);
        expect(report.days.map(({ day }) => day)).toEqual(Array.from({ length: back + 1 }, (_, at) => window.fromDay + at));
        for (const day of report.days) {
          expect(total(day.presented)).toBe(day.devices);
          expect(day.devices).toBe(total(series.filter((one) => one.day === day.day)));
        }
        const shares = [...report.tokens, report.nothing, report.unknown].reduce((sum, { share }) => sum + share, 0);
        expect(shares).toBeCloseTo(inWindow === 0 ? 0 : 1, 9);
      }),
    );
  });
});

describe('the forecast', () => {
  const forecast = (series: readonly SightedGroup[], threshold: number, replaces: readonly TokenId[] = [old]) => {
    const found = forecastThreshold({ series, token, replaces, threshold, today });
    return found === undefined ? Number.POSITIVE_INFINITY : found;
  };
  const threshold = fc.double({ min: 0, max: 1, noNaN: true });
  const of = (day: number, presented: TokenId, devices: number): SightedGroup => ({ day, presented, platform: 'ios', devices });
  /** What remains of so many devices is multiplied by `factor` each day. */
  const decay = (factor: number, length: number, start: number): readonly SightedGroup[] =>
    Array.from({ length }, (_, at) => {
      const remaining = Math.round(1_000_000 * start * factor ** at);
      const day = today - length + at;
      return [of(day, token, 1_000_000 - remaining), of(day, old, remaining)];
    }).flat();

  it('of any series is nothing, or the start of a day from today to a year on', () => {
    fc.assert(
      fc.property(groups, threshold, fc.subarray([...ids.slice(1)]), (series, share, replaces) => {
        const found = forecastThreshold({ series, token, replaces, threshold: share, today });
        if (found === undefined) return;
        expect(found % 86_400_000).toBe(0);
        expect(dayOf(found)).toBeGreaterThanOrEqual(today);
        expect(dayOf(found)).toBeLessThanOrEqual(today + 365);
      }),
    );
  });

  it('is today when every day shows the threshold reached, and never without a device of the tokens', () => {
    const reached = fc.array(fc.tuple(fc.nat(30), fc.integer({ min: 1, max: 1_000 }), fc.integer({ min: 0, max: 1_000 })), {
      minLength: 1,
    });
    fc.assert(
      fc.property(reached, (days) => {
        const series = days.flatMap(([back, adopted, rest]) => [of(today - back, token, adopted), of(today - back, old, rest)]);
        const shares = new Map<number, number>();
        for (const { day } of series) {
          const some = series.filter((one) => one.day === day);
          shares.set(day, total(some.filter(({ presented }) => presented === token)) / total(some));
        }
        expect(forecast(series, Math.min(...shares.values()))).toBe(today * 86_400_000);
        expect(forecastThreshold({ series, token: 'tok_x' as TokenId, replaces: [], threshold: 0, today })).toBeUndefined();
      }),
    );
  });

  it('does not come later when the rest shrinks faster, or when the threshold is lower', () => {
    const factor = fc.double({ min: 0.3, max: 0.99, noNaN: true });
    const start = fc.double({ min: 0.2, max: 0.95, noNaN: true });
    fc.assert(
      fc.property(factor, factor, fc.integer({ min: 3, max: 14 }), start, threshold, threshold, (a, b, length, from, c, d) => {
        const faster = decay(Math.min(a, b), length, from);
        expect(forecast(faster, Math.max(c, d))).toBeLessThanOrEqual(
          forecast(decay(Math.max(a, b), length, from), Math.max(c, d)),
        );
        expect(forecast(faster, Math.min(c, d))).toBeLessThanOrEqual(forecast(faster, Math.max(c, d)));
      }),
    );
  });

  it('of an even decay is the day on which the decay reaches the threshold', () => {
    const cases = fc.tuple(
      fc.double({ min: 0.5, max: 0.97, noNaN: true }),
      fc.integer({ min: 3, max: 14 }),
      fc.integer({ min: 1, max: 60 }),
    );
    fc.assert(
      fc.property(cases, ([factor, length, ahead]) => {
        const remaining = (days: number): number => 0.9 * factor ** (length + days);
        // between two days, so that rounding to whole devices does not decide
        const target = 1 - Math.sqrt(remaining(ahead) * remaining(ahead - 1));
        fc.pre(1 - target > 0.001);
        expect(forecast(decay(factor, length, 0.9), target)).toBe((today + ahead) * 86_400_000);
      }),
    );
  });
});
