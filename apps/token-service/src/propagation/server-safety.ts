import type { RegistryLook } from '@tallystick/tokens-domain';

/**
 * What this process knows about the servers that keep the rings: whether each is set up to keep what it confirmed, and whether one could be
 * promoted that lacks a change. Only then the end of all leases bounds a change (ADR 2, ADR 4).
 *
 * A change is kept by whichever server is the primary later, and no other one can renew leases without it, when *every* server that could
 * ever be the primary has it: the primary that made it, and all its replicas. How many there could be is a setting, never what is seen: a
 * primary that was cut off sees none. Member rows say nothing about it either: validators that are cut off with it are in no table here.
 */
export class ServerSafety {
  readonly #electable: number | undefined;
  readonly #durable = new Map<string, boolean>();
  #mostReplicas = 0;

  /** @param electable replicas that could ever be promoted; undefined: nobody has said so, and nothing is safe. */
  constructor({ electable }: { readonly electable: number | undefined } = { electable: 0 }) {
    this.#electable = electable;
  }

  /** @param isDurable a check of this server and its replicas found no fault. Not checked yet, or not checkable: not safe. */
  checked(serverId: string, isDurable: boolean): void {
    this.#durable.set(serverId, isDurable);
  }

  /** A replica once seen may be promoted later, also when it is not connected now. */
  seen({ replicas }: Pick<RegistryLook, 'replicas'>): void {
    this.#mostReplicas = Math.max(this.#mostReplicas, replicas);
  }

  /** @param acknowledged replicas that are known to have the change which this server made. */
  isSafe({ identity }: Pick<RegistryLook, 'identity'>, acknowledged: number): boolean {
    return (
      this.#electable !== undefined &&
      acknowledged >= this.#electable &&
      this.#mostReplicas <= this.#electable &&
      this.#durable.get(identity.serverId) === true
    );
  }
}
