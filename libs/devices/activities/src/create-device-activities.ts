import { FencedOut } from '@tallystick/devices-domain';
import type { DeviceActivities } from '@tallystick/devices-workflow-api';
import { CancelledFailure, Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { TryAgain } from './directory-failure.ts';
import type { DeviceActivityNeeds } from './reconcile-connection.ts';
import { reconcileUser } from './reconcile-user.ts';

/** The activities of the devices road, made from what they need. */
export function createDeviceActivities(needs: DeviceActivityNeeds): DeviceActivities {
  return {
    reconcile: async (user) => {
      const context = Context.current();
      try {
        return await reconcileUser(needs, user, {
          attempt: context.info.attempt,
          heartbeat: (progress) => context.heartbeat(progress),
          pause: (ms) => pauseBeating(context, ms),
          cancelled: () => context.cancellationSignal.aborted,
        });
      } catch (error) {
        const failure = asFailure(error);
        if (failure === undefined) needs.report(user, error);
        throw (
          failure ?? ApplicationFailure.create({ type: 'unexpected', message: "an unexpected failure: see the worker's log" })
        );
      }
    },
  };
}

/** A pause longer than the heartbeat time-out would look like death. */
async function pauseBeating(context: Context, ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 1_000) {
    context.heartbeat({ calls: 0 });
    await context.sleep(Math.min(left, 1_000));
  }
}

/**
 * The one place where reasons become Temporal failures; undefined for what is not expected (a store that can't be reached, a defect):
 * such a text may quote what it failed on, and histories are readable. All are retried: what can't succeed is an outcome.
 */
function asFailure(error: unknown): Error | undefined {
  if (error instanceof TryAgain) {
    const nextRetryDelay = error.retryAfterMs;
    return ApplicationFailure.create({
      type: error.reason,
      message: error.message,
      ...(nextRetryDelay === undefined ? {} : { nextRetryDelay }),
    });
  }
  if (error instanceof FencedOut) return ApplicationFailure.create({ type: 'fenced-out', message: error.message });
  return error instanceof CancelledFailure ? error : undefined;
}
