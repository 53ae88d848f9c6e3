import { assertNever, type EnvironmentId, type Instant } from '@tallystick/kernel-core';
import { activeTokens, type PepperId, type Requirement, type Ring, type Token, type TokenDigest, type TokenId } from './ring.ts';

// The requirement:                                      A token:
//
//   (no ring) ──add-token──▶ off                          add-token, or made by the requirement
//       │                    │ ▲                                    │
//       └──set on──┐  set on │ │ set off                            ▼
//                  ▼         ▼ │                                  active ──revoke──▶ revoked (for ever; its
//     ┌─────────── on, at least one token ──────┐                                    digest is never taken again)
//     │ waiting ──effectiveAt comes──▶ in force │
//     │    ▲                             │      │         revoke of the last active token while on: refused,
//     │    └──── effectiveAt moved on ───┘      │         or, forced, replaced in the same change (M23, M24)
//     └─────────────────────────────────────────┘

/** What an administrator may do to a ring. Each takes effect whole or not at all. */
export type RingCommand =
  /** M1–M5: on or off, and from when; also moves the date of a requirement that is on. */
  | { readonly kind: 'set-requirement'; readonly enabled: boolean; readonly effectiveAt?: Instant; readonly force?: boolean }
  /** M16: beside the tokens that are there. Its value is the one behind {@link RingContext.fresh}. */
  | { readonly kind: 'add-token'; readonly label: string }
  /** M22–M25. */
  | { readonly kind: 'revoke-token'; readonly token: TokenId; readonly reason: string; readonly force?: boolean };

/** A token that does not exist yet: made before the decision, used when the decision needs one. */
export interface FreshToken {
  readonly id: TokenId;
  readonly digest: TokenDigest;
  readonly pepperId: PepperId;
  /** The same value under the other peppers, so that M21 also holds across a change of pepper. */
  readonly otherDigests: readonly TokenDigest[];
}

export interface RingContext {
  readonly environment: EnvironmentId;
  readonly now: Instant;
  /** Who does it; kept with the token and in the audit. */
  readonly actor: string;
  readonly fresh: FreshToken;
}

/** Each has one sentence in {@link ringRefusals}. */
export type RingRefusal =
  | 'effective-date-missing'
  | 'would-refuse-every-device'
  | 'unknown-token'
  | 'last-token'
  | 'duplicate-value'
  | 'too-many-tokens'
  | 'ring-full';

/** The most tokens that may be active at once (M16 knows no limit; a validator's table and a ring document have one). */
export const maxActiveTokens = 100;

/** The most tokens that a ring keeps, revoked ones included: they are never forgotten (M21), and every validator holds them all. */
export const maxTokens = 1_000;

export const ringRefusals: Readonly<Record<RingRefusal, string>> = {
  'effective-date-missing': 'a requirement that is on needs an effective date and time',
  'would-refuse-every-device':
    'the requirement would be in force now, with a token that no device has yet, and refuse every device: choose a later date, or add a token and deliver it first, or force it',
  'unknown-token': 'there is no such token in this environment',
  'last-token':
    'this is the last active token and the requirement is on: without it every device is refused; add another and deliver it first, or force it, which replaces it by a new one',
  'duplicate-value': 'this environment has or had a token with this value; a revoked value is never accepted again',
  'too-many-tokens': `at most ${maxActiveTokens} tokens may be active at once`,
  'ring-full': `this environment has had ${maxTokens} tokens, and revoked ones are kept for ever: move to a new environment`,
};

/** Consequences that an administrator must be told of; each has one sentence in {@link ringWarnings}. */
export type RingWarning = 'in-force-at-once' | 'every-device-refused' | 'enforcement-suspended' | 'checks-stopped';

export const ringWarnings: Readonly<Record<RingWarning, string>> = {
  'in-force-at-once':
    'the requirement is in force now: a device that does not present an active token is refused from this moment',
  'every-device-refused':
    'no token that a device could have is active: every device is refused until the new value is in the MDM and on the device',
  'enforcement-suspended': 'the effective date lies in the future: until then no device is refused, managed or not',
  'checks-stopped': 'the requirement is off: no device is checked',
};

export type RingDecision =
  /** `created` is the fresh token when the change used it. */
  | {
      readonly kind: 'changed';
      readonly ring: Ring;
      readonly created: Token | undefined;
      readonly warnings: readonly RingWarning[];
    }
  /** The ring is already as the command wants it; `ring` is undefined when there is none. */
  | { readonly kind: 'unchanged'; readonly ring: Ring | undefined }
  | { readonly kind: 'refused'; readonly reason: RingRefusal };

const changed = (ring: Ring, created: Token | undefined, warnings: readonly RingWarning[]): RingDecision => ({
  kind: 'changed',
  ring,
  created,
  warnings,
});
const refused = (reason: RingRefusal): RingDecision => ({ kind: 'refused', reason });

