import { randomBytes } from 'node:crypto';

/** Expired tokens are swept when so many are kept. */
const sweepAt = 10_000;

/** The access tokens that were handed out. They are drawn from the system, not from the seed: whoever guesses one may write. */
export class AccessTokens {
  #expiries = new Map<string, number>();

  /** A new token. Times are epoch milliseconds. */
  issue(now: number, lifeMs: number): string {
    if (this.#expiries.size >= sweepAt)
      for (const [token, expiry] of this.#expiries) if (expiry <= now) this.#expiries.delete(token);
    const token = randomBytes(48).toString('base64url');
    this.#expiries.set(token, now + lifeMs);
    return token;
  }

  isGood(token: string, now: number): boolean {
    return (this.#expiries.get(token) ?? 0) > now;
  }

  expireAll(): void {
    this.#expiries.clear();
  }
}
