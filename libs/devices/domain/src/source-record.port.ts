import type { Branded, Instant } from '@tallystick/kernel-core';
import type { SourcePosition } from './source-position.ts';
import type { UserHash, UserRef } from './user-ref.ts';

/** A column or field as the datastore said it. `unavailable`: the event did not carry it (an unchanged large column), so it keeps its old value. */
export type AttributeValue = string | number | boolean | null | { readonly kind: 'unavailable' };

export type Attributes = Readonly<Record<string, AttributeValue>>;

/** What an event says of a user. A delete keeps the attributes of the record before it: its own are invented or absent (kafka.md). */
export type SourceChange =
  | { readonly kind: 'record'; readonly attributes: Attributes }
  /** `movedTo`: the same person goes on under another source key (R23). */
  | { readonly kind: 'deleted'; readonly movedTo?: UserHash };

export interface SourceRecord {
  /** Orders the records of one user; compared as text. */
  readonly version: SourcePosition;
  readonly attributes: Attributes;
  readonly deleted: boolean;
  readonly movedTo?: UserHash;
}

/**
 * - `stored`: it was newer and is the record now; the user is marked pending at its version.
 * - `still-pending`: it was stored before, but its wake-up was never confirmed: signal again.
 * - `superseded`: an equal, already signalled, or a newer record is there; nothing to do (R16, R17).
 */
export type PutResult = 'stored' | 'still-pending' | 'superseded';

/** A key that moved more often than this without a rest is no key change any more (R23). */
export const longestKeyChain = 16;

/** Names one pending mark: the version of the record that set it, or that of a reminder, which no other mark has. */
export type WakeMark = SourcePosition | Branded<string, 'WakeMark'>;

export interface SourcePut {
  readonly user: UserRef;
  readonly version: SourcePosition;
  readonly change: SourceChange;
}

/** How far a partition was read, within one epoch. */
export interface ConsumedOffset {
  readonly topic: string;
  readonly partition: number;
  /** Decimal: everything before it was stored, or parked. */
  readonly next: string;
  /** Of the record right before `next`, in milliseconds: tells a topic that was made anew from the one that was read (R18). */
  readonly timestamp: number;
  /** What ordered the records that were read, a word without spaces; left out by those who did not tell. */
  readonly order?: string;
}

/**
 * Why a source is not read any further (R18).
 * - `beyond-the-end`: the topic ends before what was read of it
 * - `other-record`: the record that was read last is another one now: the topic was made anew
 * - `other-source`: the document names another topic, or a format that orders records otherwise, than was read in this epoch: what comes
 *   does not compare with what is stored
 */
export interface SourceStop {
  readonly because: 'beyond-the-end' | 'other-record' | 'other-source';
  readonly topic: string;
  readonly partition: number;
  /** Decimal offsets: up to where it was read, and where the topic ends. */
  readonly read: string;
  readonly end: string;
  readonly at: Instant;
}

/** Records that the broker had thrown away before they were read: users may be out of date until a full pass over a new snapshot. */
export interface SourceGap {
  readonly topic: string;
  readonly partition: number;
  /** Decimal offsets: the first that is missing, and the first that is there. */
  readonly from: string;
  readonly to: string;
  readonly at: Instant;
}

export interface SourceState {
  /** In front of every position that is read now; 0 until it is raised. */
  readonly epoch: number;
  readonly raised?: { readonly by: string; readonly at: Instant };
  /** Nothing is read until the epoch is raised. */
  readonly stopped?: SourceStop;
  readonly gap?: SourceGap;
}

/** What is kept of a user is there, and can't be opened: its key is missing, or it was changed. Names the user's hash only. */
export class UserUnreadable extends Error {
  override readonly name = 'UserUnreadable';
}

type ConnectionRef = Pick<UserRef, 'environment' | 'connection'>;

/** The bridge's side. Throws when the store can't be reached. Implementations pass `sourceRecordStoreConformance`. */
export interface SourceRecordStore {
  /** Newest version wins; the record and its pending mark change in one atomic step, so a crash between record and signal loses nothing. */
  put(user: UserRef, version: SourcePosition, change: SourceChange): Promise<PutResult>;
  /** The same for many, in their order; what is superseded costs one short look. Throws when one could not be stored: others may be. */
  putAll(puts: readonly SourcePut[]): Promise<readonly PutResult[]>;
  /** The wake-up for `version` is safe at the engine: clears that mark, and none that a newer record or a reminder has set since. */
  signalled(user: UserRef, version: WakeMark): Promise<void>;
  /**
   * Marks the user pending again, to be woken by a later sweep; nothing without a record. The mark is one of its own: the confirmation of the
   * wake-up whose run has asked for this may come after it.
   */
  remind(user: UserRef): Promise<void>;
  /** All users whose wake-up was never confirmed, with their mark, a page at a time. */
  pending(connection: ConnectionRef): AsyncIterable<{ readonly user: UserRef; readonly version: WakeMark }>;
  /** Age of the oldest mark by the store's clock; undefined when nobody waits. */
  oldestPendingMs(connection: ConnectionRef): Promise<number | undefined>;

  source(connection: ConnectionRef): Promise<SourceState>;
  /**
   * An operator says that the source is another one now (restored, failed over, topic made anew): every record from here on is newer
   * than all before, the topic is read from its beginning, and a stop or gap is over. Nobody is removed for not being in it.
   * @returns the new epoch
   */
  raiseEpoch(connection: ConnectionRef, by: string, now: Instant): Promise<number>;
  /** The first stop of an epoch is kept; nothing when the epoch is another one by now. */
  stopSource(connection: ConnectionRef, epoch: number, stop: SourceStop): Promise<void>;
  noteGap(connection: ConnectionRef, epoch: number, gap: SourceGap): Promise<void>;
  consumed(connection: ConnectionRef, epoch: number): Promise<readonly ConsumedOffset[]>;
  /** Called after the records before `next` are stored, never before. Goes forward only. */
  saveConsumed(connection: ConnectionRef, epoch: number, consumed: ConsumedOffset): Promise<void>;
}
