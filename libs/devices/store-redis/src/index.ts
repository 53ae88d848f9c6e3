export { createIdentities, type Identities } from './identities.ts';
export {
  type ParkedBytes,
  type ParkedRecord,
  type ParkedRefusal,
  type ParkedState,
  RedisParkedStore,
  type ReplayClaim,
} from './redis-parked-store.ts';
export { RedisReconciliationStore } from './redis-reconciliation-store.ts';
export { RedisSourceRecordStore } from './redis-source-record-store.ts';
export { type OwnedAccount, RedisUserIndex } from './redis-user-index.ts';
export { devicesLayout } from './layout/devices-layout.ts';
export { RedisConnectionRests } from './budget/redis-connection-rests.ts';
export { RedisDirectoryBudget, type RedisDirectoryBudgetOptions } from './budget/redis-directory-budget.ts';
export { RedisGuardStore, type RedisGuardStoreOptions } from './guards/redis-guard-store.ts';
export { RedisPassStore, type RedisPassStoreOptions } from './passes/redis-pass-store.ts';
export { RedisGuardLooks } from './inspections/redis-guard-looks.ts';
export { RedisInspectionStore } from './inspections/redis-inspection-store.ts';
export { type ErasedOfUser, RedisErasure } from './erasure/redis-erasure.ts';
export { RedisUserLooks } from './inspections/redis-user-looks.ts';
export { redisAuditOutbox } from './audit/redis-audit-outbox.ts';
export { type AuditFault, RedisAuditTrail, type RedisAuditTrailOptions } from './audit/redis-audit-trail.ts';
export { type ClosedIntents, RedisOpenIntents, type RedisOpenIntentsOptions } from './audit/redis-open-intents.ts';
export {
  type ChangeBegun,
  type ChangeName,
  RedisChangeLedger,
  type RedisChangeLedgerOptions,
} from './changes/redis-change-ledger.ts';
