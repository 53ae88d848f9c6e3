import type { InspectActivities, InspectRequest } from '@tallystick/devices-workflow-api';
import { proxyActivities } from '@temporalio/workflow';

// Somebody waits for the answer, which is kept for a minute: what takes longer is asked anew.
const activities = proxyActivities<InspectActivities>({
  scheduleToCloseTimeout: '50 seconds',
  startToCloseTimeout: '45 seconds',
  heartbeatTimeout: '15 seconds',
  retry: { initialInterval: '500 milliseconds', maximumAttempts: 3 },
});

/** Looks at a connection or a user for somebody who waits; the answer goes beside the history (ADR 5.6). Writes nothing. */
export async function inspect(request: InspectRequest): Promise<void> {
  await activities.inspect.executeWithOptions({ summary: request.what.kind }, [request]);
}
