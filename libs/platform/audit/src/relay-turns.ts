/** Rounds. */
const visitEvery = 10;

/** Which outboxes a round works on, and in what order. */
export class RelayTurns {
  /** Outboxes that have to be visited although nothing of them waits. */
  readonly #owed = new Set<string>();
  /** Outboxes whose chains have to be looked at. */
  readonly #visits = new Set<string>();
  /** By outbox: who had it when it was last visited. */
  readonly #servers = new Map<string, string>();
  #first = 0;
  #rounds = 0;

  /** It is to be come back to until it is {@link paid}. */
  owe(outbox: string): void {
    this.#owed.add(outbox);
  }
  paid(outbox: string): void {
    this.#owed.delete(outbox);
  }
  isOwed(outbox: string): boolean {
    return this.#owed.has(outbox);
  }

  /** It was looked at. @returns whether it is owed */
  visited(outbox: string): boolean {
    this.#visits.delete(outbox);
    return this.#owed.has(outbox);
  }

  /** Another server may have gone back: all that it has is looked at. */
  servedBy(outbox: string, server: string): void {
    const before = this.#servers.get(outbox);
    this.#servers.set(outbox, server);
    if (before !== undefined && before !== server)
      for (const other of this.#servers.keys()) if (other !== outbox) this.#visits.add(other);
  }

  /** Outboxes with something to do; each round begins one further, so that whoever stops a round does not always stop the same ones. */
  next(names: readonly string[], oldest: ReadonlyMap<string, number>): readonly string[] {
    // One is visited now and then, to notice that another server has the outboxes.
    const visited = this.#rounds++ % visitEvery === 0 ? names[this.#first] : undefined;
    this.#first = names.length === 0 ? 0 : (this.#first + 1) % names.length;
    return [...names.slice(this.#first), ...names.slice(0, this.#first)].filter(
      (name) =>
        oldest.has(name) || this.#owed.has(name) || this.#visits.has(name) || !this.#servers.has(name) || name === visited,
    );
  }
}
