import { type Instant, isoOf } from '@tallystick/kernel-core';
import type { TokenId } from './ring.ts';
import { broughtBack, enter, hold, passGate, settleDelivery, wayBack, withSlot } from './rotation-answers.ts';
import {
  blockingSlots,
  hourMs,
  isOver,
  later,
  lateWritesEnd,
  mayHold,
  oldestReading,
  oldToken,
  placeOf,
  revokeFrom,
  type RotationState,
  type SlotProgress,
  stateName,
  unsettledSlots,
} from './rotation-state.ts';

interface Said {
  /** Who says it: an identity without personal data, it stands in the workflow's history. */
  readonly by: string;
  /** The rotation that is meant: the next one of its segment has its place, and must not take it. Left out by services of before. */
  readonly rotation?: string;
  /** What is repeated has the same one, and is done once, however often the rotation was carried on since. */
  readonly id?: string;
}

/** What a person may say to a rotation. */
export type RotationCommand =
  /** Opens the gate before adoption or overlap do, and after a refused revocation; on the way back: does not wait for devices. Never forces the guards. */
  | (Said & { readonly kind: 'approve'; readonly reason: string })
  /** No further call is begun; one that is being made is not broken off: see `doing` in the answer. */
  | (Said & { readonly kind: 'pause'; readonly reason: string })
  /** Ends a pause and a hold, and tries what fails again at once; not where somebody else changed a target: see `redeliver`. */
  | (Said & { readonly kind: 'resume'; readonly reason: string })
  /** More time for the overlap, or for the old tokens that are marked; counted from now when that time was over. */
  | (Said & { readonly kind: 'extend'; readonly hours: number; readonly reason: string })
  /** Which value is on a slot, or was refused by it. Names the token: after a roll-back "done" must not be said of the other value. */
  | (Said & {
      readonly kind: 'confirm-slot';
      readonly slot: string;
      readonly token: TokenId;
      readonly result: 'done' | 'refused';
      /** Needed for `refused`. */
      readonly reason?: string;
    })
  /** Writes a target again where somebody else changed it, over whatever value stands there now. Names the token that is meant. */
  | (Said & { readonly kind: 'redeliver'; readonly slot: string; readonly token: TokenId; readonly reason: string })
  /** Until the first revocation is begun. */
  | (Said & { readonly kind: 'roll-back'; readonly reason: string });

/** `refusal`: one sentence for the person who asked. */
export type RotationDecision =
  { readonly kind: 'accepted'; readonly state: RotationState } | { readonly kind: 'refused'; readonly refusal: string };

/** Of repeated commands: far more than anybody says within the time in which a request is repeated. */
const mostTaken = 50;

const accept = (state: RotationState): RotationDecision => ({ kind: 'accepted', state });
const refuse = (refusal: string): RotationDecision => ({ kind: 'refused', refusal });

/** Judges a command and gives the state that it makes; used by the validator of an update, and again by its handler. Never throws. */
export function takeCommand(state: RotationState, command: RotationCommand, now: Instant): RotationDecision {
  const { id, rotation } = command;
  if (rotation !== undefined && rotation !== state.rotation)
    return refuse('it was said of another rotation of this segment: look at this one, and say it again');
  const taken = state.taken ?? [];
  if (id !== undefined && taken.includes(id)) return accept(state);
  const decision = judge(state, command, now);
  if (decision.kind === 'refused' || id === undefined) return decision;
  return accept({ ...decision.state, taken: [...taken, id].slice(-mostTaken) });
}

function judge(state: RotationState, command: RotationCommand, now: Instant): RotationDecision {
  if (isOver(state)) return refuse(`the rotation is over: it is ${state.stage}`);
  if (command.kind !== 'confirm-slot' && command.reason.trim() === '') return refuse('a reason is needed');
  switch (command.kind) {
    case 'approve':
      return approve(state, command, now);
    case 'pause':
      return state.paused ? refuse('the rotation is paused already') : accept({ ...state, paused: true });
    case 'resume':
      return resume(state, now);
    case 'extend':
      return extend(state, command.hours, now);
    case 'confirm-slot':
      return confirmSlot(state, command, now);
    case 'redeliver':
      return redeliver(state, command, now);
    case 'roll-back':
      return rollBack(state, command, now);
  }
}

