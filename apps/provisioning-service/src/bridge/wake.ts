import type { UserRef } from '@tallystick/devices-domain';
import { reconcileUserType, wakeDeadlineMs, wakeUp } from '@tallystick/devices-workflow-api';
import type { TemporalClient } from '@tallystick/platform-temporal';

/** Signal-with-start: resolves when the engine has the wake-up. */
export const createWake =
  ({ client, withDeadline }: TemporalClient) =>
  async (user: UserRef): Promise<void> => {
    await withDeadline(wakeDeadlineMs, () => client.workflow.signalWithStart(reconcileUserType, wakeUp(user)));
  };
