import type { EnvironmentId } from '@tallystick/kernel-core';
import {
  maxLeaseMs,
  type MemberId,
  type PepperId,
  type Ring,
  type RingChange,
  type RingFeed,
  type RingShard,
  type TokenRingStore,
} from '@tallystick/tokens-domain';

export interface StoreUnderTest {
  readonly store: TokenRingStore & RingFeed;
  /** What happens to servers. */
  readonly server: {
    trim(shard: RingShard, keep: number): Promise<void> | void;
    flush(): Promise<void> | void;
    forgetMembers(shard: RingShard): Promise<void> | void;
    loseHead(shard: RingShard): Promise<void> | void;
    /** What is stored for it is of another version, or damaged. */
    breakRing(environment: EnvironmentId): Promise<void> | void;
    /** It alone is gone. */
    loseRing(environment: EnvironmentId): Promise<void> | void;
    outbox(shard: RingShard): Promise<readonly string[]> | readonly string[];
  };
  close(): Promise<void> | void;
}

/** Makes a store that shares nothing with any other. */
export type MakeStore = (options?: { readonly outboxLimit?: number }) => Promise<StoreUnderTest> | StoreUnderTest;

/** The change that leads to this ring. */
export const changeTo = (ring: Ring, more: Partial<RingChange> = {}): RingChange => ({
  ring,
  expectedVersion: ring.version - 1,
  audit: `{"version":${ring.version}}`,
  mayUseReserve: false,
  ...more,
});

/** Something to write down about this ring, which stays as it is. */
export const noteOn = (ring: Ring, more: Partial<RingChange> = {}): RingChange =>
  changeTo(ring, { expectedVersion: ring.version, audit: `{"note":${ring.version}}`, ...more });

/** What a member says that knows nothing yet. */
export const joining = (id: string) => ({
  id: id as MemberId,
  epoch: '',
  applied: -1,
  leaseMs: maxLeaseMs,
  peppers: ['k1' as PepperId],
});

/** Makes a change that has to be made. */
export async function commit(store: TokenRingStore, ring: Ring, more: Partial<RingChange> = {}) {
  const result = await store.change(changeTo(ring, more));
  if (result.kind !== 'changed') throw new Error(`expected a change, got ${result.kind}`);
  return result;
}

/** Registers a member; gives what it says from then on. */
export async function join(store: RingFeed, shard: RingShard, id: string) {
  const { position } = await store.renew(shard, joining(id));
  return { ...joining(id), epoch: position.epoch, applied: position.seq };
}
