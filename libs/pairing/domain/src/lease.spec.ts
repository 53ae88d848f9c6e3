import { describe, expect, it } from '@jest/globals';
import { clockSkewMs, leaseHolds, observeServerTime, serverNow, wallBackMs } from './index.ts';

const lease = { from: { mono: 1_000, wall: 50_000 }, leaseMs: 3_000 };

describe('a lease', () => {
  it.each([
    ['at once', 0, 0, true],
    ['one millisecond before its end', 2_999, 2_999, true],
    ['at its end', 3_000, 3_000, false],
    ['when only the monotonic clock says that it ended', 3_000, 10, false],
    ['when only the wall clock says that it ended (the machine slept)', 10, 3_000, false],
    ['when the wall clock went back by the margin', 10, -wallBackMs, true],
    ['when the wall clock went back by more', 10, -wallBackMs - 1, false],
    ['when the monotonic clock went back', -1, 10, false],
    ['when the monotonic clock can not be read', NaN, 10, false],
    ['when the wall clock can not be read', 10, NaN, false],
    ['when a clock is at infinity', Infinity, 10, false],
  ])('%s: %d ms and %d ms later it holds: %s', (_, mono, wall, holds) => {
    expect(leaseHolds(lease, 1_000 + mono, 50_000 + wall)).toBe(holds);
  });

  it('that was never granted does not hold', () => {
    expect(leaseHolds(undefined, 0, 0)).toBe(false);
  });
});

describe("the server's time", () => {
  const at = (serverTimeMs: number, sentMono: number, receivedMono = sentMono) => ({ serverTimeMs, sentMono, receivedMono });
  const first = observeServerTime(undefined, at(700_000, 100));

  it('is not believed after one renewal', () => {
    expect(first.agreed).toBe(false);
  });

  it.each([
    ['as predicted', 0, true],
    ['off by the stated skew', clockSkewMs, true],
    ['back by the stated skew', -clockSkewMs, true],
    ['off by more', clockSkewMs + 1, false],
    ['back by more', -clockSkewMs - 1, false],
    ['no number', NaN, false],
  ])('that is %s is believed: %s', (_, off, agreed) => {
    expect(observeServerTime(first, at(701_000 + off, 1_100)).agreed).toBe(agreed);
  });

  it('is believed again when two renewals agree after a jump', () => {
    const jumped = observeServerTime(first, at(900_000, 1_100));
    expect(jumped.agreed).toBe(false);
    expect(observeServerTime(jumped, at(901_000, 2_100)).agreed).toBe(true);
  });

  it('of a server that stalled for three seconds before or after it looked at its clock is no jump', () => {
    expect(observeServerTime(first, at(704_000, 1_100, 4_100)).agreed).toBe(true);
    expect(observeServerTime(first, at(701_000, 1_100, 4_100)).agreed).toBe(true);
    const slow = observeServerTime(first, at(704_000, 1_100, 4_100));
    expect(observeServerTime(slow, at(704_100, 4_200)).agreed).toBe(true);
    expect(observeServerTime(slow, at(704_100 + 3_000 + clockSkewMs + 1, 4_200)).agreed).toBe(false);
  });

  it('is never taken to be later than it is, in whole milliseconds, also after a slow answer', () => {
    expect(serverNow(observeServerTime(undefined, at(704_000, 100, 4_100)), 4_100.75)).toBe(704_000);
    expect(serverNow(observeServerTime(undefined, at(704_000, 100, 4_100)), 5_100)).toBe(705_000);
  });
});
