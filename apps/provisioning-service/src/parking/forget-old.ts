import type { ConnectionRef } from '@tallystick/devices-domain';
import type { RedisParkedStore } from '@tallystick/devices-store-redis';
import { type Instant, instant } from '@tallystick/kernel-core';
import type { Logger } from '@tallystick/platform-observability';
import { repeat } from '../bridge/repeat.ts';

interface ForgettingNeeds {
  readonly index: Pick<RedisParkedStore, 'forgetBefore'>;
  readonly connections: () => readonly ConnectionRef[];
  /** How long a record may wait. */
  readonly keepMs: number;
  readonly now: () => Instant;
  readonly logger: Pick<Logger, 'warn'>;
}

/** Records that nobody settled in time: what they said is lost for us, and that is told. */
export async function forgetOldParked({ index, connections, keepMs, now, logger }: ForgettingNeeds): Promise<void> {
  for (const { environment, connection } of connections()) {
    try {
      const forgotten = await index.forgetBefore({ environment, connection }, instant(now() - keepMs));
      if (forgotten > 0)
        logger.warn({ environment, connection, forgotten }, 'parked records were forgotten: nobody settled them in time');
    } catch (error) {
      logger.warn({ environment, connection, err: error }, 'old parked records could not be forgotten; this is repeated later');
    }
  }
}

const everyMs = 600_000;

export const startForgettingParked = (needs: ForgettingNeeds): { readonly stop: () => Promise<void> } =>
  repeat(() => forgetOldParked(needs), everyMs);
