import { setTimeout as pause } from 'node:timers/promises';
import {
  connectRedis,
  keepLayout,
  type KeptLayout,
  type Redis,
  type RedisOptions,
  type StoreLayout,
} from '@tallystick/platform-redis';

/** A connection to a Redis that may be away, also at the start. */
export interface LateRedis {
  /** @throws Error while there has been no connection yet. */
  readonly client: () => Redis;
  /** Waits for the first connection, until so long after the start. Rejects when there is none by then. */
  readonly first: () => Promise<Redis>;
  readonly destroy: () => void;
}

const tryForMs = 10_000;
const waitAtStartMs = 2_000;

/**
 * Connects in the background, for ever: what needs it does without meanwhile. Data of a newer version is left alone, as if the server were away,
 * and that is said.
 */
export function connectLate(options: RedisOptions, layout: StoreLayout): LateRedis {
  let client: Redis | undefined;
  let isStopped = false;
  let reached: () => void = () => undefined;
  const first = new Promise<void>((resolve) => (reached = resolve));
  let leave: () => void = () => undefined;
  const left = new Promise<void>((resolve) => (leave = resolve));
  const { name, logger } = options;
  void (async () => {
    while (!isStopped) {
      let connected: Redis | undefined;
      let kept: KeptLayout | undefined;
      try {
        connected = await connectRedis({ ...options, connectDeadlineMs: tryForMs });
        kept = await keepLayout(connected, layout, { logger });
        client = connected;
        reached();
        await Promise.race([left, kept.refused]);
      } catch (error) {
        if (!isStopped) logger.warn({ connection: name, err: error }, 'no Redis that can be used yet; trying again');
        await Promise.race([left, pause(1_000, undefined, { ref: false })]);
      } finally {
        client = undefined;
        await kept?.stop();
        connected?.destroy();
      }
    }
  })();
  const started = Promise.race([first, pause(waitAtStartMs, undefined, { ref: false })]);
  const current = (): Redis => {
    if (client === undefined) throw new Error(`there is no Redis connection for "${name}" yet`);
    return client;
  };
  return {
    client: current,
    first: () => started.then(current),
    destroy: () => {
      isStopped = true;
      leave();
      client?.destroy();
    },
  };
}
