import { redisFacts } from './connect-redis.ts';
import { checkDurability, diskFaults } from './durability.ts';
import type { Redis } from './redis-client.ts';
import { infoField } from './what-server.ts';

export interface NodesCheck {
  /** Of the primary that was checked, as `INFO` tells them: this run of this server, and its history. */
  readonly runId: string;
  readonly replicationId: string;
  /** For how long that run has been, in milliseconds. */
  readonly upMs: number;
  /** Replicas that follow it now, `host:port` as it names them, each of them checked. */
  readonly replicas: readonly string[];
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
  const replicationId = infoField(replication, 'master_replid');
  const faults = [...(await checkDurability(client)), ...diskFaults(await client.info('persistence'))];
  if (infoField(replication, 'role') !== 'master') faults.push('this server is a replica');
  const replicas = [...replication.matchAll(/^slave\d+:ip=([^,]+),port=(\d+),state=(\w+)/gm)];
  if (replicas.length > 0) faults.push(...(await priorityFaults(client)));
  for (const [, host = '', port = '', state = ''] of replicas) {
    const name = `replica ${host}:${port}`;
    if (state !== 'online') faults.push(`${name} is ${state} and not online`);
    let node: Redis | undefined;
    try {
      node = await facts.open(host, Number(port));
      const found = [
        ...(await identityFaults(node, replicationId)),
        ...(await checkDurability(node)),
        ...diskFaults(await node.info('persistence')),
        ...(await priorityFaults(node)),
      ];
      faults.push(...found.map((fault) => `${name}: ${fault}`));
    } catch (error) {
      faults.push(`${name} can not be checked: ${error instanceof Error ? error.message : 'unknown fault'}`);
    } finally {
      node?.destroy();
    }
  }
  return {
    runId: infoField(server, 'run_id'),
    replicationId,
    upMs: Number(infoField(server, 'uptime_in_seconds')) * 1_000,
    replicas: replicas.map(([, host, port]) => `${host}:${port}`),
    faults,
  };
}

/** Behind a translated address another server may answer, the primary itself for one, and be well set up in the replica's place. */
async function identityFaults(node: Redis, replicationId: string): Promise<readonly string[]> {
  const replication = await node.info('replication');
  const isIt = infoField(replication, 'role') === 'slave' && infoField(replication, 'master_replid') === replicationId;
  return isIt
    ? []
    : ['at this address answers a server that is no replica of this primary: set replica-announce-ip and replica-announce-port'];
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
