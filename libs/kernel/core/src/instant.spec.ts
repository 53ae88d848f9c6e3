import { describe, expect, it } from '@jest/globals';
import { instant, instantOf, isoOf } from './instant.ts';

describe('an instant', () => {
  it.each(['2026-11-22T02:42:53.000Z', '2024-02-29T23:59:59.999Z', '1970-01-01T00:00:00.000Z'])(
    '%s is read and written',
    (iso) => {
      expect(isoOf(instantOf(iso)!)).toBe(iso);
    },
  );

  it.each([
    ['2026-11-22T02:42Z', '2026-11-22T02:42:00.000Z'],
    ['2026-11-22T00:30:00+01:00', '2026-11-21T23:30:00.000Z'],
    ['2026-02-28T23:30:00-01:00', '2026-03-01T00:30:00.000Z'],
  ])('%s is %s', (iso, utc) => {
    expect(isoOf(instantOf(iso)!)).toBe(utc);
  });

  it.each([
    '2026-02-30T00:00:00Z',
    '2025-02-29T12:00:00Z',
    '2026-04-31T12:00:00+02:00',
    '2026-13-01T00:00:00Z',
    '2026-00-10T00:00:00Z',
    '2026-01-00T00:00:00Z',
    '2026-01-01T25:00:00Z',
  ])('%s is refused: there is no such moment', (iso) => {
    expect(instantOf(iso)).toBeUndefined();
  });

  it.each(['2026-11-22', '2026-11-22T02:42:53', ' 2026-11-22T02:42:53Z', '2026-11-22T02:42:53Z\n', '22.11.2026', ''])(
    '%j is refused: it is not one moment everywhere',
    (iso) => {
      expect(instantOf(iso)).toBeUndefined();
    },
  );

  it.each([0.5, NaN, Infinity, 2 ** 60])('%d milliseconds are refused', (ms) => {
    expect(() => instant(ms)).toThrow(RangeError);
  });
});
