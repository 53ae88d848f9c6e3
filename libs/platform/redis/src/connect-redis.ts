import { createClient } from 'redis';
import type { Logger } from '@tallystick/platform-observability';

export type RedisState = 'ready' | 'lost' | 'closed';

export type RedisOptions = {
  /** `redis://` or `rediss://`, with credentials and database if any. Never logged. */
  readonly url: string;
  /** What the connection is for; seen in `CLIENT LIST` and in logs. */
  readonly name: string;
  readonly logger: Logger;
  readonly onStateChange?: (state: RedisState) => void;
  /** How long the first connection is tried before {@link connectRedis} rejects. Default 30 000. */
  readonly connectDeadlineMs?: number;
  /** A command without an answer after this long fails, its outcome unknown. Longer than any `BLOCK` on this connection. Default 5 000. */
  readonly commandTimeoutMs?: number;
};

/** A command that got no answer in time. It may have been done or may yet be done. */
export class RedisTimeout extends Error {
  override readonly name = 'RedisTimeout';
}

const lookEveryMs = 1_000;
const commandsQueueMaxLength = 20_000;

// RESP 2 on purpose: a script's reply is then only arrays, strings, integers and null, whatever the server's version,
// and a reply that a test has seen is the reply that production sees. RESP 3 turns some of them into maps, doubles and booleans.
const makeClient = (
  { url, name, commandTimeoutMs = 5_000 }: RedisOptions,
  reconnect: (retries: number, cause: Error) => number | Error,
) =>
  createClient({
    url,
    name,
    RESP: 2,
    disableOfflineQueue: true, // while the link is down a command fails at once
    commandsQueueMaxLength,
    socket: { connectTimeout: 2_000, socketTimeout: commandTimeoutMs + 2 * lookEveryMs, reconnectStrategy: reconnect },
  });

/** A node-redis client that answers in RESP 2. `close()` waits for the commands under way, `destroy()` does not. */
export type Redis = ReturnType<typeof makeClient>;

/**
 * Connects, trying until the deadline, and reconnects for ever after. Commands fail at once while the link is down and after
 * `commandTimeoutMs` while the server is silent; nothing is queued for later, and nothing is sent twice.
 * @throws Error when no connection was made in time, or when the URL is none.
 */
export async function connectRedis(options: RedisOptions): Promise<Redis> {
  const { url, name, logger, onStateChange, connectDeadlineMs = 30_000, commandTimeoutMs = 5_000 } = options;
  if (!URL.canParse(url)) throw new Error(`the Redis URL for "${name}" is not a URL`); // node-redis would quote it, password and all
  const deadline = performance.now() + connectDeadlineMs;
  let wasReady = false;
  let state: RedisState | undefined;
  const change = (next: RedisState, cause?: unknown) => {
    if (state === next) return;
    state = next;
    if (next === 'lost') logger.warn({ connection: name, err: cause }, 'the Redis connection is lost; trying again');
    else logger.info({ connection: name }, `the Redis connection is ${next}`);
    onStateChange?.(next);
  };
  const client = makeClient(options, (retries, cause) => {
    if (!wasReady && performance.now() > deadline)
      return new Error(`no Redis connection for "${name}" within ${connectDeadlineMs} ms`, { cause });
    return Math.min(50 * 2 ** Math.min(retries, 6), 2_000) * (0.5 + Math.random() / 2);
  });
  let renewing = false;
  client.on('error', (error: unknown) =>
    wasReady ? change('lost', error) : logger.debug({ connection: name, err: error }, 'Redis can not be reached yet'),
  );
  client.on('ready', () => {
    wasReady = true;
    change('ready');
  });
  const stopLooking = lookAfter(client, (cause) => {
    change('lost', cause);
    renewing = true;
    client.destroy();
    renewing = false;
    client
      .connect()
      .catch((error: unknown) => logger.error({ connection: name, err: error }, 'the Redis connection could not be renewed'));
  });
  client.on('end', () => {
    if (renewing) return;
    stopLooking();
    change('closed');
  });
  boundCommands(client, commandTimeoutMs);
  try {
    await client.connect();
  } catch (error) {
    stopLooking();
    throw error;
  }
  return client;
}

/**
 * Asks for a sign of life every second. A link on which packets vanish gives no error, and node-redis's own timer is put off by
 * everything that is written to it, so such a link would stay "ready" until the kernel gives up after a quarter of an hour.
 */
function lookAfter(client: Redis, onSilence: (cause: unknown) => void): () => void {
  let asking = false;
  const timer = setInterval(() => {
    if (asking || !client.isReady) return;
    asking = true;
    client
      .ping()
      .catch((error: unknown) => {
        if (error instanceof RedisTimeout && client.isReady) onSilence(error);
      })
      .finally(() => (asking = false));
  }, lookEveryMs);
  timer.unref();
  return () => clearInterval(timer);
}

/**
 * Every single command passes `sendCommand` of the object behind `client`, which is what its derived clients share.
 * A transaction does not pass it and ends with its connection.
 */
function boundCommands(client: Redis, commandTimeoutMs: number): void {
  type Send = (this: unknown, ...args: Parameters<Redis['sendCommand']>) => Promise<unknown>;
  const shared = Object.getPrototypeOf(client) as { sendCommand: Send };
  const send = shared.sendCommand;
  shared.sendCommand = function (...args) {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new RedisTimeout(`Redis gave no answer within ${commandTimeoutMs} ms`)), commandTimeoutMs);
    });
    return Promise.race([send.apply(this, args), late]).finally(() => clearTimeout(timer));
  };
}
