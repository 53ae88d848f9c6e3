import type { BudgetLane, UserRef } from '@tallystick/devices-domain';
import { devicesTaskQueue, reconcileUserWorkflowId, recordChangedSignal } from './reconcile-user-api.ts';
import { userAttributes } from './search-attributes.ts';

/** How long a client tries to hand a wake-up over, in milliseconds. */
export const wakeDeadlineMs = 10_000;

/** What a client says to `signalWithStart(reconcileUserType, …)`: identity only. A workflow that runs is told to look again, else one is started. */
export const wakeUp = (user: UserRef, lane: BudgetLane = 'live') => ({
  workflowId: reconcileUserWorkflowId(user),
  taskQueue: devicesTaskQueue,
  args: [user] as [UserRef],
  signal: recordChangedSignal,
  signalArgs: (lane === 'bulk' ? [lane] : []) as [lane?: BudgetLane],
  staticSummary: `${user.environment}/${user.connection}: one user`,
  typedSearchAttributes: userAttributes(user),
});
