import type { Instant } from '@tallystick/kernel-core';
import type { Platform } from '../ring.ts';

/** The app that reads the value from its managed configuration, and under which key (M35, M36). */
export interface ManagedApp {
  readonly key: string;
  readonly iosBundleId: string;
  readonly androidPackage: string;
}

export const pingIdApp: ManagedApp = {
  key: 'PINGID_MDM_TOKEN',
  iosBundleId: 'com.pingidentity.pingid.prod',
  androidPackage: 'prod.com.pingidentity.pingid',
};

/**
 * What a vendor says of its devices. `exact`: each device's own answer about the value. `versioned`: counts that belong to a version of the
 * configuration. `proxy`: something near it (the app is installed), never the value. `none`: nothing.
 */
export type DeliverySignal = 'exact' | 'versioned' | 'proxy' | 'none';

export interface TargetDescription {
  readonly vendor: string;
  /** One slot each. */
  readonly platforms: readonly Platform[];
  readonly by: 'api' | 'person';
  /** How much one write replaces over there, and so what has to be kept. */
  readonly writes: 'key' | 'app' | 'rule-set' | 'nothing';
  readonly signal: DeliverySignal;
  /** A write is taken first, and stored later. */
  readonly isAsynchronous: boolean;
}

/** `error`: a delivery would fail or go astray. `warning`: it would reach fewer devices than it seems. */
export interface CheckFinding {
  readonly severity: 'error' | 'warning';
  readonly what: CheckedThing;
  /** One sentence for the person who has to act: what, where, what to do. Holds no value of any key. */
  readonly detail: string;
}

export const checkedThings = [
  'host-not-allowed',
  'not-reachable',
  'not-trusted',
  'secret-missing',
  'not-authorised',
  'permission-missing',
  'app-not-found',
  'slot-not-found',
  'key-missing',
  'near-miss-key',
  'conflicting-policies',
  'rule-without-key',
  'schema-without-key',
  'not-managed',
  'no-devices',
  'other-keys',
  'unreadable',
  'busy',
] as const;
export type CheckedThing = (typeof checkedThings)[number];

/** A value that an MDM holds. A secret: it is compared, and never shown, logged, or put into a history. */
export type HeldValue = string;

export interface SlotReading {
  /** The key's value at each place where a delivery puts it; undefined where it is not set yet. */
  readonly values: readonly (HeldValue | undefined)[];
  /** Tells two readings apart, of everything that the slot holds. Keyed: says nothing about the values. */
  readonly revision: string;
  readonly version?: string;
  readonly changedAt?: Instant;
}

export interface DeliveryPlan {
  readonly revision: string;
  /** What a write on this plan is compared with, also when its answer is lost. */
  readonly receipt: DeliveryReceipt;
  /** A change that somebody made may be unseen for so many milliseconds: a plan is acted on when it still holds after them. */
  readonly settlesWithinMs: number;
  /** Per place: what becomes of the key there. Places are named as the vendor does. */
  readonly changes: readonly { readonly place: string; readonly change: 'set' | 'replace' | 'none' }[];
  /** What the same write sends again as it was found: keys, rules, assignments. */
  readonly kept: number;
}

/**
 * What is known about a write, to compare with later. Stands in the history of a rotation: its digests are keyed, so that they tell nothing
 * about what the configuration holds.
 */
export interface DeliveryReceipt {
  /** Before the write was sent. */
  readonly at: Instant;
  /** Of everything but the value, as it was and has to stay. */
  readonly rest: string;
  /** Of what stood at each place before, in their order. */
  readonly before: readonly string[];
  /** The vendor's own version after the write, where it has one. */
  readonly version?: string;
}

/** Will not get better by trying again; a person has to do something about the target, or about the value (`value-not-allowed`). */
export const deliveryRefusals = [
  'value-not-allowed',
  'secret-missing',
  'host-not-allowed',
  'not-trusted',
  'not-authorised',
  'permission-missing',
  'slot-not-found',
  'key-missing',
  'near-miss-key',
  'unreadable',
  'would-change-more',
  'vendor-refused',
] as const;
export type DeliveryRefusal = (typeof deliveryRefusals)[number];

