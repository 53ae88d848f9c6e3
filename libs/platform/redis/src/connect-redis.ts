import type { Redis } from './redis-client.ts';
import { RedisConnection } from './redis-connection.ts';
import type { RedisFacts, RedisOptions } from './redis-options.ts';

const connectionsOf = new WeakMap<object, RedisConnection>();

/**
 * Connects, trying until the deadline, and again for ever after. Commands fail at once while there is no connection and after
 * `commandTimeoutMs` while the server is silent; nothing is queued for later, and nothing is sent twice.
 *
 * What is returned stays the same while the connection behind it changes: after a loss, and when the sentinels name another primary. A server
 * that says `READONLY` or `NOTPRIMARY` is left, and so is one that has become a replica, within a second. With sentinels a server is only taken that
 * says itself that it is the primary. A node of a Redis Cluster is refused.
 * @throws Error when no connection was made in time, when the URL is none, or at once when the server is a node of a Redis Cluster.
 */
export async function connectRedis(options: RedisOptions): Promise<Redis> {
  const { name, connectDeadlineMs = 30_000 } = options;
  // node-redis would quote it, password and all
  if ('url' in options && !URL.canParse(options.url)) throw new Error(`the Redis URL for "${name}" is not a URL`);
  if ('url' in options && options.tls !== undefined && !options.url.startsWith('rediss:'))
    throw new Error(`the Redis URL for "${name}" does not begin with rediss://, but TLS is set`);
  const connection = new RedisConnection(options);
  connectionsOf.set(connection.client, connection);
  await connection.start(connectDeadlineMs);
  return connection.client;
}

/** @throws TypeError on what does not come from {@link connectRedis}. */
export function redisFacts(client: Redis): RedisFacts {
  const connection = connectionsOf.get(client);
  if (!connection) throw new TypeError('this client does not come from connectRedis');
  return connection;
}
