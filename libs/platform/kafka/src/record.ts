import type { EachBatchPayload, IHeaders } from 'kafkajs';

/** One record as it lies in the topic: bytes, not texts. */
export type KafkaRecord = {
  readonly topic: string;
  readonly partition: number;
  /** Decimal; may exceed 2^53. */
  readonly offset: string;
  /** Milliseconds since 1970 as the producer or broker set it. */
  readonly timestamp: number;
  readonly key: Buffer | null;
  /** null is a tombstone. */
  readonly value: Buffer | null;
  /** A header that is repeated arrives as an array. */
  readonly headers: IHeaders;
};

export const recordOf = (
  topic: string,
  partition: number,
  message: EachBatchPayload['batch']['messages'][number],
): KafkaRecord => ({
  topic,
  partition,
  offset: message.offset,
  timestamp: Number(message.timestamp),
  key: message.key,
  value: message.value,
  headers: message.headers ?? {},
});
