import type { Instant } from '@tallystick/kernel-core';
import type { CheckFinding } from './delivery/delivery-ports.ts';
import { afterLook, findingsText } from './rotation-inspection.ts';
import type {
  AdoptionReading,
  MintedToken,
  RevokeReading,
  RotationNotice,
  SlotAnswer,
  SlotCheck,
  SlotPlan,
} from './rotation-ports.ts';
import { afterCheck, afterOpening, afterPlan, afterSilence } from './rotation-slots.ts';
import {
  hourMs,
  isOver,
  later,
  lateWritesEnd,
  longestWriteMs,
  mayHold,
  oldTokens,
  placeOf,
  type RotationStage,
  type RotationState,
  type SlotProgress,
  type SlotState,
  unsettledSlots,
} from './rotation-state.ts';
import type { RotationCall } from './rotation-step.ts';
import { adoptedShare, figuresText, gateText } from './rotation-text.ts';

type Call<K extends RotationCall['kind']> = Extract<RotationCall, { readonly kind: K }>;

/** What came back from a call. `refused`: will not get better by trying again. */
export type RotationAnswer =
  | { readonly kind: 'inspected'; readonly findings: readonly CheckFinding[] }
  | { readonly kind: 'minted'; readonly minted: MintedToken }
  | { readonly kind: 'slot'; readonly answer: SlotAnswer }
  | { readonly kind: 'planned'; readonly plan: SlotPlan }
  | { readonly kind: 'checked'; readonly check: SlotCheck }
  /** One for each call, in their order. */
  | { readonly kind: 'slots'; readonly answers: readonly RotationAnswer[] }
  | { readonly kind: 'adoption'; readonly reading: AdoptionReading }
  | { readonly kind: 'revoke'; readonly reading: RevokeReading }
  | { readonly kind: 'done' }
  | { readonly kind: 'failed'; readonly detail: string }
  | { readonly kind: 'refused'; readonly reason: string; readonly detail: string };

/** To be kept before the call is made: from here on it may have had its effect, whatever is heard of it. */
export function beginStep(state: RotationState, step: RotationCall, now: Instant): RotationState {
  const begun = { ...state, doing: step.kind };
  switch (step.kind) {
    case 'mint':
      return { ...begun, isMintUncertain: true };
    case 'open-slot':
      return withSlot(begun, step.slot.id, (progress) => ({
        ...progress,
        state: { kind: 'opening', token: step.token, at: now },
        mayHoldNew: mayHold(progress, state.minted?.token) || step.purpose === 'deliver',
      }));
    case 'slots':
      return step.calls.reduce<RotationState>((soFar, call) => {
        if (call.kind === 'check') return soFar;
        const { token, receipt, step: name } = { receipt: undefined, ...call };
        const opening: SlotState =
          receipt === undefined ? { kind: 'opening', token, at: now } : { kind: 'applying', token, at: now, step: name, receipt };
        return withSlot(soFar, call.slot.id, (progress) => ({
          ...progress,
          state: opening,
          mayHoldNew: mayHold(progress, state.minted?.token) || (call.kind === 'apply' && call.purpose === 'deliver'),
        }));
      }, begun);
    case 'retire':
      return { ...begun, retirement: 'uncertain' };
    case 'revoke':
      return step.which === 'old' ? { ...begun, stage: 'revoking', revocation: 'uncertain' } : begun;
    default:
      return begun;
  }
}

/** The state after a call. Commands may have changed it since {@link beginStep}: what they decided stays. */
export function afterStep(state: RotationState, step: RotationCall, answer: RotationAnswer, now: Instant): RotationState {
  const { doing: _doing, ...idle } = state;
  if (step.kind === 'notify') return afterNotify(idle, step, now); // a notice that can't be told must not keep the rotation
  if (step.kind === 'inspect') return afterInspection(idle, step, answer);
  if (step.kind === 'slots') return afterSlots(idle, step, answer, now); // what fails there is a slot's own trouble
  if (answer.kind === 'failed') return afterFailure(idle, step, answer.detail, now);
  if (answer.kind === 'refused') return afterRefusal(idle, step, answer, now);
  const { trouble: _trouble, ...well } = idle;
  switch (step.kind) {
    case 'mint':
      return answer.kind === 'minted' ? afterMint(well, answer.minted, now) : well;
    case 'open-slot':
      return answer.kind === 'slot' ? afterOpenSlot(well, step, answer.answer, now) : well;
    case 'read-adoption':
      return answer.kind === 'adoption' ? afterAdoption(well, answer.reading, now) : well;
    case 'retire':
      return {
        ...well,
        retirement: 'done',
        retireEndsAt: later(now, well.request.retireForHours * hourMs + well.extraMs),
        extraMs: 0,
      };
    case 'reinstate':
      return { ...well, retirement: 'none' };
    case 'revoke':
      return answer.kind === 'revoke' ? afterRevoke(well, step, answer.reading, now) : well;
    case 'release-values':
      return well.stage === 'revoking' ? finish(well, now) : { ...well, withdrawal: { ...well.withdrawal, isReleased: true } };
  }
}

