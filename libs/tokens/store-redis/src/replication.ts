import { type Redis, redisFacts } from '@tallystick/platform-redis';

export interface ReplicationOptions {
  /** Replicas that must have a write; with fewer its outcome is unknown. */
  readonly minReplicas: number;
  /** Replicas that are waited for beyond that, for a while. */
  readonly replicas?: number;
  /** How long the least may take. */
  readonly timeoutMs: number;
}

/** For the others, while they were all there the last time; and once they were not, for one of them is away then and all would wait for it. */
const restMs = 300;
const shortRestMs = 20;

/** Waits until replicas have what a client wrote. */
export class Replication {
  readonly #client: Redis;
  readonly #options: Required<ReplicationOptions>;
  #nextWait: Promise<number> | undefined;
  #lackedSome = false;

  constructor(client: Redis, { minReplicas, replicas = 0, timeoutMs }: ReplicationOptions) {
    this.#client = client;
    this.#options = { minReplicas, replicas: Math.max(minReplicas, replicas), timeoutMs };
  }

  /** As many as are waited for. */
  get replicas(): number {
    return this.#options.replicas;
  }

  /** False: nothing is waited for. */
  get isUsed(): boolean {
    return this.replicas > 0;
  }

  /** To be read before the write, and given to {@link acknowledged} after it. */
  get connection(): number | undefined {
    return redisFacts(this.#client).connection;
  }

  /**
   * How many replicas have what was written on `connection`; undefined when they are too few, or when that can't be told. WAIT knows only its own
   * connection's writes and says yes at once on a new one, also on one to another server.
   */
  async acknowledged(connection: number | undefined): Promise<number | undefined> {
    if (!this.isUsed) return 0;
    // One WAIT for all who come before it is sent: it covers everything that the connection wrote, and blocks the connection.
    this.#nextWait ??= Promise.resolve().then(() => {
      this.#nextWait = undefined;
      return this.#wait();
    });
    const replicas = await this.#nextWait;
    return replicas >= this.#options.minReplicas && connection !== undefined && connection === this.connection
      ? replicas
      : undefined;
  }

  async #wait(): Promise<number> {
    const { minReplicas, replicas, timeoutMs } = this.#options;
    const least = minReplicas > 0 ? await this.#client.wait(minReplicas, timeoutMs) : 0;
    if (least < minReplicas || least >= replicas) return least;
    const all = await this.#client.wait(replicas, this.#lackedSome ? shortRestMs : restMs);
    this.#lackedSome = all < replicas;
    return Math.max(least, all);
  }
}
