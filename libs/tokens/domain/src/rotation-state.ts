import type { Instant } from '@tallystick/kernel-core';
import type { CheckFinding, Coverage, DeliveryReceipt } from './delivery/delivery-ports.ts';
import type { TokenId } from './ring.ts';
import type {
  AdoptionReading,
  DeliverySlot,
  MintedToken,
  RevokeReading,
  RotationNotice,
  RotationRequest,
} from './rotation-ports.ts';

// The life of a rotation. `held` and the paused flag stand beside it: a rotation goes back to where it was.
//
//   minting ──▶ delivering ──▶ watching ──▶ gate ──▶ retiring ──▶ revoking ──▶ finished
//      ▲            │             │  ▲        │ ▲        │           │
//      │            │ a value     │  └ extend ┘ └────────┼─ refused ─┘  by the guards: from here on only with approval
//      │            │ is refused  │             enough   │
//      │            ▼             └──────────────────────┼─▶ retiring: adoption and overlap at once, or approval
//      └─────── replacing                                │
//                   │                                    │
//                   └──────── roll back, until the first revoke ────────▶ rolling-back ──▶ rolled-back
//
// Tokens      minting       new accepted by every validator (M28), then values leave        old, new accepted
//             retiring      old marked, still accepted                                      old, new accepted
//             revoking      old refused                                                     new accepted
//             replacing     old back on every slot that may have new ─▶ new refused         old accepted
//             rolling-back  old active again ─▶ old back on the slots ─▶ new refused        old accepted
export const rotationStages = [
  'minting',
  'delivering',
  'watching',
  'gate',
  'retiring',
  'revoking',
  'finished',
  'replacing',
  'rolling-back',
  'rolled-back',
  'held',
] as const;
export type RotationStage = (typeof rotationStages)[number];

export const slotStates = [
  'untouched',
  'opening',
  'awaiting',
  'planned',
  'applying',
  'accepted',
  'stored',
  'failing',
  'confirmed',
  'refused',
] as const satisfies readonly SlotState['kind'][];

/** What is known of a slot, and of which token. `opening`: somebody may have been told already. */
export type SlotState =
  | { readonly kind: 'untouched' }
  | { readonly kind: 'opening' | 'awaiting'; readonly token: TokenId; readonly at: Instant }
  /** Of targets: what stands there was read; it is written at `applyAt` if it still does. */
  | (OnTarget & { readonly kind: 'planned'; readonly revision: string; readonly applyAt: Instant })
  /** Of targets: it is being written; what is known if nothing more is heard of it. */
  | (OnTarget & { readonly kind: 'applying' })
  /** Of targets: written, or (`isUncertain`) perhaps, and not read back yet. */
  | (OnTarget & {
      readonly kind: 'accepted';
      readonly isUncertain: boolean;
      readonly checks: number;
      readonly checkAt: Instant;
      /** Why the last look gave nothing. */
      readonly detail?: string;
    })
  /** Of targets: read back at every place, everything else as it was: last at `readAt`; looked at again at `checkAt`. */
  | (OnTarget & {
      readonly kind: 'stored';
      readonly readAt: Instant;
      readonly triedAt: Instant;
      readonly checkAt: Instant;
      readonly coverage?: Coverage;
    })
  /** Of targets: tried again at `retryAt`; without it, a person has to decide. `isConflict`: by `redeliver`, a confirmation, or a roll-back. */
  | {
      readonly kind: 'failing';
      readonly token: TokenId;
      readonly at: Instant;
      readonly reason: string;
      readonly detail: string;
      readonly isConflict: boolean;
      readonly overwrite?: boolean;
      readonly retryAt?: Instant;
    }
  | { readonly kind: 'confirmed'; readonly token: TokenId; readonly at: Instant; readonly by: string }
  | { readonly kind: 'refused'; readonly token: TokenId; readonly at: Instant; readonly reason: string };

