import { setTimeout as pause } from 'node:timers/promises';
import { redisAuditOutbox } from '@tallystick/devices-store-redis';
import { type AuditChainTopics, type AuditSigner, kafkaAuditRelay, declareRelayMetrics } from '@tallystick/platform-audit';
import type { createKafka, KafkaProducer } from '@tallystick/platform-kafka';
import type { Logger, Metrics } from '@tallystick/platform-observability';
import type { Redis } from '@tallystick/platform-redis';

interface PublishGround {
  readonly redis: Redis;
  readonly kafka: ReturnType<typeof createKafka>;
  readonly producer: Pick<KafkaProducer, 'send'>;
  readonly topics: AuditChainTopics;
  readonly signer: AuditSigner;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

/** Takes the notes of this half, those of the workers too, to Kafka: one chain for each environment, with signed heads. */
export function startPublishingAudit({ redis, metrics, ...ground }: PublishGround): { readonly stop: () => Promise<void> } {
  const outbox = redisAuditOutbox(redis);
  const { relay, stop } = kafkaAuditRelay({
    ...ground,
    half: 'devices',
    groupPrefix: 'tallystick-provisioning-audit',
    outbox,
    look: () => Promise.resolve(undefined),
    clock: {
      nowMs: () => performance.now(),
      sleep: async (ms) => void (await pause(ms, undefined, { ref: false })),
    },
    metrics: declareRelayMetrics(metrics),
    nowMs: Date.now,
  });
  relay.start();
  return { stop };
}
