import type { RotationRequest } from '@tallystick/tokens-domain';
import {
  rotateTokenType,
  rotationAttributes,
  rotationIdentity,
  type RotationOutcome,
  type ScheduledRotationOutcome,
} from '@tallystick/tokens-workflow-api';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { ParentClosePolicy, startChild, workflowInfo } from '@temporalio/workflow';

/**
 * Starts the rotation that is due under the id that locks its segment, and lasts as long as it does, so that the schedule's "skip" means what
 * it says. A rotation that an operator started goes on, and none is started. Ended by hand, it leaves the rotation running.
 */
export async function scheduledRotation(request: RotationRequest): Promise<ScheduledRotationOutcome> {
  try {
    const rotation = await startChild<(request: RotationRequest) => Promise<RotationOutcome>>(rotateTokenType, {
      ...rotationIdentity(request),
      taskQueue: workflowInfo().taskQueue,
      args: [request],
      typedSearchAttributes: rotationAttributes(request),
      parentClosePolicy: ParentClosePolicy.ABANDON,
      cancellationType: 'ABANDON',
    });
    return await rotation.result();
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return { kind: 'already-rotating' };
    throw error;
  }
}
