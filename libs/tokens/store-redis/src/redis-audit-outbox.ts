import type { EnvironmentId } from '@tallystick/kernel-core';
import { moveChains, outboxStateOf, releaseChainedOutbox } from '@tallystick/platform-audit';
import type { Redis } from '@tallystick/platform-redis';
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
import { z } from 'zod';
import { ringKeys, shardKeys } from './ring-keys.ts';
import { claimScript } from './scripts/claim.script.ts';
import { candidates } from './scripts/shard-prelude.ts';

export interface RedisAuditOutboxOptions {
  /** The primary of the Redis that keeps the rings, from `connectRedis`. */
  readonly client: Redis;
  /** As of the ring store; default `tally`. */
  readonly prefix?: string;
}

const claimReply = z.tuple([z.int(), z.string(), z.string()]).nullable();

/**
 * The outbox that the change script of `RedisTokenRingStore` fills. A claim runs by the server's clock, and its number also grows across a
 * restore of the store, because the server's time is its least. Works through a whole shard only: throws `DAMAGED` otherwise.
 */
export class RedisAuditOutbox implements AuditOutbox {
  readonly shards = ringShards;
  readonly #client: Redis;
  readonly #prefix: string;

  constructor({ client, prefix = 'tally' }: RedisAuditOutboxOptions) {
    this.#client = client;
    this.#prefix = prefix;
  }

  async claim(shard: RingShard, relay: string, ttlMs: number): Promise<OutboxHold | undefined> {
    if (!(ttlMs > 0)) throw new RangeError('a claim lasts longer than nothing');
    const keys = ringKeys(this.#prefix, shard);
    const args = [...candidates(), relay, ttlMs];
    const reply = claimReply.parse(await claimScript.run(this.#client, [...shardKeys(keys), keys.relay, keys.chainRelay], args));
    return reply === null ? undefined : { fence: reply[0], headEpoch: reply[1], server: reply[2] };
  }

  async read(shard: RingShard, count: number): Promise<readonly OutboxEntry[]> {
    const entries = await this.#client.xRange(ringKeys(this.#prefix, shard).outbox, '-', '+', { COUNT: count });
    return (entries ?? []).map(readEntry);
  }

  async chains(shard: RingShard): Promise<OutboxChains> {
    return outboxStateOf(await this.#client.hGetAll(ringKeys(this.#prefix, shard).chains));
  }

  move(shard: RingShard, hold: Held, moves: readonly ChainMove[]): Promise<ChainMoved> {
    return moveChains(this.#client, this.#keys(shard), hold, undefined, moves);
  }

  remove(shard: RingShard, hold: Held, seq: number, moves: readonly ChainMove[]): Promise<ChainMoved> {
    return moveChains(this.#client, this.#keys(shard), hold, seq, moves);
  }

  release(shard: RingShard, hold: Pick<Held, 'fence'>): Promise<void> {
    return releaseChainedOutbox(this.#client, this.#keys(shard).claim, hold);
  }

  #keys(shard: RingShard) {
    const { outbox, chainRelay: claim, chains: heads, waiting } = ringKeys(this.#prefix, shard);
    return { outbox, claim, heads, waiting };
  }
}

type Held = Pick<OutboxHold, 'fence' | 'server'>;

/** What is no entry is told as it is: it must not keep those behind it from leaving. */
function readEntry({ id, message }: { readonly id: string; readonly message: Readonly<Record<string, string>> }): OutboxEntry {
  const { environment, entry: audit, epoch } = message;
  const seq = Number.parseInt(id, 10);
  if (environment === undefined || audit === undefined || epoch === undefined)
    return { seq, environment: undefined, audit: JSON.stringify(message) };
  return { seq, environment: environment as EnvironmentId, audit, epoch };
}
