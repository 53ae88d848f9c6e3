import type { Logger } from '@tallystick/platform-observability';
import type { Redis } from '../redis-client.ts';
import { migrateLayout } from './migrate-layout.ts';
import { enterEveryMs, enterLayout, layoutOf, NewerLayout, type StoreLayout } from './store-layout.ts';

export interface KeptLayout {
  /** Rejects with {@link NewerLayout} when the data has become that of a newer version; never resolves. */
  readonly refused: Promise<never>;
  /** Resolves when nothing is under way any more. */
  readonly stop: () => Promise<void>;
}

export interface KeepLayoutOptions {
  readonly logger: Logger;
  /** Whether this process brings the data forward; one kind of process is enough. Default false. */
  readonly migrates?: boolean;
  /** Default {@link enterEveryMs}; others take one that was not seen for three of those for gone. */
  readonly everyMs?: number;
}

/**
 * To be called before a process reads or writes the store, with its connection: refuses the data of a newer version, now and while it runs, and
 * tells newer versions that an older one is still there.
 * @throws NewerLayout; what the connection throws.
 */
export async function keepLayout(redis: Redis, layout: StoreLayout, options: KeepLayoutOptions): Promise<KeptLayout> {
  const { logger, migrates = false, everyMs = enterEveryMs } = options;
  const ending = new AbortController();
  let refuse: (error: NewerLayout) => void = () => undefined;
  const refused = new Promise<never>((_, reject) => (refuse = reject));
  refused.catch(() => undefined); // who does not wait for it has other ways to see it
  let underWay: Promise<void> | undefined;
  const migrate = async (): Promise<void> => {
    try {
      const became = await migrateLayout(redis, layout, { logger, signal: ending.signal });
      if (became === 'done') logger.info({ layout: layoutOf(layout) }, `all data of ${layout.what} is of the present layout`);
    } catch (error) {
      if (!ending.signal.aborted)
        logger.warn({ err: error }, `the data of ${layout.what} is not all brought forward; it is tried again`);
    }
  };
  const look = async (): Promise<void> => {
    const written = await enterLayout(redis, layout);
    if (migrates && written < layoutOf(layout)) underWay ??= migrate().finally(() => (underWay = undefined));
  };
  await look();
  const timer = setInterval(() => {
    look().catch((error: unknown) => {
      if (error instanceof NewerLayout) refuse(error);
      else logger.debug({ err: error }, `the layout of ${layout.what} can not be looked at now`);
    });
  }, everyMs);
  timer.unref();
  return {
    refused,
    stop: async () => {
      clearInterval(timer);
      ending.abort(new Error('the process ends'));
      await underWay;
    },
  };
}
