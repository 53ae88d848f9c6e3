import type { Branded } from '@tallystick/kernel-core';
import type { Intent } from './intent.ts';
import type { Outcome, StepOutcome } from './outcome.ts';
import type { SourcePosition } from './source-position.ts';
import type { SourceRecord } from './source-record.port.ts';
import type { UserRef } from './user-ref.ts';

/** Keyed hash of directory and username: names an account without naming a person. */
export type AccountHash = Branded<string, 'AccountHash'>;

/** Work of an attempt that has not finished: the plan's memory and what was already done for this outcome. */
export interface OpenWork {
  /** The account that the intent is about: a user whose username changed must not have it applied to another account. */
  readonly account?: AccountHash;
  /** The record's version that `done` belongs to. */
  readonly version?: string;
  readonly intent: Intent;
  readonly done: readonly StepOutcome[];
}

export interface Attempt {
  /** Grows with every attempt for a user; only the highest may write to the directory. */
  readonly fence: number;
  /** The attempt before did not end by itself: one of its calls may still be under way. */
  readonly previousMayRun: boolean;
  readonly work: OpenWork | undefined;
  /** True when no reconciliation of this user ever finished. */
  readonly firstSight: boolean;
}

/** What a hand-over was decided from. */
export interface HandOver {
  readonly account: AccountHash;
  readonly owner: UserRef;
  /** Versions of the records of the user and of the owner. */
  readonly version: SourcePosition;
  readonly ownerVersion: SourcePosition;
}

export type Claim = 'owned' | 'taken-over' | 'left' | 'owned-by-another' | 'not-owned';

/** Thrown by writes of an attempt that is no longer the newest: it must stop without another call. */
export class FencedOut extends Error {
  override readonly name = 'FencedOut';
}

/** The worker's side. Throws when the store can't be reached: then no provider call is made. Implementations pass `reconciliationStoreConformance`. */
export interface ReconciliationStore {
  record(user: UserRef): Promise<SourceRecord | undefined>;
  begin(user: UserRef): Promise<Attempt>;
  /** @throws FencedOut unless `fence` is the newest and the user owns the account. Called right before every provider write. */
  assertMayWrite(user: UserRef, fence: number, account: AccountHash): Promise<void>;
  /** Durable before the write that it announces. @throws FencedOut */
  saveWork(user: UserRef, fence: number, work: OpenWork): Promise<void>;
  /** Ends the attempt, keeps the outcome as the user's last one, and of the work only `keep`. @throws FencedOut */
  finish(user: UserRef, fence: number, outcome: Outcome, keep?: OpenWork): Promise<void>;
  /** The attempt stops without finishing, and none of its calls is under way. */
  yield(user: UserRef, fence: number): Promise<void>;
  /**
   * Claims the account for this user, atomically, if `fence` is the newest: whoever comes after would not know of the claim. `owned`: it was free or already ours. `taken-over`: its owner moved to us, over however
   * many keys (R23); one of the owner's calls may still be under way. With all else nothing changes. `left`: its owner was deleted from the
   * datastore, for good, so that it can be handed over: another person's devices are in it. `owned-by-another`: its owner may want it. With
   * `only-ours` (default: `free-or-ours`) a free account is left free (`not-owned`): who is gone must not take an account that somebody else
   * may have come to use. @throws FencedOut
   */
  claimAccount(user: UserRef, fence: number, account: AccountHash, how?: 'free-or-ours' | 'only-ours'): Promise<Claim>;
  /** Gives the account up: it is gone, or nothing came of its claim. Nothing happens unless this user owns it. @throws FencedOut */
  releaseAccount(user: UserRef, fence: number, account: AccountHash): Promise<void>;
  ownerOf(account: AccountHash): Promise<UserRef | undefined>;
  /** The open work of another user, as it was last saved: what a key of this person had under way at an account that this one takes over (R23). */
  workOf(user: UserRef): Promise<OpenWork | undefined>;
  /**
   * Gives the account of its owner, who is living (ADR 5.13) or has left it, to this user and replaces the user's work, in one step in which the account's owner, both
   * records and the user's fence are as the caller saw them; `changed`: they are not, and nothing happened. The owner's attempt under way, if
   * any, is fenced out (its work stays), and one of its calls may still be under way. @throws FencedOut
   */
  handOver(user: UserRef, fence: number, from: HandOver, work: OpenWork): Promise<'handed-over' | 'changed'>;
  lastOutcome(user: UserRef): Promise<Outcome | undefined>;
  /** The last ten outcomes at most, newest first. */
  outcomes(user: UserRef): Promise<readonly Outcome[]>;
}
