import { sendInOrder } from '@tallystick/platform-audit';
import type { KafkaProducer } from '@tallystick/platform-kafka';
import type { Logger } from '@tallystick/platform-observability';
import type { OutboxEntry, RingShard } from '@tallystick/tokens-domain';
import { type AuditTopics, progressKey, revocationRecords } from './audit-topics.ts';

/** Resolves when all in-sync replicas have it. @throws KafkaSendError: some of it may be in the topic, and may be published again. */
export interface RevocationPublisher {
  /** What these entries revoked: before the entries themselves, so that what a recovery needs is there, should the rest fail. */
  revocations(shard: RingShard, headEpoch: string, entries: readonly OutboxEntry[]): Promise<void>;
  /** Every entry of the shard up to this number is published: said last. */
  complete(shard: RingShard, headEpoch: string, upTo: number): Promise<void>;
}

export interface RevocationPublisherOptions {
  readonly producer: Pick<KafkaProducer, 'send'>;
  readonly topics: Pick<AuditTopics, 'revocations'>;
  readonly logger: Logger;
}

export const createRevocationPublisher = ({ producer, topics, logger }: RevocationPublisherOptions): RevocationPublisher => ({
  async revocations(shard, headEpoch, entries) {
    const revocations = entries.flatMap((entry) => {
      const { records, isReadable } = revocationRecords({ headEpoch, entry });
      const facts = { environment: entry.environment, shard, seq: entry.seq };
      if (!isReadable)
        logger.error(facts, 'an audit entry can not be read: what it revoked would not be revoked again after a loss');
      return records;
    });
    await sendInOrder(producer, topics.revocations, revocations);
  },
  async complete(shard, headEpoch, upTo) {
    const value = JSON.stringify({ headEpoch, seq: upTo });
    await producer.send(topics.revocations, [{ key: progressKey(shard), value }]);
  },
});
