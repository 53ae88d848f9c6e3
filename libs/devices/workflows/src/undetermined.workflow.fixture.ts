import type { Outcome, UserRef } from '@tallystick/devices-domain';
import { sleep } from '@temporalio/workflow';
import { reconcileUser as right } from './reconcile-user.ts';

/** As somebody deploys it who forgot `patched`: a timer before everything that histories have. */
export async function reconcileUser(user: UserRef, carriedOn = false): Promise<Outcome | undefined> {
  await sleep('1 millisecond');
  return right(user, carriedOn);
}