interface OnTarget {
  readonly token: TokenId;
  readonly at: Instant;
  /** Of the delivery: the same for its plan, its write and its checks. */
  readonly step: string;
  readonly receipt: DeliveryReceipt;
}

export interface SlotProgress {
  readonly slot: DeliverySlot;
  readonly state: SlotState;
  /** The new value may be there: from the moment it is opened for it, until it was refused or the old one is confirmed to be back. */
  readonly mayHoldNew: boolean;
  /** Of a target: a write of which nothing more was heard may last until then. Left out: there was none. */
  readonly unsureUntil?: Instant;
  /** Answered openings, for the names of steps. */
  readonly openings: number;
  /** Openings of a target that failed, one after the other; left out: none. */
  readonly failures?: number;
  /** Of a target: what stood against a delivery before the token was made; gone once it stores one. Left out: nothing. */
  readonly findings?: readonly CheckFinding[];
}

/** Why it stops until an operator says `resume` or `rollBack`. */
export interface Hold {
  readonly from: Exclude<RotationStage, 'held'>;
  readonly reason: string;
  readonly detail: string;
  readonly at: Instant;
}

/** Who decided, and why. */
export interface Decision {
  readonly by: string;
  readonly reason: string;
  readonly at: Instant;
  /** Of an approval: the slots that are accepted as they are. */
  readonly slots?: readonly string[];
}

export type RotationEffect =
  'inspect' | 'mint' | 'open-slot' | 'slots' | 'read-adoption' | 'retire' | 'reinstate' | 'revoke' | 'release-values' | 'notify';

/**
 * Everything that a rotation knows: plain data, without values or digests, carried from run to run of its workflow. Fields may be added
 * (as optional ones), never renamed: rotations in flight carry it through an upgrade.
 */
export interface RotationState {
  readonly request: RotationRequest;
  /** Unique over all rotations, also of the same segment; with a step's name it makes calls idempotent. */
  readonly rotation: string;
  readonly stage: RotationStage;
  readonly startedAt: Instant;
  readonly paused: boolean;
  /** The call that is being made; it is finished before the next step, whatever is commanded meanwhile. */
  readonly doing?: RotationEffect;
  /** Counts values, from 1. */
  readonly generation: number;
  /** A call to mint was made, and it is not known what became of it. */
  readonly isMintUncertain: boolean;
  readonly minted?: MintedToken;
  readonly slots: readonly SlotProgress[];
  /** Whether its targets are looked at before the first token is made; once for a rotation. Left out: they are not. */
  readonly inspection?: 'due' | 'done';
  /** Values that were given up because a target refused them, and how many may be. */
  readonly replacements: number;
  readonly maxReplacements: number;
  readonly figures?: { readonly at: Instant; readonly reading: AdoptionReading };
  /** Asked for by `extend` before the clock that it prolongs had begun. */
  readonly extraMs: number;
  readonly overlapEndsAt?: Instant;
  readonly retireEndsAt?: Instant;
  /** Of the last `resume`: what targets showed before it says nothing to the revocation of the old tokens. */
  readonly readFrom?: Instant;
  readonly retirement: 'none' | 'uncertain' | 'done';
  readonly approval?: Decision;
  /** Why the gate opens only for a person; the sentence of the ring's guards. */
  readonly needsApproval?: string;
  readonly revocation: 'none' | 'uncertain' | 'done';
  readonly revoked?: Extract<RevokeReading, { readonly kind: 'revoked' }>;
  /** The way back of the new token. Not before `notBefore`: devices that took it get the old value back first, or the guards refused. */
  readonly withdrawal: { readonly isReleased: boolean; readonly refused?: string; readonly notBefore?: Instant };
  /** Revocations that the guards refused: the next try is another step. */
  readonly refusals: number;
  readonly rollBack?: Decision;
  readonly held?: Hold;
  /** A call fails, perhaps not for ever: it is tried again at `retryAt`. */
  readonly trouble?: {
    readonly step: RotationEffect;
    readonly detail: string;
    readonly since: Instant;
    readonly attempts: number;
    readonly retryAt: Instant;
  };
  /** Still to be told, in this order. */
  readonly notices: readonly { readonly what: RotationNotice; readonly detail: string }[];
  /** Told so far, for the names of steps. */
  readonly told: number;
  /** Reminders are counted from here. */
  readonly remindedAt: Instant;
  /** Ids of the newest commands that were taken, oldest first. Left out: none had one. */
  readonly taken?: readonly string[];
}

