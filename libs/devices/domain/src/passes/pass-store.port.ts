import type { Instant } from '@tallystick/kernel-core';
import type { ConnectionDocument, ConnectionRef } from '../connection/connection-document.ts';
import type { UserHash } from '../user-ref.ts';
import type { Pass, PassEntry, PassId, PassSums } from './pass.ts';

/** Results of passes, sealed, kept for 14 days. Throws when the store can't be reached. Implementations pass `passStoreConformance`. */
export interface PassStore {
  /**
   * `users`: of the connection as the pass begins, for its sums; without it they are as many as have entries. `candidate`: the document of a
   * preview that is not saved. Does nothing when the pass is there.
   */
  open(pass: Omit<Pass, 'sums' | 'applied'> & { readonly users?: number }, candidate?: ConnectionDocument): Promise<void>;
  candidate(ref: ConnectionRef, pass: PassId): Promise<ConnectionDocument | undefined>;
  /** Adds the page once, however often it is told: by shard and number. Rejects when the pass is not there, or not any more. */
  addPage(
    ref: ConnectionRef,
    pass: PassId,
    page: {
      readonly shard: string;
      readonly number: number;
      readonly entries: readonly PassEntry[];
      readonly filled: PassSums['filled'];
    },
  ): Promise<void>;
  /** Rejects when the pass is not there, or not any more. */
  update(
    ref: ConnectionRef,
    pass: PassId,
    change: Partial<Pick<Pass, 'stage' | 'endedAt' | 'hold' | 'because' | 'applied'>>,
  ): Promise<void>;
  read(ref: ConnectionRef, pass: PassId): Promise<Pass | undefined>;
  /** The newest first. */
  list(ref: ConnectionRef, limit: number): Promise<readonly Pass[]>;
  /** In the order of shards and pages; `next` is absent at the end. */
  entries(
    ref: ConnectionRef,
    pass: PassId,
    cursor: string | undefined,
    limit: number,
  ): Promise<{ readonly entries: readonly PassEntry[]; readonly next?: string }>;
  /**
   * Sums of the last pass that was done, for shrinkage and fill rates; kept without end. No preview and no sample: a preview of a source that
   * has shrunk would else be what the pass after it is measured by.
   */
  lastDone(ref: ConnectionRef): Promise<{ readonly sums: PassSums; readonly at: Instant } | undefined>;
}

/** All users of a connection, by shard. Part of the store of source records. */
export interface UserIndex {
  readonly shards: readonly string[];
  count(ref: ConnectionRef): Promise<number>;
  /** A page of users of a shard, in an order that does not change; `next` is absent at the end. */
  page(
    ref: ConnectionRef,
    shard: string,
    cursor: string | undefined,
    limit: number,
  ): Promise<{ readonly users: readonly UserHash[]; readonly next?: string }>;
  /** Some users at random, for a sample; may have fewer. */
  random(ref: ConnectionRef, count: number): Promise<readonly UserHash[]>;
}
