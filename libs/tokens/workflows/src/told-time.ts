import { type Instant, instant } from '@tallystick/kernel-core';
import { patched, workflowInfo } from '@temporalio/workflow';

/** What time it is to a rotation. */
export interface ToldTime {
  readonly now: () => Instant;
  /** Time goes on to what was told, and never back. */
  readonly told: (at: Instant | undefined) => void;
  /** False for a run of before: it went by the time, and by the length of its history, that Temporal told it. */
  readonly isTold: boolean;
}

/**
 * The time that a rotation was told: by the answers to its calls, by commands, by timers that ran out. All of that stands in its history.
 * Temporal's own time in a workflow does not: a worker that first hears of a run by a question, while an event waits for its task, gives that
 * event another time than every later replay does. What it decided by that time could never be replayed, and the rotation stood still.
 * The told time lies behind the real one, never before it: an overlap may last longer, not shorter.
 */
export function toldTime(): ToldTime {
  if (!patched('told-time')) return { now: temporalTime, told: () => undefined, isTold: false };
  let now = instant(workflowInfo().startTime.getTime());
  return {
    isTold: true,
    now: () => now,
    told: (at) => {
      if (at !== undefined && at > now) now = at;
    },
  };
}

// eslint-disable-next-line no-restricted-properties -- in the sandbox this is Temporal's time of the task
export const temporalTime = (): Instant => instant(Date.now());
