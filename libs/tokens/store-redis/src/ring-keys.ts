import type { EnvironmentId } from '@tallystick/kernel-core';
import type { RingShard, TokenId } from '@tallystick/tokens-domain';

/** Names of everything a shard has; all carry one hash tag, so that one script may touch them all on a cluster (ADR 2). */
export interface RingKeys {
  readonly head: string;
  readonly members: string;
  readonly environments: string;
  readonly log: string;
  readonly outbox: string;
  /** Entries in the outbox, by environment. */
  readonly waiting: string;
  /** The relay that had claimed the outbox before there were chains; kept so that a relay of that version gets nothing any more. */
  readonly relay: string;
  /** The relay that has claimed the outbox. */
  readonly chainRelay: string;
  /** Heads of the audit chains. */
  readonly chains: string;
  readonly ring: (environment: EnvironmentId) => string;
  /** The sealed copy of a token's value. */
  readonly sealed: (environment: EnvironmentId, token: TokenId) => string;
  readonly done: (environment: EnvironmentId, idempotencyKey: string) => string;
  /** Beside `done`, with a shorter life: the sealed values that the change made. */
  readonly values: (environment: EnvironmentId, idempotencyKey: string) => string;
}

export function ringKeys(prefix: string, shard: RingShard): RingKeys {
  const start = `${prefix}:{ring-${shard}}`;
  return {
    head: `${start}:head`,
    members: `${start}:members`,
    environments: `${start}:environments`,
    log: `${start}:log`,
    outbox: `${start}:outbox`,
    waiting: `${start}:waiting`,
    relay: `${start}:relay`,
    chainRelay: `${start}:chain-relay`,
    chains: `${start}:chains`,
    ring: (environment) => `${start}:ring:${environment}`,
    sealed: (environment, token) => `${start}:sealed:${environment}:${token}`,
    done: (environment, idempotencyKey) => `${start}:done:${environment}:${idempotencyKey}`,
    values: (environment, idempotencyKey) => `${start}:values:${environment}:${idempotencyKey}`,
  };
}

/** The keys that every script with the shard prelude begins with. */
export const shardKeys = ({ head, members, environments, log, outbox }: RingKeys): readonly string[] => [
  head,
  members,
  environments,
  log,
  outbox,
];
