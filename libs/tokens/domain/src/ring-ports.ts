import type { Branded, EnvironmentId, Instant } from '@tallystick/kernel-core';
import type { PepperId, Ring, TokenId } from './ring.ts';

/** `00`…`63`: rings of one shard share a change log, a lease and a member table (ADR 2). */
export type RingShard = Branded<string, 'RingShard'>;

/** Random per process run of a validator. */
export type MemberId = Branded<string, 'MemberId'>;

/** Where a shard's change log stands. Another `epoch`, or a lower `seq` in the same one, means that the ring's store went back. */
export interface LogPosition {
  readonly epoch: string;
  /** Gapless count of changes in this shard and epoch; 0 before the first. */
  readonly seq: number;
}

/** Identifies the member table *and* the server that keeps it: any difference means that members may have been forgotten. */
export interface RegistryIdentity {
  readonly epoch: string;
  readonly registry: string;
  readonly serverId: string;
}

export interface Member {
  readonly id: MemberId;
  readonly epoch: string;
  /** All changes up to here are in the member's table; -1 while it joins. */
  readonly applied: number;
  readonly leaseMs: number;
  /** The keys that it can make digests with; undefined from a version that does not say. A token made with another one is no match for it. */
  readonly peppers: readonly PepperId[] | undefined;
  /** Grows with each renewal, and never repeats in a member table: not even when the member was dropped and came back. */
  readonly renewals: number;
}

export interface RingChange {
  /** One version on; or as it is, for an audit entry about something that changes no ring (a value was read, a slot was opened). */
  readonly ring: Ring;
  /** Version of the ring that this change was made from; 0 for a first ring. */
  readonly expectedVersion: number;
  /** Sealed copies of token values, written and erased in the same step. */
  readonly sealed?: {
    readonly keep: readonly { readonly token: TokenId; readonly copy: string }[];
    readonly erase: readonly TokenId[];
  };
  /** JSON without secrets: who, what, reason, when; written with the change (audit outbox). */
  readonly audit: string;
  readonly idempotency?: {
    readonly key: string;
    /** Digest of actor and request: the same key with another request is refused. */
    readonly requestDigest: string;
    /** Given back to a repeated request for 24 hours, that of a note for one; holds no value. */
    readonly answer: string;
    /** Sealed values that the change made; erased after ten minutes. */
    readonly values?: string;
  };
  /**
   * The epoch of {@link RegistryIdentity} that was compared with the witness: where another one answers, nothing is done (`unsettled`), for
   * the change would lift a store that went back up to its witness, and nobody would notice any more. Left out: whatever answers.
   */
  readonly settledEpoch?: string;
  /**
   * The clock by which the change was judged. Where the server's is more than {@link mostClocksApartMs} apart from it, nothing is done
   * (`clocks-apart`): validators go by the server's, so what was judged is not what will happen. Left out: no date was judged.
   */
  readonly judgedAt?: Instant;
  /**
   * A revocation that makes no token may use the last tenth of the outbox (R43), and is never refused for want of room: neither in the outbox
   * nor in the memory of a server that has come to its limit.
   */
  readonly mayUseReserve: boolean;
  /** Refused as `outbox-full` where half of the room that is not reserved is taken: for notes that nobody waits for, so that they leave changes theirs. */
  readonly leavesHalf?: boolean;
}

/** How far the clock of who judges a change may be from the store's, in milliseconds. */
export const mostClocksApartMs = 60_000;

export type RingChangeResult =
  | {
      readonly kind: 'changed';
      readonly seq: number;
      readonly identity: RegistryIdentity;
      readonly headEpoch: string;
      /** Replicas that are known to have it. Left out: none. */
      readonly acknowledged?: number;
    }
  /** The key was used by the same request before: its sequence and its sealed answer. */
  | {
      readonly kind: 'replayed';
      readonly seq: number;
      readonly answer: string;
      readonly values?: string;
      readonly identity: RegistryIdentity;
      readonly headEpoch: string;
      /** As of a change. */
      readonly acknowledged?: number;
    }
  | { readonly kind: 'key-reused' }
  /** Somebody changed the ring since it was read. */
  | { readonly kind: 'conflict' }
  /** Another server, or another head, answers than the one that was compared with the witness: compare it, then try again. */
  | { readonly kind: 'unsettled' }
  /** The clock that the change was judged by, and the server's: see `judgedAt`. Found after everything that is answered without one. */
  | { readonly kind: 'clocks-apart'; readonly serverTimeMs: number }
  | { readonly kind: 'outbox-full' }
  /** The server's memory is at its limit, so nothing was done; changes that `mayUseReserve` are made all the same. */
  | { readonly kind: 'store-full' }
  /** Head and rings of the shard do not belong together: restore from backup by hand, never repaired silently. */
  | { readonly kind: 'damaged' }
  /** Replication did not confirm the write in time; the same key may be repeated. */
  | { readonly kind: 'outcome-unknown' };