export const hourMs = 3_600_000;

export const later = (at: Instant, ms: number): Instant => Math.round(at + ms) as Instant;

/** The live tokens from before; none at the first rotation of a segment. */
export const oldTokens = ({ minted }: RotationState): readonly TokenId[] => minted?.replaces ?? [];

/** The one whose value goes back on the slots. */
export const oldToken = (state: RotationState): TokenId | undefined => oldTokens(state).at(-1);

/** Whether it is known of a slot, since then, that it holds the new token: by a person, or read back. */
const isSettled = ({ state }: SlotProgress, token: TokenId | undefined, since: Instant | undefined): boolean =>
  (state.kind === 'confirmed' && state.token === token) ||
  (state.kind === 'stored' && state.token === token && (since === undefined || state.readAt >= since));

/** Slots of which nobody can say that they hold the new token. @param since a reading from before says nothing. */
export const unsettledSlots = ({ slots, minted }: RotationState, since?: Instant): readonly SlotProgress[] =>
  slots.filter((progress) => !isSettled(progress, minted?.token, since));

/** What an approval accepts of a slot; another state of it, another token and another reading are not accepted. */
export const stateName = ({ slot, state }: SlotProgress): string =>
  [
    ...[slot.id, state.kind, 'token' in state ? state.token : '', 'readAt' in state ? state.readAt : ''],
    'detail' in state ? (state.detail ?? '') : '',
  ].join('/');

/** The new value may be there. What a person confirmed, or was asked to put there, counts also in a state of before that was noted. */
export const mayHold = ({ mayHoldNew, state }: SlotProgress, token: TokenId | undefined): boolean =>
  mayHoldNew || ((state.kind === 'confirmed' || state.kind === 'awaiting') && state.token === token);

const [minuteMs, oldestReadingMs] = [60_000, 15 * 60_000];

/** A write of ours of which nothing was heard, or that another one overtook, has ended so long after. */
export const longestWriteMs = minuteMs;

/** On the way back: when a write of the new value that comes late has ended on every target that has the old one again. */
export const lateWritesEnd = (state: RotationState): Instant | undefined => {
  const ends = state.slots.flatMap(({ slot, state: at }) =>
    slot.kind === 'target' && at.kind !== 'untouched' && at.token === oldToken(state) ? [later(at.at, longestWriteMs)] : [],
  );
  return ends.length === 0 ? undefined : (Math.max(...ends) as Instant);
};

/** What an old token is revoked by was read no longer ago. */
export const oldestReading = (now: Instant): Instant => later(now, 1 - oldestReadingMs);

/** When the first reading is too old for a revocation, or is tried again; undefined when nothing was read. */
export const readingsEnd = ({ slots }: RotationState): Instant | undefined => {
  const tried = slots.flatMap(({ slot, state }) => (slot.kind === 'target' && state.kind === 'stored' ? [state.triedAt] : []));
  return tried.length === 0 ? undefined : later(Math.min(...tried) as Instant, oldestReadingMs);
};

/** What targets showed before says nothing to the revocation: the old tokens were to be marked that long, or it was stopped meanwhile. */
export const revokeFrom = ({ retireEndsAt, readFrom }: RotationState): Instant =>
  readFrom !== undefined && readFrom > retireEndsAt! ? readFrom : retireEndsAt!;

