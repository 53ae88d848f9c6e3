import { ErrorReply } from 'redis';
import type { Redis } from './redis-client.ts';

/** A field of what `INFO` says; '' where it does not stand there. */
export const infoField = (text: string, field: string): string =>
  text
    .split('\r\n')
    .find((line) => line.startsWith(`${field}:`))
    ?.slice(field.length + 1) ?? '';

export const clusterRefusal =
  'this is a node of a Redis Cluster, which is not supported here: use one Redis, or a primary that sentinels name (docs/operations/redis.md)';

/** A server that will never do, so that nobody need wait for it. */
export class RedisRefused extends Error {
  override readonly name = 'RedisRefused';
}

/**
 * Refuses a server that is no primary of its own. A replica answers reads for ever, out of an older past than what was confirmed elsewhere; and of
 * a cluster each answer about replicas and settings would be that of another node.
 * @param mustSay whether a server that does not tell its role is refused too; else only where it tells a wrong one.
 * @throws RedisRefused for a node of a cluster, Error for a replica, which may yet be promoted.
 */
export async function refuseOtherThanPrimary(client: Redis, mustSay: boolean): Promise<void> {
  if (infoField(await said(client, 'server'), 'redis_mode') === 'cluster') throw new RedisRefused(clusterRefusal);
  const role = infoField(await said(client, 'replication'), 'role');
  if (mustSay ? role !== 'master' : role === 'slave') throw new Error('the server does not say that it is the primary');
}

/** A sign of life, and whether the server is still no replica. @throws what the connection throws when it does not answer. */
export const isReplica = async (client: Redis): Promise<boolean> =>
  infoField(await said(client, 'replication'), 'role') === 'slave';

/** '' where the user may not ask: the scripts that need to know it say so themselves. */
const said = (client: Redis, section: string): Promise<string> =>
  client.info(section).catch((error: unknown) => {
    if (error instanceof ErrorReply) return '';
    throw error;
  });
