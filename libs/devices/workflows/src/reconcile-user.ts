import type { Outcome, UserRef } from '@tallystick/devices-domain';
import { type DeviceActivities, recordChangedSignal } from '@tallystick/devices-workflow-api';
import { condition, continueAsNew, proxyActivities, setCurrentDetails, setHandler, workflowInfo } from '@temporalio/workflow';

// A regular activity, never a local one: under signals those are run again, which for a provider call is a second effect (temporal.md).
// It is retried until it succeeds: what can't succeed is an outcome, not an error. The provider's call time-out plus margin must stay
// below the heartbeat time-out, so that a successor never meets a call of its predecessor.
const { reconcile } = proxyActivities<DeviceActivities>({
  startToCloseTimeout: '10 minutes',
  heartbeatTimeout: '15 seconds',
  retry: { initialInterval: '500 milliseconds', backoffCoefficient: 2, maximumInterval: '30 seconds' },
});

/**
 * Keeps one user equal to the datastore for as long as there is news, then ends. Started by signal-with-start; a signal that arrives
 * while the activity runs makes one more pass, and one that arrives as the workflow ends starts the next run.
 * @param carriedOn true in a run that continues one with a pass still to make.
 */
export async function reconcileUser(user: UserRef, carriedOn = false): Promise<Outcome | undefined> {
  let dirty = carriedOn;
  let passes = 0;
  let last: Outcome | undefined;
  setHandler(recordChangedSignal, () => {
    dirty = true;
  });
  await condition(() => dirty);
  while (dirty) {
    dirty = false;
    last = await reconcile(user);
    passes += 1;
    setCurrentDetails(details(last, passes));
    // A stream of changes that never ends must not make a history that never ends. The signal was taken here, so the new run is told.
    if (dirty && workflowInfo().continueAsNewSuggested) await continueAsNew<typeof reconcileUser>(user, true);
  }
  return last;
}

function details(outcome: Outcome, passes: number): string {
  const because = outcome.because === undefined ? '' : ` (${outcome.because})`;
  const steps = outcome.steps.map(
    ({ kind, slot, reason, result }) => `- ${kind}${slot === undefined ? '' : ` **${slot}**`}: ${reason} → ${result}`,
  );
  const findings = outcome.findings.map((finding) => `- ${finding.kind}${'slot' in finding ? ` **${finding.slot}**` : ''}`);
  return [
    `**${outcome.kind}**${because} at source version \`${outcome.version || 'none'}\`, pass ${passes}`,
    ...(steps.length > 0 ? ['', 'Steps:', ...steps] : []),
    ...(findings.length > 0 ? ['', 'Findings:', ...findings] : []),
  ].join('\n');
}
