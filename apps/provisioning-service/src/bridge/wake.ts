import type { UserRef } from '@tallystick/devices-domain';
import {
  devicesTaskQueue,
  reconcileUserType,
  reconcileUserWorkflowId,
  recordChangedSignal,
} from '@tallystick/devices-workflow-api';
import type { TemporalClient } from '@tallystick/platform-temporal';
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';

const environmentKey = defineSearchAttributeKey('Environment', SearchAttributeType.KEYWORD);
const connectionKey = defineSearchAttributeKey('Connection', SearchAttributeType.KEYWORD);

const wakeDeadlineMs = 10_000;

/** Signal-with-start, identity only: a workflow that runs is told to look again, else one is started. */
export const createWake =
  ({ client, withDeadline }: TemporalClient) =>
  async (user: UserRef): Promise<void> => {
    await withDeadline(wakeDeadlineMs, () =>
      client.workflow.signalWithStart(reconcileUserType, {
        workflowId: reconcileUserWorkflowId(user),
        taskQueue: devicesTaskQueue,
        args: [user],
        signal: recordChangedSignal,
        signalArgs: [],
        staticSummary: `${user.environment}/${user.connection}: one user`,
        typedSearchAttributes: [
          { key: environmentKey, value: user.environment },
          { key: connectionKey, value: user.connection },
        ],
      }),
    );
  };
