import { Draws } from '../chaos/draws.ts';
import type { Strike } from '../chaos/schedule.ts';

/** When what happens, in milliseconds from the beginning. */
export interface SoakPlan {
  /** R3 and R15, while the load is steady. */
  readonly strikes: readonly Strike[];
  readonly overloadAtMs: number;
  readonly overloadForMs: number;
  readonly endMs: number;
}

/** Refusals are counted by the minute: so long after the overload the last of them is let go. */
export const refusalWindowMs = 60_000;
const overloadForMs = 40_000;
/** One of two workers at a time. */
const workerEveryMs = 180_000;
const brokerEveryMs = 900_000;
const downMs = 2_000;

/** Steady load with restarts, then three-fold overload, then what it takes to drain, and to rest. At least three minutes. */
export function soakPlan(hours: number): SoakPlan {
  const endMs = Math.max(hours * 3_600_000, 180_000);
  const overloadAtMs = endMs - overloadForMs - refusalWindowMs - 5_000;
  const draws = new Draws('soak', 'restarts');
  const every = (gapMs: number, firstMs: number, what: () => Pick<Strike, 'fault' | 'target'>): Strike[] => {
    const strikes: Strike[] = [];
    // The last one is over, and its backlog with it, before the overload begins.
    for (let atMs = firstMs; atMs + 20_000 < overloadAtMs; atMs += gapMs) strikes.push({ atMs, forMs: downMs, ...what() });
    return strikes;
  };
  const workers = every(workerEveryMs, 15_000, () => ({
    fault: 'worker-killed',
    target: draws.one(['temporal-worker', 'temporal-worker-2']),
  }));
  const broker = every(brokerEveryMs, 30_000, () => ({ fault: 'kafka-restarted', target: 'kafka' }));
  return { strikes: [...workers, ...broker].sort((a, b) => a.atMs - b.atMs), overloadAtMs, overloadForMs, endMs };
}

/**
 * How long the devices half may take to work off an overload: everybody may have one run that is under way and one more, since only the newest
 * record of each counts (T2), and each run costs so many calls of a budget that is shared.
 *
 * @returns milliseconds
 */
export function drainMs(of: {
  readonly people: number;
  readonly callsPerChange: number;
  readonly callsPerSecond: number;
}): number {
  return ((2 * of.people * of.callsPerChange) / of.callsPerSecond) * 1_000;
}