export const enter = (state: RotationState, stage: RotationStage, now: Instant): RotationState => ({
  ...state,
  stage,
  remindedAt: now,
});

export const say = (state: RotationState, what: RotationNotice, detail: string): RotationState => ({
  ...state,
  notices: [...state.notices, { what, detail }],
});

export const withSlot = (state: RotationState, id: string, change: (progress: SlotProgress) => SlotProgress): RotationState => ({
  ...state,
  slots: state.slots.map((progress) => (progress.slot.id === id ? change(progress) : progress)),
});

/** Stops until an operator decides; a rotation that is over is left as it is. */
export function hold(state: RotationState, reason: string, detail: string, now: Instant): RotationState {
  if (isOver(state)) return state;
  const { trouble: _trouble, ...rest } = state;
  const held = enter({ ...rest, held: { from: placeOf(state), reason, detail, at: now } }, 'held', now);
  return say(held, 'failed', `${reason}: ${detail}`);
}

/** The way back is made at once where no value can have left. */
export function wayBack(state: RotationState, now: Instant): RotationState {
  if (state.stage !== 'rolling-back' || state.minted !== undefined || state.isMintUncertain) return state;
  return say(enter({ ...state, paused: false }, 'rolled-back', now), 'rolled-back', state.rollBack!.reason);
}

const finish = (state: RotationState, now: Instant): RotationState =>
  say(enter({ ...state, paused: false }, 'finished', now), 'finished', figuresText(state));

/** Opens the gate. A segment's first token replaces nothing, so nothing is left to do. */
export const passGate = (state: RotationState, now: Instant): RotationState =>
  oldTokens(state).length === 0 ? finish(state, now) : enter(state, 'retiring', now);

/**
 * What the slots make of a delivery. A refused value is replaced by another one, but not for ever; the last confirmation begins the overlap.
 */
export function settleDelivery(state: RotationState, now: Instant): RotationState {
  if (state.stage !== 'delivering') return state;
  for (const { slot, state: at } of state.slots)
    if (at.kind === 'refused') return replaceValue(state, `${slot.id}: ${at.reason}`, now);
  if (unsettledSlots(state).length > 0) return state;
  const overlapEndsAt = later(now, state.request.minimumOverlapHours * hourMs + state.extraMs);
  return enter({ ...state, overlapEndsAt, extraMs: 0 }, 'watching', now);
}

function replaceValue(state: RotationState, why: string, now: Instant): RotationState {
  const told = say(state, 'value-refused', why);
  if (state.replacements < state.maxReplacements) {
    return enter({ ...told, replacements: state.replacements + 1 }, 'replacing', now);
  }
  const detail = `${state.replacements + 1} values were refused, the last one by ${why}`;
  return hold({ ...told, stage: 'replacing' }, 'too-many-refused-values', detail, now);
}

/** The old value is on the slot again. */
export const broughtBack = (state: RotationState, slot: string, now: Instant): RotationState => {
  const back = withSlot(state, slot, (progress) => ({ ...progress, mayHoldNew: false }));
  const devices = later(now, state.request.minimumOverlapHours * hourMs);
  return { ...back, withdrawal: { ...state.withdrawal, notBefore: Math.max(devices, lateWritesEnd(back) ?? 0) as Instant } };
};

/** Told before the token is made; of a rotation that was rolled back meanwhile there is nothing to tell. */
function afterInspection(state: RotationState, step: Call<'inspect'>, answer: RotationAnswer): RotationState {
  const answers = answer.kind === 'slots' ? answer.answers : [];
  const looked = step.slots.reduce<RotationState>(
    (soFar, { id }, at) => withSlot(soFar, id, (progress) => afterLook(progress, answers[at] ?? answer)),
    { ...state, inspection: 'done' },
  );
  const text = findingsText(looked.slots);
  return text === undefined || isOver(looked) ? looked : say(looked, 'target-warnings', text);
}

