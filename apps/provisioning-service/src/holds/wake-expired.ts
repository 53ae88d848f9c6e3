import type { ConnectionRef } from '@tallystick/devices-domain';
import type { Logger } from '@tallystick/platform-observability';
import { repeat } from '../bridge/repeat.ts';
import type { HoldsApi } from './holds-api.ts';

/** Looks for expired holds of all connections at once and then at every interval until stopped; what fails is made up by the next. */
export const startWakingExpired = (
  holds: Pick<HoldsApi, 'wakeExpired'>,
  connections: () => readonly ConnectionRef[],
  intervalMs: number,
  logger: Pick<Logger, 'warn'>,
): { readonly stop: () => Promise<void> } =>
  repeat(async () => {
    for (const { environment, connection } of connections()) {
      await holds.wakeExpired({ environment, connection }).catch((error: unknown) => {
        logger.warn(
          { environment, connection, err: error },
          'the users of expired holds could not be woken; the next look does it',
        );
      });
    }
  }, intervalMs);
