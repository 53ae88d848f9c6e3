export { type AuditDigest, auditDigest } from './audit-digests.ts';
export { type AuditEntry, writeAuditEntry } from './audit-entry.ts';
export { AuditRelay, type Round } from './audit-relay.ts';
export { type AuditKeys, auditKeysOf, type AuditVariables, auditVariables } from './audit-variables.ts';
export {
  type Chainable,
  type ChainedRecord,
  type ChainHead,
  chainNext,
  type ChainStart,
  type ReadRecord,
  readRecord,
  type RecordKind,
  recordHash,
  type StartReason,
  writeRecord,
} from './chain.ts';
export { auditHalves, type AuditHalf, type ChainName, chainName, readChainName } from './chain-name.ts';
export { HeadsPublisher, type HeadsPublisherNeeds } from './heads-publisher.ts';
export type { ChainedOutbox, HeadMove, MoveOutcome, OutboxClaim, OutboxState, WaitingEntry } from './outbox.port.ts';
export {
  type AuditChainTopics,
  auditChainTopicSpecs,
  defaultAuditChainTopics,
  keyedRecord,
  type KeyedText,
  sendInOrder,
} from './chain-topics.ts';
export {
  composeAuditRelay,
  type ComposedRelayNeeds,
  kafkaAuditRelay,
  type KafkaAuditRelayNeeds,
  type RunningAuditRelay,
} from './kafka-audit-relay.ts';
export { GatheredChains, kafkaChains, type KafkaChainsOptions, type PublishedChains } from './published-chains.ts';
export { type ClaimedOutbox } from './outbox-relay.ts';
export { type PublishedChain } from './decide-generation.ts';
export type { AuditRelayNeeds, RelayBatch } from './relay-needs.ts';
export { RefusedAttempts, type RefusedAttemptsOptions } from './refused-attempts.ts';
export { declareRelayMetrics, type RelayMetrics } from './relay-metrics.ts';
export {
  chainField,
  claimChainedOutbox,
  moveChains,
  outboxStateOf,
  releaseChainedOutbox,
  serverIdentity,
} from './redis-chains.ts';
export { type ChainedKeys, RedisChainedOutbox, type RedisChainedOutboxOptions } from './redis-chained-outbox.ts';
export {
  type AuditSigner,
  type HeadsStatement,
  readAuditSigner,
  readStatement,
  readTrustedKeys,
  signStatement,
  type TrustedKeys,
  type VouchedHead,
} from './signing.ts';
export type { AuditReport, ChainFault, ChainReport, FaultKind, HeadWitness, VerifierOptions } from './audit-report.ts';
export { AuditVerifier } from './audit-verifier.ts';
export { verifyAuditLines, verifyAuditTopic } from './verify-audit.ts';
