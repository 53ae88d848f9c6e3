import type { EnvironmentId, Instant } from '@tallystick/kernel-core';
import type { DeviceFacts, PepperId, Presented, SiblingCause, TokenDigest } from '@tallystick/tokens-domain';
import { unmetCompiled } from './compiled-siblings.ts';
import type { EnvironmentTable, KnownToken, RingTable } from './ring-table.ts';

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
  /** The requirement only observes, and would not be met. */
  | 'token-only-observed'
  /** M9: the value is one of the accepted tokens. */
  | 'token-active';

/** Why a token does not pass. One outcome to the caller (M11); the log and the event tell them apart. */
export type NoMatchReason =
  | 'token-empty'
  | 'token-malformed'
  | 'token-unknown'
  | 'token-revoked'
  /** Before the token's own `notBefore`, or from its `expiresAt` on. */
  | 'token-not-yet-valid'
  | 'token-expired';

/** The token is no obstacle, and a sibling requirement is not met. */
export type SiblingReason = 'siblings-unmet';

/** No ring is known for the environment, so nothing can be judged: refused. */
export type NoRingReason = 'unknown-environment';

export type VerdictReason = AllowReason | NoMatchReason | SiblingReason | NoRingReason;

/** What the caller may know of a refusal (M37). */
export type VerdictCause = 'managed-device-token' | 'unknown-environment' | SiblingCause;

/** What one presentation comes to. */
export interface Verdict {
  readonly verdict: 'allow' | 'deny';
  /** For log, metric and event; never for the caller. */
  readonly reason: VerdictReason;
  /** For the caller; empty when allowed. One cause of the token at most, then every sibling cause. */
  readonly causes: readonly VerdictCause[];
  /** What enforcing now, whatever date was set, would have refused. A cause that is refused for is not in it; empty for a requirement that is off. */
  readonly observed: readonly VerdictCause[];
  /** What to remember of the device: a token of the ring (also a revoked one), nothing, or a value that is none of the ring's. Undefined: that is not known, or was not asked. */
  readonly presented: Presented | undefined;
  /** How the sibling rules judged the device; undefined where they did not. */
  readonly siblings: { readonly revision: number; readonly met: boolean } | undefined;
  /** Where a refused device can be brought under management (P12 of the pains), if the environment says so. */
  readonly enrolmentLink: string | undefined;
}

/** Nothing can be said about this environment by this validator; another one may know. */
export interface NoVerdict {
  readonly verdict: 'none';
  readonly reason: NoVerdictReason;
}
export type NoVerdictReason =
  /** What is stored for the environment can't be read by this version. */
  | 'ring-unreadable'
  /** Nothing matched, and an accepted token was made with a key that is missing here: a denial might be wrong. */
  | 'pepper-missing';

/**
 * May this device pair or authenticate? (M1–M15, M22.) Total, and without memory: a refused device passes as soon as it presents an active
 * token (M14). Each environment compares with its own ring (M15). `at` is the time of the server that keeps the rings.
 * It does not look at the lease: the verdict may be given only if the lease holds *after* it was made.
 */
