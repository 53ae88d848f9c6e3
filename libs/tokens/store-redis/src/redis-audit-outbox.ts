import type { EnvironmentId } from '@tallystick/kernel-core';
import type { Redis } from '@tallystick/platform-redis';
import { type AuditOutbox, type OutboxEntry, type RingShard, ringShards } from '@tallystick/tokens-domain';
import { z } from 'zod';
import { ringKeys, shardKeys } from './ring-keys.ts';
import { claimScript } from './scripts/claim.script.ts';
import { releaseScript } from './scripts/release.script.ts';
import { removeScript } from './scripts/remove.script.ts';
import { candidates } from './scripts/shard-prelude.ts';
import { UnreadableRecord } from './unreadable-record.ts';

export interface RedisAuditOutboxOptions {
  /** The primary of the Redis that keeps the rings, from `connectRedis`. */
  readonly client: Redis;
  /** As of the ring store; default `tally`. */
  readonly prefix?: string;
}

const claimReply = z.tuple([z.int(), z.string()]).nullable();

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

  async claim(
    shard: RingShard,
    relay: string,
    ttlMs: number,
  ): Promise<{ readonly fence: number; readonly headEpoch: string } | undefined> {
    if (!(ttlMs > 0)) throw new RangeError('a claim lasts longer than nothing');
    const keys = ringKeys(this.#prefix, shard);
    const args = [...candidates(), relay, ttlMs];
    const reply = claimReply.parse(await claimScript.run(this.#client, [...shardKeys(keys), keys.relay], args));
    return reply === null ? undefined : { fence: reply[0], headEpoch: reply[1] };
  }

  async read(shard: RingShard, count: number): Promise<readonly OutboxEntry[]> {
    const entries = await this.#client.xRange(ringKeys(this.#prefix, shard).outbox, '-', '+', { COUNT: count });
    return (entries ?? []).map(readEntry);
  }

  async remove(shard: RingShard, fence: number, seq: number): Promise<boolean> {
    const { outbox, waiting, relay } = ringKeys(this.#prefix, shard);
    return (await removeScript.run(this.#client, [outbox, waiting, relay], [fence, seq])) === 1;
  }

  async release(shard: RingShard, fence: number): Promise<void> {
    await releaseScript.run(this.#client, [ringKeys(this.#prefix, shard).relay], [fence]);
  }
}

function readEntry({ id, message }: { readonly id: string; readonly message: Readonly<Record<string, string>> }): OutboxEntry {
  const { environment, entry: audit, epoch } = message;
  if (environment === undefined || audit === undefined || epoch === undefined)
    throw new UnreadableRecord('an entry of the audit outbox lacks a field');
  return { seq: Number.parseInt(id, 10), environment: environment as EnvironmentId, audit, epoch };
}
