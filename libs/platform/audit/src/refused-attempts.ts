export interface RefusedAttemptsOptions {
  /** Milliseconds of a clock that only goes on. */
  readonly nowMs: () => number;
  /** A caller's next attempt is noted so long after the last. Default a minute. */
  readonly everyMs?: number;
  /** Of all callers together, in that time, in one environment. Default 30. */
  readonly most?: number;
}

/** So many callers are remembered; beyond them who came longest ago is forgotten. */
const mostCallers = 10_000;
/** Who did not come for so long is forgotten, with what was left out of them. */
const rememberedMs = 3_600_000;

/**
 * Which refused attempts of privileged callers are noted in the audit: of each caller one in a while, and in each environment so many, so that nobody can
 * fill an outbox by being refused, and nobody's attempts in one environment hide those in another. What is left out is counted, and told with that
 * caller's next one.
 */
export class RefusedAttempts {
  readonly #options: Required<RefusedAttemptsOptions>;
  /** By caller, who came last at the end: when they came, when one was last noted, and how many were left out since. */
  readonly #callers = new Map<string, { readonly seenMs: number; readonly notedMs: number; readonly unnoted: number }>();
  /** How many were noted in this while, by environment: no more of them than notes, for one is here when it has one. */
  readonly #noted = new Map<string, number>();
  #sinceMs = -Infinity;

  constructor({ nowMs, everyMs = 60_000, most = 30 }: RefusedAttemptsOptions) {
    this.#options = { nowMs, everyMs, most };
  }

  /**
   * Of this caller: how many were left out before this one, if it is to be noted; undefined: it is left out.
   * @param environment whose audit it would be in; any text for what is in none.
   */
  take(caller: string, environment: string): { readonly unnoted: number } | undefined {
    const { nowMs, everyMs, most } = this.#options;
    const now = nowMs();
    if (now - this.#sinceMs >= everyMs) this.#begin(now);
    const { notedMs, unnoted } = this.#callers.get(caller) ?? { notedMs: -Infinity, unnoted: 0 };
    const noted = this.#noted.get(environment) ?? 0;
    const isLeftOut = now - notedMs < everyMs || noted >= most;
    this.#callers.delete(caller);
    if (this.#callers.size >= mostCallers) for (const oldest of this.#callers.keys()) if (this.#callers.delete(oldest)) break;
    this.#callers.set(
      caller,
      isLeftOut ? { seenMs: now, notedMs, unnoted: unnoted + 1 } : { seenMs: now, notedMs: now, unnoted: 0 },
    );
    if (isLeftOut) return undefined;
    this.#noted.set(environment, noted + 1);
    return { unnoted };
  }

  /** Whoever was noted long ago, and left nothing out since, is as if they had never come; so is who has not come for an hour. */
  #begin(now: number): void {
    this.#sinceMs = now;
    this.#noted.clear();
    for (const [caller, { seenMs, notedMs, unnoted }] of this.#callers)
      if (now - seenMs >= rememberedMs || (unnoted === 0 && now - notedMs >= this.#options.everyMs)) this.#callers.delete(caller);
  }

  /** How many callers are remembered. */
  get callers(): number {
    return this.#callers.size;
  }
}