export function judgePresentation(input: {
  readonly table: RingTable;
  readonly environment: EnvironmentId;
  readonly presentation: Presentation;
  readonly facts: DeviceFacts | undefined;
  readonly at: Instant;
}): Verdict | NoVerdict {
  const { presentation, facts, at } = input;
  const environment = input.table.environments.get(input.environment);
  const ring = environment?.ring;
  if (environment === undefined || ring === undefined) return unknownEnvironment;
  if (ring === 'unreadable') return { verdict: 'none', reason: 'ring-unreadable' };

  // Everything is looked up before anything is decided: all presentations cost the same.
  const found = match(environment, presentation, at);
  const unmet = ring.siblings && facts ? unmetCompiled(ring.siblings, facts) : nothing;
  if (exemptMethods.has(presentation.method)) return exempt;

  const noMatch = noMatchReason(presentation.form, found, at);
  const { mode, effectiveAt } = ring.requirement;
  const isInForce = mode === 'enforce' && (environment.wasInForce || effectiveAt <= at);
  const isUnknowable = noMatch === 'token-unknown' && lacksPepper(environment, presentation, at);
  if (isUnknowable && isInForce) return { verdict: 'none', reason: 'pepper-missing' };

  const enforcesSiblings = ring.siblings?.mode === 'enforce';
  const tokenCauses = noMatch !== undefined && !isUnknowable ? tokenCause : nothing;
  const causes = both(isInForce ? tokenCauses : nothing, enforcesSiblings ? unmet : nothing);
  return {
    verdict: causes.length === 0 ? 'allow' : 'deny',
    reason: reasonOf(),
    causes,
    observed: both(isInForce || mode === 'off' ? nothing : tokenCauses, enforcesSiblings ? nothing : unmet),
    presented: isUnknowable ? undefined : presentation.form === 'empty' ? 'nothing' : (found?.id ?? 'unknown'),
    siblings: ring.siblings && facts ? { revision: ring.siblings.revision, met: unmet.length === 0 } : undefined,
    enrolmentLink: ring.enrolmentLink,
  };

  function reasonOf(): VerdictReason {
    if (isInForce && noMatch !== undefined) return noMatch;
    if (causes.length > 0) return 'siblings-unmet';
    if (mode === 'off') return 'requirement-off';
    if (mode === 'enforce' && !isInForce) return 'not-yet-effective';
    return noMatch === undefined ? 'token-active' : 'token-only-observed';
  }
}

const nothing: readonly never[] = [];
const both = (token: readonly VerdictCause[], siblings: readonly VerdictCause[]): readonly VerdictCause[] =>
  token.length === 0 ? siblings : siblings.length === 0 ? token : [...token, ...siblings];
const tokenCause = ['managed-device-token'] as const;
const plain = { observed: nothing, presented: undefined, siblings: undefined, enrolmentLink: undefined };
const exempt: Verdict = { verdict: 'allow', reason: 'method-not-subject', causes: nothing, ...plain };
const unknownEnvironment: Verdict = {
  verdict: 'deny',
  reason: 'unknown-environment',
  causes: ['unknown-environment'],
  ...plain,
};

/** For every pepper and without a way out of the loop. What was seen revoked wins over everything, then what is accepted now. */
function match({ tokens }: EnvironmentTable, { form, digests }: Presentation, at: Instant): KnownToken | undefined {
  let found: KnownToken | undefined;
  for (const { pepperId, digest } of digests) {
    const token = tokens.get(digest);
    if (token === undefined || !(token.isRefused || token.pepperId === pepperId)) continue;
    if (found === undefined || token.isRefused || (!found.isRefused && dateFault(found, at) !== undefined)) found = token;
  }
  return form === 'well-formed' ? found : undefined;
}

function noMatchReason(form: Presentation['form'], found: KnownToken | undefined, at: Instant): NoMatchReason | undefined {
  if (form !== 'well-formed') return form === 'empty' ? 'token-empty' : 'token-malformed';
  if (found === undefined) return 'token-unknown';
  return found.isRefused ? 'token-revoked' : dateFault(found, at);
}

function dateFault({ notBefore, expiresAt, wasExpired }: KnownToken, at: Instant): NoMatchReason | undefined {
  if (notBefore !== undefined && at < notBefore) return 'token-not-yet-valid';
  return wasExpired || (expiresAt !== undefined && at >= expiresAt) ? 'token-expired' : undefined;
}

/** True when a token that is accepted now was made with a key that no digest was made with. */
function lacksPepper({ peppers, tokens }: EnvironmentTable, { digests }: Presentation, at: Instant): boolean {
  const missing = peppers.filter((pepper) => !digests.some(({ pepperId }) => pepperId === pepper));
  if (missing.length === 0) return false;
  for (const token of tokens.values())
    if (!token.isRefused && missing.includes(token.pepperId) && dateFault(token, at) === undefined) return true;
  return false;
}
