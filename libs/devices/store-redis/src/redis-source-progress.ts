import type { SourceRecordStore } from '@tallystick/devices-domain';
import type { Instant } from '@tallystick/kernel-core';
import { defineScript, type Redis } from '@tallystick/platform-redis';
import { type ConnectionRef, consumedKey, sourceKey } from './keys.ts';

type SourceState = Awaited<ReturnType<SourceRecordStore['source']>>;
type SourceStop = Parameters<SourceRecordStore['stopSource']>[2];
type SourceGap = Parameters<SourceRecordStore['noteGap']>[2];
type ConsumedOffset = Parameters<SourceRecordStore['saveConsumed']>[2];

// State hash: e epoch · b raised by · t raised at · s stop · g gap, both JSON without personal data.
const raiseScript = defineScript({
  name: 'raise-epoch',
  lua: `
    local epoch = redis.call('HINCRBY', KEYS[1], 'e', 1)
    redis.call('HSET', KEYS[1], 'b', ARGV[1], 't', ARGV[2])
    redis.call('HDEL', KEYS[1], 's', 'g')
    return epoch`,
});

// ARGV: epoch · field · text.
const noteScript = defineScript({
  name: 'note-source-fault',
  lua: `
    if (redis.call('HGET', KEYS[1], 'e') or '0') ~= ARGV[1] then return 0 end
    return redis.call('HSETNX', KEYS[1], ARGV[2], ARGV[3])`,
});

// Offsets of 20 digits compare as text.
const consumedScript = defineScript({
  name: 'save-consumed',
  lua: `
    local stored = redis.call('HGET', KEYS[1], ARGV[1])
    if stored and string.sub(stored, 1, 20) >= string.sub(ARGV[2], 1, 20) then return 0 end
    redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
    return 1`,
});

/** Epoch, stops and read offsets of each connection's source. */
export abstract class RedisSourceProgress {
  readonly #redis: Redis;

  constructor(redis: Redis) {
    this.#redis = redis;
  }

  async source(connection: ConnectionRef): Promise<SourceState> {
    const [epoch, by, at, stopped, gap] = await this.#redis.hmGet(sourceKey(connection), ['e', 'b', 't', 's', 'g']);
    return {
      epoch: Number(epoch ?? 0),
      ...(by && at ? { raised: { by, at: Number(at) as Instant } } : {}),
      ...(stopped ? { stopped: JSON.parse(stopped) as SourceStop } : {}),
      ...(gap ? { gap: JSON.parse(gap) as SourceGap } : {}),
    };
  }

  async raiseEpoch(connection: ConnectionRef, by: string, now: Instant): Promise<number> {
    return (await raiseScript.run(this.#redis, [sourceKey(connection)], [by, now])) as number;
  }

  async stopSource(connection: ConnectionRef, epoch: number, stop: SourceStop): Promise<void> {
    await noteScript.run(this.#redis, [sourceKey(connection)], [epoch, 's', JSON.stringify(stop)]);
  }

  async noteGap(connection: ConnectionRef, epoch: number, gap: SourceGap): Promise<void> {
    await noteScript.run(this.#redis, [sourceKey(connection)], [epoch, 'g', JSON.stringify(gap)]);
  }

  async consumed(connection: ConnectionRef, epoch: number): Promise<readonly ConsumedOffset[]> {
    const all = await this.#redis.hGetAll(consumedKey(connection, epoch));
    return Object.entries(all).map(([field, text]) => {
      const [partition = '', topic = ''] = [field.slice(0, field.indexOf('/')), field.slice(field.indexOf('/') + 1)];
      const [next = '', timestamp = '', order] = text.split(' ');
      const read = { next: next.replace(/^0+(?=\d)/, ''), timestamp: Number(timestamp) };
      return { topic, partition: Number(partition), ...read, ...(order !== undefined && { order }) };
    });
  }

  async saveConsumed(connection: ConnectionRef, epoch: number, consumed: ConsumedOffset): Promise<void> {
    const { topic, partition, next, timestamp, order } = consumed;
    if (order !== undefined && !/^\S+$/.test(order)) throw new RangeError('an order is a word without spaces');
    if (!/^\d{1,20}$/.test(next)) throw new RangeError('an offset is a whole number of at most 20 digits');
    const args = [`${partition}/${topic}`, `${next.padStart(20, '0')} ${timestamp}${order === undefined ? '' : ` ${order}`}`];
    await consumedScript.run(this.#redis, [consumedKey(connection, epoch)], args);
  }
}
