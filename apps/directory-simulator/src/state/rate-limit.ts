/** A limit of calls, as a tenant has one. */
export interface RateLimitSetting {
  readonly perSecond: number;
  /** Calls at once after a rest; as many as `perSecond` when left out. */
  readonly burst?: number;
  /** How the refusal says when to come back. */
  readonly retryAfter?: 'seconds' | 'http-date' | 'absent' | 'absurd';
}

/** A bucket of calls that fills evenly: over any time t (in seconds) it lets `burst + t × perSecond` calls pass, and no more. */
export class RateLimit {
  #left: number | undefined;
  #at = 0;

  /** Takes one call, or says after how many milliseconds there is one. `now`: epoch milliseconds. */
  take({ perSecond, burst = perSecond }: RateLimitSetting, now: number): number | undefined {
    const filled = this.#left === undefined ? burst : this.#left + (Math.max(0, now - this.#at) * perSecond) / 1000;
    const left = Math.min(burst, filled);
    this.#at = now;
    // A sum of small parts may miss 1 by a rounding error.
    this.#left = left >= 1 - 1e-9 ? Math.max(0, left - 1) : left;
    return left >= 1 - 1e-9 ? undefined : Math.ceil(((1 - left) * 1000) / perSecond);
  }
}

/** The value of the Retry-After header; `undefined` where it is to be absent. */
export function retryAfterText({ retryAfter = 'seconds' }: RateLimitSetting, waitMs: number, now: number): string | undefined {
  switch (retryAfter) {
    case 'seconds':
      return String(Math.max(1, Math.ceil(waitMs / 1000)));
    case 'http-date':
      return new Date(Math.ceil((now + waitMs) / 1000) * 1000).toUTCString();
    case 'absent':
      return undefined;
    case 'absurd':
      return '99999999999';
  }
}
