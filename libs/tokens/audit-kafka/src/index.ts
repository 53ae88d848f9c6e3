export { type AuditTopics, auditTopicSpecs, defaultAuditTopics } from './audit-topics.ts';
export {
  kafkaRevocationTopic,
  type PublishedUpTo,
  type Revocation,
  type RevocationTopic,
  type RevocationTopicOptions,
} from './revocation-topic.ts';
export { createRevocationPublisher, type RevocationPublisher, type RevocationPublisherOptions } from './revocation-publisher.ts';
