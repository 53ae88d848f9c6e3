import type { Instant } from '@tallystick/kernel-core';
import {
  type Adoption,
  forEnforcing,
  isLive,
  refusedFigures,
  type RefusedFigures,
  type Ring,
  type TokenId,
  type UnknownAdoption,
} from '@tallystick/tokens-domain';

const dayMs = 86_400_000;
const steps = [30, 14, 7, 3, 1] as const;

/** How near a date is: within so many days, or past. One alarm for each. */
export type DateStep = `${(typeof steps)[number]} days` | 'passed';

export type DateAlarm =
  | { readonly kind: 'token-expires'; readonly token: TokenId; readonly at: Instant; readonly step: DateStep }
  /** When the requirement comes into force it refuses devices, or nobody knows. */
  | {
      readonly kind: 'date-will-refuse-devices';
      readonly at: Instant;
      readonly step: DateStep;
      readonly figures: RefusedFigures | { readonly why: UnknownAdoption };
    };

/** Undefined: too far away to say anything, or longer past than the first step. */
export function stepOf(at: Instant, now: Instant): DateStep | undefined {
  const days = (at - now) / dayMs;
  if (days <= 0) return days > -steps[0] ? 'passed' : undefined;
  const step = [...steps].reverse().find((limit) => days <= limit);
  return step === undefined ? undefined : `${step} days`;
}

/** True when figures are needed to judge a date of this ring. */
export const needsFigures = ({ requirement: { mode, effectiveAt } }: Ring, now: Instant): boolean =>
  mode === 'enforce' && effectiveAt > now && stepOf(effectiveAt, now) !== undefined;

/** Dates that come near, or have passed. Pure: who says them, and how often, is not decided here. */
export function dateAlarms(ring: Ring, seen: Adoption, now: Instant): readonly DateAlarm[] {
  const alarms = ring.tokens.filter(isLive).flatMap(({ id, expiresAt }): readonly DateAlarm[] => {
    const step = expiresAt === undefined ? undefined : stepOf(expiresAt, now);
    return expiresAt === undefined || step === undefined ? [] : [{ kind: 'token-expires', token: id, at: expiresAt, step }];
  });
  const { effectiveAt: at } = ring.requirement;
  const step = needsFigures(ring, now) ? stepOf(at, now) : undefined;
  if (step === undefined) return alarms;
  const adoption = forEnforcing(seen);
  if (adoption.kind === 'unknown')
    return [...alarms, { kind: 'date-will-refuse-devices', at, step, figures: { why: adoption.why } }];
  const figures = refusedFigures(ring, adoption.groups, at);
  return figures.byToken + figures.bySiblings === 0
    ? alarms
    : [...alarms, { kind: 'date-will-refuse-devices', at, step, figures }];
}
