import type { Redis } from '@tallystick/platform-redis';
import type { RingShard, RingWitness } from '@tallystick/tokens-domain';
import { raiseScript } from './scripts/raise.script.ts';
import { UnreadableRecord } from './unreadable-record.ts';

export interface RedisRingWitnessOptions {
  /** A Redis other than that of the rings: what loses the rings must not lose their witness too. */
  readonly client: Redis;
  /** Before every key; default `tally`. */
  readonly prefix?: string;
}

/** One hash per shard, head epoch → number. A shard has few head epochs: each is a new store or a reopening. */
export class RedisRingWitness implements RingWitness {
  readonly #client: Redis;
  readonly #prefix: string;

  constructor({ client, prefix = 'tally' }: RedisRingWitnessOptions) {
    this.#client = client;
    this.#prefix = prefix;
  }

  async raise(shard: RingShard, headEpoch: string, seq: number): Promise<void> {
    if (!Number.isSafeInteger(seq) || seq < 0) throw new RangeError('a number of a change is a whole one from 0 on');
    await raiseScript.run(this.#client, [this.#key(shard)], [headEpoch, seq]);
  }

  async read(shard: RingShard, headEpoch: string): Promise<number> {
    const text = await this.#client.hGet(this.#key(shard), headEpoch);
    if (text === null) return 0;
    if (!/^\d{1,16}$/.test(text)) throw new UnreadableRecord('a witness is no number');
    return Number(text);
  }

  #key(shard: RingShard): string {
    return `${this.#prefix}:{witness-${shard}}:heads`;
  }
}
