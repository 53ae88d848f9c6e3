import { type Redis, redisFacts } from '@tallystick/platform-redis';

export interface AcknowledgedOptions {
  readonly redis: Redis;
  /** So many replicas must have a write. 0: none is waited for. */
  readonly replicas: number;
  readonly withinMs: number;
}

/** Waits until replicas have what was written on one connection, which WAIT blocks meanwhile. */
export class Acknowledged {
  readonly #options: AcknowledgedOptions;
  #next: Promise<number> | undefined;

  constructor(options: AcknowledgedOptions) {
    this.#options = options;
  }

  /** To be read before the write, and given to {@link by} after it: on another connection WAIT says yes to what it never saw. */
  get connection(): number | undefined {
    return this.#options.replicas > 0 ? redisFacts(this.#options.redis).connection : undefined;
  }

  /** Whether as many replicas as were asked for have all that was written on it. Throws when the store does not answer. */
  async by(connection: number | undefined): Promise<boolean> {
    const { redis, replicas, withinMs } = this.#options;
    if (replicas === 0) return true;
    // One for all who come before it is sent.
    this.#next ??= Promise.resolve().then(() => {
      this.#next = undefined;
      return redis.wait(replicas, withinMs);
    });
    const acknowledged = await this.#next;
    return acknowledged >= replicas && connection !== undefined && connection === this.connection;
  }
}
