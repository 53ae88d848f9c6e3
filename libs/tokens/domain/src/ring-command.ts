import type { EnvironmentId, Instant } from '@tallystick/kernel-core';
import type { Adoption, RefusedFigures, UnknownAdoption } from './adoption.ts';
import type {
  PepperId,
  Proposal,
  ProposalId,
  RequirementMode,
  Ring,
  RingSettings,
  Segment,
  Token,
  TokenDigest,
  TokenId,
  TokenOrigin,
} from './ring.ts';
import type { SiblingRequirements, SiblingRules } from './sibling-requirements.ts';

/** Given with a command whose guards say no: the reason why it is done all the same (R41). Needs the role for it, or a second person. */
export interface Force {
  readonly reason: string;
}

export interface NewToken {
  readonly label: string;
  readonly segment: Segment;
  readonly notBefore?: Instant;
  readonly expiresAt?: Instant;
  /** Keep a sealed copy, for a delivery. */
  readonly keepValue?: boolean;
}

/** What may be done to a ring. Each takes effect whole or not at all. */
export type RingCommand = RingChangeCommand | ProposalCommand;

/** About a change that waits for a second person. */
export interface ProposalCommand {
  readonly kind: 'approve' | 'withdraw';
  readonly proposal: ProposalId;
}

export type RingChangeCommand =
  /** M1–M5: the mode, and from when; also moves the date of a requirement that is on. */
  | { readonly kind: 'set-requirement'; readonly mode: RequirementMode; readonly effectiveAt?: Instant; readonly force?: Force }
  | {
      readonly kind: 'set-siblings';
      readonly mode: SiblingRequirements['mode'];
      readonly rules: SiblingRules;
      readonly force?: Force;
    }
  /** Always needs the role for force, or a second person: settings are what the guards stand on. */
  | { readonly kind: 'change-settings'; readonly settings: RingSettings; readonly force?: Force }
  /** M16: beside the tokens that are there. Its value is the one behind the first of {@link RingContext.fresh}. */
  | ({ readonly kind: 'add-token' } & NewToken)
  /** Label, segment and dates; null takes a date away. */
  | {
      readonly kind: 'edit-token';
      readonly token: TokenId;
      readonly label?: string;
      readonly segment?: Segment;
      readonly notBefore?: Instant | null;
      readonly expiresAt?: Instant | null;
      readonly force?: Force;
    }
  /** M20: the old value is revoked and another added in the same change, without overlap. */
  | { readonly kind: 'replace-value'; readonly token: TokenId; readonly reason: string; readonly force?: Force }
  /** Still accepted, marked; and the way back. */
  | { readonly kind: 'retire-tokens' | 'reinstate-tokens' | 'release-values'; readonly tokens: readonly TokenId[] }
  /** M22–M25. `successor`: nothing is revoked unless this one is accepted now. */
  | {
      readonly kind: 'revoke-tokens';
      readonly tokens: readonly TokenId[];
      readonly reason: string;
      readonly successor?: TokenId;
      readonly force?: Force;
    }
  /** Emergency: everything but this one. */
  | { readonly kind: 'revoke-others'; readonly keep: TokenId; readonly reason: string; readonly force?: Force }
  /** A value was found where it should not be: revoked if the guards let it pass, else marked. */
  | { readonly kind: 'report-leak'; readonly token: TokenId; readonly source: string }
  /** M32: afterwards there is exactly this. `fresh` counts into {@link RingContext.fresh}. */
  | {
      readonly kind: 'replace-all';
      readonly mode: RequirementMode;
      readonly effectiveAt?: Instant;
      readonly rules: SiblingRules;
      readonly tokens: readonly ({ readonly keep: TokenId } | { readonly fresh: number })[];
      readonly reason: string;
      readonly force?: Force;
    }
  /** M34: nothing is required any more, and every token is revoked. */
  | { readonly kind: 'clear'; readonly reason: string; readonly force?: Force };

/** A token that does not exist yet: made before the decision, used when the decision needs one. */
export interface FreshToken {
  readonly id: TokenId;
  readonly digest: TokenDigest;
  readonly pepperId: PepperId;
  readonly origin: TokenOrigin;
  /** The same value under the other peppers, so that M21 also holds across a change of pepper. */
  readonly otherDigests: readonly TokenDigest[];
}

export interface RingContext {
  readonly environment: EnvironmentId;
  readonly now: Instant;
  /** Who does it; kept with the token and in the audit. */
  readonly actor: string;
  /** Has the role that may force, approve, and change settings. */
  readonly mayForce: boolean;
  /** As many as the command names, and one more for a replacement (M24). */
  readonly fresh: readonly FreshToken[];
  readonly proposal: ProposalId;
  readonly adoption: Adoption;
}

/** What the guards say; a reason for force. */
export type GuardRefusal =
  | 'last-token'
  | 'would-refuse-every-device'
  | 'too-many-devices'
  | 'adoption-unknown'
  | 'being-delivered'
  | 'siblings-unproven'
  | 'checks-would-stop'
  | 'needs-approval';

/** Each has one sentence in {@link ringRefusals}. */
export type RingRefusal =
  | GuardRefusal
  | 'effective-date-missing'
  | 'tokens-missing'
  | 'unknown-token'
  | 'token-is-revoked'
  | 'successor-not-accepted'
  | 'dates-reversed'
  | 'date-is-past'
  | 'duplicate-value'
  | 'too-many-tokens'
  | 'ring-full'
  | 'force-not-allowed'
  | 'unknown-proposal'
  | 'own-proposal'
  | 'proposal-outdated'
  | 'too-many-proposals'
  | 'values-need-single-steps';

