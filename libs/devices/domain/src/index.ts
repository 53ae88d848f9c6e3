export { withoutCreateOnly } from './create-only.ts';
export {
  type CreateOnlyPart,
  type DesiredUser,
  type InvalidAddressReason,
  type Profile,
  type SlotValue,
} from './desired-user.ts';
export { type DeviceSlot, deviceSlots, type FactorKind, factorKindOf, isDeviceSlot } from './device-slot.ts';
export { type FactorAddress, sameAddress } from './factor-address.ts';
export {
  type BegunAccount,
  type GrantedPlan,
  type HandedOver,
  type NotedPlan,
  type Intent,
  type OpenPair,
  type RefusedPair,
  type ReplacedDevice,
  type UnderWay,
  type UnseenPair,
} from './intent.ts';
export { intentAfterLook, type Sight } from './intent-after-look.ts';
export { type DirectoryCapabilities, type DirectoryOperation, slotNaming } from './directory-capabilities.ts';
export { type DirectoryCheck, type DirectoryFault, type MfaDirectory, type PairedDevice } from './mfa-directory.port.ts';
export { type AccountStatus, type DeviceId, type ObservedDevice, type ObservedUser } from './observed-user.ts';
export { planReconciliation, type ReconciliationInput } from './plan-reconciliation.ts';
export { DeviceLimits } from './device-limits.ts';
export { type DeviceLimit } from './plan-room.ts';
export { type Finding, type Plan, type PlanNeed, type Step, type StepReason } from './plan.ts';
export { findingReasons, stepReasons } from './reasons.ts';
export { neverLessOptions, parityOptions, type ReconcileOptions } from './reconcile-options.ts';
export { type RedactedPlan, type RedactedStep, redactPlan, redactStep } from './redact-plan.ts';
export { type NotPlanned, type Outcome, type StepOutcome } from './outcome.ts';
export {
  type AccountHash,
  type Attempt,
  type Claim,
  FencedOut,
  type HandOver,
  type OpenWork,
  type ReconciliationStore,
} from './reconciliation-store.port.ts';
export {
  longestKeyChain,
  type Attributes,
  type AttributeValue,
  type PutResult,
  type SourceChange,
  type SourceRecord,
  type SourceRecordStore,
  UserUnreadable,
  type WakeMark,
} from './source-record.port.ts';
export { type AuditClass, type AuditNote, type AuditTrail, outsideEnvironments } from './audit.port.ts';
export { connectionRefText, type UserHash, type UserRef, userRefText } from './user-ref.ts';
export {
  type AttributeMapping,
  type MappingRule,
  type MappingTarget,
  type TextTarget,
  textTargets,
} from './attribute-mapping.ts';
export { foldUsername, protectsUsername } from './protected-usernames.ts';
export { type SourceFormat } from './source-format.ts';
export { epochOf, isSourcePosition, sourcePosition, type SourcePosition } from './source-position.ts';
export { addCounts, type ChangeCounts, countsOf, noChanges } from './guards/change-counts.ts';
export { exceeds, fewestForShares, guardedKinds, limitOf } from './guards/guard-changes.ts';
export { guardPass } from './guards/guard-pass.ts';
export { planText, type PlanFacts } from './guards/plan-text.ts';
export { type GuardLimit, type GuardSettings, usualGuards } from './guards/guard-settings.ts';
export {
  endClaimMs,
  type GuardReason,
  type GuardStore,
  type HeldUser,
  type Hold,
  type HoldId,
  type HoldState,
  type PlanHash,
  type Reservation,
} from './guards/hold.ts';
export {
  type BudgetLane,
  type BudgetSettings,
  type BudgetState,
  type DirectoryBudget,
  type DirectoryName,
  type Grant,
  type QuarantineReason,
  usualBudget,
} from './budget/budget.port.ts';
export { type ConnectionRests, firstAfterRest, growthAfterRest } from './budget/connection-rests.port.ts';
export {
  type ConnectionDocument,
  type ConnectionRef,
  type ConnectionStore,
  type DirectoryDocument,
  type PingOneRegion,
  type SavedConnection,
  type UnreadableConnection,
  UnreadableDocument,
  secretRefOf,
} from './connection/connection-document.ts';
export { type Pass, type PassEntry, type PassId, type PassKind, type PassStage, type PassSums } from './passes/pass.ts';
export { type PassStore, type UserIndex } from './passes/pass-store.port.ts';
export {
  type ExplainedTarget,
  type Explanation,
  type Inspection,
  type InspectionFault,
  type InspectionId,
  type InspectionStore,
} from './explain/explanation.ts';
export { type Drift, estimateDrift } from './passes/drift.ts';
