import { type ConnectionRef, connectionRefText, type UserRef } from '@tallystick/devices-domain';

export interface ConnectionSizesNeeds {
  readonly index: { living(ref: ConnectionRef): Promise<number>; mark(user: UserRef, as: 'living' | 'left'): Promise<void> };
  /** Milliseconds of a clock that only goes on. */
  readonly elapsedMs: () => number;
}

/** A size is asked for at each plan that takes something from somebody, and moves slowly. */
const freshForMs = 30_000;

/** How many users of each connection are wanted, at most half a minute old, and what each run changes of it. */
export class ConnectionSizes {
  readonly #needs: ConnectionSizesNeeds;
  readonly #known = new Map<string, { readonly size: Promise<number>; readonly at: number }>();

  constructor(needs: ConnectionSizesNeeds) {
    this.#needs = needs;
  }

  of(ref: ConnectionRef): Promise<number> {
    const key = connectionRefText(ref);
    const now = this.#needs.elapsedMs();
    const known = this.#known.get(key);
    if (known && now - known.at < freshForMs) return known.size;
    const size = this.#needs.index.living(ref);
    this.#known.set(key, { size, at: now });
    size.catch(() => this.#known.delete(key)); // the next plan asks again
    return size;
  }

  /** Who is out of scope, disabled or gone must not raise a limit, however many of them the topic has. */
  async told(user: UserRef, isWanted: boolean): Promise<void> {
    await this.#needs.index.mark(user, isWanted ? 'living' : 'left');
  }
}
