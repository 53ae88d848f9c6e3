import { type Redis, redisFacts } from '@tallystick/platform-redis';
import type { RingShard, RingWitness } from '@tallystick/tokens-domain';
import { z } from 'zod';
import { readFieldScript } from './scripts/read.script.ts';
import { raiseScript } from './scripts/raise.script.ts';
import { UnreadableRecord } from './unreadable-record.ts';

export interface RedisRingWitnessOptions {
  /** A Redis other than that of the rings: what loses the rings must not lose their witness too. */
  readonly client: Redis;
  /** Before every key; default `tally`. */
  readonly prefix?: string;
}

const replicasWithinMs = 300;

/** One hash per shard, head epoch → number. A shard has few head epochs: each is a new store or a reopening. */
export class RedisRingWitness implements RingWitness {
  readonly #client: Redis;
  readonly #prefix: string;
  /** A primary that was cut off sees none of those that followed it, and one of them is the primary by then. */
  #mostReplicas = 0;

  constructor({ client, prefix = 'tally' }: RedisRingWitnessOptions) {
    this.#client = client;
    this.#prefix = prefix;
  }

  /** @throws Error also when not as many replicas confirmed it in time as ever followed, to this store's or the sentinels' knowledge. */
  async raise(shard: RingShard, headEpoch: string, seq: number): Promise<void> {
    if (!Number.isSafeInteger(seq) || seq < 0) throw new RangeError('a number of a change is a whole one from 0 on');
    const { connection } = redisFacts(this.#client);
    const replicas = z.int().parse(await raiseScript.run(this.#client, [this.#key(shard)], [headEpoch, seq]));
    const wanted = (this.#mostReplicas = Math.max(this.#mostReplicas, replicas, redisFacts(this.#client).mostReplicas));
    if (wanted === 0) return;
    const acknowledged = await this.#client.wait(wanted, replicasWithinMs);
    if (acknowledged < wanted || connection === undefined || connection !== redisFacts(this.#client).connection)
      throw new Error('not every replica has the witness: a fail-over might put it back');
  }

  async read(shard: RingShard, headEpoch: string): Promise<number> {
    const text = await readFieldScript.run(this.#client, [this.#key(shard)], [headEpoch]);
    if (text === null) return 0;
    if (typeof text !== 'string' || !/^\d{1,16}$/.test(text)) throw new UnreadableRecord('a witness is no number');
    return Number(text);
  }

  #key(shard: RingShard): string {
    return `${this.#prefix}:{witness-${shard}}:heads`;
  }
}