/** True when devices without a matching token are refused at `at` (M4, M5). */
export const inForce = (requirement: Requirement, at: Instant): boolean => requirement.enabled && requirement.effectiveAt <= at;

/**
 * The ring after a command: pure, total, one version on per change. Keeps: at least one active token while the requirement is on (M23);
 * no value twice, revoked ones included (M21); a revoked token stays revoked; nothing about an existing token but its state changes (M17).
 */
export function nextRing(ring: Ring | undefined, command: RingCommand, context: RingContext): RingDecision {
  switch (command.kind) {
    case 'set-requirement':
      return setRequirement(ring, command, context);
    case 'add-token':
      return addToken(ring, command, context);
    case 'revoke-token':
      return revokeToken(ring, command, context);
    default:
      return assertNever(command);
  }
}

const emptyRing = ({ environment, now }: RingContext): Ring => ({
  environment,
  version: 0,
  requirement: { enabled: false, effectiveAt: now },
  tokens: [],
});

const freshToken = ({ fresh: { id, digest, pepperId }, now, actor }: RingContext, label: string): Token => ({
  id,
  label,
  digest,
  pepperId,
  createdAt: now,
  createdBy: actor,
  state: { kind: 'active' },
});

/** M21, also against revoked tokens and across peppers. */
const isTaken = (ring: Ring, { fresh }: RingContext): boolean => {
  const taken = new Set<TokenDigest>([fresh.digest, ...fresh.otherDigests]);
  return ring.tokens.some(({ digest, id }) => taken.has(digest) || id === fresh.id);
};

function setRequirement(
  ring: Ring | undefined,
  command: RingCommand & { kind: 'set-requirement' },
  context: RingContext,
): RingDecision {
  const before = ring ?? emptyRing(context);
  const { enabled } = command;
  if (enabled && command.effectiveAt === undefined) return refused('effective-date-missing'); // M3
  const requirement = { enabled, effectiveAt: command.effectiveAt ?? before.requirement.effectiveAt };
  if (ring && requirement.enabled === ring.requirement.enabled && requirement.effectiveAt === ring.requirement.effectiveAt)
    return { kind: 'unchanged', ring };

  const needsToken = enabled && activeTokens(before).length === 0; // M2, M3
  const atOnce = inForce(requirement, context.now);
  if (needsToken && atOnce && !command.force) return refused('would-refuse-every-device');
  if (needsToken && isTaken(before, context)) return refused('duplicate-value');
  const created = needsToken ? freshToken(context, 'made with the requirement') : undefined;

  const warnings: RingWarning[] = [];
  const was = inForce(before.requirement, context.now);
  if (atOnce && !was) warnings.push('in-force-at-once');
  if (atOnce && needsToken) warnings.push('every-device-refused');
  if (enabled && was && !atOnce) warnings.push('enforcement-suspended'); // M27
  if (!enabled && before.requirement.enabled) warnings.push('checks-stopped'); // M7
  return changed(
    { ...before, version: before.version + 1, requirement, tokens: created ? [...before.tokens, created] : before.tokens },
    created,
    warnings,
  );
}

function addToken(ring: Ring | undefined, { label }: RingCommand & { kind: 'add-token' }, context: RingContext): RingDecision {
  const before = ring ?? emptyRing(context);
  if (isTaken(before, context)) return refused('duplicate-value');
  if (activeTokens(before).length >= maxActiveTokens) return refused('too-many-tokens');
  if (before.tokens.length >= maxTokens) return refused('ring-full'); // never stops a revocation: its replacement may exceed it
  const created = freshToken(context, label);
  return changed({ ...before, version: before.version + 1, tokens: [...before.tokens, created] }, created, []);
}

function revokeToken(
  ring: Ring | undefined,
  command: RingCommand & { kind: 'revoke-token' },
  context: RingContext,
): RingDecision {
  const target = ring?.tokens.find(({ id }) => id === command.token);
  if (!ring || !target) return refused('unknown-token');
  if (target.state.kind === 'revoked') return { kind: 'unchanged', ring };

  const isLast = ring.requirement.enabled && activeTokens(ring).length === 1;
  if (isLast && !command.force) return refused('last-token');
  if (isLast && isTaken(ring, context)) return refused('duplicate-value');
  const created = isLast ? freshToken(context, `replaces ${target.id}`) : undefined; // M24
  const revoked: Token = { ...target, state: { kind: 'revoked', at: context.now, by: context.actor, reason: command.reason } };
  const tokens = ring.tokens.map((token) => (token === target ? revoked : token));
  return changed(
    { ...ring, version: ring.version + 1, tokens: created ? [...tokens, created] : tokens },
    created,
    isLast && inForce(ring.requirement, context.now) ? ['every-device-refused'] : [], // M26
  );
}
