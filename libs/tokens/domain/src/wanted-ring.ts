import { assertNever, type Instant } from '@tallystick/kernel-core';
import {
  defaultRingSettings,
  isAccepted,
  isLive,
  liveTokens,
  type Requirement,
  type Ring,
  type RingSettings,
  type Token,
  type TokenDigest,
} from './ring.ts';
import {
  type FreshToken,
  maxActiveTokens,
  maxTokens,
  placesKept,
  type NewToken,
  type RingChangeCommand,
  type RingContext,
  type RingRefusal,
} from './ring-command.ts';
import { noSiblings, type SiblingRequirements, type SiblingRules } from './sibling-requirements.ts';

/** What a command would make of a ring, before anybody has judged it. */
export interface Wanted {
  readonly kind: 'wanted';
  readonly ring: Ring;
  readonly used: readonly FreshToken[];
}
export type Want = Wanted | { readonly kind: 'unchanged' } | { readonly kind: 'refused'; readonly reason: RingRefusal };

export const refused = (reason: RingRefusal): { readonly kind: 'refused'; readonly reason: RingRefusal } => ({
  kind: 'refused',
  reason,
});
const unchanged = { kind: 'unchanged' } as const;
const want = (ring: Ring, used: readonly FreshToken[] = []): Wanted => ({ kind: 'wanted', ring, used });

export const emptyRing = ({ environment, now }: Pick<RingContext, 'environment' | 'now'>): Ring => ({
  environment,
  version: 0,
  isDefined: false,
  requirement: { mode: 'off', effectiveAt: now },
  siblings: noSiblings,
  settings: defaultRingSettings,
  tokens: [],
  proposals: [],
});

/** What the ring would be if nobody minded; its version is still the old one. Pure and total. */
export function wantedRing(before: Ring, command: RingChangeCommand, context: RingContext): Want {
  switch (command.kind) {
    case 'set-requirement':
      return setRequirement(before, command, context);
    case 'set-siblings': {
      const siblings = withRules(before.siblings, command.mode, command.rules);
      return siblings === before.siblings ? unchanged : want({ ...before, isDefined: true, siblings });
    }
    case 'change-settings':
      return changeSettings(before, command.settings);
    case 'add-token':
      return addToken(before, command, context);
    case 'edit-token':
      return editToken(before, command, context);
    case 'replace-value':
      return replaceValue(before, command, context);
    case 'retire-tokens':
    case 'reinstate-tokens':
    case 'release-values':
      return markTokens(before, command, context);
    case 'revoke-tokens': {
      const { successor } = command;
      const next = before.tokens.find(({ id }) => id === successor);
      if (successor !== undefined && !(next && isAccepted(next, context.now))) return refused('successor-not-accepted');
      return revoke(before, command.tokens, command.reason, context);
    }
    case 'revoke-others': {
      const kept = before.tokens.find(({ id }) => id === command.keep);
      if (!kept) return refused('unknown-token');
      if (!isLive(kept)) return refused('token-is-revoked');
      return revoke(
        before,
        liveTokens(before).flatMap(({ id }) => (id === command.keep ? [] : [id])),
        command.reason,
        context,
      );
    }
    case 'report-leak':
      return revoke(before, [command.token], `reported as leaked: ${command.source}`, context);
    case 'replace-all':
      return replaceAll(before, command, context);
    case 'clear': {
      if (!before.isDefined && liveTokens(before).length === 0) return unchanged;
      const requirement: Requirement = { mode: 'off', effectiveAt: before.requirement.effectiveAt };
      const off: Ring = { ...before, isDefined: false, requirement, siblings: withRules(before.siblings, 'observe', {}) };
      const cleared = revoke(
        off,
        liveTokens(off).map(({ id }) => id),
        command.reason,
        context,
      );
      return cleared.kind === 'unchanged' ? want(off) : cleared;
    }
    default:
      return assertNever(command);
  }
}

function setRequirement(before: Ring, command: RingChangeCommand & { kind: 'set-requirement' }, context: RingContext): Want {
  const { mode } = command;
  if (mode !== 'off' && command.effectiveAt === undefined) return refused('effective-date-missing'); // M3
  const requirement: Requirement = { mode, effectiveAt: command.effectiveAt ?? before.requirement.effectiveAt };
  if (before.isDefined && isSame(requirement, before.requirement)) return unchanged;
  const ring: Ring = { ...before, isDefined: true, requirement };
  // One that is on already gets its replacement with any change: moving its date must not fail for want of room.
  if (mode === 'off' || before.requirement.mode !== 'off' || hasUsableToken(before, context.now)) return want(ring);
  return withNew(ring, { label: 'made with the requirement', segment: {} }, context); // M2
}