function approve(
  state: RotationState,
  { by, reason }: { readonly by: string; readonly reason: string },
  now: Instant,
): RotationDecision {
  if (state.paused) return refuse('the rotation is paused: resume it first');
  const approval = { by, reason, at: now };
  const asTheyAre = (slots: readonly SlotProgress[]) => ({ ...approval, slots: slots.map(stateName) });
  switch (state.stage) {
    case 'watching':
    case 'gate':
      return accept(passGate({ ...state, approval: asTheyAre(unsettledSlots(state)) }, now));
    case 'replacing':
    case 'rolling-back': {
      const { notBefore } = state.withdrawal;
      if (notBefore === undefined || now >= notBefore)
        return refuse('nothing waits for approval: the old value is not back on every slot yet');
      // Rotations of before targets were inspected did not wait for that.
      const soonest = Math.max(now, state.inspection === undefined ? 0 : (lateWritesEnd(state) ?? 0)) as Instant;
      if (notBefore <= soonest) return refuse(`the targets are read again at ${isoOf(soonest)}: that does not wait for devices`);
      return accept({ ...state, approval, withdrawal: { ...state.withdrawal, notBefore: soonest } });
    }
    case 'retiring': {
      const blocking = blockingNow(state, now);
      return blocking.length > 0
        ? accept({ ...state, approval: asTheyAre([...approvedSlots(state), ...blocking]) })
        : refuse('nothing waits for approval: the rotation is retiring');
    }
    case 'held':
      return refuse(`the rotation is held (${state.held!.detail}): resume it, or roll it back`);
    case 'delivering':
      return refuse(`not every slot is stored or confirmed: ${unconfirmed(state)}`);
    default:
      return refuse(`nothing waits for approval: the rotation is ${state.stage}`);
  }
}

/** What keeps the old tokens. Before the end of their time a reading is not old yet, and nobody can know that the next one will fail. */
function blockingNow(state: RotationState, now: Instant): readonly SlotProgress[] {
  const { retireEndsAt } = state;
  if (retireEndsAt === undefined || now < retireEndsAt) return blockingSlots(state);
  const blocking = blockingSlots(state, revokeFrom(state));
  return blocking.length > 0 ? blocking : blockingSlots(state, oldestReading(now));
}

/** What was approved before and stands there still. */
const approvedSlots = ({ slots, approval }: RotationState): readonly SlotProgress[] =>
  slots.filter((progress) => (approval?.slots ?? []).includes(stateName(progress)));

const unconfirmed = (state: RotationState): string =>
  unsettledSlots(state)
    .map(({ slot }) => slot.id)
    .join(', ');

function resume(state: RotationState, now: Instant): RotationDecision {
  const { held, trouble, ...rest } = state;
  const isTriedAgain = ({ state: at }: SlotProgress): boolean => at.kind === 'failing' && !at.isConflict;
  const fails = state.slots.some(isTriedAgain);
  if (!state.paused && held === undefined && trouble === undefined && !fails) {
    return refuse(`the rotation is neither paused nor held, and no target fails: it is ${state.stage}`);
  }
  const slots = state.slots.map((progress) =>
    progress.state.kind === 'failing' && isTriedAgain(progress)
      ? { ...progress, state: { ...progress.state, retryAt: now } }
      : progress,
  );
  // Whatever was read before: it stood still meanwhile, and nobody looked.
  const going = { ...rest, slots, paused: false, readFrom: now };
  if (held === undefined) return accept(going);
  const more =
    held.reason === 'too-many-refused-values'
      ? { replacements: state.replacements + 1, maxReplacements: Math.max(state.maxReplacements, state.replacements + 1) }
      : {};
  // A revocation that was refused is decided anew.
  const from = held.from === 'revoking' && state.revocation === 'none' ? 'retiring' : held.from;
  return accept(wayBack(settleDelivery(enter({ ...going, ...more }, from, now), now), now));
}

function extend(state: RotationState, hours: number, now: Instant): RotationDecision {
  if (!(hours > 0 && hours <= 8_760)) return refuse('it is extended by more than 0 and at most 8760 hours');
  const ms = hours * hourMs;
  const from = (end: Instant) => later(end > now ? end : now, ms);
  switch (placeOf(state)) {
    case 'minting':
    case 'delivering':
    case 'replacing':
      return accept({ ...state, extraMs: state.extraMs + ms });
    case 'watching':
    case 'gate': {
      const extended = { ...state, overlapEndsAt: from(state.overlapEndsAt!) };
      return accept(state.stage === 'gate' ? enter(extended, 'watching', now) : extended);
    }
    case 'retiring':
      return accept(
        state.retireEndsAt === undefined
          ? { ...state, extraMs: state.extraMs + ms }
          : { ...state, retireEndsAt: from(state.retireEndsAt) },
      );
    default:
      return refuse(`there is nothing to extend: the rotation is ${placeOf(state)}`);
  }
}

