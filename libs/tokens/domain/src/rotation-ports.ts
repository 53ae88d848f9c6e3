import type { EnvironmentId, Instant } from '@tallystick/kernel-core';
import type { CheckFinding, Coverage, DeliveryReceipt } from './delivery/delivery-ports.ts';
import type { Platform, Segment, TokenId, TokenOrigin } from './ring.ts';

/** Where a value is put: one MDM and one platform (M35, M36). */
export interface DeliverySlot {
  /** Unique in its rotation: letters, digits, `-`. */
  readonly id: string;
  readonly mdm: string;
  readonly platform: Platform | 'any';
  /**
   * `file`: somebody downloads the configuration file and imports it. `person`: somebody types the value in. Both confirm. `target`: it is
   * delivered by the MDM's API, and read back.
   */
  readonly kind: 'file' | 'person' | 'target';
  /** For `target`: the id of a delivery target of the environment; its platform is `ios` or `android`. */
  readonly target?: string;
  /**
   * For `target`: it may also replace a value that is no live token of the same segment with a kept copy, so that there is no way back to
   * what stands there now. Left out: such a value is a conflict.
   */
  readonly overwrite?: boolean;
}

/** It was not done, and nothing was written. `isFinal`: it will not get better until a person does something. */
interface SlotFailing {
  readonly kind: 'failing';
  readonly reason: string;
  readonly detail: string;
  readonly isFinal: boolean;
  readonly retryAfterMs?: number;
}

/** What would be written to a target, as it stands now. Nothing is written yet. */
export type SlotPlan =
  | {
      readonly kind: 'planned';
      readonly revision: string;
      readonly receipt: DeliveryReceipt;
      /** The plan is acted on so many milliseconds later, if it still holds. */
      readonly settlesWithinMs: number;
    }
  /** Nothing can be read or written from here: a person puts the value there, and confirms. */
  | { readonly kind: 'awaiting-person' }
  | SlotFailing
  /** A value stands there that this rotation may not replace: a person has to say so (`redeliver`). */
  | { readonly kind: 'conflict'; readonly detail: string };

/** What became of putting a token's value on a slot. */
export type SlotAnswer =
  | { readonly kind: 'awaiting-person' }
  | { readonly kind: 'delivered' }
  /** It will never take this value: another one is made. Of targets only a person says so. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** Read back, with everything else as it was. */
  | { readonly kind: 'stored'; readonly receipt: DeliveryReceipt }
  /** Taken, or (`unknown`) perhaps: to be read before anything is written again. */
  | { readonly kind: 'accepted' | 'unknown'; readonly receipt: DeliveryReceipt }
  | SlotFailing
  /** Written, and somebody else changed the same configuration; it is left as it is. */
  | { readonly kind: 'conflict'; readonly detail: string };

/** What a slot shows that was written before. */
export type SlotCheck =
  | { readonly kind: 'stored'; readonly receipt: DeliveryReceipt; readonly coverage: Coverage }
  /** It shows what was there before: too early to tell, or too late for it to come. */
  | { readonly kind: 'not-yet' | 'unchanged' }
  | { readonly kind: 'conflict'; readonly detail: string }
  /** It could not be read. */
  | SlotFailing;

/** What an operator, or a schedule, asks for. Carries no secret: it stands in the workflow's history. */
export interface RotationRequest {
  readonly environment: EnvironmentId;
  readonly segment: Segment;
  readonly label: string;
  readonly origin: Exclude<TokenOrigin, 'own'>;
  readonly slots: readonly DeliverySlot[];
  /** Gate: this share (0…1) of the recently seen devices that presented an old or the new token presents the new one… */
  readonly adoptionShare: number;
  /** …and at least so long after the last slot was confirmed; or a person approves. */
  readonly minimumOverlapHours: number;
  /** How long the old tokens are marked as retiring, still accepted, before they are revoked. */
  readonly retireForHours: number;
  /** How often figures are read while it waits, and how often somebody is reminded. */
  readonly watchEveryMinutes: number;
  readonly remindEveryHours: number;
  /** Own expiry of the new token, counted from its making; left out: none. */
  readonly expiresAfterDays?: number;
  readonly requestedBy: string;
  readonly reason: string;
}

export interface MintedToken {
  readonly token: TokenId;
  /** Live tokens of the same segment from before: what the rotation replaces. */
  readonly replaces: readonly TokenId[];
  /** How every validator came to accept it (M28: before any value leaves). */
  readonly confirmedBy: 'acknowledgement' | 'lease';
  readonly validators: number;
}

export type AdoptionReading =
  | { readonly kind: 'unknown'; readonly why: string }
  | {
      readonly kind: 'known';
      /** Recently seen devices that last presented one of the tokens asked about. */
      readonly devices: number;
      readonly onNew: number;
      /** When the threshold will be met if it goes on like this; undefined when that can't be said. */
      readonly forecastAt?: Instant;
    };

