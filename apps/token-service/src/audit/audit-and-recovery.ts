import { randomUUID } from 'node:crypto';
import { createKafka, createProducer, ensureTopics } from '@tallystick/platform-kafka';
import type { Logger, Metrics } from '@tallystick/platform-observability';
import { type AuditTopics, auditTopicSpecs, createAuditPublisher, kafkaRevocationTopic } from '@tallystick/tokens-audit-kafka';
import type { AuditOutbox, RingWitness, TokenRingStore } from '@tallystick/tokens-domain';
import type { MonotonicClock } from '../propagation/clock.ts';
import type { RegistryWatch } from '../propagation/registry-watch.ts';
import { recoveryMetrics } from '../recovery/recovery-metrics.ts';
import { createReopeningNote } from '../recovery/reopening-note.ts';
import { createRevokeAgain } from '../recovery/revoke-again.ts';
import { RingRecovery } from '../recovery/ring-recovery.ts';
import { AuditRelay } from './audit-relay.ts';
import { relayMetrics } from './relay-metrics.ts';

export interface AuditAndRecoveryNeeds {
  /** Undefined when there is no Kafka: nothing is published, and a shard whose store went back is reopened by hand only. */
  readonly kafka:
    { readonly brokers: readonly string[]; readonly topics: AuditTopics; readonly createTopics: boolean } | undefined;
  readonly store: Pick<TokenRingStore, 'shards' | 'shardOf' | 'environments' | 'read' | 'change' | 'reopen'>;
  readonly outbox: AuditOutbox;
  readonly witness: RingWitness;
  readonly watch: Pick<RegistryWatch, 'look' | 'lastLook'>;
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
  const kafka = config && createKafka({ brokers: config.brokers, clientId: 'tallystick-token-service', logger });
  const producer = kafka && createProducer(kafka, { sendDeadlineMs });
  const topic = config && kafka && kafkaRevocationTopic({ kafka, topic: config.topics.revocations, logger });
  const recovery = new RingRecovery({
    ...needs,
    topic,
    metrics: recoveryMetrics(metrics),
    revokeAgain: createRevokeAgain({ store, witness, logger, nowMs: needs.nowMs }),
    noteReopening: createReopeningNote(needs),
    onReopened: (shard) => relay?.announce(shard),
  });
  const relay =
    config &&
    producer &&
    new AuditRelay({
      ...needs,
      publisher: createAuditPublisher({ producer, topics: config.topics, logger }),
      isSettled: (shard, look) => recovery.isSettled(shard, look),
      metrics: relayMetrics(metrics),
      relayId: randomUUID(),
    });

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
      await relay?.stop();
      await recovery.stop();
      await producer?.close();
    },
  };
}
