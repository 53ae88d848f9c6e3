import type { BudgetLane, Outcome, UserRef } from '@tallystick/devices-domain';
import {
  type DeviceActivities,
  holdAttribute,
  outcomeAttribute,
  reasonAttribute,
  recordChangedSignal,
} from '@tallystick/devices-workflow-api';
import {
  condition,
  continueAsNew,
  patched,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import { detailsOf } from './outcome-details.ts';

// A regular activity, never a local one: under signals those are run again, which for a provider call is a second effect (temporal.md).
// It is retried until it succeeds: what can't succeed is an outcome, not an error. The provider's call time-out plus margin must stay
// below the heartbeat time-out, so that a successor never meets a call of its predecessor.
const { reconcile } = proxyActivities<DeviceActivities>({
  startToCloseTimeout: '10 minutes',
  heartbeatTimeout: '15 seconds',
  retry: { initialInterval: '500 milliseconds', backoffCoefficient: 2, maximumInterval: '30 seconds' },
});

/** After so many passes and wake-ups a run hands a pass that is due on to the next one: a few thousand events at most. */
const longestRun = 500;

/**
 * Keeps one user equal to the datastore for as long as there is news, then ends. Started by signal-with-start; a signal that arrives
 * while the activity runs makes one more pass, and one that arrives as the workflow ends starts the next run. An outcome that waits for
 * somebody else (`held`, `quarantined`) ends it like any other: what ends the wait wakes the user.
 * @param carriedOn true in a run that continues one with a pass still to make.
 */
export async function reconcileUser(user: UserRef, carriedOn = false): Promise<Outcome | undefined> {
  let dirty = carriedOn;
  let isUrgent = carriedOn;
  let passes = 0;
  let wakeUps = 0;
  let last: Outcome | undefined;
  setHandler(recordChangedSignal, (lane) => {
    dirty = true;
    wakeUps += 1;
    isUrgent ||= lane !== 'bulk'; // a change that meets a pass goes by the faster lane
  });
  // Asked once, at the start: a run is of the one kind or of the other. Runs of the first version told nothing; those of the second ended
  // when it was suggested, which a worker that first hears of a run by a question is told at another moment than at every later replay.
  const counts = patched('counted-passes');
  const tells = counts || patched('outcome-attributes');
  const isLong = (): boolean => (counts ? passes + wakeUps >= longestRun : workflowInfo().continueAsNewSuggested);
  await condition(() => dirty);
  while (dirty) {
    dirty = false;
    const asked: [UserRef, BudgetLane?] = isUrgent ? [user] : [user, 'bulk'];
    isUrgent = false;
    const before = last;
    last = await (tells ? reconcile.executeWithOptions({ summary: `pass ${passes + 1}` }, asked) : reconcile(...asked));
    passes += 1;
    setCurrentDetails(detailsOf(last, passes));
    if (tells) tell(last, before);
    // A stream of changes that never ends must not make a history that never ends. The signal was taken here, so the new run is told.
    if (dirty && isLong()) await continueAsNew<typeof reconcileUser>(user, true);
  }
  return last;
}

/** Lets operators list users by what became of them: words of closed lists and an id, nothing of the person. */
function tell({ kind, because, hold }: Outcome, before: Outcome | undefined): void {
  if (before?.kind === kind && before.because === because && before.hold === hold) return;
  upsertSearchAttributes([
    { key: outcomeAttribute, value: kind },
    { key: reasonAttribute, value: because ?? null },
    { key: holdAttribute, value: hold ?? null },
  ]);
}
