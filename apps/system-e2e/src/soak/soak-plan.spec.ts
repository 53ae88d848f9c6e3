import { describe, expect, it } from '@jest/globals';
import { drainMs, refusalWindowMs, soakPlan } from './soak-plan.ts';

describe('the plan of a soak', () => {
  it.each([0.001, 0.05, 1, 24])(
    'of %d hours has both kinds of restarts before the overload, and time to drain after it',
    (hours) => {
      const { strikes, overloadAtMs, overloadForMs, endMs } = soakPlan(hours);
      expect(endMs).toBe(Math.max(180_000, hours * 3_600_000));
      expect(new Set(strikes.map(({ fault }) => fault))).toEqual(new Set(['worker-killed', 'kafka-restarted']));
      for (const { atMs, forMs } of strikes) expect(atMs + forMs).toBeLessThan(overloadAtMs - 10_000);
      expect(endMs - overloadAtMs - overloadForMs).toBeGreaterThan(refusalWindowMs);
    },
  );

  it('R3: restarts one of the two workers every three minutes', () => {
    const workers = soakPlan(1).strikes.filter(({ fault }) => fault === 'worker-killed');
    expect(workers.length).toBeGreaterThanOrEqual(18);
    expect(new Set(workers.map(({ target }) => target)).size).toBe(2);
  });

  it('predicts that everybody is worked on at most twice', () => {
    expect(drainMs({ people: 150, callsPerChange: 8, callsPerSecond: 80 })).toBe(30_000);
  });
});
