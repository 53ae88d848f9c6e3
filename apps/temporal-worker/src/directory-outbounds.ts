import { createOutbound, type Outbound, type OutboundOptions } from '@tallystick/platform-outbound';

/**
 * HTTP clients of directories, one for each: a directory that hangs keeps no connection from another one on the same host (R27, R47). All
 * tenants of a cloud region are on one host.
 */
export class DirectoryOutbounds {
  readonly #now: OutboundOptions['now'];
  readonly #kept = new Map<string, Outbound>();

  constructor(now: OutboundOptions['now']) {
    this.#now = now;
  }

  /** @param callsAtOnce what the budget of the directory allows: as many connections, or calls would wait here while their time runs */
  of(directoryId: string, callsAtOnce: number, hosts: Pick<OutboundOptions, 'hosts' | 'insecureHosts'>): Outbound {
    const key = JSON.stringify([directoryId, callsAtOnce, hosts]);
    const kept = this.#kept.get(key) ?? createOutbound({ ...hosts, connections: callsAtOnce, now: this.#now });
    this.#kept.set(key, kept); // one of other settings loses its idle connections by itself
    return kept;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#kept.values()].map((outbound) => outbound.close()));
  }
}
