import { condition, defineSignal, proxyActivities, setHandler } from '@temporalio/workflow';

// As `reconcile` has it: without a heartbeat, an activity that was begun eagerly and whose answer was lost is missed after ten minutes only.
const { nothing } = proxyActivities<{ nothing: () => Promise<void> }>({
  startToCloseTimeout: '10 minutes',
  heartbeatTimeout: '15 seconds',
});

/** The least that a run of a user can be: started by a signal, one activity that does nothing, the end. What `reconcileUser` is held against. */
export async function noOp(_id: string): Promise<void> {
  let dirty = false;
  setHandler(defineSignal('look'), () => void (dirty = true));
  await condition(() => dirty);
  while (dirty) {
    dirty = false;
    await nothing();
  }
}
