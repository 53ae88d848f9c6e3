import { rotationStatusQuery } from '@tallystick/tokens-workflow-api';
import { condition, defineSignal, setHandler } from '@temporalio/workflow';

/** Says that it is over, and ends only when its last notice was given. */
export async function rotateToken(): Promise<void> {
  let isGiven = false;
  setHandler(rotationStatusQuery, () => ({ stage: 'finished' }) as never);
  setHandler(defineSignal('noticeGiven'), () => void (isGiven = true));
  await condition(() => isGiven);
}
