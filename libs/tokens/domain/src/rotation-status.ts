import { assertNever, type Instant } from '@tallystick/kernel-core';
import type { CheckFinding, Coverage } from './delivery/delivery-ports.ts';
import type { TokenId } from './ring.ts';
import type { DeliverySlot } from './rotation-ports.ts';
import { inspectionIfDue } from './rotation-inspection.ts';
import { mayHold, oldTokens, type RotationEffect, type RotationState, type SlotState, unsettledSlots } from './rotation-state.ts';
import { nextRotationStep, type RotationWait } from './rotation-step.ts';
import { adoptedShare, figuresText, gateText, targetsText } from './rotation-text.ts';

/**
 * What a rotation shows of itself: no value, no digest, nobody's name. Runs keep it as of their last step, whichever build that was: fields may
 * be added (as optional ones), never renamed.
 */
export interface RotationStatus extends Pick<
  RotationState,
  | 'rotation'
  | 'stage'
  | 'startedAt'
  | 'paused'
  | 'generation'
  | 'replacements'
  | 'figures'
  | 'overlapEndsAt'
  | 'retireEndsAt'
  | 'needsApproval'
  | 'revoked'
  | 'held'
  | 'trouble'
> {
  readonly environment: string;
  readonly segment: RotationState['request']['segment'];
  readonly label: string;
  /** Who asked for it, or put the schedule that started it: an identity without personal data. */
  readonly requestedBy: string;
  /** The new token, once it is made. */
  readonly token?: TokenId;
  readonly replaces: readonly TokenId[];
  /** Share of the devices on the new token, 0…1; left out when it is unknown. */
  readonly adoption?: number;
  readonly slots: readonly (DeliverySlot & {
    readonly state: SlotState['kind'];
    readonly token?: TokenId;
    readonly since?: Instant;
    /** Of a target that fails: what a person has to know. */
    readonly detail?: string;
    readonly retryAt?: Instant;
    /** Of a target that stores it: how far it has come. */
    readonly coverage?: Coverage;
    /** Of a target: what was found before the token was made, until it stores one. */
    readonly findings?: readonly CheckFinding[];
  })[];
  /** A call is being made. */
  readonly doing?: RotationEffect;
  /** What it waits for, and until when at most; left out while it does something. */
  readonly waitsFor?: { readonly what: RotationWait; readonly until?: Instant };
  /** The same for people, in one sentence. */
  readonly sentence: string;
}

const mostFindingsKept = 100;

/** As it is kept at each step: of all findings together at most 100, those of the first slots. */
export function briefStatus(status: RotationStatus): RotationStatus {
  let room = mostFindingsKept;
  const slots = status.slots.map(({ findings, ...slot }) => {
    const kept = (findings ?? []).slice(0, room);
    room -= kept.length;
    return kept.length === 0 ? slot : { ...slot, findings: kept };
  });
  return { ...status, slots };
}

/** @param now only for what it waits for. */
export function rotationStatus(state: RotationState, now: Instant): RotationStatus {
  const { request, minted, slots, held, trouble, doing } = state;
  const step = nextRotationStep(state, now);
  const share = adoptedShare(state.figures?.reading);
  const kept = pick(state, ['figures', 'overlapEndsAt', 'retireEndsAt', 'needsApproval', 'revoked']);
  return {
    ...kept,
    ...pick(state, ['rotation', 'stage', 'startedAt', 'paused', 'generation', 'replacements']),
    ...(held === undefined ? {} : { held }),
    ...(trouble === undefined ? {} : { trouble }),
    environment: request.environment,
    segment: request.segment,
    label: request.label,
    requestedBy: request.requestedBy,
    ...(minted === undefined ? {} : { token: minted.token }),
    replaces: oldTokens(state),
    ...(share === undefined ? {} : { adoption: share }),
    slots: slots.map(({ slot, state: at, findings }) => ({
      ...slot,
      state: at.kind,
      ...(at.kind === 'untouched' ? {} : { token: at.token, since: at.at }),
      ...('detail' in at && at.detail !== undefined ? { detail: at.detail } : {}),
      ...('retryAt' in at && at.retryAt !== undefined ? { retryAt: at.retryAt } : {}),
      ...('coverage' in at && at.coverage !== undefined ? { coverage: at.coverage } : {}),
      ...(findings === undefined ? {} : { findings }),
    })),
    ...(doing === undefined ? {} : { doing }),
    ...(doing === undefined && step.kind === 'wait'
      ? { waitsFor: { what: step.for, ...(step.until === undefined ? {} : { until: step.until }) } }
      : {}),
    sentence: sentence(state, now),
  };
}

function pick<T extends object, K extends keyof T>(from: T, keys: readonly K[]): Pick<T, K> {
  return Object.fromEntries(keys.filter((key) => from[key] !== undefined).map((key) => [key, from[key]])) as unknown as Pick<
    T,
    K
  >;
}

function sentence(state: RotationState, now: Instant): string {
  if (state.paused) return 'paused: resume it to go on';
  if (state.trouble !== undefined) return `${state.trouble.step} fails and is tried again: ${state.trouble.detail}`;
  const waiting = unsettledSlots(state).map(({ slot }) => slot.id);
  switch (state.stage) {
    case 'minting':
      if (inspectionIfDue(state) !== undefined) return 'the targets are looked at; a token is made when that is done';
      return 'a token is made; no value leaves before every validator accepts it';
    case 'delivering':
      return [`waits for the slots ${waiting.join(', ')}`, ...textOf(targetsText(state))].join('; ');
    case 'watching':
    case 'gate':
      return gateText(state, now);
    case 'retiring':
      return ['the old tokens are marked, and still accepted', ...textOf(targetsText(state))].join('; ');
    case 'revoking':
      return state.revocation === 'done' ? 'the old tokens are revoked' : 'the old tokens are being revoked';
    case 'replacing':
      return `a refused value is replaced; ${withdrawalText(state)}`;
    case 'rolling-back':
      return withdrawalText(state);
    case 'finished':
      return 'finished';
    case 'rolled-back':
      return 'rolled back';
    case 'held':
      return `held (${state.held!.reason}): ${state.held!.detail}`;
    default:
      return assertNever(state.stage);
  }
}

const textOf = (text: string | undefined): readonly string[] => (text === undefined ? [] : [text]);

function withdrawalText({ slots, minted, withdrawal, figures, request }: RotationState): string {
  const away = slots.filter((progress) => mayHold(progress, minted?.token)).map(({ slot }) => slot.id);
  if (away.length > 0) return `the old value has to come back to ${away.join(', ')}; the new one is accepted until then`;
  if (withdrawal.refused !== undefined) return `the guards keep the new token for now: ${withdrawal.refused}`;
  return figures === undefined
    ? 'the new token is withdrawn'
    : `the new token is withdrawn; last figures: ${figuresText({ figures, request } as RotationState)}`;
}