function changeSettings(before: Ring, settings: RingSettings): Want {
  if (isSame(before.settings, settings)) return unchanged;
  const tokens = before.tokens.map((token) => (token.valueKept === 'readable' ? released(token, settings) : token));
  return want({ ...before, settings, tokens });
}

/** A token that is accepted, or will be: live, and not expired. */
export const hasUsableToken = ({ tokens }: Ring, now: Instant): boolean =>
  tokens.some((token) => isLive(token) && (token.expiresAt === undefined || token.expiresAt > now));

/** The token without the sealed copy that its delivery needed; in the readable mode the copy stays for that. */
function released(token: Token, { readableValues }: RingSettings): Token {
  if (token.valueKept === undefined || (readableValues && token.valueKept === 'readable')) return token;
  const { valueKept: _valueKept, ...rest } = token;
  return readableValues && isLive(token) ? { ...rest, valueKept: 'readable' } : rest;
}

const addToken = (before: Ring, command: RingChangeCommand & { kind: 'add-token' }, context: RingContext): Want =>
  withNew(before, command, context);

function withNew(before: Ring, wanted: NewToken, context: RingContext, index = 0): Want {
  const fresh = context.fresh[index];
  if (!fresh || isTaken(before.tokens, fresh)) return refused('duplicate-value');
  if (liveTokens(before).length >= maxActiveTokens) return refused('too-many-tokens');
  if (before.tokens.length >= maxTokens - (context.mayForce ? 0 : placesKept)) return refused('ring-full'); // never stops a revocation
  const fault = dateFault(wanted, context.now);
  if (fault) return refused(fault);
  return want({ ...before, tokens: [...before.tokens, newToken(fresh, wanted, before.settings, context)] }, [fresh]);
}

