/** One call of either API, as it went. No value of a device or of a profile is kept. */
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
  /** PingOne's error code: that of the first detail, or the general one. */
  readonly code?: string;
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

  /** At most `most` entries with a number above `since`, oldest first. */
  list(since: number, username?: string, most = Number.POSITIVE_INFINITY): readonly T[] {
    const listed: T[] = [];
    const oldest = Math.max(0, this.#entries.length - this.#limit);
    const first = this.#entries[0]?.n ?? 1;
    // Without a gap in the numbers, the place follows from the number.
    for (let place = Math.max(oldest, since - first + 1); place < this.#entries.length && listed.length < most; place += 1) {
      const entry = this.#entries[place];
      if (entry && (username === undefined || entry.username === username)) listed.push(entry);
    }
    return listed;
  }

  /** Forgets all entries; the numbers go on. */
  clear(): void {
    this.#entries = [];
  }
}
