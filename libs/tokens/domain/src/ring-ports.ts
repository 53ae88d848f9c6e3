import type { Branded, EnvironmentId } from '@tallystick/kernel-core';
import type { Ring } from './ring.ts';

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
  /** Grows with each renewal, and never repeats in a member table: not even when the member was dropped and came back. */
  readonly renewals: number;
}

export interface RingChange {
  readonly ring: Ring;
  /** Version of the ring that this change was made from; 0 for a first ring. */
  readonly expectedVersion: number;
  /** JSON without secrets: who, what, reason, when; written with the change (audit outbox). */
  readonly audit: string;
  readonly idempotency?: {
    readonly key: string;
    /** Digest of actor and request: the same key with another request is refused. */
    readonly requestDigest: string;
    /** Sealed; given back to a repeated request. */
    readonly answer: string;
  };
  /** Revocations may use the last tenth of the outbox (R43). */
  readonly mayUseReserve: boolean;
}

export type RingChangeResult =
  | { readonly kind: 'changed'; readonly seq: number; readonly identity: RegistryIdentity }
  /** The key was used by the same request before: its sequence and its sealed answer. */
  | { readonly kind: 'replayed'; readonly seq: number; readonly answer: string; readonly identity: RegistryIdentity }
  | { readonly kind: 'key-reused' }
  /** Somebody changed the ring since it was read. */
  | { readonly kind: 'conflict' }
  | { readonly kind: 'outbox-full' }
  /** Head and rings of the shard do not belong together: restore from backup by hand, never repaired silently. */
  | { readonly kind: 'damaged' }
  /** Replication did not confirm the write in time; the same key may be repeated. */
  | { readonly kind: 'outcome-unknown' };

/** One look at a shard, in one atomic step on the primary. */
export interface RegistryLook {
  readonly identity: RegistryIdentity;
  readonly seq: number;
  readonly members: readonly Member[];
  /** Counts all renewals of this member table; a table in which it went back was replaced by an older one. */
  readonly renewals: number;
  /** Replicas that follow the server, as it sees them. With more of them than a change waits for, a fail-over may lose a change. */
  readonly replicas: number;
}

/** The token service's side of ADR 2. Throws when the store can't be reached. Implementations pass `tokenRingStoreConformance`. */
export interface TokenRingStore {
  shardOf(environment: EnvironmentId): RingShard;
  readonly shards: readonly RingShard[];
  read(environment: EnvironmentId): Promise<Ring | undefined>;
  /** All or nothing: ring, change log, audit outbox, idempotency. */
  change(change: RingChange): Promise<RingChangeResult>;
  /** What was answered to this key before, to replay without a change; undefined when unknown. */
  answered(environment: EnvironmentId, key: string): Promise<{ seq: number; requestDigest: string; answer: string } | undefined>;
  look(shard: RingShard): Promise<RegistryLook>;
  /**
   * Like {@link look}, and what it shows is kept by as many replicas as a change needs: for a request that finds its work done already,
   * perhaps by one whose replication was never confirmed. Undefined when replication did not confirm in time; may be repeated.
   */
  confirm(shard: RingShard): Promise<RegistryLook | undefined>;
  /** Removes the member only if it has not renewed since `renewals`. */
  drop(shard: RingShard, member: MemberId, renewals: number): Promise<void>;
}

export interface Renewal {
  readonly position: LogPosition;
  /** The server's clock, milliseconds since 1970. */
  readonly serverTimeMs: number;
  /** One for each change from `applied + 1` on, without a gap, with the changed ring as it is now: it may be newer than the change. At most 200. */
  readonly entries: readonly { readonly seq: number; readonly ring: Ring }[];
  /** The log does not reach back to `applied + 1`: load everything. */
  readonly trimmed: boolean;
}

/** The validator's side of ADR 2. Throws when the store can't be reached or says something that can't be read. */
export interface RingFeed {
  readonly shards: readonly RingShard[];
  /** Heartbeat, acknowledgement and read in one atomic step on the primary. `epoch` is '' and `applied` -1 while joining. */
  renew(
    shard: RingShard,
    member: { readonly id: MemberId; readonly epoch: string; readonly applied: number; readonly leaseMs: number },
  ): Promise<Renewal>;
  /** Every ring of the shard. */
  load(shard: RingShard): Promise<readonly Ring[]>;
  /** A clean leave: call it after the last answer was given. */
  leave(shard: RingShard, member: MemberId): Promise<void>;
  /** Calls back with a shard that changed; a hint that may get lost, never the data. */
  onHint(listener: (shard: RingShard) => void): Promise<() => Promise<void>>;
}

/** Longest lease that any validator of this version may hold, and what a revoke waits beyond it, in milliseconds (ADR 2). */
export const maxLeaseMs = 5_000;
export const leaseMarginMs = 500;
