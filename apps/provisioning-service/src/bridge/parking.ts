import type { KafkaProducer, KafkaRecord } from '@tallystick/platform-kafka';
import type { Source } from './bridge.ts';

/** Headers of a parked record: where it came from and why it lies here. Key, value and its own headers are as they were. */
export const parkedHeaders = (record: KafkaRecord, source: Source, reason: string, at: Date): Record<string, string> => ({
  'tallystick.reason': reason,
  'tallystick.environment': source.environment,
  'tallystick.connection': source.connection,
  'tallystick.topic': record.topic,
  'tallystick.partition': String(record.partition),
  'tallystick.offset': record.offset,
  'tallystick.parked-at': at.toISOString(),
});

/**
 * Puts records that can't be used on the parking topic with their original bytes. A failure is the caller's: the partition must not go
 * on without it (R21).
 */
export const createParking =
  (producer: Pick<KafkaProducer, 'send'>, topic: string, now: () => Date) =>
  async (record: KafkaRecord, source: Source, reason: string): Promise<void> => {
    const headers = { ...record.headers, ...parkedHeaders(record, source, reason, now()) };
    await producer.send(topic, [{ key: record.key, value: record.value, headers }]);
  };
