import { createLocalJWKSet, type CryptoKey, errors, type FlattenedJWSInput, type JWSHeaderParameters } from 'jose';
import type { Logger } from '@tallystick/platform-observability';
import type { LoadKeys } from './key-source.ts';

/** Another look at the keys by age, at the latest; in the background while the old ones still hold. */
const mostRefreshAfterMs = 60_000;
/** After a look that failed. */
const retryAfterMs = 5_000;
/** For a token whose key is not known: any stranger can make one. */
const unknownKeyAfterMs = 30_000;
/** How often it is asked whether a look is due, where that waits for no caller. */
const tickMs = 1_000;

/** The keys can't be had, so nothing is known about any token. */
export class KeysUnavailable extends Error {
  override readonly name = 'KeysUnavailable';
}

/** What was verified with a key holds no longer without another look: until the first of these two moments. */
export type KeyTrust = {
  /** Milliseconds since 1970. */
  readonly trustedUntil: number;
  /** By the clock that nobody sets. */
  readonly trustedUntilElapsed: number;
};

export type FoundKey = KeyTrust & { readonly key: CryptoKey };

/** A key of the last good look, however long ago that was. */
export type StaleKey = {
  readonly key: CryptoKey;
  /** Milliseconds since 1970: nothing that was signed since is believed, for the key may have been withdrawn because somebody has it. */
  readonly lookedAt: number;
};

/**
 * The keys of one issuer in memory.
 *
 * ```
 * load ──▶ fresh ──60 s──▶ due: looked at again by the next call, which does not wait ──keepMs after the load──▶ gone
 *                           └─ a look that fails is repeated after 5 s; the old keys serve meanwhile
 * ```
 *
 * Keys that hold for less than three minutes are due after a third of that, so that one look may fail without anybody noticing.
 */
export class IssuerKeys {
  readonly #options: {
    readonly load: LoadKeys;
    readonly keepMs: number;
    readonly now: () => number;
    readonly logger: Logger | undefined;
    readonly elapsedMs: () => number;
    readonly staleMs: number;
  };
  #keys:
    | { readonly find: ReturnType<typeof createLocalJWKSet>; readonly loadedAt: number; readonly loadedAtElapsed: number }
    | undefined;
  readonly #startedAtElapsed: number;
  #looks = 0;
  #failure: { readonly cause: unknown } | undefined;
  #lookedAt = -Infinity;
  #underWay: Promise<void> | undefined;
  readonly #refreshAfterMs: number;
  #timer: NodeJS.Timeout | undefined;

  /**
   * `keepMs`: how long keys hold after the look that brought them; `staleMs`: how long they are had for what only revokes. `elapsedMs`: a clock
   * that nobody sets.
   */
  constructor(options: {
    readonly load: LoadKeys;
    readonly keepMs: number;
    readonly staleMs: number;
    readonly now: () => number;
    readonly elapsedMs: () => number;
    readonly logger: Logger | undefined;
  }) {
    this.#options = options;
    this.#refreshAfterMs = Math.min(mostRefreshAfterMs, options.keepMs / 3);
    this.#startedAtElapsed = options.elapsedMs();
  }

  /** How many looks have ended. */
  get looks(): number {
    return this.#looks;
  }

  /**
   * From now on looks when it is time to, also while nobody calls, until the process ends, which this does not hold up: so the time since the last good
   * look is how long the issuer was away, and not how long nobody asked.
   */
  keepLooking(): void {
    this.#timer ??= setInterval(() => this.refreshWhenDue(), tickMs).unref();
  }

  /**
   * Milliseconds since the last look that went well, or since the start when none did; after one more, unless there was one just now. With
   * {@link keepLooking} the issuer was away for so long, less the time between two looks.
   */
  async awayForMs(): Promise<number> {
    if (this.#underWay || this.#looks === 0 || this.#age(this.#lookedAt) >= retryAfterMs) await this.look();
    return this.#options.elapsedMs() - (this.#keys?.loadedAtElapsed ?? this.#startedAtElapsed);
  }

  /** @throws KeysUnavailable when there are none, or they are too old by either clock; a JOSEError when none of them fits. */
  async findStale(header: JWSHeaderParameters, token: FlattenedJWSInput): Promise<StaleKey> {
    const keys = this.#keys;
    if (!keys || this.#ageOf(keys) >= this.#options.staleMs)
      throw new KeysUnavailable("the issuer's keys can not be had, and those of before are too old", this.#failure);
    return { key: await keys.find(header, token), lookedAt: keys.loadedAt };
  }

  /** Looks at the keys in the background when it is time to. Costs nothing otherwise. */
  refreshWhenDue(): void {
    if (this.#age(this.#lookedAt) >= (this.#failure ? retryAfterMs : this.#refreshAfterMs)) void this.look();
  }

  /** One look now, together with everyone who wants one. Never rejects: what went wrong is logged, once until it is well again. */
  look(): Promise<void> {
    return (this.#underWay ??= this.#load().finally(() => (this.#underWay = undefined)));
  }

  /** @throws KeysUnavailable; a JOSEError when there are keys and none of them fits. */
  async find(header: JWSHeaderParameters, token: FlattenedJWSInput): Promise<FoundKey> {
    if (!this.#current()) {
      if (this.#underWay || this.#age(this.#lookedAt) >= retryAfterMs) await this.look();
    } else this.refreshWhenDue();
    try {
      return await this.#find(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      if (this.#age(this.#lookedAt) < unknownKeyAfterMs && !this.#underWay) throw error;
    }
    await this.look();
    if (this.#failure) throw new KeysUnavailable('the key of a token is not known, and a look for it failed', this.#failure);
    return this.#find(header, token);
  }

  async #find(header: JWSHeaderParameters, token: FlattenedJWSInput): Promise<FoundKey> {
    const keys = this.#current();
    if (!keys) throw new KeysUnavailable("the issuer's keys can not be had", this.#failure);
    const { keepMs } = this.#options;
    return {
      key: await keys.find(header, token),
      trustedUntil: keys.loadedAt + keepMs,
      trustedUntilElapsed: keys.loadedAtElapsed + keepMs,
    };
  }

  #current() {
    return this.#keys && this.#ageOf(this.#keys) < this.#options.keepMs ? this.#keys : undefined;
  }

  /** By the clock that says more: one that was set makes no key younger. */
  #ageOf({ loadedAt, loadedAtElapsed }: { readonly loadedAt: number; readonly loadedAtElapsed: number }): number {
    return Math.max(this.#age(loadedAt), this.#options.elapsedMs() - loadedAtElapsed);
  }

  #age(since: number): number {
    return Math.abs(this.#options.now() - since); // a clock that was set back makes nothing younger
  }

  async #load(): Promise<void> {
    const { load, now, elapsedMs, logger, keepMs } = this.#options;
    const [startedAt, loadedAtElapsed] = [now(), elapsedMs()];
    this.#lookedAt = startedAt;
    try {
      this.#keys = { find: createLocalJWKSet(await load()), loadedAt: startedAt, loadedAtElapsed };
      if (this.#failure) logger?.info("the issuer's keys are there again");
      this.#failure = undefined;
    } catch (cause) {
      const left = this.#current();
      const until = left && { oldKeysHoldUntil: new Date(left.loadedAt + keepMs).toISOString() };
      if (!this.#failure)
        logger?.error(
          { err: cause, ...until },
          left
            ? "the issuer's keys can not be had; callers are known by the old ones for a while"
            : "the issuer's keys can not be had; every caller gets 503 until they are there",
        );
      this.#failure = { cause };
    } finally {
      this.#looks++;
    }
  }
}
