import type { Logger } from '@tallystick/platform-observability';
import { checkNodes } from './check-nodes.ts';
import type { Redis } from './redis-client.ts';

export interface DurabilityWatch {
  /** What the Redis keeps, as logs say it. */
  readonly of: string;
  readonly logger: Logger;
  /** Told how many faults each check has found. */
  readonly onChecked: (faults: number) => void;
  /** Default one minute. */
  readonly everyMs?: number;
}

const everyMinuteMs = 60_000;

/**
 * Has the primary and each of its replicas checked now and once a minute, for settings, disks and primaries change while a process runs. Never
 * throws: a Redis that is not durable is said, and used. What is found is logged when it is another than before.
 */
export async function watchDurability(redis: Redis, watch: DurabilityWatch): Promise<{ readonly stop: () => void }> {
  const { of, logger, onChecked } = watch;
  let told = '';
  const check = async (): Promise<void> => {
    try {
      const { faults } = await checkNodes(redis);
      onChecked(faults.length);
      if (told === faults.join('\n')) return;
      told = faults.join('\n');
      for (const fault of faults) logger.error({ fault }, `the Redis of ${of} is not set up to keep it`);
      if (faults.length === 0) logger.info(`the Redis of ${of} is set up to keep it again`);
    } catch (error) {
      logger.warn({ err: error }, `the settings of the Redis of ${of} can not be read`);
    }
  };
  await check();
  const timer = setInterval(() => void check(), watch.everyMs ?? everyMinuteMs);
  timer.unref();
  return { stop: () => clearInterval(timer) };
}
