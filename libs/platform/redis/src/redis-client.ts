import { createClient } from 'redis';

/** Of a TLS client; texts in PEM. A certificate comes with its key. */
export type RedisTls = {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  /** The name that a data node's certificate must have, where it is not the name that is connected to: sentinels announce addresses. */
  readonly serverName?: string;
};

/** Who one is to a server. */
export type RedisLogin = { readonly username?: string; readonly password?: string };

export type HostPort = { readonly host: string; readonly port: number };

export const isSamePlace = (one: HostPort, other: HostPort): boolean => one.host === other.host && one.port === other.port;

/** A command that got no answer in time. It may have been done or may yet be done. */
export class RedisTimeout extends Error {
  override readonly name = 'RedisTimeout';
}

/** The place of one server. A URL has credentials, database and TLS in it where they are not told beside it. */
export type ServerPlace = { readonly url: string } | HostPort;

export type ClientSettings = RedisLogin & {
  readonly place: ServerPlace;
  readonly name: string;
  readonly tls?: RedisTls;
  readonly commandTimeoutMs: number;
};

const connectTimeoutMs = 2_000;
const commandsQueueMaxLength = 20_000;
/** Beyond a command's own time-out, for a link on which nothing moves at all. */
const idleMs = 2_000;

const tlsOptions = ({ serverName, ...files }: RedisTls, host: string | undefined) => ({
  tls: true as const,
  ...files,
  // the certificate is always checked; Node does so against this name, or else against the host
  ...(serverName === undefined ? {} : { servername: serverName }),
  ...(host === undefined ? {} : { host }),
});

// RESP 2 on purpose: a script's reply is then only arrays, strings, integers and null, whatever the server's version,
// and a reply that a test has seen is the reply that production sees. RESP 3 turns some of them into maps, doubles and booleans.
export const makeClient = ({ place, name, tls, commandTimeoutMs, username, password }: ClientSettings) => {
  const host = 'url' in place ? undefined : place.host;
  const client = createClient({
    ...('url' in place ? { url: place.url } : {}),
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    name,
    RESP: 2,
    disableOfflineQueue: true, // while the link is down a command fails at once
    commandsQueueMaxLength,
    socket: {
      ...('url' in place ? {} : { host: place.host, port: place.port }),
      ...(tls === undefined ? {} : tlsOptions(tls, host)),
      connectTimeout: connectTimeoutMs,
      socketTimeout: commandTimeoutMs + idleMs,
      reconnectStrategy: false, // a client is one connection; who holds it makes another one
    },
  });
  return client;
};

/** A node-redis client that answers in RESP 2. `close()` waits for the commands under way, `destroy()` does not. */
export type Redis = ReturnType<typeof makeClient>;

/** What is told of each command's end. */
export interface CommandWatcher {
  readonly onReply: (command: string | undefined, wanted: number, reply: unknown) => void;
  readonly onError: (error: unknown) => void;
}

/**
 * Every single command passes `sendCommand` of the object behind `client`, which is what its derived clients share.
 * A transaction does not pass it and ends with its connection.
 */
export function boundCommands(client: Redis, commandTimeoutMs: number, watcher?: CommandWatcher): void {
  type Send = (this: unknown, ...args: Parameters<Redis['sendCommand']>) => Promise<unknown>;
  const shared = Object.getPrototypeOf(client) as { sendCommand: Send };
  const send = shared.sendCommand;
  shared.sendCommand = function (...args) {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new RedisTimeout(`Redis gave no answer within ${commandTimeoutMs} ms`)), commandTimeoutMs);
    });
    const answer = Promise.race([send.apply(this, args), late]).finally(() => clearTimeout(timer));
    if (watcher === undefined) return answer;
    return answer.then(
      (reply) => {
        watcher.onReply(String(args[0][0]), Number(args[0][1]), reply);
        return reply;
      },
      (error: unknown) => {
        watcher.onError(error);
        throw error;
      },
    );
  };
}

/** Connects, or fails within the time; a server that takes the connection and says nothing must not hold anybody up. */
export async function openClient(client: Redis, withinMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new RedisTimeout(`Redis took no connection within ${withinMs} ms`)), withinMs);
  });
  const opening = client.connect();
  opening.catch(() => undefined);
  try {
    await Promise.race([opening, late]);
  } catch (error) {
    client.destroy();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}
