import type { ChainedRecord, ChainStart } from './chain.ts';
import { HashColumn, shortHash } from './hash-column.ts';

/** Hashes as 32 digits. */
export interface Alternative {
  readonly sequence: number;
  readonly hash: string;
  readonly previous: string;
}

export interface VerifiedStart {
  readonly sequence: number;
  readonly hash: string;
  readonly previous: string;
  readonly told: ChainStart;
}

/** More records of others than these are counted, and not kept. */
const mostAlternatives = 10_000;

/**
 * The records of one generation of a chain, in whatever order they come and however often. Of two at one sequence the one that came first stands,
 * until a head vouches for the other.
 */
export class VerifiedGeneration {
  readonly #hashes = new HashColumn();
  /** By sequence: what the record there says of the one before, where that one is not there yet, or is another. */
  readonly #loose = new Map<number, string>();
  readonly #alternatives: Alternative[] = [];
  #uncounted = 0;
  records = 0;
  repetitions = 0;
  /** Greatest sequence that a trusted key vouches for. */
  vouched = 0;
  readonly #starts: VerifiedStart[] = [];

  /** The start that stands in the chain. */
  get start(): VerifiedStart | undefined {
    return this.#starts.find(({ sequence, hash }) => this.is(sequence, hash));
  }
  started(start: VerifiedStart): void {
    if (this.#starts.length < mostAlternatives) this.#starts.push(start);
  }

  get first(): number {
    return this.#hashes.first;
  }
  get last(): number {
    return this.#hashes.last;
  }
  has(sequence: number): boolean {
    return this.#hashes.has(sequence);
  }
  is(sequence: number, hash: string): boolean {
    return this.#hashes.get(sequence) === shortHash(hash);
  }

  add({ sequence, hash, previous }: Pick<ChainedRecord, 'sequence' | 'hash' | 'previous'>): void {
    const known = this.#hashes.get(sequence);
    if (known === shortHash(hash)) {
      this.repetitions += 1;
      return;
    }
    if (known !== undefined) {
      this.#another({ sequence, hash: shortHash(hash), previous: shortHash(previous) });
      return;
    }
    this.records += 1;
    this.#place(sequence, shortHash(hash), shortHash(previous));
  }

  /** Whether the chain can be had so that this record stands in it. */
  reach(sequence: number, hash: string): boolean {
    if (this.is(sequence, hash)) {
      this.#mendFrom(sequence);
      return true;
    }
    const other = this.#alternatives.findIndex((one) => one.sequence === sequence && one.hash === shortHash(hash));
    if (other < 0) return false;
    this.#swap(other);
    this.#mendFrom(sequence);
    return true;
  }

  /** Sequences that are not there, as ranges, between the first and the last. */
  gaps(): readonly (readonly [number, number])[] {
    const runs = [...this.#hashes.runs()];
    return runs.slice(1).map(([from], at) => [(runs[at]?.[1] ?? 0) + 1, from - 1] as const);
  }

  /** Records that do not continue the one before them, though that is there. */
  breaks(): readonly number[] {
    return [...this.#loose.keys()].filter((sequence) => this.has(sequence - 1)).sort((a, b) => a - b);
  }

  /** Records at sequences where another one stands. */
  others(): { readonly sequences: readonly number[]; readonly uncounted: number } {
    return { sequences: this.#alternatives.map(({ sequence }) => sequence).sort((a, b) => a - b), uncounted: this.#uncounted };
  }

  #another(one: Alternative): void {
    if (this.#alternatives.some(({ sequence, hash }) => sequence === one.sequence && hash === one.hash)) this.repetitions += 1;
    else if (this.#alternatives.length < mostAlternatives) this.#alternatives.push(one);
    else this.#uncounted += 1;
  }

  /** `previous` as 32 digits. */
  #place(sequence: number, hash: string, previous: string): void {
    this.#hashes.set(sequence, hash);
    if (this.#hashes.get(sequence - 1) === previous) this.#loose.delete(sequence);
    else this.#loose.set(sequence, previous);
    if (this.#loose.get(sequence + 1) === hash) this.#loose.delete(sequence + 1);
  }

  #swap(at: number): void {
    const [one] = this.#alternatives.splice(at, 1);
    if (!one) return;
    const { sequence } = one;
    const known = this.#hashes.get(sequence) as string;
    const before = this.#loose.get(sequence) ?? this.#hashes.get(sequence - 1) ?? '';
    // What stood after it may have continued it: it says so from now on.
    if (this.has(sequence + 1) && !this.#loose.has(sequence + 1)) this.#loose.set(sequence + 1, known);
    this.#place(sequence, one.hash, one.previous);
    this.#alternatives.push({ sequence, hash: known, previous: before });
  }

  /** From a record that is vouched for backwards: wherever one doesn't continue the one before, the one that it does continue is put there. */
  #mendFrom(last: number): void {
    for (const sequence of [...this.#loose.keys()].filter((one) => one <= last).sort((a, b) => b - a)) {
      for (let at = sequence; ; at--) {
        const wanted = this.#loose.get(at);
        if (wanted === undefined || !this.has(at - 1)) break;
        const other = this.#alternatives.findIndex((one) => one.sequence === at - 1 && one.hash === wanted);
        if (other < 0) break;
        this.#swap(other);
      }
    }
  }
}
