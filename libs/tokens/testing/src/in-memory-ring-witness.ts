import type { RingShard, RingWitness } from '@tallystick/tokens-domain';

/** The witness in memory; keeps `ringWitnessConformance`. */
export class InMemoryRingWitness implements RingWitness {
  /** False: every call fails, as when the second Redis is away. */
  reachable = true;
  readonly #known = new Map<`${RingShard}:${string}`, number>();

  async raise(shard: RingShard, headEpoch: string, seq: number): Promise<void> {
    if (!Number.isSafeInteger(seq) || seq < 0) throw new RangeError('a number of a change is a whole one from 0 on');
    await this.#reach();
    const key = `${shard}:${headEpoch}` as const;
    this.#known.set(key, Math.max(this.#known.get(key) ?? 0, seq));
  }

  async read(shard: RingShard, headEpoch: string): Promise<number> {
    await this.#reach();
    return this.#known.get(`${shard}:${headEpoch}`) ?? 0;
  }

  /** Forgets everything, as FLUSHALL does. */
  flush(): void {
    this.#known.clear();
  }

  async #reach(): Promise<void> {
    await Promise.resolve();
    if (!this.reachable) throw new Error('the witness can not be reached');
  }
}
