import type { Branded, EnvironmentId, Instant } from '@tallystick/kernel-core';
import type { SiblingRequirements } from './sibling-requirements.ts';

/** Names a token without being it: `tok_` and 16 characters; safe to log. */
export type TokenId = Branded<string, 'TokenId'>;

/** `HMAC-SHA-256(pepper, value)` as 64 lower-case hex digits. Never leaves the services, never logged. */
export type TokenDigest = Branded<string, 'TokenDigest'>;

/** Names the key that made a digest; a digest can't be re-peppered, so a pepper retires with its last token. */
export type PepperId = Branded<string, 'PepperId'>;

/** Names a proposal that waits for a second person: `prp_` and 16 characters. */
export type ProposalId = Branded<string, 'ProposalId'>;

export const platforms = ['ios', 'android'] as const;
export type Platform = (typeof platforms)[number];

/**
 * Which devices a token is handed to; left out means all. It organises rotation, adoption and delivery. It is never judged: platform and site
 * are claims of the client, and M9 accepts any listed token.
 */
export interface Segment {
  readonly platform?: Platform;
  readonly site?: string;
  readonly mdm?: string;
}

/** One text per segment, for ids and lists: `all`, `ios`, `ios/berlin/intune`, `*` for a part that is left out. */
export function segmentName({ platform, site, mdm }: Segment): string {
  if (platform === undefined && site === undefined && mdm === undefined) return 'all';
  return [platform, site, mdm]
    .map((part) => part ?? '*')
    .join('/')
    .replace(/(?:\/\*)+$/, '');
}

export const tokenOrigins = ['generated', 'uuid', 'own'] as const;
/** How its value came to be: `tsk_…` (256 bits), a random UUID (M2), or the administrator's own (M18). */
export type TokenOrigin = (typeof tokenOrigins)[number];

export interface Token {
  readonly id: TokenId;
  readonly label: string;
  readonly digest: TokenDigest;
  readonly pepperId: PepperId;
  readonly origin: TokenOrigin;
  readonly segment: Segment;
  /** Generation date and time (M17), set by the service, never by the caller (P10 of the pains). */
  readonly createdAt: Instant;
  readonly createdBy: string;
  /** Accepted from here on; undefined = from the change that made it, as in the reference product (M6). */
  readonly notBefore?: Instant;
  /** No longer accepted from here on; undefined = until it is revoked. */
  readonly expiresAt?: Instant;
  /** A sealed copy of the value exists, because a delivery still needs it (or a way back), or the readable mode is on. */
  readonly valueKept?: 'delivery' | 'readable';
  /** Somebody reported the value as leaked, and the guards did not let the revocation pass by itself. */
  readonly leakReportedAt?: Instant;
  readonly state:
    | { readonly kind: 'active' }
    /** Still accepted, marked as on its way out: its successor is being adopted. */
    | { readonly kind: 'retiring'; readonly at: Instant; readonly by: string }
    /** Kept, so that the same value is never accepted again (M21) and the list shows what happened. */
    | { readonly kind: 'revoked'; readonly at: Instant; readonly by: string; readonly reason: string };
}

export const requirementModes = ['off', 'observe', 'enforce'] as const;
/** `observe` allows everything and records what `enforce` would refuse. */
export type RequirementMode = (typeof requirementModes)[number];

export interface Requirement {
  /** M1: one object per environment. On means `observe` or `enforce`. */
  readonly mode: RequirementMode;
  /** M3, M5: an explicit instant; before it nothing is refused (M4). */
  readonly effectiveAt: Instant;
}

/** When an environment's figures are good enough to allow what could refuse devices. Shares are 0…1. */
export interface GuardSettings {
  /** A device counts when it was seen in the last so many days, 1–90. */
  readonly windowDays: number;
  /** The share of those devices that a change may leave refused. */
  readonly refusedShare: number;
  /** Figures that reach back less than this are unknown. */
  readonly minimumObservationHours: number;
  /** Figures without a sighting for this long are unknown. */
  readonly staleAfterHours: number;
  /** A date nearer than this is judged as if it were now; a later one gets a warning, and alarms as it comes. */
  readonly noticeHours: number;
}

export interface RingSettings {
  /** `reference`: M24 without a question and no guards by share, exactly as the documents say; for parity tests and stubborn runbooks. */
  readonly compatibility: 'safe' | 'reference';
  /** What needs force also needs a second person, who approves exactly that. */
  readonly twoPeople: boolean;
  /** Values can be read again by the compatible API; each reading is audited. */
  readonly readableValues: boolean;
  /** Given to refused devices (P12). */
  readonly enrolmentLink?: string;
  readonly guards: GuardSettings;
}

export const defaultRingSettings: RingSettings = {
  compatibility: 'safe',
  twoPeople: false,
  readableValues: false,
  guards: { windowDays: 14, refusedShare: 0.02, minimumObservationHours: 24, staleAfterHours: 24, noticeHours: 12 },
};

/** The requirement plus all its tokens, as one versioned whole: what one change script writes and one log entry carries. */
export interface Ring {
  readonly environment: EnvironmentId;
  /** Counts changes of this ring from 1; a change names the version it was made from. */
  readonly version: number;
  /** False before the first requirement and after everything was cleared: the compatible GET then says not-found (M31, M34). */
  readonly isDefined: boolean;
  readonly requirement: Requirement;
  readonly siblings: SiblingRequirements;
  readonly settings: RingSettings;
  readonly tokens: readonly Token[];
  readonly proposals: readonly Proposal[];
}

/** A change that the guards stopped and that a second person may approve (R41). Holds no value and no digest. */
export interface Proposal {
  readonly id: ProposalId;
  /** The command that was stopped, as JSON; `nextRing` reads it back. */
  readonly command: string;
  /** What the guards said; approving is refused when they would say something else now. */
  readonly refusal: string;
  /** The share of the devices seen that would have been refused (0…1); undefined when it was not known. */
  readonly refusedShare?: number;
  readonly reason: string;
  readonly by: string;
  readonly at: Instant;
  readonly expiresAt: Instant;
}

/** Not revoked: accepted now, or from its `notBefore` on, or until its `expiresAt`. */
export const isLive = ({ state }: Token): boolean => state.kind !== 'revoked';

/** M9, with a token's own dates: accepted at this moment. A token without dates behaves exactly as the reference product's (M6). */
export const isAccepted = ({ state, notBefore, expiresAt }: Token, at: Instant): boolean =>
  state.kind !== 'revoked' && (notBefore === undefined || notBefore <= at) && (expiresAt === undefined || at < expiresAt);

export const liveTokens = (ring: Ring): readonly Token[] => ring.tokens.filter(isLive);

/** True when devices without a matching token are refused at `at` (M4, M5). */
export const inForce = ({ mode, effectiveAt }: Requirement, at: Instant): boolean => mode === 'enforce' && effectiveAt <= at;
