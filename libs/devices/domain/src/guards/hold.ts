import type { Branded, Instant } from '@tallystick/kernel-core';
import type { RedactedPlan } from '../redact-plan.ts';
import type { UserHash, UserRef } from '../user-ref.ts';
import type { ChangeCounts } from './change-counts.ts';
import type { GuardSettings } from './guard-settings.ts';

/** Keyed hash of a plan's canonical text (ADR 5.10): the very thing that an approval is about. */
export type PlanHash = Branded<string, 'PlanHash'>;

/** Why a plan waits for a person. Closed. */
export type GuardReason =
  | 'too-many-deletions'
  | 'too-many-suspensions'
  | 'too-many-removals'
  | 'too-many-replacements'
  | 'too-many-account-changes'
  | 'no-headroom' // never-less: the replacement can't be added before the old one goes
  | 'last-working-factor' // never-less
  | 'account-owned-by-another' // swapped usernames
  | 'source-shrank' // R24, passes only
  | 'attribute-emptied' // R24, passes only
  | 'source-unhealthy'; // R46: rebuilt, or its epoch was raised

/** How long somebody has to note the end of a hold; less than from one look to the next, so that what failed is made up by that. */
export const endClaimMs = 30_000;

export type HoldId = Branded<string, 'HoldId'>;
/** `cancelled`: its pass was cancelled or has failed, or its connection was removed. Like `expired` it is no answer. */
export type HoldState = 'open' | 'approved' | 'rejected' | 'expired' | 'cancelled';

/** Plans that a guard stopped. One open hold per connection and reason collects the users of event-driven changes; a pass has its own. */
export interface Hold {
  readonly id: HoldId;
  readonly environment: UserRef['environment'];
  readonly connection: UserRef['connection'];
  readonly because: GuardReason;
  /** The pass that made it; absent for event-driven changes. */
  readonly pass?: string;
  readonly state: HoldState;
  readonly counts: ChangeCounts;
  readonly users: number;
  /** Hash over the sorted (user, plan hash) pairs: what a person approves. Another one joins, and it is another. */
  readonly hash: PlanHash;
  readonly openedAt: Instant;
  readonly expiresAt: Instant;
  /** Who started the pass or saved the connection document; may not approve where two people are asked for. */
  readonly requestedBy?: string;
  readonly answeredBy?: string;
  readonly reason?: string;
  readonly answeredAt?: Instant;
}

export interface HeldUser {
  readonly user: UserHash;
  readonly planHash: PlanHash;
  readonly counts: ChangeCounts;
  /** Without addresses or profile. */
  readonly plan: RedactedPlan;
  /** `changed`: the user changed since, so the answer is not about them any more (R26). */
  readonly state: 'held' | 'approved' | 'done' | 'changed' | 'rejected';
}

type ConnectionRef = Pick<UserRef, 'environment' | 'connection'>;

export type Reservation =
  /** Within the limits, counted once for this plan however often it is asked. */
  | { readonly kind: 'granted' }
  /** A person approved exactly this plan. */
  | { readonly kind: 'approved'; readonly hold: HoldId }
  /** The limits that would be passed; nothing was counted. */
  | { readonly kind: 'exceeded'; readonly because: GuardReason }
  /** A person rejected exactly this plan: it is not held again. */
  | { readonly kind: 'rejected'; readonly hold: HoldId };

/** Sliding windows and holds of a connection. Throws when the store can't be reached: then nothing is written. Implementations pass `guardStoreConformance`. */
export interface GuardStore {
  /** Idempotent by user and plan hash. `users`: size of the connection, for the shares. */
  reserve(
    ref: UserRef,
    plan: PlanHash,
    counts: ChangeCounts,
    limits: { readonly settings: GuardSettings; readonly users: number },
    now: Instant,
  ): Promise<Reservation>;
  /** Nothing was written: gives back what `reserve` counted. */
  release(ref: UserRef, plan: PlanHash): Promise<void>;
  /** Puts the user into the open hold of this reason (and pass), in place of an older plan of the same user. */
  hold(
    ref: UserRef,
    held: Omit<HeldUser, 'user' | 'state'>,
    how: { readonly because: GuardReason; readonly pass?: string; readonly requestedBy?: string; readonly holdHours: number },
    now: Instant,
  ): Promise<HoldId>;
  /** The user's plan is another by now, or done: a held or approved one no longer counts. */
  settled(ref: UserRef, state: 'done' | 'changed'): Promise<void>;
  list(
    connection: ConnectionRef,
    cursor: string | undefined,
    limit: number,
  ): Promise<{ readonly holds: readonly Hold[]; readonly next?: string }>;
  read(connection: ConnectionRef, hold: HoldId): Promise<Hold | undefined>;
  users(
    connection: ConnectionRef,
    hold: HoldId,
    cursor: string | undefined,
    limit: number,
  ): Promise<{ readonly users: readonly HeldUser[]; readonly next?: string }>;
  /** Atomic: `hash` must be the hold's hash now. `outdated` when users joined or left since it was looked at. */
  answer(
    connection: ConnectionRef,
    hold: HoldId,
    answer: {
      readonly kind: 'approve' | 'reject';
      readonly hash: PlanHash;
      readonly by: string;
      readonly reason: string;
      readonly twoPeople: boolean;
    },
    now: Instant,
  ): Promise<'answered' | 'outdated' | 'not-open' | 'same-person' | 'unknown'>;
  /** Ends open holds without an answer: those of one pass, or all of the connection. Gives their number. */
  cancel(connection: ConnectionRef, pass: string | undefined, now: Instant): Promise<number>;
  /**
   * Holds of event-driven changes that ended without an answer, the oldest first, until `told`: nothing of them was done, so their users have to
   * be looked at again. Not those of a pass: it ends with its hold, and nobody waits in it.
   */
  expired(connection: ConnectionRef, limit: number, now: Instant): Promise<readonly HoldId[]>;
  /**
   * Who notes that an expired hold is over. `yours`: the caller, within {@link endClaimMs}; `another`: somebody does now; `noted`: it is noted, or there
   * is no such hold.
   */
  claimEnd(connection: ConnectionRef, hold: HoldId, now: Instant): Promise<'yours' | 'another' | 'noted'>;
  /** The end of it is noted: nobody does so again. */
  endNoted(connection: ConnectionRef, hold: HoldId): Promise<void>;
  /** The users of an expired hold were woken. */
  told(connection: ConnectionRef, hold: HoldId): Promise<void>;
}
