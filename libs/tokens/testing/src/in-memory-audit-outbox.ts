import {
  type AuditOutbox,
  type ChainMove,
  type ChainMoved,
  type OutboxChains,
  type OutboxEntry,
  type OutboxHold,
  type RingShard,
  ringShards,
} from '@tallystick/tokens-domain';
import type { Shard } from './in-memory-shard.ts';
import type { InMemoryTokenRingStore } from './in-memory-token-ring-store.ts';

/** The audit outbox of a ring store in memory; keeps `auditOutboxConformance`. Unreachable when the store is. */
export class InMemoryAuditOutbox implements AuditOutbox {
  readonly shards = ringShards;
  readonly #store: InMemoryTokenRingStore;

  constructor(store: InMemoryTokenRingStore) {
    this.#store = store;
  }

  async claim(shardName: RingShard, relay: string, ttlMs: number): Promise<OutboxHold | undefined> {
    if (!(ttlMs > 0)) throw new RangeError('a claim lasts longer than nothing');
    const shard = this.#store.whole(await this.#store.open(shardName));
    const now = this.#store.nowMs;
    const { claim, headEpoch } = shard;
    if (claim.until > now && claim.relay !== relay) return undefined;
    // The clock also keeps it from going back with a restored store.
    const fence = claim.until > now ? claim.fence : Math.max(claim.fence + 1, now);
    shard.claim = { relay, fence, until: now + ttlMs };
    return { fence, headEpoch, server: this.#store.serverId };
  }

  async read(shard: RingShard, count: number): Promise<readonly OutboxEntry[]> {
    return (await this.#store.open(shard)).outbox.slice(0, count);
  }

  async chains(shard: RingShard): Promise<OutboxChains> {
    const { heads, takenUpTo } = await this.#store.open(shard);
    return { upTo: takenUpTo, heads: new Map(heads) };
  }

  async move(shardName: RingShard, hold: Held, moves: readonly ChainMove[]): Promise<ChainMoved> {
    return this.#moved(await this.#store.open(shardName), hold, moves);
  }

  async remove(shardName: RingShard, hold: Held, seq: number, moves: readonly ChainMove[]): Promise<ChainMoved> {
    const shard = await this.#store.open(shardName);
    const outcome = this.#moved(shard, hold, moves);
    if (outcome !== 'done') return outcome;
    shard.outbox.splice(0, shard.outbox.filter((entry) => entry.seq <= seq).length);
    shard.takenUpTo = seq;
    return outcome;
  }

  async release(shardName: RingShard, { fence }: Pick<Held, 'fence'>): Promise<void> {
    const { claim } = await this.#store.open(shardName);
    if (claim.fence === fence) claim.until = 0;
  }

  #moved({ claim, heads }: Shard, { fence, server }: Held, moves: readonly ChainMove[]): ChainMoved {
    if (claim.fence !== fence || server !== this.#store.serverId) return 'superseded';
    if (moves.some(({ place, before }) => heads.get(place) !== before)) return 'heads-differ';
    for (const { place, after } of moves) heads.set(place, after);
    return 'done';
  }
}

type Held = Pick<OutboxHold, 'fence' | 'server'>;
