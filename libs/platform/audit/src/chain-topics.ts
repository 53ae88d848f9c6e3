import type { KafkaProducer, TopicSpec } from '@tallystick/platform-kafka';
import { type ChainedRecord, writeRecord } from './chain.ts';
import { readChainName } from './chain-name.ts';

export interface AuditChainTopics {
  /** Every record, key = environment or `:name`: in order per chain. */
  readonly audit: string;
  /** Signed heads; never compacted. */
  readonly heads: string;
}

export const defaultAuditChainTopics: AuditChainTopics = { audit: 'tallystick.audit', heads: 'tallystick.audit-heads' };

/** Nothing is ever lost by age or size, or thrown away for a newer record; and no replica that lacks something is made the leader. */
const forEver = {
  'cleanup.policy': 'delete',
  'retention.ms': '-1',
  'retention.bytes': '-1',
  'unclean.leader.election.enable': 'false',
  'max.message.bytes': '4194304',
};

/** How the topics have to be, for an evaluation that makes them itself. More replicas, and `min.insync.replicas` 2, are the cluster's to say. */
export const auditChainTopicSpecs = ({ audit, heads }: AuditChainTopics): readonly TopicSpec[] => [
  { topic: audit, numPartitions: 3, config: forEver },
  { topic: heads, numPartitions: 1, config: forEver },
];

export interface KeyedText {
  readonly key: string;
  readonly value: string;
}

/** A record as it is sent. */
export const keyedRecord = (record: ChainedRecord): KeyedText => ({
  key: readChainName(record.chain)?.place ?? '',
  value: writeRecord(record),
});

/** Less than what a broker takes by default (1 MiB), so that only a single huge record needs more. */
const bytesPerSend = 500_000;

/** Sends all, in order, in pieces that a broker takes. */
export async function sendInOrder(
  producer: Pick<KafkaProducer, 'send'>,
  topic: string,
  messages: readonly KeyedText[],
): Promise<void> {
  const chunks: KeyedText[][] = [];
  let bytes = Infinity;
  for (const message of messages) {
    const size = Buffer.byteLength(message.key) + Buffer.byteLength(message.value) + 100;
    if (bytes + size > bytesPerSend) {
      chunks.push([]);
      bytes = 0;
    }
    bytes += size;
    chunks.at(-1)?.push(message);
  }
  for (const chunk of chunks) await producer.send(topic, chunk);
}
