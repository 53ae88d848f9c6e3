import { assertNever } from '@tallystick/kernel-core';
import type { SlotAnswer, SlotCheck, SlotPlan } from '../rotation-ports.ts';
import type { Coverage, DeliveryOutcome, DeliveryPlan, NotDone, Verification } from './delivery-ports.ts';

/** What a rotation makes of a plan. */
export const slotPlanOf = (plan: DeliveryPlan | NotDone): SlotPlan =>
  'kind' in plan
    ? failing(plan)
    : { kind: 'planned', revision: plan.revision, receipt: plan.receipt, settlesWithinMs: plan.settlesWithinMs };

/** What a rotation makes of a delivery. */
export function slotAnswerOf(outcome: DeliveryOutcome): SlotAnswer {
  switch (outcome.kind) {
    case 'stored':
    case 'accepted':
    case 'unknown':
      return { kind: outcome.kind, receipt: outcome.receipt };
    case 'refused':
    case 'try-later':
      return failing(outcome);
    case 'conflict':
      // Where nothing was written, what stands there now is planned with anew.
      return outcome.isWritten
        ? { kind: 'conflict', detail: outcome.detail }
        : { kind: 'failing', reason: 'changed-meanwhile', detail: outcome.detail, isFinal: false };
    case 'awaiting-person':
      return { kind: 'awaiting-person' };
    default:
      return assertNever(outcome);
  }
}

/** @param coverage of a slot that is stored. */
export function slotCheckOf(found: Verification, coverage: Coverage): SlotCheck {
  switch (found.kind) {
    case 'stored':
      return { kind: 'stored', receipt: found.receipt, coverage };
    case 'not-yet':
    case 'unchanged':
      return { kind: found.kind };
    case 'conflict':
      return found;
    case 'refused':
    case 'try-later':
      return failing(found);
    default:
      return assertNever(found);
  }
}

/** Credentials, permissions and keys are mended over there, so it is tried again; another value is made only when a person says so. */
const failing = (not: NotDone): Extract<SlotAnswer, { readonly kind: 'failing' }> => {
  if (not.kind === 'try-later') {
    const after = not.retryAfterMs === undefined ? {} : { retryAfterMs: not.retryAfterMs };
    return { kind: 'failing', reason: 'try-later', detail: not.detail, isFinal: false, ...after };
  }
  const isFinal = not.reason === 'value-not-allowed';
  const detail = isFinal ? `${not.detail}; to have another value made, say that the slot refused this one` : not.detail;
  return { kind: 'failing', reason: not.reason, detail, isFinal };
};
