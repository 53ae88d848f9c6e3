import type { Instant } from '@tallystick/kernel-core';
import { type GuardSettings, inForce, isAccepted, type Ring, type TokenId } from './ring.ts';
import { countDevices, dayOf, isStrange, type SightedGroup, type SightingCounts } from './sighting-ports.ts';

/** Why the figures say nothing; each has one sentence in {@link unknownAdoptions}. Unknown refuses like "too many". */
export type UnknownAdoption = 'store-unavailable' | 'no-sightings' | 'too-short' | 'stale' | 'full' | 'strangers-turned-away';

export const unknownAdoptions: Readonly<Record<UnknownAdoption, string>> = {
  'store-unavailable': 'the sightings can not be read now',
  'no-sightings': 'no device has been seen in the window',
  'too-short': 'devices have been watched for too short a time to tell',
  stale: 'no device has been seen lately: sightings do not arrive',
  full: 'there are more devices than are kept, so the figures are not complete',
  'strangers-turned-away':
    'more devices without a token were seen than are kept, so nobody knows how many enforcing would refuse',
};

/** What the recently seen devices presented last. */
export type Adoption =
  | { readonly kind: 'unknown'; readonly why: UnknownAdoption }
  /** `groups` are those of the window; `devices` is their sum and at least 1. */
  | {
      readonly kind: 'known';
      readonly devices: number;
      readonly groups: readonly SightedGroup[];
      /** There are devices without a token that are in no group. Who asks what enforcing would refuse asks {@link forEnforcing}. */
      readonly strangersTurnedAway?: true;
    };

const hourMs = 3_600_000;

/** Judges whether the figures are good enough to be counted on. `counts` is undefined when the store can't be reached. */
export function judgeAdoption(counts: SightingCounts | undefined, guards: GuardSettings, now: Instant): Adoption {
  const unknown = (why: UnknownAdoption): Adoption => ({ kind: 'unknown', why });
  if (!counts) return unknown('store-unavailable');
  const { since, newest } = counts;
  if (since === undefined || newest === undefined) return unknown('no-sightings');
  if (counts.isFull) return unknown('full');
  if (now - observedSince(counts, since, now) < guards.minimumObservationHours * hourMs) return unknown('too-short');
  if (now - newest > guards.staleAfterHours * hourMs || newest - now > hourMs) return unknown('stale');
  const groups = counts.current.filter(({ day }) => day > dayOf(now) - guards.windowDays && day <= dayOf(now) + 1);
  const devices = countDevices(groups);
  if (devices === 0) return unknown('no-sightings');
  return { kind: 'known', devices, groups, ...(counts.strangersTurnedAway ? { strangersTurnedAway: true } : {}) };
}

/**
 * The figures as they count where devices without a token would be refused that pass now: unknown when some of those are not in them, for
 * the share would be too small. Taking a token away refuses no such device, so there the figures count as they are.
 */
export const forEnforcing = (adoption: Adoption): Adoption =>
  adoption.kind === 'known' && adoption.strangersTurnedAway ? { kind: 'unknown', why: 'strangers-turned-away' } : adoption;

/** Days without any sighting after which the observation begins anew: more than a long weekend. */
const holeDays = 4;

/** Since when devices were watched without a hole: after one, the few that were seen again say nothing of the others. */
function observedSince({ series }: SightingCounts, since: Instant, now: Instant): number {
  const days = [...new Set(series.map(({ day }) => day))].sort((a, b) => b - a);
  let before = dayOf(now);
  for (const day of [...days, dayOf(since)]) {
    if (before - day > holeDays) return Math.max(since, before * 24 * hourMs);
    before = day;
  }
  return since;
}

/** Devices of the window, and how many of them a ring would refuse at a moment if they presented again what they presented last. */
export interface RefusedFigures {
  readonly devices: number;
  /** By their token, or for want of one. */
  readonly byToken: number;
  /** Of those: devices that presented nothing, or a value that was never one of the ring's. No change of tokens refuses them more. */
  readonly withoutToken: number;
  /** By the sibling rules alone. */
  readonly bySiblings: number;
  /** Not yet judged by the sibling rules as they are now. Refused or not: unknown. */
  readonly unjudged: number;
}

/** Whether the sibling rules can refuse anybody: empty lists and versions that are left out do not. */
export function hasRules({ siblings: { rules } }: Ring): boolean {
  const { deviceLock, notRootedOrJailbroken, biometrics, minimumOsVersion, minimumAppVersion, brands } = rules;
  const asked = [deviceLock, notRootedOrJailbroken, biometrics, ...Object.values({ ...minimumOsVersion })];
  return (
    [...asked, ...Object.values({ ...minimumAppVersion })].some((one) => one !== undefined) ||
    Object.values({ ...brands }).some((list) => list.length > 0)
  );
}

/** The tokens that pass at a moment. */
export const acceptedTokens = (ring: Ring, at: Instant): ReadonlySet<TokenId> =>
  new Set(ring.tokens.filter((token) => isAccepted(token, at)).map(({ id }) => id));

/** Counts what `ring` would refuse at `at`. With `asIf: 'enforce'` modes and effective date are taken as enforced now: a preview. */
export function refusedFigures(
  ring: Ring,
  groups: readonly SightedGroup[],
  at: Instant,
  asIf: 'as-set' | 'enforce' = 'as-set',
): RefusedFigures {
  const accepted = acceptedTokens(ring, at);
  const judgesToken = asIf === 'enforce' || inForce(ring.requirement, at);
  const judgesSiblings = hasRules(ring) && (asIf === 'enforce' || ring.siblings.mode === 'enforce');
  let [devices, byToken, withoutToken, bySiblings, unjudged] = [0, 0, 0, 0, 0];
  for (const group of groups) {
    devices += group.devices;
    const isCurrent = group.siblings?.revision === ring.siblings.revision;
    if (judgesToken && !accepted.has(group.presented as TokenId)) {
      byToken += group.devices;
      if (isStrange(group.presented)) withoutToken += group.devices;
    } else if (judgesSiblings && !isCurrent) unjudged += group.devices;
    else if (judgesSiblings && group.siblings?.met === false) bySiblings += group.devices;
  }
  return { devices, byToken, withoutToken, bySiblings, unjudged };
}
