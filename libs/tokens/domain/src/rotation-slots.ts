import { assertNever, type Instant } from '@tallystick/kernel-core';
import type { SlotAnswer, SlotCheck, SlotPlan } from './rotation-ports.ts';
import { later, longestWriteMs, type SlotProgress, type SlotState } from './rotation-state.ts';
import type { SlotCall } from './rotation-step.ts';

const [second, minute, hour] = [1_000, 60_000, 3_600_000];

/** However often figures are wanted, a target is not asked more often: its vendor counts. */
const leastBetweenChecksMs = 5 * minute;

/** Doubles from the first to the most. */
const backoffMs = (first: number, most: number, times: number): number => Math.min(first * 2 ** Math.min(times, 30), most);

type Failing = Extract<SlotAnswer, { readonly kind: 'failing' }>;
type Of<K extends SlotCall['kind']> = Pick<Extract<SlotCall, { readonly kind: K }>, 'token' | 'step' | 'purpose'>;

/** A slot after it was read for a plan. Nothing is written yet. */
export function afterPlan(
  progress: SlotProgress,
  { token, step, purpose }: Of<'plan'>,
  plan: SlotPlan,
  now: Instant,
): SlotProgress {
  switch (plan.kind) {
    case 'planned': {
      const { revision, receipt } = plan;
      return {
        ...progress,
        state: { kind: 'planned', token, at: now, step, revision, receipt, applyAt: later(now, plan.settlesWithinMs) },
      };
    }
    case 'awaiting-person':
      // From here on a person may have put it there.
      return {
        ...progress,
        state: { kind: 'awaiting', token, at: now },
        mayHoldNew: progress.mayHoldNew || purpose === 'deliver',
      };
    case 'conflict':
      return waitsForPerson(progress, token, plan.detail, now);
    case 'failing':
      return failing(progress, token, plan, now);
    default:
      return assertNever(plan);
  }
}

/** A slot after it was opened: what the answer is worth, and when it is looked at again. */
export function afterOpening(
  progress: SlotProgress,
  { token, step }: Pick<SlotCall, 'token' | 'step'>,
  answer: SlotAnswer,
  now: Instant,
): SlotProgress {
  const to = (state: SlotState): SlotProgress => ({ ...progress, state });
  switch (answer.kind) {
    case 'awaiting-person':
      return to({ kind: 'awaiting', token, at: now });
    case 'delivered':
      return to({ kind: 'confirmed', token, at: now, by: 'delivery' });
    case 'refused':
      return to({ kind: 'refused', token, at: now, reason: answer.reason });
    case 'stored': {
      const { receipt } = answer;
      const read = { readAt: now, triedAt: now, checkAt: later(now, minute) };
      return { ...well(progress), state: { kind: 'stored', token, at: now, step, receipt, ...read } };
    }
    case 'accepted':
    case 'unknown': {
      const isUncertain = answer.kind === 'unknown';
      const { receipt } = answer;
      return to({ kind: 'accepted', token, at: now, step, receipt, isUncertain, checks: 0, checkAt: later(now, 15 * second) });
    }
    case 'failing':
      return failing(progress, token, answer, now);
    case 'conflict':
      return waitsForPerson(progress, token, answer.detail, now);
    default:
      return assertNever(answer);
  }
}

/** No answer came: it may have been written. It is read before anything else, and compared with what was planned. */
export function afterSilence(progress: SlotProgress, now: Instant): SlotProgress {
  const { state } = progress;
  if (state.kind !== 'applying') return progress;
  const { token, step, receipt } = state;
  // Not before the longest write of the token service has ended, whose answer was lost on the way.
  const checkAt = later(now, longestWriteMs);
  return { ...progress, state: { kind: 'accepted', token, at: now, step, receipt, isUncertain: true, checks: 0, checkAt } };
}

/** The same after a look at what it holds. Of a slot that was settled or opened again meanwhile, the look says nothing. */
export function afterCheck(
  progress: SlotProgress,
  { token, step, purpose }: Of<'check'>,
  check: SlotCheck,
  watchEveryMinutes: number,
  now: Instant,
): SlotProgress {
  const { state } = progress;
  if ((state.kind !== 'accepted' && state.kind !== 'stored') || state.token !== token || state.step !== step) return progress;
  const again = later(now, Math.max(watchEveryMinutes * minute, leastBetweenChecksMs));
  const lookAgain = (detail?: string): SlotProgress => {
    if (state.kind === 'stored') {
      const unread = detail === undefined ? {} : { coverage: { kind: 'unknown', why: detail } as const };
      return { ...progress, state: { ...state, ...unread, triedAt: now, checkAt: again } };
    }
    const checkAt = later(now, backoffMs(15 * second, 10 * minute, state.checks));
    const { detail: _before, ...known } = state;
    return { ...progress, state: { ...known, checks: state.checks + 1, checkAt, ...(detail === undefined ? {} : { detail }) } };
  };
  switch (check.kind) {
    case 'stored': {
      const at = state.kind === 'stored' ? state.at : now;
      const { receipt, coverage } = check;
      const read = { readAt: now, triedAt: now, checkAt: again };
      return { ...well(progress), state: { kind: 'stored', token, at, step, receipt, coverage, ...read } };
    }
    case 'not-yet':
      return lookAgain();
    case 'failing':
      return lookAgain(check.detail);
    case 'conflict': {
      // Before our own late write there stands what a stranger's would be: on the way back it may be the new value.
      const changed = waitsForPerson(progress, token, check.detail, now);
      return purpose === 'restore' ? { ...changed, mayHoldNew: true } : changed;
    }
    case 'unchanged': {
      // On the way back it may be our own earlier write that came late, so the old value is put back again.
      if (state.kind === 'stored' && purpose === 'deliver')
        return waitsForPerson(progress, token, 'somebody put back what was there before the delivery', now);
      const detail =
        state.kind === 'stored'
          ? 'what was there before the delivery stands there again'
          : state.isUncertain
            ? 'the write was not carried out'
            : 'it was taken, and never stored';
      const undone = failing(progress, token, { kind: 'failing', reason: 'not-stored', detail, isFinal: false }, now);
      return purpose === 'restore' ? { ...undone, mayHoldNew: true } : undone;
    }
    default:
      return assertNever(check);
  }
}

/** What it stores arrived, whatever had been found before. */
const well = ({ failures: _failures, findings: _findings, ...progress }: SlotProgress): SlotProgress => progress;

function failing(progress: SlotProgress, token: SlotCall['token'], not: Failing, now: Instant): SlotProgress {
  const before = progress.failures ?? 0;
  const { reason, detail, isFinal, retryAfterMs = 0 } = not;
  const retry = isFinal ? {} : { retryAt: later(now, Math.max(retryAfterMs, backoffMs(minute, hour, before))) };
  return {
    ...progress,
    failures: before + 1,
    state: { kind: 'failing', token, at: now, reason, detail, isConflict: false, ...retry },
  };
}

const waitsForPerson = (progress: SlotProgress, token: SlotCall['token'], detail: string, now: Instant): SlotProgress => ({
  ...progress,
  failures: (progress.failures ?? 0) + 1,
  state: { kind: 'failing', token, at: now, reason: 'conflict', detail, isConflict: true },
});