export type RevokeReading =
  | {
      readonly kind: 'revoked';
      readonly confirmedBy: 'acknowledgement' | 'lease';
      readonly validators: number;
      readonly waitedMs: number;
    }
  /** The guards of the ring said no; a refusal of `nextRing` and its sentence with the figures. */
  | { readonly kind: 'refused'; readonly reason: string; readonly detail: string };

/**
 * What a rotation does to tokens. Every call is idempotent by `(rotation, step)`, may be repeated after a crash, and throws
 * {@link TokenAdministrationRefusal} for what will not get better by trying again and any other error for what may.
 * Values never pass through here. Implementations pass `tokenAdministrationConformance`.
 */
export interface TokenAdministration {
  /**
   * What would keep a delivery to a target from arriving; empty when nothing is known to. Changes nothing. Of at most 20 findings, errors
   * first, each a sentence of at most 500 characters.
   */
  inspectTarget(input: { readonly environment: EnvironmentId; readonly slot: DeliverySlot }): Promise<readonly CheckFinding[]>;
  /**
   * Makes a token of the request's segment, with a sealed copy for delivery, and answers when every live validator accepts it.
   * Refuses with `two-generations` when the segment already has two live tokens.
   */
  mint(input: { readonly request: RotationRequest; readonly rotation: string; readonly step: string }): Promise<MintedToken>;
  /** Delivers to a target, or tells who delivers that a slot is waiting for this token. Repeated with the same step it is the same delivery. */
  openSlot(input: {
    readonly environment: EnvironmentId;
    readonly rotation: string;
    readonly step: string;
    readonly token: TokenId;
    readonly slot: DeliverySlot;
    /** Of targets: the revision that was planned with. */
    readonly expected?: string;
  }): Promise<SlotAnswer>;
  /** Reads what a target holds and whether this token may replace it. Changes nothing. */
  planSlot(input: {
    readonly environment: EnvironmentId;
    readonly rotation: string;
    readonly step: string;
    readonly token: TokenId;
    readonly slot: DeliverySlot;
    /** Live tokens whose value may stand there. */
    readonly known: readonly TokenId[];
    readonly overwrite: boolean;
  }): Promise<SlotPlan>;
  /** Reads whether a target holds this token's value, all else as the receipt has it, and how far it has come. Changes nothing. */
  checkSlot(input: {
    readonly environment: EnvironmentId;
    readonly rotation: string;
    /** Of the opening that the receipt is from. */
    readonly step: string;
    readonly token: TokenId;
    readonly slot: DeliverySlot;
    readonly receipt: DeliveryReceipt;
  }): Promise<SlotCheck>;
  /** @param threshold the share for the forecast. */
  adoption(input: {
    readonly environment: EnvironmentId;
    readonly token: TokenId;
    readonly replaces: readonly TokenId[];
    readonly threshold: number;
  }): Promise<AdoptionReading>;
  /** Marks as retiring: still accepted. Also gives the sealed copies back (they can no longer be rolled back to once revoked). */
  retire(input: StepOnTokens): Promise<void>;
  /** The way back: retiring tokens are active again. */
  reinstate(input: StepOnTokens): Promise<void>;
  /** Revokes through the guards, never forced; answers when no validator accepts it. */
  revoke(input: RevokeStep): Promise<RevokeReading>;
  /** Erases the sealed copies: nobody delivers or rolls back to these tokens any more. */
  releaseValues(input: StepOnTokens): Promise<void>;
  /** Says something to the people on call: a line in the audit and a metric. */
  notify(input: {
    readonly environment: EnvironmentId;
    readonly rotation: string;
    readonly step: string;
    readonly what: RotationNotice;
    readonly detail: string;
  }): Promise<void>;
}

export interface StepOnTokens {
  readonly environment: EnvironmentId;
  readonly rotation: string;
  readonly step: string;
  readonly tokens: readonly TokenId[];
}

export interface RevokeStep extends StepOnTokens {
  readonly reason: string;
  /** Takes their place: where it is not accepted itself, it is refused with `successor-not-accepted`, and nothing is revoked. */
  readonly successor?: TokenId;
}

export const rotationNotices = [
  'target-warnings',
  'slot-waiting',
  'slot-failing',
  'slot-conflict',
  'adoption-reminder',
  'gate-waits-for-approval',
  'revoke-refused',
  'value-refused',
  'finished',
  'rolled-back',
  'failed',
] as const;
export type RotationNotice = (typeof rotationNotices)[number];

/** Will not get better by trying again. `reason` is one of the ring's refusals, or says what the caller lacks. Holds nothing secret. */
export class TokenAdministrationRefusal extends Error {
  override readonly name = 'TokenAdministrationRefusal';
  readonly reason: string;
  constructor(reason: string, message: string) {
    super(message);
    this.reason = reason;
  }
}
