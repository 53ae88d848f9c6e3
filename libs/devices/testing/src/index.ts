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
export {
  type Breakage,
  type DirectoryUnderTest,
  type MfaDirectoryConformance,
  mfaDirectoryConformance,
} from './mfa-directory-conformance.ts';
export { type CallHook, type DirectoryCall, ModelDirectory, type ModelDirectoryOptions } from './model-directory.ts';
export { applyPlan, type AttemptOf, type Memory, runAttempt } from './run-attempt.ts';
export { InMemoryReconciliationStore } from './in-memory-reconciliation-store.ts';
export { InMemorySourceRecordStore } from './in-memory-source-record-store.ts';
export { reconciliationStoreConformance } from './reconciliation-store-conformance.ts';
export { type MakeStores, sourceRecordStoreConformance, type StoresUnderTest } from './source-record-store-conformance.ts';
export { ada, addressIn, type CallGate, InMemoryWorld, userNumber } from './in-memory-world.ts';
