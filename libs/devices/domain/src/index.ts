export { type DesiredUser, type InvalidAddressReason, type Profile, type SlotValue } from './desired-user.ts';
export { type DeviceSlot, deviceSlots, type FactorKind, factorKindOf, isDeviceSlot } from './device-slot.ts';
export { type FactorAddress, sameAddress } from './factor-address.ts';
export { type Intent, type OpenPair, type ReplacedDevice, type UnseenPair } from './intent.ts';
export { type DirectoryFault, type MfaDirectory } from './mfa-directory.port.ts';
export { type AccountStatus, type DeviceId, type ObservedDevice, type ObservedUser } from './observed-user.ts';
export { planReconciliation, type ReconciliationInput } from './plan-reconciliation.ts';
export { type Finding, type Plan, type Step, type StepReason } from './plan.ts';
export { findingReasons, stepReasons } from './reasons.ts';
export { parityOptions, type ReconcileOptions } from './reconcile-options.ts';
export { type RedactedPlan, type RedactedStep, redactPlan, redactStep } from './redact-plan.ts';
export { type NotPlanned, type Outcome, type StepOutcome } from './outcome.ts';
export {
  type AccountHash,
  type Attempt,
  FencedOut,
  type OpenWork,
  type ReconciliationStore,
} from './reconciliation-store.port.ts';
export {
  type Attributes,
  type AttributeValue,
  type PutResult,
  type SourceChange,
  type SourceRecord,
  type SourceRecordStore,
} from './source-record.port.ts';
export { type UserHash, type UserRef, userRefText } from './user-ref.ts';
export {
  type AttributeMapping,
  type MappingRule,
  type MappingTarget,
  type TextTarget,
  textTargets,
} from './attribute-mapping.ts';
export { type SourceFormat } from './source-format.ts';