/** It was not carried out, and nothing was written. */
export type NotDone =
  | { readonly kind: 'refused'; readonly reason: DeliveryRefusal; readonly detail: string }
  | { readonly kind: 'try-later'; readonly detail: string; readonly retryAfterMs?: number };

/** `accepted` and `unknown` are never success: the slot is read again until it shows what it holds. */
export type DeliveryOutcome =
  | NotDone
  /** Read back: the value at every place, and everything else as it was. `isNew`: false when it was there before. */
  | { readonly kind: 'stored'; readonly receipt: DeliveryReceipt; readonly isNew: boolean }
  /** Taken, and not yet to be read. */
  | { readonly kind: 'accepted'; readonly receipt: DeliveryReceipt }
  /** No answer: it may have been carried out. Read before it is tried again. */
  | { readonly kind: 'unknown'; readonly receipt: DeliveryReceipt; readonly detail: string }
  /**
   * Somebody else changes the same configuration. What they wrote is not written over; what differs is named without values. `isWritten`:
   * this delivery had written before that was seen.
   */
  | { readonly kind: 'conflict'; readonly detail: string; readonly isWritten: boolean }
  /** Nothing can be written from here: a person does it, and says so. */
  | { readonly kind: 'awaiting-person' };

export type Verification =
  | NotDone
  | { readonly kind: 'stored'; readonly receipt: DeliveryReceipt }
  /** It holds what it held before, at some place at least, and may still be on the way. */
  | { readonly kind: 'not-yet' }
  /** The same, and it is too late for that: the write did not take effect, or was taken back. */
  | { readonly kind: 'unchanged' }
  /** Another value stands there, or something else is not as it was: somebody else changed it. */
  | { readonly kind: 'conflict'; readonly detail: string };

/** How far a stored value has come. A count that the vendor does not give is left out: absent is not zero. */
export type Coverage =
  | { readonly kind: 'unknown'; readonly why: string }
  | {
      readonly kind: 'known';
      readonly signal: Exclude<DeliverySignal, 'none'>;
      readonly of?: number;
      readonly delivered?: number;
      readonly pending?: number;
      readonly failed?: number;
      readonly notApplicable?: number;
      readonly asOf: Instant;
    };

/** One delivery of one value to one slot: repeated with the same name it is the same delivery. */
export interface Delivery {
  readonly platform: Platform;
  readonly value: HeldValue;
  /** Unique over all deliveries, at most 200 characters; the idempotency key where the vendor has one. Holds no secret. */
  readonly name: string;
}

/**
 * One MDM. Never throws for what a vendor does: every outcome is a value, and no text of it holds a token value, a credential, or what the
 * vendor sent. `deadline` bounds all of a call. Implementations pass `deliveryTargetConformance`.
 */
export interface DeliveryTarget {
  describe(): TargetDescription;
  /** What would keep a delivery from arriving; empty when nothing is known to. Changes nothing. */
  check(platform: Platform, deadline: AbortSignal): Promise<readonly CheckFinding[]>;
  read(platform: Platform, deadline: AbortSignal): Promise<SlotReading | NotDone>;
  /** What a delivery would change. Changes nothing. */
  plan(delivery: Delivery, deadline: AbortSignal): Promise<DeliveryPlan | NotDone>;
  /** @param expected a revision that was planned with: refused with `conflict` when the slot is another one by now. */
  apply(delivery: Delivery, deadline: AbortSignal, expected?: string): Promise<DeliveryOutcome>;
  /** Reads once whether the slot holds this value, and all else as the receipt has it. */
  verify(delivery: Delivery, receipt: DeliveryReceipt, deadline: AbortSignal): Promise<Verification>;
  /** How far the value has come since it was written. Only for a slot that is stored. */
  coverage(delivery: Delivery, receipt: DeliveryReceipt, deadline: AbortSignal): Promise<Coverage>;
}
