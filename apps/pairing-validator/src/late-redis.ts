import { setTimeout as pause } from 'node:timers/promises';
import { connectRedis, type Redis, type RedisOptions } from '@tallystick/platform-redis';

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

/** Connects in the background, for ever: what needs it does without meanwhile. */
export function connectLate(options: RedisOptions): LateRedis {
  let client: Redis | undefined;
  let isStopped = false;
  const connecting = (async () => {
    while (!isStopped && client === undefined) {
      try {
        const connected = await connectRedis({ ...options, connectDeadlineMs: tryForMs });
        if (isStopped) connected.destroy();
        else client = connected;
      } catch (error) {
        options.logger.warn({ connection: options.name, err: error }, 'no connection to Redis yet; trying again');
        await pause(1_000, undefined, { ref: false });
      }
    }
  })();
  const started = Promise.race([connecting, pause(waitAtStartMs, undefined, { ref: false })]);
  const current = (): Redis => {
    if (client === undefined) throw new Error(`there is no Redis connection for "${options.name}" yet`);
    return client;
  };
  return {
    client: current,
    first: () => started.then(current),
    destroy: () => {
      isStopped = true;
      client?.destroy();
    },
  };
}
