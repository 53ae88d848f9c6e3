import type { RedisOpenIntents } from '@tallystick/devices-store-redis';
import type { Logger } from '@tallystick/platform-observability';
import { repeat } from '../bridge/repeat.ts';

interface ClosingNeeds {
  readonly intents: Pick<RedisOpenIntents, 'look'>;
  readonly logger: Pick<Logger, 'warn'>;
}

/** Changes whose process died before it could say what became of them: that nobody knows is in the audit then. */
export async function closeIntents({ intents, logger }: ClosingNeeds): Promise<void> {
  try {
    const { closed, faults } = await intents.look();
    if (closed > 0)
      logger.warn({ closed }, 'changes were begun of which nobody knows what became: look for outcome-unknown in the audit');
    if (faults.length > 0) throw new AggregateError(faults, 'some environments could not be looked through');
  } catch (error) {
    logger.warn({ err: error }, 'what was begun and never ended could not be looked for; the next look does it');
  }
}

const everyMs = 60_000;

export const startClosingIntents = (needs: ClosingNeeds): { readonly stop: () => Promise<void> } =>
  repeat(() => closeIntents(needs), everyMs);
