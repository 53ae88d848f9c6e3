import { redisFacts } from './connect-redis.ts';
import { checkDurability } from './durability.ts';
import type { Redis } from './redis-client.ts';

export interface NodesCheck {
  /** Of the primary that was checked, as `INFO` tells them: this run of this server, and its history. */
  readonly runId: string;
  readonly replicationId: string;
  /** Replicas that follow it now, each of them checked. */
  readonly replicas: number;
  /** In words for the operator; empty when every node keeps what it confirmed, and every replica that acknowledges can be promoted. */
  readonly faults: readonly string[];
}

/**
 * The settings of a primary and of each of its replicas, which are asked at the addresses that it has of them, with the same credentials: a
 * replica that keeps nothing acknowledges too, and so does one that is never promoted, in the place of another one that may be.
 * @throws what the connection throws when the primary does not answer.
 */
export async function checkNodes(client: Redis): Promise<NodesCheck> {
  const facts = redisFacts(client);
  const [server, replication] = [await client.info('server'), await client.info('replication')];
  const found = (text: string, field: string): string => new RegExp(`^${field}:(.*?)\\r?$`, 'm').exec(text)?.[1] ?? '';
  const faults = [...(await checkDurability(client))];
  if (found(server, 'redis_mode') === 'cluster')
    faults.push('this is a node of a Redis Cluster, which is not supported here: use one Redis, or sentinels');
  if (found(replication, 'role') !== 'master') faults.push('this server is a replica');
  const replicas = [...replication.matchAll(/^slave\d+:ip=([^,]+),port=(\d+),state=(\w+)/gm)];
  if (replicas.length > 0) faults.push(...(await priorityFaults(client)));
  for (const [, host = '', port = '', state = ''] of replicas) {
    const name = `replica ${host}:${port}`;
    if (state !== 'online') faults.push(`${name} is ${state} and not online`);
    let node: Redis | undefined;
    try {
      node = await facts.open(host, Number(port));
      faults.push(...[...(await checkDurability(node)), ...(await priorityFaults(node))].map((fault) => `${name}: ${fault}`));
    } catch (error) {
      faults.push(`${name} can not be checked: ${error instanceof Error ? error.message : 'unknown fault'}`);
    } finally {
      node?.destroy();
    }
  }
  return {
    runId: found(server, 'run_id'),
    replicationId: found(replication, 'master_replid'),
    replicas: replicas.length,
    faults,
  };
}

async function priorityFaults(node: Redis): Promise<readonly string[]> {
  const priority = await node.configGet('replica-priority').then(
    (found) => found['replica-priority'],
    () => undefined, // CONFIG is refused: checkDurability has said so
  );
  return priority === '0'
    ? ['replica-priority is "0": it acknowledges changes, but is never promoted, so it hides one that lacks them']
    : [];
}