function afterMint(state: RotationState, minted: MintedToken, now: Instant): RotationState {
  const made = { ...state, minted, isMintUncertain: false };
  return made.stage === 'minting' ? enter(made, 'delivering', now) : made;
}

function afterOpenSlot(state: RotationState, step: Call<'open-slot'>, answer: SlotAnswer, now: Instant): RotationState {
  const { purpose, slot } = step;
  const opened = withSlot(state, slot.id, (progress) => ({ ...progress, openings: progress.openings + 1 }));
  // Somebody was quicker: the slot was confirmed, or refused, while the call was made.
  if (state.slots.find((progress) => progress.slot.id === slot.id)?.state.kind !== 'opening') return opened;
  const answered = withSlot(opened, slot.id, (progress) => ({
    ...afterOpening(progress, step, answer, now),
    mayHoldNew: purpose === 'deliver' && answer.kind === 'refused' ? false : progress.mayHoldNew,
  }));
  return settleSlot(answered, step, now);
}

/** What a slot that was opened or looked at makes of the rotation. */
function settleSlot(
  state: RotationState,
  { slot, purpose, token }: Pick<Call<'open-slot'>, 'slot' | 'purpose' | 'token'>,
  now: Instant,
): RotationState {
  if (purpose === 'deliver') return settleDelivery(state, now);
  const { state: at, mayHoldNew } = state.slots.find((progress) => progress.slot.id === slot.id)!;
  if (at.kind === 'refused')
    return hold(state, 'old-value-refused', `${slot.id} does not take the old value back: ${at.reason}`, now);
  const isBack = (at.kind === 'confirmed' || at.kind === 'stored') && at.token === token;
  return isBack && mayHoldNew ? broughtBack(state, slot.id, now) : state;
}

/** Each answer touches its own slot only, and what fails is that slot's own trouble. */
function afterSlots(state: RotationState, step: Call<'slots'>, answer: RotationAnswer, now: Instant): RotationState {
  const nothing: RotationAnswer = { kind: 'failed', detail: 'no answer' };
  return step.calls.reduce((soFar, call, at) => {
    const one = answer.kind === 'slots' ? (answer.answers[at] ?? nothing) : nothing;
    const change = (change: (progress: SlotProgress) => SlotProgress): RotationState =>
      settleSlot(tellTrouble(soFar, withSlot(soFar, call.slot.id, change), call.slot.id), call, now);
    const failing: Extract<SlotAnswer, { readonly kind: 'failing' }> = {
      kind: 'failing',
      isFinal: one.kind === 'refused',
      reason: one.kind === 'refused' ? one.reason : 'no-answer',
      detail: one.kind === 'refused' || one.kind === 'failed' ? one.detail : 'no answer',
    };
    return change((progress) => {
      switch (call.kind) {
        case 'plan':
          // Somebody was quicker: the slot was confirmed while it was read.
          if (progress.state.kind !== 'opening') return progress;
          return afterPlan(progress, call, one.kind === 'planned' ? one.plan : failing, now);
        case 'apply': {
          // Somebody was quicker; what the write came to is not known any more.
          if (progress.state.kind !== 'applying') return { ...progress, unsureUntil: later(now, longestWriteMs) };
          if (one.kind !== 'slot' && one.kind !== 'refused') return afterSilence(progress, now);
          const opened = { ...progress, openings: progress.openings + 1 };
          return afterOpening(opened, call, one.kind === 'slot' ? one.answer : failing, now);
        }
        case 'check': {
          const { watchEveryMinutes } = soFar.request;
          return afterCheck(progress, call, one.kind === 'checked' ? one.check : failing, watchEveryMinutes, now);
        }
      }
    });
  }, state);
}

/** People are told when a slot begins to fail, and when it waits for one of them. */
function tellTrouble(before: RotationState, after: RotationState, id: string): RotationState {
  const at = (state: RotationState) => state.slots.find(({ slot }) => slot.id === id)!;
  const { state: now } = at(after);
  if (now.kind === 'awaiting' && at(before).state.kind !== 'awaiting')
    return say(after, 'slot-waiting', `${id}: a person puts the value there, and confirms`);
  if (now.kind !== 'failing' || at(before) === at(after)) return after;
  const detail = `${id}: ${now.detail}`;
  if (now.isConflict) return say(after, 'slot-conflict', detail);
  return now.retryAt === undefined || at(before).failures === undefined ? say(after, 'slot-failing', detail) : after;
}

