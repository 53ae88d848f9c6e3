const perChunk = 4_096;
const bytesEach = 16;

/** 128 bits of the hash of each record of a generation, by its sequence: 16 bytes per record, and no more, however many there are. */
export class HashColumn {
  readonly #chunks = new Map<number, Buffer>();
  #last = 0;
  #first = Infinity;

  /** Greatest and least sequence that is there; 0 and Infinity without any. */
  get last(): number {
    return this.#last;
  }
  get first(): number {
    return this.#first;
  }

  /** The first 32 hex digits; undefined: none is there. */
  get(sequence: number): string | undefined {
    const chunk = this.#chunks.get(Math.floor(sequence / perChunk));
    const at = (sequence % perChunk) * bytesEach;
    return chunk && this.has(sequence) ? chunk.toString('hex', at, at + bytesEach) : undefined;
  }

  has(sequence: number): boolean {
    const chunk = this.#chunks.get(Math.floor(sequence / perChunk));
    const at = (sequence % perChunk) * bytesEach;
    return chunk !== undefined && chunk.readUIntBE(at, 6) + chunk.readUIntBE(at + 6, 6) > 0;
  }

  /** What is there, as ranges, in order. */
  *runs(): Generator<readonly [number, number]> {
    let from: number | undefined;
    let to = -1;
    for (const index of [...this.#chunks.keys()].sort((a, b) => a - b)) {
      for (let sequence = index * perChunk; sequence < (index + 1) * perChunk; sequence++) {
        if (sequence > this.#last) break;
        if (!this.has(sequence)) continue;
        if (from !== undefined && sequence !== to + 1) {
          yield [from, to];
          from = undefined;
        }
        from ??= sequence;
        to = sequence;
      }
    }
    if (from !== undefined) yield [from, to];
  }

  set(sequence: number, hash: string): void {
    const index = Math.floor(sequence / perChunk);
    const chunk = this.#chunks.get(index) ?? Buffer.alloc(perChunk * bytesEach);
    this.#chunks.set(index, chunk);
    chunk.write(hash.slice(0, bytesEach * 2), (sequence % perChunk) * bytesEach, 'hex');
    this.#last = Math.max(this.#last, sequence);
    this.#first = Math.min(this.#first, sequence);
  }
}

export const shortHash = (hash: string): string => hash.slice(0, bytesEach * 2);
