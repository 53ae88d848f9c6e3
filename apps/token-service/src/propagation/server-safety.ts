import type { RegistryLook } from '@tallystick/tokens-domain';

/**
 * What this process knows about the servers that keep the rings: whether each is set up to keep what it confirmed, and whether one could be
 * promoted that lacks a change. Only then the end of all leases bounds a change (ADR 2, ADR 4).
 */
export class ServerSafety {
  readonly #durable = new Map<string, boolean>();
  #mostReplicas = 0;

  /** @param isDurable a check of this server found no fault. Not checked yet, or not checkable: not safe. */
  checked(serverId: string, isDurable: boolean): void {
    this.#durable.set(serverId, isDurable);
  }

  seen({ replicas }: Pick<RegistryLook, 'replicas'>): void {
    this.#mostReplicas = Math.max(this.#mostReplicas, replicas);
  }

  /**
   * A replica once seen may be promoted later, also when it is not connected now. TOKENS_MIN_REPLICAS alone does not make that safe: the old
   * primary may go on granting leases unless every validator's renewals wait for replicas too, which no member row says yet.
   */
  isSafe({ identity }: Pick<RegistryLook, 'identity'>): boolean {
    return this.#mostReplicas === 0 && this.#durable.get(identity.serverId) === true;
  }
}