/** One look at a shard, in one atomic step on the primary. */
export interface RegistryLook {
  readonly identity: RegistryIdentity;
  /** Random, made with the shard's head; unlike the epoch of {@link identity} the same on every server that has this data. */
  readonly headEpoch: string;
  readonly seq: number;
  readonly members: readonly Member[];
  /** Counts all renewals of this member table; a table in which it went back was replaced by an older one. */
  readonly renewals: number;
  /** Replicas that follow the server, as it sees them. With more of them than have a change, a fail-over may lose it. */
  readonly replicas: number;
  /** From {@link TokenRingStore.confirm} only: replicas that are known to have all that is shown. Left out: none. */
  readonly acknowledged?: number;
}

/** The token service's side of ADR 2. Throws when the store can't be reached. Implementations pass `tokenRingStoreConformance`. */
export interface TokenRingStore {
  shardOf(environment: EnvironmentId): RingShard;
  readonly shards: readonly RingShard[];
  read(environment: EnvironmentId): Promise<Ring | undefined>;
  /** All or nothing: ring, change log, audit outbox, idempotency. Throws RangeError on a text with half a surrogate pair. */
  change(change: RingChange): Promise<RingChangeResult>;
  /** What was answered to this key before, to replay without a change; undefined when unknown. */
  answered(
    environment: EnvironmentId,
    key: string,
  ): Promise<{ seq: number; requestDigest: string; answer: string; values?: string } | undefined>;
  /** The sealed copy of a token's value; undefined when none is kept. */
  readSealed(environment: EnvironmentId, token: TokenId): Promise<string | undefined>;
  /** Environments of the shard that have a ring. */
  environments(shard: RingShard): Promise<readonly EnvironmentId[]>;
  /**
   * Gives the shard a new head epoch, so that validators load it afresh and {@link RingWitness} no longer stands against it. Only after the
   * revocations that it had lost were made again. `expected`: the head epoch that was looked at; false when it is another by now.
   */
  reopen(shard: RingShard, expected: string): Promise<boolean>;
  look(shard: RingShard): Promise<RegistryLook>;
  /**
   * Like {@link look}, and what it shows is kept by as many replicas as a change needs: for a request that finds its work done already,
   * perhaps by one whose replication was never confirmed. Undefined when replication did not confirm in time; may be repeated.
   */
  confirm(shard: RingShard): Promise<RegistryLook | undefined>;
  /** Removes the member only if it has not renewed since `renewals`. */
  drop(shard: RingShard, member: MemberId, renewals: number): Promise<void>;
}

/** What is stored for an environment can't be read by this version: the environment gets no verdict, its neighbours do. */
export interface UnreadableRing {
  readonly environment: EnvironmentId;
  readonly isUnreadable: true;
}

export interface Renewal {
  readonly position: LogPosition;
  /** As in {@link RegistryLook}. */
  readonly headEpoch: string;
  /** The server's clock, milliseconds since 1970. */
  readonly serverTimeMs: number;
  /** One for each change from `applied + 1` on, without a gap, with the changed ring as it is now: it may be newer than the change. At most 200. */
  readonly entries: readonly { readonly seq: number; readonly ring: Ring | UnreadableRing }[];
  /** The log does not reach back to `applied + 1`: load everything. */
  readonly trimmed: boolean;
}

