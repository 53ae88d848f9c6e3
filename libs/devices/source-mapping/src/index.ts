export {
  compileMapping,
  type CompiledMapping,
  type MappingDocument,
  type MappingFault,
  mappingTargets,
  slotTargets,
  withoutFlag,
} from './compile-mapping.ts';
export {
  compileExpression,
  type Evaluation,
  type Expression,
  type ExpressionFailure,
  type ExpressionFault,
  type ExpressionValue,
  longestExpression,
} from './expression.ts';
export { expressionFunctions } from './expression-functions.ts';
export { judgeScope, type ScopeVerdict } from './judge-scope.ts';
export { mapRecord, mapUser, type PresentUser, type UnmappableReason } from './map-record.ts';
export { normaliseEmail } from './normalise-email.ts';
export { normaliseSms, normaliseVoice, type PhoneReason } from './normalise-phone.ts';
export type { MappedText, TextOrigin } from './read-rule.ts';
export { type MappingTrace, type TargetTrace, traceRecord } from './trace-record.ts';
