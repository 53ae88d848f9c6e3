import type { Instant } from '@tallystick/kernel-core';
import type { DeliveryReceipt } from './delivery/delivery-ports.ts';
import type { TokenId } from './ring.ts';
import type { DeliverySlot, RotationNotice } from './rotation-ports.ts';
import {
  hourMs,
  later,
  oldToken,
  blockingSlots,
  mayHold,
  oldestReading,
  oldTokens,
  readingsEnd,
  revokeFrom,
  type RotationEffect,
  type RotationState,
  type SlotProgress,
} from './rotation-state.ts';
import { inspectionIfDue } from './rotation-inspection.ts';
import { figuresText, gateText, targetsText } from './rotation-text.ts';

/**
 * The one next thing to do. `step` names a call: repeated after a crash or an outage it has the same name and the same arguments; what was
 * answered and is done again (a second try of a refused revocation) has another.
 */
export type RotationStep =
  /** What would keep a delivery from arriving, of all targets side by side. Warns, and holds nothing. */
  | { readonly kind: 'inspect'; readonly slots: readonly DeliverySlot[] }
  | { readonly kind: 'mint'; readonly step: string }
  | {
      readonly kind: 'open-slot';
      readonly step: string;
      readonly token: TokenId;
      readonly slot: DeliverySlot;
      readonly purpose: 'deliver' | 'restore';
    }
  /** Calls of targets, made side by side: each is about its own slot. */
  | { readonly kind: 'slots'; readonly calls: readonly SlotCall[] }
  | {
      readonly kind: 'read-adoption';
      readonly token: TokenId;
      readonly replaces: readonly TokenId[];
      readonly threshold: number;
    }
  | { readonly kind: 'retire' | 'reinstate'; readonly step: string; readonly tokens: readonly TokenId[] }
  | {
      readonly kind: 'revoke';
      readonly step: string;
      readonly which: 'old' | 'new';
      readonly tokens: readonly TokenId[];
      /** Of the old ones: the new one. Somebody may have revoked it meanwhile, and devices must have one of them. */
      readonly successor?: TokenId;
      readonly reason: string;
    }
  | { readonly kind: 'release-values'; readonly step: string; readonly tokens: readonly TokenId[] }
  | {
      readonly kind: 'notify';
      readonly step: string;
      readonly what: RotationNotice;
      readonly detail: string;
      readonly isReminder: boolean;
    }
  /** Until that moment or a command, whichever comes first; without a moment: for a command. */
  | { readonly kind: 'wait'; readonly for: RotationWait; readonly until?: Instant }
  | { readonly kind: 'end'; readonly outcome: 'finished' | 'rolled-back' };

interface CallOfSlot {
  /** Of the delivery: the same for its plan, its write and its checks. */
  readonly step: string;
  readonly token: TokenId;
  readonly slot: DeliverySlot;
  readonly purpose: 'deliver' | 'restore';
}

/** What is done on a target: nothing is written that was not planned before, and nothing again before it was read. */
export type SlotCall =
  | (CallOfSlot & { readonly kind: 'plan'; readonly known: readonly TokenId[]; readonly overwrite: boolean })
  | (CallOfSlot & { readonly kind: 'apply'; readonly revision: string; readonly receipt: DeliveryReceipt })
  | (CallOfSlot & { readonly kind: 'check'; readonly receipt: DeliveryReceipt });

export const rotationWaits = [
  'resume',
  'operator',
  'retry',
  'slots',
  'overlap',
  'adoption-or-approval',
  'approval',
  'retirement',
  'slots-back',
  'devices-back',
] as const;
/** The named thing that a rotation waits for. */
export type RotationWait = (typeof rotationWaits)[number];

/** The calls, as opposed to waiting and ending. */
export type RotationCall = Extract<RotationStep, { readonly kind: RotationEffect }>;

