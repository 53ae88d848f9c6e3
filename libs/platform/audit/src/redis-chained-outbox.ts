import type { Redis } from '@tallystick/platform-redis';
import type { ChainedOutbox, HeadMove, MoveOutcome, OutboxClaim, OutboxState, WaitingEntry } from './outbox.port.ts';
import { claimChainedOutbox, type MovedKeys, moveChains, outboxStateOf, releaseChainedOutbox } from './redis-chains.ts';

export type ChainedKeys = Pick<MovedKeys, 'outbox' | 'claim' | 'heads'>;

export interface RedisChainedOutboxOptions {
  /** The primary, from `connectRedis`. */
  readonly client: Redis;
  /** All that there are now. */
  readonly outboxes: () => Promise<readonly string[]>;
  /** Of one hash tag. `outbox`: a stream with ids `<seq>-1`, gapless, and the field `entry`; `heads`: a hash, which may have other fields. */
  readonly keysOf: (outbox: string) => ChainedKeys;
  /** The environment that all entries of an outbox belong to, or `:name`. */
  readonly placeOf: (outbox: string) => string;
}

/** Outboxes on Redis that each belong to one environment. */
export class RedisChainedOutbox implements ChainedOutbox {
  readonly #options: RedisChainedOutboxOptions;

  constructor(options: RedisChainedOutboxOptions) {
    this.#options = options;
  }

  outboxes(): Promise<readonly string[]> {
    return this.#options.outboxes();
  }

  claim(outbox: string, relay: string, ttlMs: number): Promise<OutboxClaim | undefined> {
    return claimChainedOutbox(this.#options.client, this.#options.keysOf(outbox).claim, relay, ttlMs);
  }

  async read(outbox: string, count: number): Promise<readonly WaitingEntry[]> {
    const { client, keysOf, placeOf } = this.#options;
    const entries = await client.xRange(keysOf(outbox).outbox, '-', '+', { COUNT: count });
    return (entries ?? []).map(({ id, message }) => {
      const { entry, epoch = '' } = message;
      const place = entry === undefined ? undefined : placeOf(outbox);
      return { seq: Number.parseInt(id, 10), place, epoch, text: entry ?? JSON.stringify(message) };
    });
  }

  async state(outbox: string): Promise<OutboxState> {
    return outboxStateOf(await this.#options.client.hGetAll(this.#options.keysOf(outbox).heads));
  }

  move(outbox: string, claim: OutboxClaim, moves: readonly HeadMove[]): Promise<MoveOutcome> {
    return moveChains(this.#options.client, this.#options.keysOf(outbox), claim, undefined, moves);
  }

  remove(outbox: string, claim: OutboxClaim, seq: number, moves: readonly HeadMove[]): Promise<MoveOutcome> {
    return moveChains(this.#options.client, this.#options.keysOf(outbox), claim, seq, moves);
  }

  release(outbox: string, claim: OutboxClaim): Promise<void> {
    return releaseChainedOutbox(this.#options.client, this.#options.keysOf(outbox).claim, claim);
  }
}
