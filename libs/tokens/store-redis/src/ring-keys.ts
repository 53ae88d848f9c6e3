import type { EnvironmentId } from '@tallystick/kernel-core';
import type { RingShard } from '@tallystick/tokens-domain';

/** Names of everything a shard has; all carry one hash tag, so that one script may touch them all on a cluster (ADR 2). */
export interface RingKeys {
  readonly head: string;
  readonly members: string;
  readonly environments: string;
  readonly log: string;
  readonly outbox: string;
  readonly ring: (environment: EnvironmentId) => string;
  readonly done: (environment: EnvironmentId, idempotencyKey: string) => string;
}

export function ringKeys(prefix: string, shard: RingShard): RingKeys {
  const start = `${prefix}:{ring-${shard}}`;
  return {
    head: `${start}:head`,
    members: `${start}:members`,
    environments: `${start}:environments`,
    log: `${start}:log`,
    outbox: `${start}:outbox`,
    ring: (environment) => `${start}:ring:${environment}`,
    done: (environment, idempotencyKey) => `${start}:done:${environment}:${idempotencyKey}`,
  };
}
