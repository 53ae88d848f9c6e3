import { describe, expect, it } from '@jest/globals';
import { forEnforcing, hasRules, judgeAdoption, refusedFigures } from './adoption.ts';
import { defaultRingSettings, type Ring } from './ring.ts';
import { dayOf, type SightingCounts } from './sighting-ports.ts';
import { group, hours, now, revokedState, ring, token } from './test-support/ring-builders.ts';

const { guards } = defaultRingSettings;
const counts = (more: Partial<SightingCounts> = {}): SightingCounts => ({
  since: hours(-100),
  newest: now,
  isFull: false,
  strangersTurnedAway: false,
  current: [group('a', 3)],
  series: [],
  ...more,
});

describe('figures are good enough to be counted on', () => {
  it.each([
    ['store-unavailable', undefined],
    ['no-sightings', counts({ since: undefined })],
    ['no-sightings', counts({ newest: undefined })],
    ['no-sightings', counts({ current: [] })],
    ['no-sightings', counts({ current: [{ ...group('a', 3), day: dayOf(now) - 14 }] })],
    ['no-sightings', counts({ current: [group('a', 0)] })],
    ['too-short', counts({ since: hours(-23.9) })],
    ['stale', counts({ newest: hours(-24.1) })],
    ['stale', counts({ newest: hours(1.1) })], // a clock that ran ahead
    ['full', counts({ isFull: true })],
  ] as const)('not when they are %s', (why, found) => {
    expect(judgeAdoption(found, guards, now)).toEqual({ kind: 'unknown', why });
  });

  it('without the strangers that were turned away, but not to say what enforcing would refuse', () => {
    const found = judgeAdoption(counts({ strangersTurnedAway: true }), guards, now);
    expect(found).toMatchObject({ kind: 'known', devices: 3 });
    expect(forEnforcing(found)).toEqual({ kind: 'unknown', why: 'strangers-turned-away' });
    const complete = judgeAdoption(counts(), guards, now);
    expect(forEnforcing(complete)).toBe(complete);
  });

  it('at the edge: watched for 24 hours, the last sighting 24 hours ago', () => {
    const edge = counts({ since: hours(-24), newest: hours(-24) });
    expect(judgeAdoption(edge, guards, now)).toEqual({ kind: 'known', devices: 3, groups: edge.current });
  });

  it('not after a hole longer than a long weekend, until they were watched for the minimum again', () => {
    const on = (...ago: number[]) => ago.map((days) => ({ ...group('a', 1), day: dayOf(now) - days }));
    const long = { since: hours(-24 * 60) };
    const afterHole = counts({ ...long, series: on(0, 5, 6, 7) });
    expect(judgeAdoption(afterHole, guards, now)).toEqual({ kind: 'unknown', why: 'too-short' });
    expect(judgeAdoption(counts({ ...long, series: on(0) }), guards, now)).toEqual({ kind: 'unknown', why: 'too-short' });
    for (const series of [on(0, 4, 5), on(0, 1, 2, 6, 7), on(0, 1, 2, 8)].map((days) => counts({ ...long, series: days })))
      expect(judgeAdoption(series, guards, now).kind).toBe('known');
  });

  it('count the days of the window only, today included', () => {
    const day = (ago: number, devices: number) => ({ ...group('a', devices), day: dayOf(now) - ago });
    const found = judgeAdoption(counts({ current: [day(0, 1), day(13, 10), day(14, 100)] }), guards, now);
    expect(found).toEqual({ kind: 'known', devices: 11, groups: [day(0, 1), day(13, 10)] });
  });

  it('count what was seen on a day that is ahead of a slow clock', () => {
    const ahead = { ...group('a', 2), day: dayOf(now) + 1 };
    expect(judgeAdoption(counts({ current: [ahead], newest: hours(1) }), guards, now)).toMatchObject({ devices: 2 });
  });
});

describe('devices that a ring would refuse', () => {
  const tokens = [
    token('a'),
    token('late', { notBefore: hours(5) }),
    token('short', { expiresAt: hours(5) }),
    token('gone', { state: revokedState }),
  ];
  const groups = [
    group('a', 1),
    group('late', 10),
    group('short', 100),
    group('gone', 1_000),
    group('nothing', 10_000),
    group('unknown', 100_000),
  ];
  const figures = (more: Partial<Ring>, at = now, asIf?: 'enforce') =>
    refusedFigures(ring({ tokens, ...more }), groups, at, asIf);

  it('M11, M22: are those whose last token is not accepted at that moment', () => {
    expect(figures({})).toEqual({ devices: 111_111, byToken: 111_010, withoutToken: 110_000, bySiblings: 0, unjudged: 0 });
    expect(figures({}, hours(5)).byToken).toBe(111_100);
  });

  it.each([
    ['M7: off', { mode: 'off', effectiveAt: hours(-1) }],
    ['observe', { mode: 'observe', effectiveAt: hours(-1) }],
    ['M4: enforced later', { mode: 'enforce', effectiveAt: hours(1) }],
  ] as const)('%s: none, but as if it were enforced the same', (_, requirement) => {
    expect(figures({ requirement })).toMatchObject({ devices: 111_111, byToken: 0, withoutToken: 0 });
    expect(figures({ requirement }, now, 'enforce').byToken).toBe(111_010);
  });

  it('count once: by their token first, then by siblings of the rules as they are', () => {
    const siblings = { mode: 'enforce', rules: { deviceLock: true }, revision: 2 } as const;
    const judged = [
      group('a', 1, { revision: 2, met: true }),
      group('a', 10, { revision: 2, met: false }),
      group('a', 100, { revision: 1, met: false }),
      group('a', 1_000),
      group('gone', 10_000, { revision: 2, met: false }),
      group('nothing', 100_000),
    ];
    const all = { devices: 111_111, byToken: 110_000, withoutToken: 100_000, bySiblings: 10, unjudged: 1_100 };
    expect(refusedFigures(ring({ tokens, siblings }), judged, now)).toEqual(all);
    const observed = ring({ tokens, siblings: { ...siblings, mode: 'observe' } });
    expect(refusedFigures(observed, judged, now)).toMatchObject({ bySiblings: 0, unjudged: 0 });
    expect(refusedFigures(observed, judged, now, 'enforce')).toEqual(all);
  });
});

it.each([
  [{}, false],
  [{ minimumOsVersion: {}, minimumAppVersion: {} }, false],
  [{ brands: { brandsAllowed: [], brandsDisallowed: [], modelsAllowed: [], modelsDisallowed: [] } }, false],
  [{ deviceLock: true }, true],
  [{ notRootedOrJailbroken: true }, true],
  [{ biometrics: true }, true],
  [{ minimumOsVersion: { ios: '1' } }, true],
  [{ minimumAppVersion: { android: '1' } }, true],
  [{ brands: { brandsAllowed: [], brandsDisallowed: [], modelsAllowed: [], modelsDisallowed: ['X'] } }, true],
] as const)('rules %j can refuse somebody: %s', (rules, expected) => {
  expect(hasRules(ring({ siblings: { mode: 'enforce', rules, revision: 1 } }))).toBe(expected);
});
