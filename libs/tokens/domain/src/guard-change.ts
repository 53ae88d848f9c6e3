import { type Instant, instant } from '@tallystick/kernel-core';
import { acceptedTokens, type Adoption, forEnforcing, hasRules, refusedFigures } from './adoption.ts';
import { inForce, isAccepted, isLive, type Ring, segmentName, type Token } from './ring.ts';
import type { GuardFigures, GuardRefusal, RingWarning } from './ring-command.ts';
import { isNoStricter } from './sibling-requirements.ts';
import { countDevices, isStrange, type SightedGroup } from './sighting-ports.ts';

export interface GuardVerdict {
  readonly refusal?: GuardRefusal;
  readonly warnings: readonly RingWarning[];
  readonly figures?: GuardFigures;
}

const hourMs = 3_600_000;

/**
 * The one guard of every road on which devices can lose their way in: revoke, replace, clear, edit, expiry, effective date, mode.
 * It looks at nothing but the ring before and after, so no road goes round it, and two harmless-looking steps are no way round either:
 * what counts is how many devices would be refused in all, not how many this step adds.
 *
 *     now ─────────────── now + noticeHours ─────────────────────▶
 *      judged, and every date in between as if it were now │ later dates: warned of, and alarmed as they come near
 *
 * A later date can be moved again, so one person may set it; a revocation can't be taken back, so it is judged at every date, however far.
 * Where two people have to agree, every date is judged.
 *
 * @param before a ring without tokens and with its requirement off when there was none.
 */
export function guardChange(before: Ring, after: Ring, adoption: Adoption, now: Instant): GuardVerdict {
  const { guards, compatibility, twoPeople } = after.settings;
  const warnings = new Set<RingWarning>();
  const groups = adoption.kind === 'known' ? adoption.groups : [];
  const horizon = now + guards.noticeHours * hourMs;
  const moments = momentsOf(before, after, now);
  const near = moments.filter((at) => at <= horizon);
  const judged = twoPeople ? moments : moments.filter((at) => at <= horizon || isRevoking(before, after, at));
  let refusal: GuardRefusal | undefined;
  let shownAt: Instant | undefined;
  let shown = adoption;

  if (inForce(after.requirement, now) && !inForce(before.requirement, now)) warnings.add('in-force-at-once');
  if (inForce(before.requirement, now) && !inForce(after.requirement, now)) {
    warnings.add(after.requirement.mode === 'enforce' ? 'enforcement-suspended' : 'checks-stopped'); // M27, M7
    if (twoPeople) refusal = 'checks-would-stop';
  }
  if (loosensSiblings(before, after)) {
    warnings.add('checks-stopped');
    if (twoPeople) refusal ??= 'checks-would-stop';
  }
  if (losesLastToken(before, after, horizon)) refusal ??= 'last-token'; // M23
  if (stopsDelivery(before, after, near, { adoption, now })) refusal ??= 'being-delivered';

  for (const at of moments) {
    const change = tokensLost(before, after, at);
    if (change === 'nothing') continue;
    const counted = change === 'enforced' ? forEnforcing(adoption) : adoption;
    // a token that this very change makes is on no device
    const known = acceptedTokens(after, at);
    const isEmpty = !before.tokens.some(({ id }) => known.has(id));
    const was = refusedFigures(before, groups, at);
    const is = refusedFigures(after, groups, at);
    if (!isEmpty && counted.kind === 'known' && is.byToken <= was.byToken) continue;
    shownAt ??= at;
    if (counted.kind === 'unknown') shown = counted;
    if (!judged.includes(at)) {
      warnings.add('date-will-refuse-devices');
    } else if (isEmpty) {
      warnings.add('every-device-refused');
      refusal ??= change === 'tokens-lost' ? 'last-token' : 'would-refuse-every-device';
    } else if (counted.kind === 'unknown') {
      warnings.add('adoption-unknown');
      refusal ??= 'adoption-unknown';
    } else {
      warnings.add(is.byToken === is.devices ? 'every-device-refused' : 'some-devices-refused');
      // Of a requirement that is in force already, devices that never had a token are refused anyway: they must neither hide nor cause a refusal.
      const others = change === 'tokens-lost' ? is.withoutToken : 0;
      if (is.byToken - others > guards.refusedShare * (is.devices - others)) refusal ??= 'too-many-devices';
    }
  }
  // The worst of what is judged as if it were now: dates within the notice may be worse than this moment.
  if (refusal !== undefined || (shownAt !== undefined && judged.includes(shownAt))) shownAt = worstOf(after, groups, judged);

  const countedForSiblings = inForce(after.requirement, now) ? adoption : forEnforcing(adoption);
  const siblings = judgeSiblings(before, after, countedForSiblings, now);
  if (siblings) {
    if (countedForSiblings.kind === 'unknown') shown = countedForSiblings;
    if (siblings.refused && refusal === undefined) [refusal, shownAt] = ['siblings-unproven', now];
    if (siblings.warning) warnings.add(siblings.warning);
    shownAt ??= now;
  }
  const figures = shownAt === undefined ? undefined : figuresOf(after, shown, shownAt);
  return {
    // M24, M26: the reference asks nothing, and warns
    ...(refusal !== undefined && !(compatibility === 'reference' && refusal !== 'checks-would-stop') ? { refusal } : {}),
    warnings: [...warnings],
    ...(figures === undefined ? {} : { figures }),
  };
}

const figuresOf = (ring: Ring, adoption: Adoption, at: Instant): GuardFigures =>
  adoption.kind === 'unknown'
    ? adoption
    : { kind: 'known', allowedShare: ring.settings.guards.refusedShare, ...refusedFigures(ring, adoption.groups, at) };

