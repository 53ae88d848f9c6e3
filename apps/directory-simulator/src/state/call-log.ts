/** One call of the classic API, as it went. No value of a device or of a profile is kept. */
export interface Call {
  /** Counts up from 1 in the order in which the operations took place. */
  readonly n: number;
  readonly op: string;
  readonly username: string | null;
  readonly deviceId?: string;
  readonly attributeName?: string;
  /** null: the call got no answer. */
  readonly status: number | null;
  readonly errorId: number | null;
  /** The fault that was injected into this call. */
  readonly fault?: string;
  /** ISO 8601, UTC. */
  readonly time: string;
}

/** The newest entries, numbered without a gap; older ones fall out at the limit. */
export class Log<T extends { readonly n: number; readonly username: string | null }> {
  readonly #limit: number;
  #entries: T[] = [];
  #last = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(entry: Omit<T, 'n'>): void {
    this.#last += 1;
    this.#entries.push({ n: this.#last, ...entry } as unknown as T);
    if (this.#entries.length > 2 * this.#limit) this.#entries = this.#entries.slice(-this.#limit);
  }

  /** Entries with a number above `since`, oldest first. */
  list(since: number, username?: string): readonly T[] {
    return this.#entries
      .slice(-this.#limit)
      .filter((entry) => entry.n > since && (username === undefined || entry.username === username));
  }

  /** Forgets all entries; the numbers go on. */
  clear(): void {
    this.#entries = [];
  }
}
