import type { Instant } from '@tallystick/kernel-core';
import type { TokenId } from './ring.ts';
import type { DeliverySlot, RotationNotice } from './rotation-ports.ts';
import {
  hourMs,
  later,
  oldToken,
  oldTokens,
  type RotationEffect,
  type RotationState,
  type SlotProgress,
} from './rotation-state.ts';
import { figuresText, gateText } from './rotation-text.ts';

/**
 * The one next thing to do. `step` names a call: repeated after a crash or an outage it has the same name and the same arguments; what was
 * answered and is done again (a second try of a refused revocation) has another.
 */
export type RotationStep =
  | { readonly kind: 'mint'; readonly step: string }
  | {
      readonly kind: 'open-slot';
      readonly step: string;
      readonly token: TokenId;
      readonly slot: DeliverySlot;
      readonly purpose: 'deliver' | 'restore';
    }
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
      return mint(state);
    case 'delivering':
      return deliver(state, now);
    case 'watching':
      return readIfDue(state, now) ?? waitWithReminder(state, now, 'overlap', [nextReadAt(state)], 'adoption-reminder');
    case 'gate':
      return (
        readIfDue(state, now) ??
        waitWithReminder(
          state,
          now,
          state.needsApproval === undefined ? 'adoption-or-approval' : 'approval',
          [nextReadAt(state)],
          'gate-waits-for-approval',
        )
      );
    case 'retiring':
      return retire(state, now);
    case 'revoking':
      return state.revocation === 'done'
        ? { kind: 'release-values', step: 'release-old', tokens: oldTokens(state) }
        : revokeOld(state);
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

const open = (token: TokenId, { slot, openings }: SlotProgress, purpose: 'deliver' | 'restore'): RotationStep => ({
  kind: 'open-slot',
  step: `open-${slot.id}-${openings + 1}-${token}`,
  token,
  slot,
  purpose,
});

function deliver(state: RotationState, now: Instant): RotationStep {
  const unopened = state.slots.find(({ state: { kind } }) => kind === 'untouched' || kind === 'opening');
  if (unopened !== undefined) return open(state.minted!.token, unopened, 'deliver');
  return readIfDue(state, now) ?? waitWithReminder(state, now, 'slots', [nextReadAt(state)], 'slot-waiting');
}

function retire(state: RotationState, now: Instant): RotationStep {
  if (state.retirement !== 'done') return { kind: 'retire', step: `retire-${state.refusals + 1}`, tokens: oldTokens(state) };
  const endsAt = state.retireEndsAt!;
  if (now >= endsAt) return revokeOld(state);
  return readIfDue(state, now) ?? { kind: 'wait', for: 'retirement', until: earliest([endsAt, nextReadAt(state)])! };
}

const revokeOld = (state: RotationState): RotationStep => ({
  kind: 'revoke',
  step: `revoke-old-${state.refusals + 1}`,
  which: 'old',
  tokens: oldTokens(state),
  reason: state.request.reason,
});

/** The way back of one value: for good (`rolling-back`), or to make room for another one (`replacing`). */
function withdraw(state: RotationState, now: Instant): RotationStep {
  const { minted, withdrawal } = state;
  // Only the same call again tells whether it made a token, and which.
  if (minted === undefined) return mint(state);
  if (state.retirement !== 'none') return { kind: 'reinstate', step: 'reinstate-1', tokens: oldTokens(state) };
  const old = oldToken(state);
  // Without an old token there is nothing to put back: the guards of the ring decide alone.
  const away = old === undefined ? [] : state.slots.filter(({ mayHoldNew }) => mayHoldNew);
  const unopened = away.find(({ state: at }) => !(at.kind === 'awaiting' && at.token === old));
  if (unopened !== undefined) return open(old!, unopened, 'restore');
  if (away.length > 0) return waitWithReminder(state, now, 'slots-back', [], 'slot-waiting');
  if (withdrawal.notBefore !== undefined && now < withdrawal.notBefore) {
    return { kind: 'wait', for: 'devices-back', until: withdrawal.notBefore };
  }
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
    return `not confirmed yet: ${waiting.join(', ')}`;
  }
  if (notice === 'failed') return `${state.held!.reason}: ${state.held!.detail}`;
  return notice === 'adoption-reminder' ? figuresText(state) : gateText(state, now);
}
