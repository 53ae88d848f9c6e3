import { createHash } from 'node:crypto';

/** Draws that a seed repeats: SHA-256 of the seed, what they are for, and a counter. */
export class Draws {
  readonly #from: string;
  #count = 0;
  constructor(seed: string, purpose: string) {
    this.#from = `${purpose}\n${seed}\n`;
  }

  /** A whole number from 0 up to, and without, `end`. */
  below(end: number): number {
    const digest = createHash('sha256').update(`${this.#from}${(this.#count += 1)}`).digest(); // prettier-ignore
    return Math.floor((digest.readUIntBE(0, 6) / 2 ** 48) * end);
  }

  /** A whole number of both ends or between. */
  between(first: number, last: number): number {
    return first + this.below(last - first + 1);
  }

  one<T>(list: readonly [T, ...T[]] | readonly T[]): T {
    return list[this.below(list.length)]!;
  }

  shuffled<T>(list: readonly T[]): T[] {
    const all = [...list];
    for (let at = all.length - 1; at > 0; at -= 1) {
      const other = this.below(at + 1);
      [all[at], all[other]] = [all[other]!, all[at]!];
    }
    return all;
  }
}
