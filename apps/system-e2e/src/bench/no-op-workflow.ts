import { condition, defineSignal, proxyActivities, setHandler } from '@temporalio/workflow';

const { nothing } = proxyActivities<{ nothing: () => Promise<void> }>({ startToCloseTimeout: '10 minutes' });

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
