import { createHash } from 'node:crypto';
import type { ParkedBytes, RedisParkedStore } from '@tallystick/devices-store-redis';
import { instant } from '@tallystick/kernel-core';
import type { KafkaProducer, KafkaRecord } from '@tallystick/platform-kafka';
import type { Source } from './bridge.ts';

/** Headers of a parked record: where it came from and why it lies here. Key, value and its own headers are as they were. */
export const parkedHeaders = (
  record: KafkaRecord,
  source: Source,
  reason: string,
  epoch: number,
  at: Date,
): Record<string, string> => ({
  'tallystick.reason': reason,
  'tallystick.environment': source.environment,
  'tallystick.connection': source.connection,
  'tallystick.topic': record.topic,
  'tallystick.partition': String(record.partition),
  'tallystick.offset': record.offset,
  'tallystick.epoch': String(epoch),
  'tallystick.parked-at': at.toISOString(),
});

/** Names a parked record of a connection: the same one parked again has the same name. */
export const parkedIdOf = ({ topic, partition, offset }: KafkaRecord, epoch: number): string =>
  `${epoch}-${partition}-${offset}-${createHash('sha256').update(topic).digest('hex').slice(0, 8)}`;

/** Where parked records go, and who counts. */
export interface ParkingPlaces {
  readonly producer: Pick<KafkaProducer, 'send'>;
  readonly topic: string;
  readonly index: Pick<RedisParkedStore, 'add'>;
  readonly now: () => Date;
}

/**
 * Puts records that can't be used on the parking topic with their original bytes, and into the index that people work from. A failure
 * of either is the caller's: the partition must not go on without it (R21).
 */
export const createParking =
  ({ producer, topic, index, now }: ParkingPlaces) =>
  async (record: KafkaRecord, source: Source, reason: string, epoch: number): Promise<void> => {
    const at = now();
    const headers = { ...record.headers, ...parkedHeaders(record, source, reason, epoch, at) };
    await producer.send(topic, [{ key: record.key, value: record.value, headers }]);
    const { partition, offset, timestamp } = record;
    const place = { epoch, topic: record.topic, partition, offset, timestamp, reason, parkedAt: instant(at.getTime()) };
    await index.add(source, parkedIdOf(record, epoch), place, bytesOf(record));
  };

/** Key, value and headers as bytes; a header that came once is a list of one. */
function bytesOf({ key, value, headers }: KafkaRecord): ParkedBytes {
  const lists = Object.entries(headers).flatMap(([name, it]) => (it === undefined ? [] : [[name, [it].flat()] as const]));
  return {
    key,
    value,
    headers: Object.fromEntries(
      lists.map(([name, texts]) => [name, texts.map((text) => (typeof text === 'string' ? Buffer.from(text) : text))]),
    ),
  };
}
