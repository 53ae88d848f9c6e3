import type { EnvironmentId } from '@tallystick/kernel-core';
import type { Member, MemberId, OutboxEntry, Ring, TokenId } from '@tallystick/tokens-domain';

/** What was answered to an idempotency key, and until when it is kept (server time, milliseconds). */
export interface Done {
  readonly seq: number;
  readonly requestDigest: string;
  readonly answer: string;
  readonly until: number;
  readonly values: { readonly sealed: string; readonly until: number } | undefined;
}

/** Everything that a shard of {@link InMemoryTokenRingStore} holds: plain data, so that a snapshot is a clone. */
export interface Shard {
  headEpoch: string;
  registry: string;
  seq: number;
  renewals: number;
  isDamaged: boolean;
  /** None is ever removed; one without an entry in `rings` has lost its ring. */
  readonly environments: Set<EnvironmentId>;
  readonly rings: Map<EnvironmentId, Ring | 'broken'>;
  readonly sealed: Map<`${EnvironmentId}:${TokenId}`, string>;
  readonly log: Map<number, EnvironmentId>;
  readonly outbox: OutboxEntry[];
  readonly members: Map<MemberId, Member>;
  readonly done: Map<string, Done>;
  /** Of the audit chains, by environment or `:name`. */
  readonly heads: Map<string, string>;
  /** Up to where entries were taken out of the outbox. */
  takenUpTo: number | undefined;
  claim: { readonly relay: string; readonly fence: number; until: number };
}

let madeSoFar = 0;
/** A name that nothing else in this process has. */
export const unique = (what: string): string => `${what}-${++madeSoFar}`;

export const emptyShard = (): Shard => ({
  headEpoch: unique('epoch'),
  registry: unique('registry'),
  seq: 0,
  renewals: 0,
  isDamaged: false,
  environments: new Set(),
  rings: new Map(),
  sealed: new Map(),
  log: new Map(),
  outbox: [],
  members: new Map(),
  done: new Map(),
  heads: new Map(),
  takenUpTo: undefined,
  claim: { relay: '', fence: 0, until: 0 },
});

/** As `UnreadableRecord` of the store on Redis: what is stored is nothing that this version can read. */
export function unreadable(what: string): Error {
  const error = new Error(`${what} can not be read`);
  error.name = 'UnreadableRecord';
  return error;
}
