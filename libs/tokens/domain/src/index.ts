export {
  type FreshToken,
  inForce,
  maxActiveTokens,
  maxTokens,
  nextRing,
  type RingCommand,
  type RingContext,
  type RingDecision,
  type RingRefusal,
  ringRefusals,
  type RingWarning,
  ringWarnings,
} from './next-ring.ts';
export { judgeOwnValue, type OwnValueRefusal, ownValueRefusals } from './own-value.ts';
export {
  hasApplied,
  isSameRegistry,
  type LastRenewals,
  nextTrust,
  type RegistryEvent,
  type RegistryTrust,
  revokeWait,
  type RevokeWait,
  type RevokeWaitDecision,
  slowBoundMs,
  watchRenewals,
} from './revoke-wait.ts';
export {
  leaseMarginMs,
  type LogPosition,
  maxLeaseMs,
  type Member,
  type MemberId,
  type RegistryIdentity,
  type RegistryLook,
  type Renewal,
  type RingChange,
  type RingChangeResult,
  type RingFeed,
  type RingShard,
  type TokenRingStore,
} from './ring-ports.ts';
export { ringShardOf, ringShards } from './ring-shard.ts';
export { activeTokens, type PepperId, type Requirement, type Ring, type Token, type TokenDigest, type TokenId } from './ring.ts';
export { checkToken, formatToken } from './token-text.ts';
