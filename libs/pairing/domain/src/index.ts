export {
  type AllowReason,
  exemptMethods,
  judgePresentation,
  type NoMatchReason,
  type NoRingReason,
  type Presentation,
  type PresentationKind,
  presentationKinds,
  type Verdict,
  type VerdictReason,
} from './judge-presentation.ts';
export {
  type ClockReading,
  clockSkewMs,
  type Lease,
  leaseHolds,
  observeServerTime,
  type ServerClock,
  serverNow,
  wallBackMs,
} from './lease.ts';
export {
  applyRing,
  applyRings,
  emptyRingTable,
  type EnvironmentTable,
  replaceRings,
  revivedTokens,
  type RingTable,
} from './ring-table.ts';
export {
  type FollowerCall,
  type FollowerEffect,
  type FollowerEvent,
  type FollowerStep,
  followShard,
  loadTimeoutMs,
  type LossReason,
  newShardFollower,
  renewEveryMs,
  renewTimeoutMs,
  type ShardFollower,
} from './shard-follower.ts';
