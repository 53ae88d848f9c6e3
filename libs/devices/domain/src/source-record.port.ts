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
  /** 20 decimal digits, compared as text; orders the records of one user. */
  readonly version: string;
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

/** The bridge's side. Throws when the store can't be reached. Implementations pass `sourceRecordStoreConformance`. */
export interface SourceRecordStore {
  /** Newest version wins; the record and its pending mark change in one atomic step, so a crash between record and signal loses nothing. */
  put(user: UserRef, version: string, change: SourceChange): Promise<PutResult>;
  /** The wake-up for `version` is safe at the engine: clears the mark unless a newer record has set its own. */
  signalled(user: UserRef, version: string): Promise<void>;
  /** All users whose wake-up was never confirmed, with the version of their mark, a page at a time. */
  pending(
    connection: Pick<UserRef, 'environment' | 'connection'>,
  ): AsyncIterable<{ readonly user: UserRef; readonly version: string }>;
}
