import type { EnvironmentId, Instant } from '@tallystick/kernel-core';
import type { PepperId, TokenDigest, TokenId } from '@tallystick/tokens-domain';
import type { RingTable } from './ring-table.ts';

/** M8: both are checked in the same way; the kind is for the record. */
export const presentationKinds = ['pairing', 'authentication'] as const;
export type PresentationKind = (typeof presentationKinds)[number];

/** What a device presented. The digests are made outside, one for each pepper, with the same work whatever was presented. */
export interface Presentation {
  readonly kind: PresentationKind;
  /** How the user pairs or signs in; see {@link exemptMethods}. */
  readonly method: string;
  /** `empty`: absent, null or no characters. `malformed`: can't be a token's value. Neither ever matches, whatever its digests (M11). */
  readonly form: 'empty' | 'malformed' | 'well-formed';
  readonly digests: readonly { readonly pepperId: PepperId; readonly digest: TokenDigest }[];
}

/** M13: what is not the mobile app is not subject to the check. A method that is not in this list is: an unknown word opens nothing. */
export const exemptMethods: ReadonlySet<string> = new Set([
  'sms',
  'voice',
  'email',
  'fido2',
  'security-key',
  'yubikey',
  'desktop',
]);

/** Why a presentation passes. */
export type AllowReason =
  /** M13: another method than the mobile app. */
  | 'method-not-subject'
  /** M1, M7: the environment does not require managed devices. */
  | 'requirement-off'
  /** M4: it will, from a later moment on. */
  | 'not-yet-effective'
  /** M9: the value is one of the active tokens. */
  | 'token-active';

/** Why a token does not pass. One outcome to the caller (M11); the log and the event tell them apart. */
export type NoMatchReason = 'token-empty' | 'token-malformed' | 'token-unknown' | 'token-revoked';

/** No ring is known for the environment, so nothing can be judged: refused. */
export type NoRingReason = 'unknown-environment';

export type VerdictReason = AllowReason | NoMatchReason | NoRingReason;

/** `reason` is for log, metric and event; of it only `cause` may reach the caller. */
export type Verdict =
  | { readonly verdict: 'allow'; readonly reason: Exclude<AllowReason, 'token-active'> }
  | { readonly verdict: 'allow'; readonly reason: 'token-active'; readonly token: TokenId }
  | { readonly verdict: 'deny'; readonly reason: NoMatchReason; readonly cause: 'managed-device-token' }
  | { readonly verdict: 'deny'; readonly reason: NoRingReason; readonly cause: NoRingReason };

/**
 * May this device pair or authenticate? (M1–M15, M22.) Total, and without memory: a refused device passes as soon as it presents an active
 * token (M14). Each environment compares with its own ring (M15). `at` is the time of the server that keeps the rings.
 * It does not look at the lease: the verdict may be given only if the lease holds *after* it was made.
 */
export function judgePresentation(input: {
  readonly table: RingTable;
  readonly environment: EnvironmentId;
  readonly presentation: Presentation;
  readonly at: Instant;
}): Verdict {
  const { table, environment, presentation, at } = input;
  const known = table.environments.get(environment);
  if (known?.ring === undefined) return { verdict: 'deny', reason: 'unknown-environment', cause: 'unknown-environment' };

  // Looked up before anything is decided, for every pepper and without a way out of the loop: all presentations cost the same.
  let isRefused = false;
  let match: TokenId | undefined;
  for (const { pepperId, digest } of presentation.digests) {
    isRefused = known.refused.has(digest) || isRefused;
    const token = known.active.get(digest);
    if (token?.pepperId === pepperId) match = token.id;
  }

  if (exemptMethods.has(presentation.method)) return { verdict: 'allow', reason: 'method-not-subject' };
  if (!known.ring.requirement.enabled) return { verdict: 'allow', reason: 'requirement-off' };
  if (at < known.ring.requirement.effectiveAt) return { verdict: 'allow', reason: 'not-yet-effective' };
  if (presentation.form === 'empty') return noMatch('token-empty');
  if (presentation.form === 'malformed') return noMatch('token-malformed');
  if (isRefused) return noMatch('token-revoked'); // also when the value is active under another pepper
  return match === undefined ? noMatch('token-unknown') : { verdict: 'allow', reason: 'token-active', token: match };
}

const noMatch = (reason: NoMatchReason): Verdict => ({ verdict: 'deny', reason, cause: 'managed-device-token' });