/** The most tokens that may be live at once (M16 knows no limit; a validator's table and a ring document have one). */
export const maxActiveTokens = 100;
/** The most tokens that a ring keeps, revoked ones included: they are never forgotten (M21), and every validator holds them all. */
export const maxTokens = 1_000;
export const maxProposals = 20;
/** Of them: so many of one person, and so many kept for those who may force. */
export const proposalsOfOne = 5;
export const proposalsKept = 5;
/** The last places of a ring are for those who may force: nobody else can use up what an emergency needs. */
export const placesKept = 100;
export const proposalHours = 24;

export const ringRefusals: Readonly<Record<RingRefusal, string>> = {
  'last-token':
    'no token would be left that devices can use, and the requirement is on: without one every device is refused; add another and deliver it first, or force it: when none is left at all, a new one is made',
  'would-refuse-every-device':
    'the requirement would be in force, and no token would be accepted: choose a later date, or add a token and deliver it first, or force it',
  'too-many-devices':
    'more of the recently seen devices would be refused than this environment allows: deliver the new token to them first, or force it',
  'adoption-unknown':
    'it is not known how many devices this would refuse, which counts as too many: wait until enough sightings are there, or force it',
  'being-delivered':
    'this token is being delivered, so devices may have it that have not presented it yet: finish the delivery or roll it back, release its value, or force it',
  'siblings-unproven':
    'it is not known how many devices these rules would refuse: observe them first, until enough devices were judged by them, or force it',
  'checks-would-stop': 'less would be checked from now on: in this environment a second person has to agree',
  'needs-approval': 'in this environment a second person has to agree to changed settings',
  'effective-date-missing': 'a requirement that is on needs an effective date and time',
  'tokens-missing': 'a requirement that is on needs at least one token',
  'unknown-token': 'there is no such token in this environment',
  'token-is-revoked': 'this token is revoked, for ever: add a new one',
  'successor-not-accepted':
    'the token that was to take its place is not accepted now: nothing is revoked; bring the old one back, or put another new one in its place',
  'dates-reversed': 'the token would expire before it is accepted',
  'date-is-past': 'the token would expire in the past: revoke it instead',
  'duplicate-value': 'this environment has or had a token with this value; a revoked value is never accepted again',
  'too-many-tokens': `at most ${maxActiveTokens} tokens may be active at once`,
  'ring-full': `this environment has had nearly all of its ${maxTokens} tokens, and revoked ones are kept for ever: the last ${placesKept} are for the role approver; then move to a new environment`,
  'force-not-allowed': 'forcing, approving and changing settings need the role approver',
  'unknown-proposal':
    'there is no such proposal, or it has expired, was done already, or was for settings that have changed since',
  'own-proposal': 'a second person has to approve it: you proposed it',
  'proposal-outdated':
    'it would do something else now than when it was proposed, or the guards would stop it for another reason: look again, and propose it again',
  'too-many-proposals': `at most ${maxProposals} proposals may wait at once, ${proposalsOfOne} of one person: withdraw what is not needed`,
  'values-need-single-steps': 'where two people have to agree, add new values first, then revoke the old ones: in single steps',
};

/** Consequences that an administrator must be told of; each has one sentence in {@link ringWarnings}. */
export type RingWarning =
  | 'in-force-at-once'
  | 'every-device-refused'
  | 'some-devices-refused'
  | 'enforcement-suspended'
  | 'checks-stopped'
  | 'adoption-unknown'
  | 'date-will-refuse-devices'
  | 'no-replacement';

export const ringWarnings: Readonly<Record<RingWarning, string>> = {
  'in-force-at-once':
    'the requirement is in force now: a device that does not present an active token is refused from this moment',
  'every-device-refused':
    'no token that a device could have is active: every device is refused until the new value is in the MDM and on the device',
  'some-devices-refused': 'devices that were seen lately are refused from now on; see the figures',
  'enforcement-suspended': 'the effective date lies in the future: until then no device is refused, managed or not',
  'checks-stopped': 'less is checked than before: devices that were refused pass from now on',
  'adoption-unknown': 'it is not known how many devices this refuses',
  'date-will-refuse-devices':
    'when the date comes, devices will be refused unless they have another token by then; the figures show how many it would be now',
  'no-replacement': 'this environment has no room for another token: none was made, and every device is refused',
};

/** What the guards went by: to be shown with a refusal, and kept in the audit with a forced change. */
export type GuardFigures =
  | ({ readonly kind: 'known'; readonly allowedShare: number } & RefusedFigures)
  | { readonly kind: 'unknown'; readonly why: UnknownAdoption };

export type RingDecision =
  /** `created` are the fresh tokens that the change used, in their order. */
  | {
      readonly kind: 'changed';
      readonly ring: Ring;
      readonly created: readonly Token[];
      readonly warnings: readonly RingWarning[];
      readonly figures?: GuardFigures;
      /** The guards had said no, and it was forced (by whom: the actor; approved by a second person when `proposal` is there). */
      readonly forced?: { readonly refusal: GuardRefusal; readonly reason: string; readonly proposal?: Proposal };
      /** A leak was reported, and the guards kept the token. */
      readonly stoppedBy?: GuardRefusal;
    }
  /** Written down for a second person; nothing else has changed. It waited already where `ring` is the one of before. */
  | { readonly kind: 'proposed'; readonly ring: Ring; readonly proposal: Proposal; readonly figures?: GuardFigures }
  /** The ring is already as the command wants it; `ring` is undefined when there is none. */
  | { readonly kind: 'unchanged'; readonly ring: Ring | undefined }
  | { readonly kind: 'refused'; readonly reason: RingRefusal; readonly figures?: GuardFigures };
