import { describe, expect, it } from '@jest/globals';
import { createLogger } from '@tallystick/platform-observability';
import { connectRedis } from '@tallystick/platform-redis';
import { eventually, OwnRedis } from '@tallystick/platform-testing';
import { ringShards } from '@tallystick/tokens-domain';
import { RedisRingWitness } from './redis-ring-witness.ts';

const logger = createLogger({ service: 'witness', level: 'silent' });
const [shard] = ringShards;

describe('the witness', () => {
  it('was not raised by a primary that has lost its replica: the other one may be the primary by now', async () => {
    const primary = await OwnRedis.start();
    const replica = await OwnRedis.start('--replicaof', '127.0.0.1', String(primary.port));
    const replicasOf = async () => /connected_slaves:(\d)/.exec(await primary.ask('INFO replication'))?.[1];
    const isOnline = async () => (await primary.ask('INFO replication')).includes('state=online');
    await eventually(isOnline, { withinMs: 15_000, what: 'the replica follows' });
    const client = await connectRedis({ url: primary.url, name: 'witness', logger });
    const witness = new RedisRingWitness({ client });
    await eventually(() => witness.raise(shard!, 'head', 1).then(() => true), { withinMs: 15_000, what: 'both have it' });
    await replica.kill();
    await eventually(async () => (await replicasOf()) === '0', { withinMs: 10_000, what: 'the primary has noticed' });
    await expect(witness.raise(shard!, 'head', 2)).rejects.toThrow('not every replica has the witness');
    client.destroy();
    await Promise.all([primary.close(), replica.close()]);
  }, 60_000);
});
