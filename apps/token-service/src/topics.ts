import { kafkaAddressOf, runTopicsCommand } from '@tallystick/platform-kafka';
import type { Logger } from '@tallystick/platform-observability';
import { type AuditTopics, auditTopicSpecs } from '@tallystick/tokens-audit-kafka';
import type { TokenServiceConfig } from './config.ts';

export const auditTopicsOf = (config: TokenServiceConfig): AuditTopics => ({
  audit: config.TOKENS_AUDIT_TOPIC,
  heads: config.TOKENS_AUDIT_HEADS_TOPIC,
  revocations: config.TOKENS_REVOCATIONS_TOPIC,
});

/** `main.js topics show|create`. @returns the exit code */
export const topics = (args: readonly string[], config: TokenServiceConfig, logger: Logger): Promise<number> =>
  runTopicsCommand(args, {
    ...{ address: kafkaAddressOf('TOKENS', config), client: 'tallystick-token-service', logger },
    topics: auditTopicSpecs(auditTopicsOf(config)),
  });
