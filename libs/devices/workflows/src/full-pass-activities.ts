import type { PassActivities } from '@tallystick/devices-workflow-api';
import { type ActivityOptions, ActivityCancellationType, proxyActivities } from '@temporalio/workflow';

// Retried until they succeed or fail for good: a directory that is sick leaves its pages for later. A page that is cancelled ends with the
// users under way, and only then is the pass over.
const patient = {
  heartbeatTimeout: '15 seconds',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '1 minute' },
} as const satisfies ActivityOptions;

/** No task queue of their own: the pass and all it does are on the queue of bulk work. */
export const { planPage, judgePass } = proxyActivities<PassActivities>({ ...patient, startToCloseTimeout: '1 hour' });
export const { applyPage } = proxyActivities<PassActivities>({ ...patient, startToCloseTimeout: '3 hours' });
export const { openPass, holdState, stagePass, closePass } = proxyActivities<PassActivities>({
  retry: patient.retry,
  startToCloseTimeout: '30 seconds',
});
