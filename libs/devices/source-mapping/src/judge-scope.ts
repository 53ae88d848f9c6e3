import type { Attributes } from '@tallystick/devices-domain';
import type { CompiledMapping } from './compile-mapping.ts';

/**
 * Whether a record belongs to the connection (P7, P9). Only `out` removes a user (P24); `unknown` (an attribute was not in the event) and
 * `failed` (no answer, or none of yes or no) do nothing to anybody, and are reported.
 */
export type ScopeVerdict = 'in' | 'out' | 'unknown' | 'failed';

/** Everybody is in where there is no scope. Total. */
export function judgeScope(attributes: Attributes, { scope }: Pick<CompiledMapping, 'scope'>): ScopeVerdict {
  if (!scope) return 'in';
  const result = scope.evaluate(attributes);
  if (result.kind !== 'value') return result.kind;
  return typeof result.value === 'boolean' ? (result.value ? 'in' : 'out') : 'failed';
}