/** Decides; does nothing and never throws. While paused nothing has an effect. */
export function nextRotationStep(state: RotationState, now: Instant): RotationStep {
  if (state.paused) return { kind: 'wait', for: 'resume' };
  if (state.trouble !== undefined && now < state.trouble.retryAt) {
    return { kind: 'wait', for: 'retry', until: state.trouble.retryAt };
  }
  const [notice] = state.notices;
  if (notice !== undefined) return { kind: 'notify', step: `notify-${state.told + 1}`, ...notice, isReminder: false };
  switch (state.stage) {
    case 'minting':
      return inspectionIfDue(state) ?? mint(state);
    case 'delivering':
      return deliver(state, now);
    case 'watching':
      return (
        targetsIfDue(state, now, state.overlapEndsAt) ??
        readIfDue(state, now) ??
        waitWithReminder(state, now, 'overlap', [nextReadAt(state), nextOfTargets(state.slots)], 'adoption-reminder')
      );
    case 'gate':
      return (
        targetsIfDue(state, now, state.overlapEndsAt) ??
        readIfDue(state, now) ??
        waitWithReminder(
          state,
          now,
          state.needsApproval === undefined ? 'adoption-or-approval' : 'approval',
          [nextReadAt(state), nextOfTargets(state.slots)],
          'gate-waits-for-approval',
        )
      );
    case 'retiring':
      return retire(state, now);
    case 'revoking':
      if (state.revocation === 'done') return { kind: 'release-values', step: 'release-old', tokens: oldTokens(state) };
      // Only the same call again tells what became of one that was begun; one that was refused is a new decision.
      return state.revocation === 'uncertain' ? revokeOld(state) : retire(state, now);
    case 'replacing':
    case 'rolling-back':
      return withdraw(state, now);
    case 'held':
      return waitWithReminder(state, now, 'operator', [], 'failed');
    case 'finished':
    case 'rolled-back':
      return { kind: 'end', outcome: state.stage };
  }
}

const mint = ({ generation }: RotationState): RotationStep => ({ kind: 'mint', step: `mint-${generation}` });

const open = (
  token: TokenId,
  { slot, openings }: SlotProgress,
  purpose: 'deliver' | 'restore',
): Extract<RotationStep, { readonly kind: 'open-slot' }> => ({
  kind: 'open-slot',
  step: `open-${slot.id}-${openings + 1}-${token}`,
  token,
  slot,
  purpose,
});

function deliver(state: RotationState, now: Instant): RotationStep {
  const onTargets = targetsIfDue(state, now);
  if (onTargets !== undefined) return onTargets;
  const unopened = state.slots.find(
    ({ slot, state: { kind } }) => slot.kind !== 'target' && (kind === 'untouched' || kind === 'opening'),
  );
  if (unopened !== undefined) return open(state.minted!.token, unopened, 'deliver');
  return (
    readIfDue(state, now) ??
    waitWithReminder(state, now, 'slots', [nextReadAt(state), nextOfTargets(state.slots)], 'slot-waiting')
  );
}

/** Everything that is due on the targets, at once. */
function targetsIfDue(state: RotationState, now: Instant, freshFrom?: Instant): RotationStep | undefined {
  const calls = dueOnTargets(state, state.slots, state.minted!.token, 'deliver', now, freshFrom);
  return calls.length === 0 ? undefined : { kind: 'slots', calls };
}

/**
 * @param token whose value is wanted on them.
 * @param freshFrom once it has come, what is stored is read again: what is decided then goes by what stands there then.
 */
function dueOnTargets(
  state: RotationState,
  slots: readonly SlotProgress[],
  token: TokenId,
  purpose: 'deliver' | 'restore',
  now: Instant,
  freshFrom?: Instant,
): readonly SlotCall[] {
  return slots.flatMap((progress): SlotCall[] => {
    const { slot, state: at, openings } = progress;
    if (slot.kind !== 'target') return [];
    const call = { step: `open-${slot.id}-${openings + 1}-${token}`, token, slot, purpose };
    const plan = (overwrite: boolean): SlotCall => ({ ...call, kind: 'plan', known: knownTokens(state), overwrite });
    const mayOverwrite = slot.overwrite ?? false;
    if (at.kind === 'untouched' || at.kind === 'opening' || at.token !== token) return [plan(mayOverwrite)];
    switch (at.kind) {
      case 'refused':
        return purpose === 'restore' ? [plan(mayOverwrite)] : [];
      case 'failing':
        return at.retryAt !== undefined && now >= at.retryAt ? [plan(at.overwrite ?? mayOverwrite)] : [];
      case 'planned':
        return now >= at.applyAt ? [{ ...call, step: at.step, kind: 'apply', revision: at.revision, receipt: at.receipt }] : [];
      case 'applying':
      case 'accepted':
      case 'stored': {
        const isDue =
          at.kind === 'applying' ||
          now >= at.checkAt ||
          (at.kind === 'stored' && freshFrom !== undefined && now >= freshFrom && at.triedAt < freshFrom);
        return isDue ? [{ ...call, step: at.step, kind: 'check', receipt: at.receipt }] : [];
      }
      case 'awaiting':
      case 'confirmed':
        return [];
    }
  });
}