/** Only a fresh reading opens the gate; unknown figures never do. */
function afterAdoption(state: RotationState, reading: AdoptionReading, now: Instant): RotationState {
  const read: RotationState = { ...state, figures: { at: now, reading } };
  if (read.paused || (read.stage !== 'watching' && read.stage !== 'gate')) return read;
  if (read.overlapEndsAt === undefined || now < read.overlapEndsAt) return read;
  const share = adoptedShare(reading);
  const since = read.slots.some(({ slot }) => slot.kind === 'target') ? read.overlapEndsAt : undefined;
  const isOpen = read.needsApproval === undefined && unsettledSlots(read, since).length === 0;
  if (isOpen && share !== undefined && share >= read.request.adoptionShare) return passGate(read, now);
  return read.stage === 'gate' ? read : say(enter(read, 'gate', now), 'gate-waits-for-approval', gateText(read, now));
}

function afterRevoke(state: RotationState, step: Call<'revoke'>, reading: RevokeReading, now: Instant): RotationState {
  if (step.which === 'old') {
    if (reading.kind === 'revoked') return { ...state, revocation: 'done', revoked: reading };
    const { approval: _approval, ...shut } = state;
    const refused = { ...shut, revocation: 'none', refusals: state.refusals + 1, needsApproval: reading.detail } as const;
    return say(enter(refused, 'gate', now), 'revoke-refused', reading.detail);
  }
  if (reading.kind === 'refused') {
    const notBefore = later(now, state.request.remindEveryHours * hourMs);
    const withdrawal = { ...state.withdrawal, refused: reading.detail, notBefore };
    return say({ ...state, refusals: state.refusals + 1, withdrawal }, 'revoke-refused', reading.detail);
  }
  // What was approved of the slots was about the token that is gone.
  const { minted: _minted, figures: _figures, approval: _approval, ...rest } = state;
  const fresh: RotationState = {
    ...rest,
    generation: state.generation + 1,
    withdrawal: { isReleased: false },
    slots: state.slots.map(({ unsureUntil: _unsure, ...progress }) => ({
      ...progress,
      state: { kind: 'untouched' },
      mayHoldNew: false,
    })),
  };
  if (fresh.stage === 'rolling-back') return wayBack(fresh, now);
  if (fresh.stage !== 'held') return enter(fresh, 'minting', now);
  // Held by what a person said while it was being revoked: another value is made when they let it, and on the way back none.
  const from = fresh.held!.from === 'rolling-back' ? 'rolling-back' : 'minting';
  return { ...fresh, held: { ...fresh.held!, from } };
}

function afterNotify(state: RotationState, step: Call<'notify'>, now: Instant): RotationState {
  const notices = step.isReminder ? state.notices : state.notices.slice(1);
  return { ...state, notices, told: state.told + 1, remindedAt: now };
}

/** Tried again after 10 s, 20 s … 10 min, for as long as it takes; somebody is told once. */
function afterFailure(state: RotationState, step: RotationCall, detail: string, now: Instant): RotationState {
  if (step.kind === 'read-adoption') return afterAdoption(state, { kind: 'unknown', why: detail }, now);
  const attempts = (state.trouble?.step === step.kind ? state.trouble.attempts : 0) + 1;
  const waitMs = Math.min(10_000 * 2 ** (attempts - 1), 600_000);
  const since = attempts === 1 ? now : state.trouble!.since;
  const troubled: RotationState = {
    ...state,
    trouble: { step: step.kind, detail, since, attempts, retryAt: later(now, waitMs) },
  };
  return attempts === 5 ? say(troubled, 'failed', `${step.kind} fails, and is tried again: ${detail}`) : troubled;
}

/** The refused call had no effect. */
function afterRefusal(
  state: RotationState,
  step: RotationCall,
  { reason, detail }: Extract<RotationAnswer, { readonly kind: 'refused' }>,
  now: Instant,
): RotationState {
  if (step.kind === 'read-adoption') return afterAdoption(state, { kind: 'unknown', why: detail }, now);
  if (step.kind === 'mint' && state.stage === 'rolling-back') return wayBack({ ...state, isMintUncertain: false }, now);
  const settled: RotationState =
    step.kind === 'mint'
      ? { ...state, isMintUncertain: false }
      : step.kind === 'revoke' && step.which === 'old'
        ? { ...state, revocation: 'none' }
        : state;
  return hold(settled, reason, detail, now);
}
