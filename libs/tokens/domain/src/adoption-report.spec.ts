import { describe, expect, it } from '@jest/globals';
import { instant } from '@tallystick/kernel-core';
import { adoptionReport, forecastThreshold } from './adoption-report.ts';
import type { TokenId } from './ring.ts';
import type { Day, Presented, SightedGroup, SightingCounts } from './sighting-ports.ts';

const oldIos = 'tok_old_ios' as TokenId;
const newIos = 'tok_new_ios' as TokenId;
const android = 'tok_android' as TokenId;
const idle = 'tok_idle' as TokenId;
const gone = 'tok_gone' as TokenId;
const today: Day = 20_000;
const group = (
  day: Day,
  presented: Presented,
  devices: number,
  platform: SightedGroup['platform'] = 'ios',
  met?: boolean,
): SightedGroup => ({ day, presented, platform, devices, ...(met === undefined ? {} : { siblings: { revision: 1, met } }) });
const counts = (current: readonly SightedGroup[], series: readonly SightedGroup[] = []): SightingCounts => ({
  since: instant(0),
  newest: instant(today * 86_400_000),
  isFull: false,
  strangersTurnedAway: false,
  current,
  series,
});
const tokens = [
  { id: oldIos, segment: { platform: 'ios' } },
  { id: newIos, segment: { platform: 'ios' } },
  { id: android, segment: { platform: 'android', mdm: 'intune' } },
  { id: idle, segment: {} },
] as const;
const window = { fromDay: today - 2, toDay: today };

describe('the adoption report', () => {
  const report = adoptionReport({
    counts: counts(
      [
        group(today, newIos, 30, 'ios', true),
        group(today - 1, newIos, 10, 'ios', false),
        group(today - 2, oldIos, 40),
        group(today - 1, android, 10, 'android'),
        group(today - 1, oldIos, 1, 'android'), // a token meant for another platform is accepted all the same (M9)
        group(today, gone, 4, 'other'),
        group(today - 2, 'nothing', 3),
        group(today, 'unknown', 2),
        group(today - 3, oldIos, 1_000),
      ],
      [
        group(today, newIos, 20, 'ios', true),
        group(today, newIos, 10, 'ios', false),
        group(today, oldIos, 10),
        group(today - 2, oldIos, 5),
        group(today - 3, oldIos, 5),
      ],
    ),
    window,
    tokens,
  });

  it('has devices, share and last day of every token, also of one that nobody presents and of one that is not in the list', () => {
    expect(report.devices).toBe(100);
    expect(report.tokens).toEqual([
      { token: oldIos, segment: 'ios', devices: 41, share: 0.41, lastSeen: today - 1, shareOfSegment: 41 / 81 },
      { token: newIos, segment: 'ios', devices: 40, share: 0.4, lastSeen: today, shareOfSegment: 40 / 81 },
      { token: android, segment: 'android/*/intune', devices: 10, share: 0.1, lastSeen: today - 1, shareOfSegment: 1 },
      { token: idle, segment: 'all', devices: 0, share: 0, lastSeen: undefined, shareOfSegment: 0 },
      { token: gone, segment: undefined, devices: 4, share: 0.04, lastSeen: today, shareOfSegment: 0 },
    ]);
    expect(report.nothing).toEqual({ devices: 3, share: 0.03, lastSeen: today - 2 });
    expect(report.unknown).toEqual({ devices: 2, share: 0.02, lastSeen: today });
  });

  it('has the same by segment and by platform', () => {
    expect(report.segments).toEqual([
      { segment: 'ios', tokens: [oldIos, newIos], devices: 81, share: 0.81, lastSeen: today },
      { segment: 'android/*/intune', tokens: [android], devices: 10, share: 0.1, lastSeen: today - 1 },
      { segment: 'all', tokens: [idle], devices: 0, share: 0, lastSeen: undefined },
    ]);
    expect(report.withoutSegment).toEqual({ devices: 9, share: 0.09, lastSeen: today });
    expect(report.platforms).toEqual([
      { platform: 'ios', devices: 85, share: 0.85, lastSeen: today },
      { platform: 'android', devices: 11, share: 0.11, lastSeen: today - 1 },
      { platform: 'other', devices: 4, share: 0.04, lastSeen: today },
    ]);
  });

  it('has every day of the window, with shares among the devices of the day', () => {
    expect(report.days).toEqual([
      { day: today - 2, devices: 5, presented: [{ presented: oldIos, devices: 5, share: 1 }] },
      { day: today - 1, devices: 0, presented: [] },
      {
        day: today,
        devices: 40,
        presented: [
          { presented: newIos, devices: 30, share: 0.75 },
          { presented: oldIos, devices: 10, share: 0.25 },
        ],
      },
    ]);
  });

  it('of nothing is all zero, without a division by it', () => {
    const empty = adoptionReport({ counts: counts([]), window, tokens });
    expect(empty.devices).toBe(0);
    expect(empty.tokens.map(({ devices, share, shareOfSegment }) => [devices, share, shareOfSegment])).toEqual(
      tokens.map(() => [0, 0, 0]),
    );
    expect(empty.platforms).toEqual([]);
  });

  it.each([
    [today, today - 1],
    [today - 366, today],
    [Number.NaN, today],
  ])('refuses a window that is none or too long: %d–%d', (fromDay, toDay) => {
    expect(() => adoptionReport({ counts: counts([]), window: { fromDay, toDay }, tokens })).toThrow(RangeError);
  });
});