/** The validator's side of ADR 2. Throws when the store can't be reached or says something that can't be read. */
export interface RingFeed {
  readonly shards: readonly RingShard[];
  /** Heartbeat, acknowledgement and read in one atomic step on the primary. `epoch` is '' and `applied` -1 while joining. */
  renew(
    shard: RingShard,
    member: {
      readonly id: MemberId;
      readonly epoch: string;
      readonly applied: number;
      readonly leaseMs: number;
      readonly peppers: readonly PepperId[];
    },
  ): Promise<Renewal>;
  /**
   * Every ring of the shard, read in pages so that renewals of other shards are not held up. Throws unless all of it comes from `epoch`, which
   * names server and head: after a fail-over one connection may still be with the old primary, whose rings lack what the new one counts.
   * Left out: from whichever primary answers, but from one.
   */
  load(shard: RingShard, epoch?: string): Promise<readonly (Ring | UnreadableRing)[]>;
  /** A clean leave: call it after the last answer was given. */
  leave(shard: RingShard, member: MemberId): Promise<void>;
  /** Calls back with a shard that changed; a hint that may get lost, never the data. */
  onHint(listener: (shard: RingShard) => void): Promise<() => Promise<void>>;
}

/** Longest lease that any validator of this version may hold, and what a revoke waits beyond it, in milliseconds (ADR 2). */
export const maxLeaseMs = 5_000;
export const leaseMarginMs = 500;

/**
 * Remembers, outside the store of the rings, how far each shard had come: a store that was restored from a backup, or that a fail-over put
 * back, stands behind its witness, and is not served until its revocations were made again. Kept per head epoch; numbers only grow.
 */
export interface RingWitness {
  /** Keeps the greater of what is known and `seq`. */
  raise(shard: RingShard, headEpoch: string, seq: number): Promise<void>;
  /** 0 when nothing is known of this head. Throws when it can't be reached: then nothing is known either way. */
  read(shard: RingShard, headEpoch: string): Promise<number>;
}

export interface OutboxEntry {
  readonly seq: number;
  /** Undefined: what stands there is no entry; `audit` is then all that there is. */
  readonly environment: EnvironmentId | undefined;
  /** JSON, as it was given with the change. */
  readonly audit: string;
  /**
   * The epoch of {@link LogPosition} in which it was written: with `seq` it names the entry for ever, also where a restored store counts to
   * the same number again, or the shard was reopened before the entry was published.
   */
  readonly epoch?: string;
}

/** A relay's claim on the outbox of a shard. */
export interface OutboxHold {
  readonly fence: number;
  readonly headEpoch: string;
  /** Which server has the shard, which run of it and which history: another one may have gone back. */
  readonly server: string;
}

/** What the relay keeps beside the outbox of a shard: the texts are its own. */
export interface OutboxChains {
  /** Everything up to this number was taken away in order; undefined: nothing was yet. */
  readonly upTo: number | undefined;
  /** The head of each audit chain, by environment or `:name`. */
  readonly heads: ReadonlyMap<string, string>;
}

/** A head that moves, if it is still what it was; `before` undefined: there was none. */
export interface ChainMove {
  readonly place: string;
  readonly before: string | undefined;
  readonly after: string;
}

/**
 * - `done`
 * - `superseded`: a later relay has claimed the shard, or another server has it: nothing was done
 * - `heads-differ`: a head is not what it was: nothing was done
 */
export type ChainMoved = 'done' | 'superseded' | 'heads-differ';

/** The relay's side of the audit outbox: one relay per shard at a time. Throws when the store can't be reached. */
export interface AuditOutbox {
  readonly shards: readonly RingShard[];
  /** Takes or keeps the relay's claim for `ttlMs`; undefined while another relay has it. The number grows with each new claim. */
  claim(shard: RingShard, relay: string, ttlMs: number): Promise<OutboxHold | undefined>;
  /** The oldest entries, without a gap. */
  read(shard: RingShard, count: number): Promise<readonly OutboxEntry[]>;
  /** What was kept with {@link move} and {@link remove}. */
  chains(shard: RingShard): Promise<OutboxChains>;
  /** Moves heads, in one step with the checks. */
  move(shard: RingShard, hold: Pick<OutboxHold, 'fence' | 'server'>, moves: readonly ChainMove[]): Promise<ChainMoved>;
  /** The same, and takes away what was published, up to `seq`. */
  remove(
    shard: RingShard,
    hold: Pick<OutboxHold, 'fence' | 'server'>,
    seq: number,
    moves: readonly ChainMove[],
  ): Promise<ChainMoved>;
  /** Gives the claim back. */
  release(shard: RingShard, hold: Pick<OutboxHold, 'fence'>): Promise<void>;
}