function confirmSlot(
  state: RotationState,
  { slot: id, token, result, reason, by }: Extract<RotationCommand, { readonly kind: 'confirm-slot' }>,
  now: Instant,
): RotationDecision {
  const progress = state.slots.find(({ slot }) => slot.id === id);
  if (progress === undefined)
    return refuse(`there is no slot ${id}: the slots are ${state.slots.map(({ slot }) => slot.id).join(', ')}`);
  const at = progress.state;
  if (at.kind === 'untouched') return refuse(`nothing was delivered to ${id} yet`);
  if (at.token !== token) return refuse(`${id} is about ${at.token}, not about ${token}`);
  // On the way back of a value that nothing replaces, a person who put it there takes it out again.
  const isTakenOut = result === 'refused' && oldToken(state) === undefined && isWithdrawn(state);
  if (at.kind === 'confirmed' && !isTakenOut) return refuse(`${id} was confirmed at ${isoOf(at.at)}`);
  const isBack = token === oldToken(state);
  // A person can put by hand what the delivery could not; a value that was refused as such stays refused.
  if (at.kind === 'refused' && !(isBack && result === 'done'))
    return refuse(`${id} was refused at ${isoOf(at.at)}: ${at.reason}`);
  if (result === 'refused') {
    const why = reason?.trim() ?? '';
    if (why === '') return refuse('say why it was refused');
    const underWay = oldToken(state) === undefined ? writeUnderWay(progress, state.doing, now) : undefined;
    if (underWay !== undefined) return refuse(`${id} is being written to: look again and say it ${underWay}`);
    const told = withSlot(state, id, (progress) => ({
      ...progress,
      state: { kind: 'refused', token, at: now, reason: why },
      // Of a target, what a person says of the value says nothing about what was written; but where nothing can be put back, it is all there is.
      // Of a target that refuses the old value nobody knows what it holds instead: it is put back and read again.
      mayHoldNew:
        progress.slot.kind !== 'target'
          ? isBack && progress.mayHoldNew
          : isBack || (oldToken(state) !== undefined && mayHold(progress, state.minted?.token)),
    }));
    if (isBack) return accept(hold(told, 'old-value-refused', `${id} does not take the old value back: ${why}`, now));
    return accept(settleDelivery(told, now));
  }
  const confirmed = withSlot(state, id, (progress) => ({
    ...progress,
    state: { kind: 'confirmed', token, at: now, by },
    // Also where no write of ours was begun: a person may have put the new value where a delivery failed.
    mayHoldNew: true,
    // What was written, or perhaps, may still come: a person who is asked again looks after that.
    ...(at.kind === 'accepted' && { unsureUntil: at.checkAt }),
  }));
  return accept(isBack ? broughtBack(confirmed, id, now) : settleDelivery(confirmed, now));
}

/** When it can be said that a target does not hold a value; undefined: now, no write of ours can put it there again. */
function writeUnderWay(
  { slot, state: at, unsureUntil }: SlotProgress,
  doing: RotationState['doing'],
  now: Instant,
): string | undefined {
  if (slot.kind !== 'target') return undefined;
  // One that was confirmed meanwhile may still be written to.
  if (at.kind === 'applying' || (at.kind === 'confirmed' && doing === 'slots'))
    return 'when the write has been answered, two minutes from now at most';
  const end = at.kind === 'accepted' ? at.checkAt : unsureUntil;
  return end !== undefined && now < end ? `from ${isoOf(end)} on` : undefined;
}

const isWithdrawn = (state: RotationState): boolean => ['replacing', 'rolling-back'].includes(placeOf(state));

function redeliver(
  state: RotationState,
  { slot: id, token }: Extract<RotationCommand, { readonly kind: 'redeliver' }>,
  now: Instant,
): RotationDecision {
  const progress = state.slots.find(({ slot }) => slot.id === id);
  if (progress === undefined) return refuse(`there is no slot ${id}`);
  const { state: at, slot } = progress;
  if (slot.kind !== 'target') return refuse(`${id} is no target: a person puts the value there`);
  if (at.kind === 'untouched' || at.token !== token) return refuse(`${id} is not about ${token}`);
  if (at.kind !== 'failing') return refuse(`${id} is ${at.kind}: there is nothing to write over`);
  return accept(withSlot(state, id, (one) => ({ ...one, state: { ...at, retryAt: now, overwrite: true } })));
}

function rollBack(
  state: RotationState,
  { by, reason }: { readonly by: string; readonly reason: string },
  now: Instant,
): RotationDecision {
  const place = placeOf(state);
  if (place === 'rolling-back') return refuse('the rotation is being rolled back already');
  if (state.revocation === 'done') return refuse('the old tokens are revoked: start a new rotation instead');
  if (state.revocation === 'uncertain') return refuse('the old tokens are being revoked: wait for the outcome');
  const { held: _held, trouble: _trouble, approval: _approval, ...rest } = state;
  return accept(wayBack(enter({ ...rest, rollBack: { by, reason, at: now } }, 'rolling-back', now), now));
}
