import { kafkaAddressOf, createKafka, runTopicsCommand } from '@tallystick/platform-kafka';
import type { Logger } from '@tallystick/platform-observability';
import { type AuditTopics, auditTopicSpecs } from '@tallystick/tokens-audit-kafka';
import type { TokenServiceConfig } from './config.ts';

export const auditTopicsOf = (config: TokenServiceConfig): AuditTopics => ({
  audit: config.TOKENS_AUDIT_TOPIC,
  heads: config.TOKENS_AUDIT_HEADS_TOPIC,
  revocations: config.TOKENS_REVOCATIONS_TOPIC,
});

/** `main.js topics show|create`: what a deploy calls before the first start. @returns the exit code */
export async function topics(args: readonly string[], config: TokenServiceConfig, logger: Logger): Promise<number> {
  const address = kafkaAddressOf('TOKENS', config);
  if (address === undefined) {
    process.stderr.write('TOKENS_KAFKA_BROKERS: is missing\n');
    return 1;
  }
  const kafka = createKafka({ ...address, clientId: 'tallystick-token-service', logger });
  return runTopicsCommand(args, {
    kafka,
    topics: auditTopicSpecs(auditTopicsOf(config)),
    write: (text) => process.stdout.write(text),
  });
}
