import { FencedOut } from '@tallystick/devices-domain';
import type { DeviceActivities } from '@tallystick/devices-workflow-api';
import { CancelledFailure, Context } from '@temporalio/activity';
import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import { contextOfActivity } from './activity-context.ts';
import { TryAgain } from './directory-failure.ts';
import { everyPlace, type Places } from './connection-places.ts';
import type { DeviceActivityNeeds } from './reconcile-connection.ts';
import { reconcileUser } from './reconcile-user.ts';

/** The activities of the devices road, made from what they need. `places`: of users who are under way. */
export function createDeviceActivities(needs: DeviceActivityNeeds, places: Places = everyPlace): DeviceActivities {
  return {
    reconcile: async (user, lane) => {
      const context = Context.current();
      try {
        return await places.within(user, () => reconcileUser(needs, user, contextOfActivity(context, lane)));
      } catch (error) {
        const failure = asFailure(error, context.info.attempt);
        if (failure === undefined) needs.report(user, error);
        throw (
          failure ?? ApplicationFailure.create({ type: 'unexpected', message: "an unexpected failure: see the worker's log" })
        );
      }
    },
  };
}

/**
 * How long to wait when the directory or the plan says when. Never less than the growing back-off, for a delay of zero ends a Temporal
 * activity for good, and one user must not ask once a second for ever; never more than a minute, for news of the user waits with it.
 */
export const retryDelayMs = (askedMs: number, attempt: number, longestMs = 60_000): number =>
  Math.min(Math.max(askedMs, 500 * 2 ** Math.min(attempt - 1, 6)), longestMs);

/** Who found no place began nothing: places become free while others work, and would stay empty until their turn came. */
export const longestDelayMs = (reason: TryAgain['reason']): number | undefined =>
  reason === 'connection-busy' ? 16_000 : undefined;

/**
 * The one place where reasons become Temporal failures; undefined for what is not expected (a store that can't be reached, a defect):
 * such a text may quote what it failed on, and histories are readable. All are retried: what can't succeed is an outcome.
 */
function asFailure(error: unknown, attempt: number): Error | undefined {
  if (error instanceof TryAgain) {
    return ApplicationFailure.create({
      type: error.reason,
      message: error.message,
      // Nothing went wrong, and there are hundreds of them a second in a flood.
      ...(error.reason === 'connection-busy' ? { category: ApplicationFailureCategory.BENIGN } : {}),
      ...(error.retryAfterMs === undefined
        ? {}
        : { nextRetryDelay: retryDelayMs(error.retryAfterMs, attempt, longestDelayMs(error.reason)) }),
    });
  }
  if (error instanceof FencedOut) return ApplicationFailure.create({ type: 'fenced-out', message: error.message });
  return error instanceof CancelledFailure ? error : undefined;
}
