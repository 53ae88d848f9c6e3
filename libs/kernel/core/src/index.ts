export { type Branded, type ConnectionId, connectionId, type EnvironmentId, environmentId, isName } from './brand.ts';
export { canonicalJson } from './canonical-json.ts';
export { type Instant, instant, instantOf, isoOf } from './instant.ts';
export { assertNever, err, ok, type Result } from './result.ts';
export {
  expectedSecret,
  isSecretFile,
  isSecretVariable,
  type ResolveSecret,
  type SecretFault,
  type SecretPlace,
  secretPlaceOf,
  type SecretRef,
  secretVariablePrefix,
} from './secret-ref.ts';