/** Those whose values a delivery may find on a slot: what this rotation made and replaces. */
const knownTokens = (state: RotationState): readonly TokenId[] => [
  ...oldTokens(state),
  ...(state.minted ? [state.minted.token] : []),
];

/** When the next call of a target is due; undefined when none is. */
const nextOfTargets = (slots: readonly SlotProgress[]): Instant | undefined =>
  earliest(
    slots.map(({ slot, state: at }) => {
      if (slot.kind !== 'target') return undefined;
      if (at.kind === 'failing') return at.retryAt;
      if (at.kind === 'planned') return at.applyAt;
      return at.kind === 'accepted' || at.kind === 'stored' ? at.checkAt : undefined;
    }),
  );

function retire(state: RotationState, now: Instant): RotationStep {
  if (state.retirement !== 'done') return { kind: 'retire', step: `retire-${state.refusals + 1}`, tokens: oldTokens(state) };
  const endsAt = state.retireEndsAt!;
  const since = revokeFrom(state);
  const onTargets = targetsIfDue(state, now, since);
  if (onTargets !== undefined) return onTargets;
  if (now >= endsAt) {
    if (blockingSlots(state, since).length > 0)
      return waitWithReminder(state, now, 'slots', [nextOfTargets(state.slots)], 'slot-failing');
    // Nothing else keeps it, perhaps since a moment ago: what was read before that is read again.
    const young = oldestReading(now);
    const again = targetsIfDue(state, now, young);
    if (again !== undefined) return again;
    if (blockingSlots(state, young).length === 0) return revokeOld(state);
    return waitWithReminder(state, now, 'slots', [nextOfTargets(state.slots), readingsEnd(state)], 'slot-failing');
  }
  const until = earliest([endsAt, nextReadAt(state), nextOfTargets(state.slots)])!;
  return readIfDue(state, now) ?? { kind: 'wait', for: 'retirement', until };
}

const revokeOld = (state: RotationState): RotationStep => ({
  kind: 'revoke',
  step: `revoke-old-${state.refusals + 1}`,
  which: 'old',
  tokens: oldTokens(state),
  ...(state.minted && { successor: state.minted.token }),
  reason: state.request.reason,
});

/** It was written to, or perhaps; what failed before a write was begun was not. */
const isTouched = (progress: SlotProgress, token: TokenId): boolean =>
  progress.slot.kind === 'target' &&
  (mayHold(progress, token) || progress.state.kind === 'stored' || progress.state.kind === 'accepted');

