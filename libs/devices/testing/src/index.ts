export {
  anyAddress,
  anyDesiredUser,
  anyDevice,
  anyDevices,
  anyEnabledUser,
  anyIntent,
  anyKind,
  anyManagingOptions,
  anyObservedUser,
  anyOptions,
  anyPresentUser,
  anyProfile,
  anySlot,
  anySlots,
  anySlotValue,
  wildInput,
} from './arbitraries.ts';
export { type DirectorySimulator, startDirectorySimulator } from './conformance-simulator.ts';
export {
  type Breakage,
  type DirectoryUnderTest,
  type MfaDirectoryConformance,
  mfaDirectoryConformance,
} from './mfa-directory-conformance.ts';
export { type CallHook, type DirectoryCall, ModelDirectory, type ModelDirectoryOptions } from './model-directory.ts';
export { asListedBy, pingIdManners, pingOneManners } from './model-directory-manners.ts';
export { inWordsOf } from './run-attempt-until-done.ts';
export { applyPlan, type AttemptOf, type Memory, runAttempt } from './run-attempt.ts';
export { claimed } from './claimed.ts';
export { InMemoryReconciliationStore } from './in-memory-reconciliation-store.ts';
export { InMemorySourceRecordStore } from './in-memory-source-record-store.ts';
export { reconciliationStoreConformance } from './reconciliation-store-conformance.ts';
export { type MakeStores, sourceRecordStoreConformance, type StoresUnderTest } from './source-record-store-conformance.ts';
export { ada, addressIn, type CallGate, InMemoryWorld, userNumber } from './in-memory-world.ts';
export { type BudgetUnderTest, type MakeBudget } from './budget-bench.ts';
export { budgetConformance } from './budget-conformance.ts';
export { InMemoryBudget } from './budget-in-memory-store.ts';
export { InMemoryGuardStore } from './guard-in-memory-store.ts';
export { guardStoreConformance, type GuardStoreUnderTest, type MakeGuardStore } from './guard-store-conformance.ts';
export { InMemoryPassStore } from './pass-in-memory-store.ts';
export { type MakePassStore, passStoreConformance, type PassStoreUnderTest } from './pass-store-conformance.ts';
export { connectionDocument, connectionStoreConformance, type ConnectionStoreUnderTest } from './connection-store-conformance.ts';
export { InMemoryAuditTrail } from './in-memory-audit-trail.ts';
export { InMemoryConnectionStore } from './in-memory-connection-store.ts';
