import { randomUUID } from 'node:crypto';
import type { Kafka } from 'kafkajs';
import { createOffsetReader, type KafkaProducer } from '@tallystick/platform-kafka';
import { AuditRelay } from './audit-relay.ts';
import { type AuditChainTopics, keyedRecord, sendInOrder } from './chain-topics.ts';
import { HeadsPublisher } from './heads-publisher.ts';
import type { OutboxClaim } from './outbox.port.ts';
import { kafkaChains } from './published-chains.ts';
import type { AuditRelayNeeds, RelayBatch } from './relay-needs.ts';
import type { AuditSigner } from './signing.ts';

export interface ComposedRelayNeeds<Claim extends OutboxClaim, Look> extends Omit<
  AuditRelayNeeds<Claim, Look>,
  'publish' | 'heads'
> {
  readonly producer: Pick<KafkaProducer, 'send'>;
  readonly topics: AuditChainTopics;
  readonly signer: AuditSigner;
  /** Where the partitions of the audit topic end now. */
  readonly ends: () => Promise<Readonly<Record<string, string>>>;
  /** Sends what may be said only after them. Default: nothing. */
  readonly after?: (batch: RelayBatch<Claim, Look>) => Promise<'told' | 'owed'>;
  /** Moved heads are told so often at most. Default 5 000. */
  readonly headsEveryMs?: number;
}

/** The relay of one half with its heads, over any producer. */
export function composeAuditRelay<Claim extends OutboxClaim, Look>(
  needs: ComposedRelayNeeds<Claim, Look>,
): AuditRelay<Claim, Look> {
  const { producer, topics, half, after, headsEveryMs, metrics } = needs;
  const heads = new HeadsPublisher({
    ...needs,
    send: (value) => producer.send(topics.heads, [{ key: half, value }]),
    sinceVouched: (seconds) => metrics.sinceVouched(seconds),
    ...(headsEveryMs === undefined ? {} : { everyMs: headsEveryMs }),
  });
  return new AuditRelay<Claim, Look>({
    ...needs,
    heads,
    publish: async (batch) => {
      await sendInOrder(producer, topics.audit, batch.records.map(keyedRecord));
      return (await after?.(batch)) ?? 'told';
    },
  });
}

export interface KafkaAuditRelayNeeds<Claim extends OutboxClaim, Look> extends Omit<
  ComposedRelayNeeds<Claim, Look>,
  'published' | 'relayId' | 'ends'
> {
  readonly kafka: Kafka;
  /** Beginning of the consumer groups that read what is published. */
  readonly groupPrefix: string;
}

export interface RunningAuditRelay<Claim extends OutboxClaim, Look> {
  /** Start it. */
  readonly relay: AuditRelay<Claim, Look>;
  /** Ends the relay, and what it has opened; the producer is its maker's. */
  readonly stop: () => Promise<void>;
}

/** The relay of one half, to Kafka. No connection is made here, and Kafka may be away at any time. */
export function kafkaAuditRelay<Claim extends OutboxClaim, Look>(
  needs: KafkaAuditRelayNeeds<Claim, Look>,
): RunningAuditRelay<Claim, Look> {
  const { kafka, topics, signer, half, groupPrefix } = needs;
  const offsets = createOffsetReader(kafka);
  const ends = async () =>
    Object.fromEntries((await offsets.read(topics.audit)).map(({ partition, high }) => [`${partition}`, high]));
  const published = kafkaChains({ kafka, topics, half, keys: signer.trusted, groupPrefix });
  const relay = composeAuditRelay<Claim, Look>({ ...needs, relayId: randomUUID(), published, ends });
  return {
    relay,
    stop: async () => {
      await relay.stop();
      await offsets.close();
    },
  };
}
