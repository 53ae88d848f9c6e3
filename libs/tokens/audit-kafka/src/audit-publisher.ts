import type { KafkaProducer } from '@tallystick/platform-kafka';
import type { Logger } from '@tallystick/platform-observability';
import type { OutboxEntry, RingShard } from '@tallystick/tokens-domain';
import { auditRecord, type AuditTopics, progressKey, revocationRecords } from './audit-topics.ts';

export interface AuditBatch {
  readonly shard: RingShard;
  readonly headEpoch: string;
  /** In the order of their numbers. */
  readonly entries: readonly OutboxEntry[];
  /** Every entry of the shard up to this number is published once this batch is; undefined when that can't be said. */
  readonly completeUpTo: number | undefined;
}

export interface AuditPublisher {
  /** Resolves when all in-sync replicas have all of it. @throws KafkaSendError: some of it may be in the topics, and may be published again. */
  publish(batch: AuditBatch): Promise<void>;
}

export interface AuditPublisherOptions {
  readonly producer: Pick<KafkaProducer, 'send'>;
  readonly topics: AuditTopics;
  readonly logger: Logger;
}

/** Less than what a broker takes by default (1 MiB), so that only a single huge entry needs more. */
const bytesPerSend = 500_000;

/**
 * Publishes what was taken from the outbox. The revocations go first: should the rest fail, what a recovery needs is there. That the shard is
 * complete up to a number is said last.
 */
export const createAuditPublisher = ({ producer, topics, logger }: AuditPublisherOptions): AuditPublisher => ({
  async publish({ shard, headEpoch, entries, completeUpTo }) {
    const named = entries.map((entry) => ({ shard, headEpoch, entry }));
    const revocations = named.flatMap((one) => {
      const { records, isReadable } = revocationRecords(one);
      const facts = { environment: one.entry.environment, shard, seq: one.entry.seq };
      if (!isReadable)
        logger.error(facts, 'an audit entry can not be read: what it revoked would not be revoked again after a loss');
      return records;
    });
    for (const chunk of chunksOf(revocations)) await producer.send(topics.revocations, chunk);
    for (const chunk of chunksOf(named.map(auditRecord))) await producer.send(topics.audit, chunk);
    if (completeUpTo === undefined) return;
    const value = JSON.stringify({ headEpoch, seq: completeUpTo });
    await producer.send(topics.revocations, [{ key: progressKey(shard), value }]);
  },
});

interface Sent {
  readonly key: string;
  readonly value: string;
}

function chunksOf(records: readonly Sent[]): readonly (readonly Sent[])[] {
  const chunks: Sent[][] = [];
  let bytes = Infinity;
  for (const record of records) {
    const size = Buffer.byteLength(record.key) + Buffer.byteLength(record.value) + 100;
    if (bytes + size > bytesPerSend) {
      chunks.push([]);
      bytes = 0;
    }
    bytes += size;
    chunks.at(-1)?.push(record);
  }
  return chunks;
}
