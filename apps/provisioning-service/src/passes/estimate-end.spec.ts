import { describe, expect, it } from '@jest/globals';
import { noChanges, type Pass, type PassId } from '@tallystick/devices-domain';
import { connectionDocument } from '@tallystick/devices-testing';
import { instant } from '@tallystick/kernel-core';
import { estimateEnd } from './estimate-end.ts';

const now = instant(1_800_000_000_000);
const budget = { callsPerSecond: 100, burst: 1, inFlight: 8 };
const { environment, connection } = connectionDocument();
const pass = (changes: Partial<Pass>, sums: Partial<Pass['sums']> = {}): Pass => ({
  ...{ environment, connection, id: 'p' as PassId, kind: 'pass', stage: 'planning', connectionVersion: 1 },
  ...{ startedBy: 'ada', startedAt: now, applied: 0 },
  sums: {
    ...{ users: 1_000, planned: 0, inSync: 0, differ: 0, notPlanned: 0, unobservable: 0 },
    ...{ counts: noChanges, reasons: {}, filled: {}, ...sums },
  },
  ...changes,
});
const afterMs = (of: Pass): number | undefined => {
  const end = estimateEnd(of, budget, now);
  return end === undefined ? undefined : end - now;
};

describe('the end of a pass', () => {
  it('is what the budget allows for bulk work: nine tenths of the rate, a call for each user', () => {
    expect(afterMs(pass({}))).toBe(11_112);
    expect(afterMs(pass({}, { planned: 400, notPlanned: 50, unobservable: 50 }))).toBe(5_556);
  });

  it('is by the pace so far where that is slower', () => {
    expect(afterMs(pass({ startedAt: instant(now - 60_000) }, { planned: 500 }))).toBe(60_000);
  });

  it('is by what is left to apply, with its calls', () => {
    expect(afterMs(pass({ stage: 'applying', applied: 10 }, { planned: 1_000, differ: 100 }))).toBe(4_000);
  });

  it('is not known of one that waits or is over', () => {
    for (const stage of ['paused', 'held', 'done', 'failed', 'cancelled', 'rejected'] as const)
      expect(afterMs(pass({ stage }))).toBeUndefined();
  });
});
