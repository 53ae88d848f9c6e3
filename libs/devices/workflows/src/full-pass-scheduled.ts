import type { PassId, PassStage } from '@tallystick/devices-domain';
import {
  fullPassType,
  fullPassWorkflowId,
  type PassRequest,
  type ScheduledPassOutcome,
  type ScheduledPassRequest,
  userAttributes,
} from '@tallystick/devices-workflow-api';
import { ParentClosePolicy, startChild, uuid4, workflowInfo } from '@temporalio/workflow';

/**
 * Starts the pass that is due, with an id of its own, and lasts as long as it does, so that the schedule's "skip" means what it says. A pass
 * of the connection that is under way goes on, and none is started. Ended by hand, it leaves the pass running.
 */
export async function scheduledPass({ environment, connection, kind }: ScheduledPassRequest): Promise<ScheduledPassOutcome> {
  const request: PassRequest = { environment, connection, kind, pass: uuid4() as PassId, scheduled: true };
  try {
    const pass = await startChild<(request: PassRequest) => Promise<PassStage>>(fullPassType, {
      workflowId: fullPassWorkflowId(request),
      taskQueue: workflowInfo().taskQueue,
      args: [request],
      memo: { pass: request.pass }, // by which a pass that is under way is known, as of those that a person has started
      typedSearchAttributes: userAttributes(request),
      parentClosePolicy: ParentClosePolicy.ABANDON,
      cancellationType: 'ABANDON',
    });
    return await pass.result();
  } catch (error) {
    // By name: its class is in a package that workflows do without.
    if (error instanceof Error && error.name === 'WorkflowExecutionAlreadyStartedError') return 'already-running';
    throw error;
  }
}
