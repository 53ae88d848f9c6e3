import type { BudgetLane } from '@tallystick/devices-domain';
import type { Context } from '@temporalio/activity';
import type { AttemptContext } from './reconcile-connection.ts';

/** What surrounds an attempt of an activity, for calls in this lane. */
export function contextOfActivity(context: Context, lane: BudgetLane = 'live'): AttemptContext {
  return {
    lane,
    attempt: context.info.attempt,
    heartbeat: (progress) => context.heartbeat(progress),
    cancelled: () => context.cancellationSignal.aborted,
    // A pause longer than the heartbeat time-out would look like death.
    pause: async (ms) => {
      for (let left = ms; left > 0; left -= 1_000) {
        context.heartbeat({ calls: 0 });
        await context.sleep(Math.min(left, 1_000));
      }
    },
  };
}