describe('the forecast', () => {
  /** Devices on the new token out of 1,000, day by day; the last number is of `today` plus `last`. */
  const seriesOf = (adopted: readonly number[], last = -1, devices = 1_000): readonly SightedGroup[] =>
    adopted.flatMap((number, at) => {
      const day = today + last - (adopted.length - 1) + at;
      return [group(day, newIos, number), group(day, oldIos, devices - number)];
    });
  const halving = [500, 750, 875]; // what remains halves each day
  const forecast = (series: readonly SightedGroup[], threshold = 0.98) => {
    const found = forecastThreshold({ series, token: newIos, replaces: [oldIos], threshold, today });
    return found === undefined ? undefined : found / 86_400_000 - today;
  };

  // 125 of 1,000 remain yesterday: 62 today, 31, 16 (below 20)
  it.each<[string, readonly SightedGroup[], number, number | undefined]>([
    ['goes on as it went', seriesOf(halving), 0.98, 2],
    ['is today when the share is reached', seriesOf([100, 980]), 0.98, 0],
    ['is today with one day of data that has it', seriesOf([1_000]), 1, 0],
    ['is the next day at the earliest when it is not reached', seriesOf([970, 985, 979]), 0.98, 1],
    ['can not be said of two days', seriesOf([500, 750]), 0.98, undefined],
    ['can not be said without data', [], 0.98, undefined],
    ['can not be said without progress', seriesOf([500, 500, 500, 500]), 0.98, undefined],
    ['can not be said when it goes back', seriesOf([600, 500, 400]), 0.98, undefined],
    ['is not given when it is more than a year away', seriesOf([100, 101, 102, 103]), 0.98, undefined],
    ['of everybody is when less than half a device remains', seriesOf(halving), 1, 7],
    ['does not count the days before the token', seriesOf([0, 0, 0, 0, 0, ...halving]), 0.98, 2],
    [
      'looks at the last fourteen days',
      seriesOf([...Array.from({ length: 20 }, () => 1), ...Array.from({ length: 14 }, (_, at) => 1_000 - 900 * 0.95 ** at)]),
      0.6,
      2,
    ],
    ['does not believe the first devices of today', [...seriesOf(halving), group(today, newIos, 3)], 0.98, 2],
    ['counts today once it has half of the usual devices', [...seriesOf(halving), group(today, newIos, 500)], 0.98, 0],
    [
      'ignores other tokens and days to come',
      [...seriesOf(halving), group(today - 1, android, 9_000), group(today + 1, newIos, 9_000)],
      0.98,
      2,
    ],
  ])('%s', (_, series, threshold, days) => {
    expect(forecast(series, threshold)).toBe(days);
  });
});