export function newToken(
  fresh: FreshToken,
  { label, segment, notBefore, expiresAt, keepValue }: NewToken,
  { readableValues }: RingSettings,
  context: RingContext,
): Token {
  const { id, digest, pepperId, origin } = fresh;
  return {
    id,
    label,
    digest,
    pepperId,
    origin,
    segment,
    createdAt: context.now,
    createdBy: context.actor,
    ...(notBefore === undefined ? {} : { notBefore }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
    ...(keepValue ? { valueKept: 'delivery' } : readableValues ? { valueKept: 'readable' } : {}),
    state: { kind: 'active' },
  };
}

const dateFault = (
  { notBefore, expiresAt }: { readonly notBefore?: Instant; readonly expiresAt?: Instant },
  now: Instant,
): RingRefusal | undefined => {
  if (expiresAt === undefined) return undefined;
  if (expiresAt <= now) return 'date-is-past';
  return notBefore !== undefined && expiresAt <= notBefore ? 'dates-reversed' : undefined;
};

/** M21, also against revoked tokens and across peppers. */
export const isTaken = (tokens: readonly Token[], fresh: FreshToken): boolean => {
  const taken = new Set<TokenDigest>([fresh.digest, ...fresh.otherDigests]);
  return tokens.some(({ digest, id }) => taken.has(digest) || id === fresh.id);
};

function editToken(before: Ring, command: RingChangeCommand & { kind: 'edit-token' }, { now }: RingContext): Want {
  const target = before.tokens.find(({ id }) => id === command.token);
  if (!target) return refused('unknown-token');
  if (!isLive(target)) return refused('token-is-revoked');
  const { notBefore: _notBefore, expiresAt: _expiresAt, ...rest } = target;
  const notBefore = command.notBefore === undefined ? target.notBefore : (command.notBefore ?? undefined);
  const expiresAt = command.expiresAt === undefined ? target.expiresAt : (command.expiresAt ?? undefined);
  const edited: Token = {
    ...rest,
    label: command.label ?? target.label,
    segment: command.segment ?? target.segment,
    ...(notBefore === undefined ? {} : { notBefore }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
  };
  if (isSame(edited, target)) return unchanged;
  const fault = expiresAt === target.expiresAt && notBefore === target.notBefore ? undefined : dateFault(edited, now);
  return fault ? refused(fault) : want(withToken(before, edited));
}

function replaceValue(before: Ring, command: RingChangeCommand & { kind: 'replace-value' }, context: RingContext): Want {
  const target = before.tokens.find(({ id }) => id === command.token);
  if (!target) return refused('unknown-token');
  if (!isLive(target)) return refused('token-is-revoked');
  const without = revoke(before, [target.id], command.reason, context);
  if (without.kind !== 'wanted') return without;
  const { label, segment, notBefore, expiresAt } = target;
  return withNew(
    without.ring,
    {
      label,
      segment,
      ...(notBefore === undefined || notBefore <= context.now ? {} : { notBefore }),
      ...(expiresAt === undefined || expiresAt <= context.now ? {} : { expiresAt }),
    },
    context,
  );
}

function markTokens(
  before: Ring,
  { kind, tokens: ids }: RingChangeCommand & { kind: 'retire-tokens' | 'reinstate-tokens' | 'release-values' },
  { now, actor }: RingContext,
): Want {
  if (!ids.every((id) => before.tokens.some((token) => token.id === id))) return refused('unknown-token');
  const tokens = before.tokens.map((token): Token => {
    if (!ids.includes(token.id)) return token;
    if (kind === 'release-values') return released(token, before.settings);
    if (kind === 'retire-tokens' && token.state.kind === 'active')
      return { ...token, state: { kind: 'retiring', at: now, by: actor } };
    if (kind === 'reinstate-tokens' && token.state.kind === 'retiring') return { ...token, state: { kind: 'active' } };
    return token;
  });
  // What is revoked is more than retired: a rotation whose old token was revoked in an emergency goes on.
  if (kind === 'reinstate-tokens' && tokens.some(({ id, state }) => ids.includes(id) && state.kind === 'revoked'))
    return refused('token-is-revoked');
  return tokens.every((token, at) => token === before.tokens[at]) ? unchanged : want({ ...before, tokens });
}

function revoke(before: Ring, ids: readonly Token['id'][], reason: string, { now, actor }: RingContext): Want {
  if (!ids.every((id) => before.tokens.some((token) => token.id === id))) return refused('unknown-token');
  const tokens = before.tokens.map((token): Token =>
    ids.includes(token.id) && isLive(token) ? { ...token, state: { kind: 'revoked', at: now, by: actor, reason } } : token,
  );
  return tokens.every((token, at) => token === before.tokens[at]) ? unchanged : want({ ...before, tokens });
}

function replaceAll(before: Ring, command: RingChangeCommand & { kind: 'replace-all' }, context: RingContext): Want {
  const { mode } = command;
  if (mode !== 'off' && command.effectiveAt === undefined) return refused('effective-date-missing');
  if (mode !== 'off' && command.tokens.length === 0) return refused('tokens-missing');
  const kept = new Set(command.tokens.flatMap((token) => ('keep' in token ? [token.keep] : [])));
  const gone = liveTokens(before).flatMap(({ id }) => (kept.has(id) ? [] : [id]));
  if ([...kept].some((id) => !before.tokens.some((token) => token.id === id))) return refused('unknown-token');
  if (before.tokens.some((token) => kept.has(token.id) && !isLive(token))) return refused('token-is-revoked');
  const revoked = revoke(before, gone, command.reason, context);
  let ring = revoked.kind === 'wanted' ? revoked.ring : before;
  const used: FreshToken[] = [];
  for (const token of command.tokens) {
    if ('keep' in token) continue;
    const added = withNew(ring, { label: 'compatible API', segment: {} }, context, token.fresh);
    if (added.kind !== 'wanted') return added;
    ring = added.ring;
    used.push(...added.used);
  }
  const requirement: Requirement = { mode, effectiveAt: command.effectiveAt ?? before.requirement.effectiveAt };
  // The reference knows no observing; but who writes back what was read must not enforce what is being observed.
  const siblings = withRules(
    before.siblings,
    isSame(before.siblings.rules, command.rules) ? before.siblings.mode : 'enforce',
    command.rules,
  );
  const after: Ring = { ...ring, isDefined: true, requirement, siblings };
  return isSame(after, before) ? unchanged : want(after, used);
}

/** The revision counts changes of the rules: what was observed under other rules proves nothing. */
function withRules(before: SiblingRequirements, mode: SiblingRequirements['mode'], rules: SiblingRules): SiblingRequirements {
  if (isSame(before.rules, rules)) return before.mode === mode ? before : { ...before, mode };
  return { mode, rules, revision: before.revision + 1 };
}

const withToken = (ring: Ring, token: Token): Ring => ({
  ...ring,
  tokens: ring.tokens.map((one) => (one.id === token.id ? token : one)),
});

/** Equal as documents: order of keys does not count, an absent key is an undefined one. */
export const isSame = (left: unknown, right: unknown): boolean => canonical(left) === canonical(right);
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
