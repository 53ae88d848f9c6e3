import { type AuditOutbox, type OutboxEntry, type RingShard, ringShards } from '@tallystick/tokens-domain';
import type { InMemoryTokenRingStore } from './in-memory-token-ring-store.ts';

/** The audit outbox of a ring store in memory; keeps `auditOutboxConformance`. Unreachable when the store is. */
export class InMemoryAuditOutbox implements AuditOutbox {
  readonly shards = ringShards;
  readonly #store: InMemoryTokenRingStore;

  constructor(store: InMemoryTokenRingStore) {
    this.#store = store;
  }

  async claim(
    shardName: RingShard,
    relay: string,
    ttlMs: number,
  ): Promise<{ readonly fence: number; readonly headEpoch: string } | undefined> {
    if (!(ttlMs > 0)) throw new RangeError('a claim lasts longer than nothing');
    const shard = this.#store.whole(await this.#store.open(shardName));
    const now = this.#store.nowMs;
    const { claim, headEpoch } = shard;
    if (claim.until > now && claim.relay !== relay) return undefined;
    // The clock also keeps it from going back with a restored store.
    const fence = claim.until > now ? claim.fence : Math.max(claim.fence + 1, now);
    shard.claim = { relay, fence, until: now + ttlMs };
    return { fence, headEpoch };
  }

  async read(shard: RingShard, count: number): Promise<readonly OutboxEntry[]> {
    return (await this.#store.open(shard)).outbox.slice(0, count);
  }

  async remove(shardName: RingShard, fence: number, seq: number): Promise<boolean> {
    const { claim, outbox } = await this.#store.open(shardName);
    if (claim.fence !== fence) return false;
    outbox.splice(0, outbox.filter((entry) => entry.seq <= seq).length);
    return true;
  }

  async release(shardName: RingShard, fence: number): Promise<void> {
    const { claim } = await this.#store.open(shardName);
    if (claim.fence === fence) claim.until = 0;
  }
}
