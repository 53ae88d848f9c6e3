import { setTimeout as pause } from 'node:timers/promises';

/** One process's own monotonic clock, and a way to wait by it. Milliseconds. */
export interface MonotonicClock {
  nowMs(): number;
  sleep(ms: number): Promise<void>;
}

export const monotonicClock: MonotonicClock = {
  nowMs: () => performance.now(),
  sleep: async (ms) => void (await pause(ms, undefined, { ref: false })),
};
