import { auditChainTopicSpecs, type AuditChainTopics } from '@tallystick/platform-audit';
import { kafkaAddressOf, runTopicsCommand, type TopicSpec } from '@tallystick/platform-kafka';
import type { Logger } from '@tallystick/platform-observability';
import type { ProvisioningConfig } from './config.ts';

export const auditTopicsOf = (config: ProvisioningConfig): AuditChainTopics => ({
  audit: config.PROVISIONING_AUDIT_TOPIC,
  heads: config.PROVISIONING_AUDIT_HEADS_TOPIC,
});

/** Those of the sources are the source's own. */
export const ownTopics = (config: ProvisioningConfig): readonly TopicSpec[] => [
  ...auditChainTopicSpecs(auditTopicsOf(config)),
  // Larger than the broker's limit for a record: what is parked has headers on top of it.
  {
    topic: config.PROVISIONING_PARKING_TOPIC,
    numPartitions: 1,
    config: { 'max.message.bytes': '4194304', 'retention.ms': String(config.PROVISIONING_PARKED_RETENTION) },
  },
  { topic: config.PROVISIONING_OUTCOMES_TOPIC, numPartitions: 3 },
];

/** `main.js topics show|create`. @returns the exit code */
export const topics = (args: readonly string[], config: ProvisioningConfig, logger: Logger): Promise<number> =>
  runTopicsCommand(args, {
    ...{ address: kafkaAddressOf('PROVISIONING', config), client: 'tallystick-provisioning', logger },
    topics: ownTopics(config),
  });