const worstOf = (ring: Ring, groups: readonly SightedGroup[], moments: readonly Instant[]): Instant | undefined =>
  moments
    .map((at) => ({ at, refused: refusedFigures(ring, groups, at).byToken }))
    .reduce((worst, one) => (one.refused > worst.refused ? one : worst)).at;

/** While the requirement is on there is a live token that does not expire within the notice. */
function losesLastToken(before: Ring, after: Ring, horizon: number): boolean {
  const hasLasting = (ring: Ring) => ring.tokens.some((token) => isLive(token) && (token.expiresAt ?? Infinity) > horizon);
  return after.requirement.mode !== 'off' && hasLasting(before) && !hasLasting(after);
}

/** Devices have a token that is being delivered before they present it: no figure shows them, on whatever road it is taken away. */
function stopsDelivery(before: Ring, after: Ring, near: readonly Instant[], seen: Seen): boolean {
  return before.tokens.some((token) => {
    if (token.valueKept !== 'delivery' || !isLive(token) || (token.expiresAt ?? Infinity) <= seen.now) return false;
    if (isOnItsWayOut(before, token, seen)) return false;
    const left = after.tokens.find(({ id }) => id === token.id);
    return !left || !isLive(left) || near.some((at) => isAccepted(token, at) && !isAccepted(left, at));
  });
}

interface Seen {
  readonly adoption: Adoption;
  readonly now: Instant;
}

/**
 * What is retiring, with a later token of its segment in its place, keeps its copy for the way back only. In its place: while devices are refused
 * for their token, those of the segment that are seen present the later one rather than all others; who marks a token that is just being
 * delivered, and makes another one, has taken no place of anybody.
 */
function isOnItsWayOut({ tokens, requirement }: Ring, token: Token, { adoption, now }: Seen): boolean {
  if (token.state.kind !== 'retiring') return false;
  const ofSegment = tokens.filter((one) => isLive(one) && segmentName(one.segment) === segmentName(token.segment));
  const later = ofSegment.slice(ofSegment.indexOf(token) + 1);
  if (later.length === 0) return false;
  if (adoption.kind === 'unknown' || !inForce(requirement, now)) return true; // asked elsewhere, or nobody is refused
  const present = (some: readonly Token[]): number =>
    countDevices(adoption.groups.filter(({ presented }) => some.some(({ id }) => id === presented)));
  return 2 * present(later) >= present(ofSegment);
}

/** Now, and every later date of either ring: between two of them nothing changes. */
function momentsOf(before: Ring, after: Ring, now: Instant): readonly Instant[] {
  const dates = [before, after].flatMap(({ requirement, tokens }) => [
    requirement.effectiveAt,
    ...tokens.filter(isLive).flatMap(({ notBefore, expiresAt }) => [notBefore ?? now, expiresAt ?? now]),
  ]);
  return [now, ...new Set(dates.filter((date) => date > now))].sort((a, b) => a - b).map(instant);
}

/** What the change does at a moment to what is accepted. `enforced`: it is in force then, and was not. */
function tokensLost(before: Ring, after: Ring, at: Instant): 'nothing' | 'tokens-lost' | 'enforced' {
  if (!inForce(after.requirement, at)) return 'nothing';
  if (!inForce(before.requirement, at)) return 'enforced';
  const accepted = acceptedTokens(after, at);
  return [...acceptedTokens(before, at)].some((id) => !accepted.has(id)) ? 'tokens-lost' : 'nothing';
}

/** Whether the change takes a token away for good that would be accepted at that moment. */
function isRevoking(before: Ring, after: Ring, at: Instant): boolean {
  const live = new Set(after.tokens.filter(isLive).map(({ id }) => id));
  return before.tokens.some((token) => isAccepted(token, at) && !live.has(token.id));
}

const enforcesSiblings = (ring: Ring): boolean => ring.siblings.mode === 'enforce' && hasRules(ring);

/** Devices that the enforced rules refuse would pass. */
const loosensSiblings = (before: Ring, after: Ring): boolean =>
  enforcesSiblings(before) &&
  (before.siblings.mode !== after.siblings.mode || before.siblings.revision !== after.siblings.revision) &&
  !(enforcesSiblings(after) && isNoStricter(before.siblings.rules, after.siblings.rules));

/** Undefined: nothing becomes stricter. Rules that were not observed yet are not known to spare anybody. */
function judgeSiblings(
  before: Ring,
  after: Ring,
  adoption: Adoption,
  now: Instant,
): { readonly refused: boolean; readonly warning?: RingWarning } | undefined {
  if (!enforcesSiblings(after)) return undefined;
  const isSameRules = before.siblings.revision === after.siblings.revision;
  if (enforcesSiblings(before) && (isSameRules || isNoStricter(after.siblings.rules, before.siblings.rules))) return undefined;
  if (adoption.kind === 'unknown') return { refused: true, warning: 'adoption-unknown' };
  // Those refused anyway for want of a token count neither way; those whose token is gone may get another, and meet the rules then.
  const judged = inForce(after.requirement, now)
    ? adoption.groups.filter(({ presented }) => !isStrange(presented))
    : adoption.groups;
  const asIfTokensPass: Ring = { ...after, requirement: { ...after.requirement, mode: 'off' } };
  const { devices, bySiblings, unjudged } = refusedFigures(asIfTokensPass, judged, now);
  const refused = devices === 0 || bySiblings + unjudged > after.settings.guards.refusedShare * devices;
  return { refused, ...(bySiblings + unjudged > 0 ? { warning: 'some-devices-refused' } : {}) };
}
