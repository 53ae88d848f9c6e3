import type { BudgetSettings, Pass } from '@tallystick/devices-domain';
import { type Instant, instant } from '@tallystick/kernel-core';

/** The lane of bulk work leaves a tenth of the rate to live changes (ADR 5.7). */
const bulkShare = 0.9;
/** To observe a user is one call; a user who differs is looked at again and changed, in about four. */
const callsToApply = 4;

export const isOver = ({ stage }: Pick<Pass, 'stage'>): boolean =>
  stage === 'done' || stage === 'cancelled' || stage === 'rejected' || stage === 'failed';

/** Users of the pass that were looked at. */
export const lookedAt = ({ sums }: Pick<Pass, 'sums'>): number => sums.planned + sums.notPlanned + sums.unobservable;

/**
 * When the pass is likely to end: what the budget of its directory allows at best, or the pace so far where that is slower. Undefined where
 * nobody can say: it is over, paused, or waits for a person. What a pass will apply is not known before it has planned.
 */
export function estimateEnd(pass: Pass, budget: BudgetSettings, now: Instant): Instant | undefined {
  const perMs = (budget.callsPerSecond * bulkShare) / 1_000;
  if (pass.stage === 'applying') {
    const left = Math.max(0, pass.sums.differ - pass.applied) * callsToApply;
    return instant(Math.ceil(now + left / perMs));
  }
  if (pass.stage !== 'planning') return undefined;
  const looked = lookedAt(pass);
  const left = Math.max(0, pass.sums.users - looked);
  const paceMs = looked === 0 ? 0 : (Math.max(0, now - pass.startedAt) / looked) * left;
  return instant(Math.ceil(now + Math.max(left / perMs, paceMs)));
}
