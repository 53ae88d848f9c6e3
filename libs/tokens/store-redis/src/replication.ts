import type { Redis } from '@tallystick/platform-redis';

/** How often each client has connected. */
const connections = new WeakMap<Redis, number>();

function countConnections(client: Redis): void {
  if (connections.has(client)) return;
  connections.set(client, 0);
  client.on('ready', () => connections.set(client, (connections.get(client) ?? 0) + 1));
}

/** Waits until enough replicas have what a client wrote. */
export class Replication {
  readonly #client: Redis;
  readonly minReplicas: number;
  readonly #timeoutMs: number;
  #nextWait: Promise<number> | undefined;

  constructor(client: Redis, minReplicas: number, timeoutMs: number) {
    this.#client = client;
    this.minReplicas = minReplicas;
    this.#timeoutMs = timeoutMs;
    countConnections(client);
  }

  /** To be read before the write, and given to {@link isConfirmed} after it. */
  get connection(): number | undefined {
    return connections.get(this.#client);
  }

  /**
   * Whether enough replicas have what this connection wrote. WAIT knows only its own connection's writes and says yes at once on a new
   * one, so a reconnection since `connection` leaves the outcome unknown.
   */
  async isConfirmed(connection: number | undefined): Promise<boolean> {
    if (this.minReplicas === 0) return true;
    // One WAIT for all who come before it is sent: it covers everything that the connection wrote, and blocks the connection.
    this.#nextWait ??= Promise.resolve().then(() => {
      this.#nextWait = undefined;
      return this.#client.wait(this.minReplicas, this.#timeoutMs);
    });
    const replicas = await this.#nextWait;
    return replicas >= this.minReplicas && connection === this.connection;
  }
}
