export { type AuditBatch, type AuditPublisher, createAuditPublisher, type AuditPublisherOptions } from './audit-publisher.ts';
export { type AuditTopics, auditTopicSpecs, defaultAuditTopics } from './audit-topics.ts';
export { type KafkaReadOptions, readToEnd } from './read-to-end.ts';
export {
  kafkaRevocationTopic,
  type PublishedUpTo,
  type Revocation,
  type RevocationTopic,
  type RevocationTopicOptions,
} from './revocation-topic.ts';
