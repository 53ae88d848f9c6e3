import { type AuditDigest, type AuditSigner, kafkaAuditRelay } from '@tallystick/platform-audit';
import { createKafka, createProducer, ensureTopics, type KafkaAddress } from '@tallystick/platform-kafka';
import type { Logger, Metrics } from '@tallystick/platform-observability';
import { type AuditTopics, auditTopicSpecs, kafkaRevocationTopic } from '@tallystick/tokens-audit-kafka';
import type { AuditOutbox, RingWitness, TokenRingStore } from '@tallystick/tokens-domain';
import type { MonotonicClock } from '../propagation/clock.ts';
import type { RegistryWatch } from '../propagation/registry-watch.ts';
import { declareRecoveryMetrics } from '../recovery/recovery-metrics.ts';
import { createReopeningNote } from '../recovery/reopening-note.ts';
import { createRevokeAgain } from '../recovery/revoke-again.ts';
import { RingRecovery } from '../recovery/ring-recovery.ts';
import { declareRelayMetrics } from './relay-metrics.ts';
import { ringRelayParts } from './ring-relay.ts';

export interface AuditAndRecoveryNeeds {
  /** Undefined when there is no Kafka: nothing is published, and a shard whose store went back is reopened by hand only. */
  readonly kafka:
    | {
        readonly address: KafkaAddress;
        readonly topics: AuditTopics;
        readonly createTopics: boolean;
        readonly signer: AuditSigner;
      }
    | undefined;
  readonly store: Pick<TokenRingStore, 'shards' | 'shardOf' | 'environments' | 'read' | 'change' | 'reopen'>;
  readonly outbox: AuditOutbox;
  readonly witness: RingWitness;
  readonly watch: Pick<RegistryWatch, 'look' | 'lastLook'>;
  /** Of the documents in the audit; left out: it has none. */
  readonly digest?: AuditDigest | undefined;
  readonly clock: MonotonicClock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
}

export interface AuditAndRecovery {
  readonly recovery: RingRecovery;
  /** A change was made: publish it now. Without it, within a second. */
  readonly wake: () => void;
  /** After the watch has started, and before requests are served: every shard was compared with its witness once this resolves. */
  readonly start: () => Promise<void>;
  /** Before the watch and the stores are closed. */
  readonly stop: () => Promise<void>;
}

/** Less than what a shutdown has: a send under way is waited for. */
const sendDeadlineMs = 10_000;
const topicsAgainMs = 5_000;

/** Relay and recovery, put together. No connection is made here, and Kafka may be away at any time. */
export function auditAndRecovery(needs: AuditAndRecoveryNeeds): AuditAndRecovery {
  const { kafka: config, store, witness, logger, metrics } = needs;
  const kafka = config && createKafka({ ...config.address, clientId: 'tallystick-token-service', logger });
  const producer = kafka && createProducer(kafka, { sendDeadlineMs });
  const topic = config && kafka && kafkaRevocationTopic({ kafka, topic: config.topics.revocations, logger });
  const recovery = new RingRecovery({
    ...needs,
    topic,
    metrics: declareRecoveryMetrics(metrics),
    revokeAgain: createRevokeAgain({ store, witness, digest: needs.digest, logger, nowMs: needs.nowMs }),
    noteReopening: createReopeningNote(needs),
    onReopened: (shard) => relay?.announce(shard),
  });
  const running =
    config &&
    kafka &&
    producer &&
    kafkaAuditRelay({
      ...ringRelayParts({
        ...needs,
        producer,
        topics: config.topics,
        isSettled: (shard, look) => recovery.isSettled(shard, look),
        metrics: declareRelayMetrics(metrics),
      }),
      kafka,
      signer: config.signer,
      groupPrefix: 'tallystick-token-service-audit',
    });
  const relay = running?.relay;
  let isStopped = false;
  const makeTopics = async (): Promise<void> => {
    while (config?.createTopics && kafka && !isStopped) {
      try {
        return await ensureTopics(kafka, auditTopicSpecs(config.topics));
      } catch (error) {
        logger.warn({ err: error }, 'the topics of the audit can not be made yet');
        await needs.clock.sleep(topicsAgainMs);
      }
    }
  };
  return {
    recovery,
    wake: () => relay?.wake(),
    start: async () => {
      if (!config)
        logger.warn(
          'the audit is not published: its entries stay in the outbox until it is full, and revocations that a store loses are known to nobody; set TOKENS_KAFKA_BROKERS',
        );
      await recovery.start();
      void makeTopics();
      relay?.start();
    },
    stop: async () => {
      isStopped = true;
      await running?.stop();
      await recovery.stop();
      await producer?.close();
    },
  };
}