/**
 * Those that keep the old tokens from being revoked: what is not known to hold the new one, but for what a person approved as it is.
 * @param since a reading from before says nothing.
 */
export const blockingSlots = (state: RotationState, since?: Instant): readonly SlotProgress[] =>
  unsettledSlots(state, state.slots.some(({ slot }) => slot.kind === 'target') ? since : undefined).filter(
    (progress) => !(state.approval?.slots ?? []).includes(stateName(progress)),
  );

/** Where it really is: a held rotation stands where it was held. */
export const placeOf = ({ stage, held }: RotationState): Exclude<RotationStage, 'held'> =>
  stage === 'held' ? held!.from : stage;

export const isOver = ({ stage }: RotationState): boolean => stage === 'finished' || stage === 'rolled-back';

/**
 * @param rotation unique over all rotations, at most 64 characters.
 * @param inspection its targets are looked at before a token is made.
 */
export function startRotation(request: RotationRequest, rotation: string, now: Instant, inspection?: 'due'): RotationState {
  return {
    request,
    rotation,
    stage: 'minting',
    startedAt: now,
    paused: false,
    generation: 1,
    isMintUncertain: false,
    slots: request.slots.map((slot) => ({ slot, state: { kind: 'untouched' }, mayHoldNew: false, openings: 0 })),
    ...(inspection === undefined ? {} : { inspection }),
    replacements: 0,
    maxReplacements: 3,
    extraMs: 0,
    retirement: 'none',
    revocation: 'none',
    withdrawal: { isReleased: false },
    refusals: 0,
    notices: [],
    told: 0,
    remindedAt: now,
  };
}

/** What makes a request senseless, one sentence each; empty when it can be carried out. Who may ask is not judged here. */
export function rotationRequestProblems(request: RotationRequest): readonly string[] {
  const { slots, adoptionShare, minimumOverlapHours, retireForHours, watchEveryMinutes, remindEveryHours } = request;
  const ids = slots.map(({ id }) => id);
  const places = slots.flatMap(({ kind, target, platform }) => (kind === 'target' ? [`${target} ${platform}`] : []));
  const within = (value: number, least: number, most: number) => value >= least && value <= most;
  const positive = (value: number, most: number) => value > 0 && value <= most;
  const problems: [boolean, string][] = [
    [slots.length < 1 || slots.length > 50, 'a rotation delivers to 1 to 50 slots'],
    [ids.some((id) => !/^[A-Za-z0-9-]{1,64}$/.test(id)), 'a slot id has 1 to 64 letters, digits and "-"'],
    [new Set(ids).size < ids.length, 'two slots have the same id'],
    [
      slots.some(({ kind, target, platform }) => kind === 'target' && (target === undefined || platform === 'any')),
      'a slot of kind target names its target, and ios or android',
    ],
    [
      slots.some(({ kind, platform }) => kind === 'target' && (request.segment.platform ?? platform) !== platform),
      'a target of another platform than the segment',
    ],
    [slots.some(({ kind, target }) => kind !== 'target' && target !== undefined), 'only a slot of kind target names one'],
    [new Set(places).size < places.length, 'two slots are the same platform of the same target'],
    [!positive(adoptionShare, 1), 'the share of devices that opens the gate is above 0 and at most 1'],
    [!within(minimumOverlapHours, 0, 8_760), 'the overlap is 0 to 8760 hours'],
    [!within(retireForHours, 0, 8_760), 'old tokens are marked for 0 to 8760 hours'],
    [!positive(watchEveryMinutes, 10_080), 'figures are read at least once a week, and not without a pause'],
    [!positive(remindEveryHours, 8_760), 'somebody is reminded at least once a year, and not without a pause'],
    [
      request.expiresAfterDays !== undefined && !(request.expiresAfterDays * 24 > minimumOverlapHours + retireForHours),
      'the new token would expire before the old ones are revoked',
    ],
  ];
  return problems.flatMap(([isProblem, sentence]) => (isProblem ? [sentence] : []));
}
