import { type BudgetLane, type Outcome, type UserRef, userRefText } from '@tallystick/devices-domain';
import { defineSignal } from '@temporalio/workflow';

/** Frozen once deployed: running workflows wait on this queue. */
export const devicesTaskQueue = 'devices';

/** Frozen once deployed: the name under which `reconcileUser` is started. */
export const reconcileUserType = 'reconcileUser';

/** "Look at this user": identity only, no state (level, not edge). The lane of its provider calls is `live` unless told. */
export const recordChangedSignal = defineSignal<[lane?: BudgetLane]>('recordChanged');

/** Temporal makes this the lock: one reconciliation of a user at a time. */
export const reconcileUserWorkflowId = (user: UserRef): string => userRefText(user);

/** What `temporal-worker` registers. Neither arguments nor results carry personal data: both are readable in histories. */
export interface DeviceActivities {
  /** Observes, plans and applies until the user is as the newest source record says, or says why not. */
  reconcile(user: UserRef, lane?: BudgetLane): Promise<Outcome>;
}
