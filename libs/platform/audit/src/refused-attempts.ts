export interface RefusedAttemptsOptions {
  /** Milliseconds of a clock that only goes on. */
  readonly nowMs: () => number;
  /** A caller's next attempt is noted so long after the last. Default a minute. */
  readonly everyMs?: number;
  /** Of all callers together, in that time. Default 30. */
  readonly most?: number;
}

/** So many callers are remembered; beyond them whoever is not known is counted with everybody else. */
const mostCallers = 10_000;

/**
 * Which refused attempts of privileged callers are noted in the audit: of each caller one in a while, and of all together so many, so that nobody can fill
 * an outbox by being refused. What is left out is counted, and told with that caller's next one.
 */
export class RefusedAttempts {
  readonly #options: Required<RefusedAttemptsOptions>;
  /** By caller: when one was last noted, and how many were left out since. */
  readonly #callers = new Map<string, { notedMs: number; unnoted: number }>();
  #noted: { sinceMs: number; count: number } = { sinceMs: -Infinity, count: 0 };

  constructor({ nowMs, everyMs = 60_000, most = 30 }: RefusedAttemptsOptions) {
    this.#options = { nowMs, everyMs, most };
  }

  /** Of this caller: how many were left out before this one, if it is to be noted; undefined: it is left out. */
  take(caller: string): { readonly unnoted: number } | undefined {
    const { nowMs, everyMs, most } = this.#options;
    const now = nowMs();
    if (now - this.#noted.sinceMs >= everyMs) this.#begin(now);
    const known = this.#callers.get(caller);
    if ((known && now - known.notedMs < everyMs) || this.#noted.count >= most) {
      if (known) known.unnoted += 1;
      else if (this.#callers.size < mostCallers) this.#callers.set(caller, { notedMs: -Infinity, unnoted: 1 });
      return undefined;
    }
    this.#noted.count += 1;
    if (known || this.#callers.size < mostCallers) this.#callers.set(caller, { notedMs: now, unnoted: 0 });
    return { unnoted: known?.unnoted ?? 0 };
  }

  /** Whoever was noted long ago, and left nothing out since, is as if they had never come. */
  #begin(now: number): void {
    this.#noted = { sinceMs: now, count: 0 };
    for (const [caller, { notedMs, unnoted }] of this.#callers)
      if (unnoted === 0 && now - notedMs >= this.#options.everyMs) this.#callers.delete(caller);
  }
}