/** The way back of one value: for good (`rolling-back`), or to make room for another one (`replacing`). */
function withdraw(state: RotationState, now: Instant): RotationStep {
  const { minted, withdrawal } = state;
  // Only the same call again tells whether it made a token, and which.
  if (minted === undefined) return mint(state);
  if (state.retirement !== 'none') return { kind: 'reinstate', step: 'reinstate-1', tokens: oldTokens(state) };
  const old = oldToken(state);
  // Without an old token there is nothing to put back: the guards of the ring decide alone, once nobody's target holds the new one.
  const away = state.slots.filter(
    (progress) => mayHold(progress, minted.token) && (old !== undefined || progress.slot.kind === 'target'),
  );
  const touched = state.slots.filter((progress) => isTouched(progress, minted.token));
  const restoring = old === undefined ? [] : dueOnTargets(state, touched, old, 'restore', now, withdrawal.notBefore);
  if (restoring.length > 0) return { kind: 'slots', calls: restoring };
  const unopened = away.find(({ slot, state: at }) => slot.kind !== 'target' && !(at.kind === 'awaiting' && at.token === old));
  if (unopened !== undefined) return open(old!, unopened, 'restore');
  // Without an old token nothing is due on them: only a person can take the new one out.
  const next = old === undefined ? undefined : nextOfTargets(touched);
  if (away.length > 0) return waitWithReminder(state, now, 'slots-back', [next], 'slot-waiting');
  if (withdrawal.notBefore !== undefined && now < withdrawal.notBefore) {
    const until = earliest([withdrawal.notBefore, next])!;
    return { kind: 'wait', for: 'devices-back', until };
  }
  // What an earlier write of ours does late is seen here: the old value has to stand there now, not only when it was put back.
  const stale = state.slots.filter(
    ({ slot, state: at }) =>
      slot.kind === 'target' &&
      (at.kind === 'stored' || at.kind === 'accepted') &&
      !(at.kind === 'stored' && at.token === old && at.readAt >= (withdrawal.notBefore ?? at.at)),
  );
  if (old !== undefined && stale.length > 0) return waitWithReminder(state, now, 'slots-back', [next], 'slot-failing');
  // Before it is revoked: the guards keep a token that is still being delivered.
  if (!withdrawal.isReleased) {
    return { kind: 'release-values', step: `release-new-${state.generation}`, tokens: [minted.token] };
  }
  return {
    kind: 'revoke',
    // Another reason is another call: one that is repeated after a failure must be the same to the letter.
    step: `revoke-new-${state.generation}-${state.refusals + 1}${state.rollBack ? '-back' : ''}`,
    which: 'new',
    tokens: [minted.token],
    reason: state.rollBack?.reason ?? 'a delivery target refused its value: it is replaced',
  };
}

const earliest = (moments: readonly (Instant | undefined)[]): Instant | undefined =>
  moments.reduce((first, at) => (first === undefined || (at !== undefined && at < first) ? at : first), undefined);

/** Undefined before the first reading: then it is due. At the end of the overlap figures from before it are not enough. */
function nextReadAt({ figures, request, stage, overlapEndsAt }: RotationState): Instant | undefined {
  if (figures === undefined) return undefined;
  const next = later(figures.at, request.watchEveryMinutes * 60_000);
  const atTheEnd = stage === 'watching' && overlapEndsAt !== undefined && figures.at < overlapEndsAt;
  return atTheEnd ? earliest([next, overlapEndsAt]) : next;
}

function readIfDue(state: RotationState, now: Instant): RotationStep | undefined {
  const at = nextReadAt(state);
  if (at !== undefined && now < at) return undefined;
  const { token, replaces } = state.minted!;
  return { kind: 'read-adoption', token, replaces, threshold: state.request.adoptionShare };
}

function waitWithReminder(
  state: RotationState,
  now: Instant,
  what: RotationWait,
  others: readonly (Instant | undefined)[],
  notice: RotationNotice,
): RotationStep {
  const remindAt = later(state.remindedAt, state.request.remindEveryHours * hourMs);
  if (now >= remindAt) {
    const detail = reminderText(state, now, notice);
    return { kind: 'notify', step: `notify-${state.told + 1}`, what: notice, detail, isReminder: true };
  }
  const until = earliest([remindAt, ...others])!;
  return { kind: 'wait', for: what, until };
}

function reminderText(state: RotationState, now: Instant, notice: RotationNotice): string {
  if (notice === 'slot-waiting') {
    const waiting = state.slots.filter(({ state: { kind } }) => kind === 'awaiting').map(({ slot }) => slot.id);
    const notStored = targetsText(state);
    if (notStored === undefined) return `not confirmed yet: ${waiting.join(', ')}`;
    return waiting.length === 0 ? notStored : `not confirmed yet: ${waiting.join(', ')}; ${notStored}`;
  }
  if (notice === 'slot-failing') return targetsText(state) ?? 'every slot holds the new token';
  if (notice === 'failed') return `${state.held!.reason}: ${state.held!.detail}`;
  return notice === 'adoption-reminder' ? figuresText(state) : gateText(state, now);
}
