import type { EnvironmentId } from '@tallystick/kernel-core';
import type { Ring, Token, TokenDigest, TokenId } from '@tallystick/tokens-domain';

/** What a validator knows of one environment. */
export interface EnvironmentTable {
  /** Undefined: the store has no ring of this environment (any more). */
  readonly ring: Ring | undefined;
  /** Tokens that may pass; never one whose digest is in `refused`. */
  readonly active: ReadonlyMap<TokenDigest, Token>;
  /** Digests seen in state revoked while this process runs. Only grows. */
  readonly refused: ReadonlySet<TokenDigest>;
  /** Tokens that the ring lists as active though they were seen revoked: its store went back. They are refused; somebody has to look. */
  readonly revived: readonly TokenId[];
}

/** Immutable: every change gives a new table, so a verdict sees either all of a change or nothing of it. */
export interface RingTable {
  readonly environments: ReadonlyMap<EnvironmentId, EnvironmentTable>;
}

export const emptyRingTable: RingTable = { environments: new Map() };

/**
 * The table after changes were read from the log, in their order. A ring that is not newer than the one in the table is not taken over
 * (a change may be read twice, or be older than what was loaded), but what it says is revoked is remembered.
 */
export function applyRings(table: RingTable, rings: readonly Ring[]): RingTable {
  const environments = new Map(table.environments);
  for (const ring of rings) {
    const before = environments.get(ring.environment) ?? nothingSeen;
    const isNewer = before.ring === undefined || ring.version > before.ring.version;
    environments.set(ring.environment, withRing(isNewer ? ring : before.ring, refusedAfter(before, ring)));
  }
  return { environments };
}

/** {@link applyRings} for one ring. */
export const applyRing = (table: RingTable, ring: Ring): RingTable => applyRings(table, [ring]);

/**
 * The table after a full load: what was loaded and nothing else, whatever its versions, since behind another epoch the same numbers name
 * other changes. Only the memory of what was seen revoked stays. A token or a ring that is merely missing is not held against it: a store
 * that was lost and repaired must not lock a fleet out.
 */
export function replaceRings(table: RingTable, rings: readonly Ring[]): RingTable {
  const environments = new Map<EnvironmentId, EnvironmentTable>();
  for (const [environment, { refused }] of table.environments)
    if (refused.size > 0) environments.set(environment, withRing(undefined, refused));
  for (const ring of rings) {
    const before = environments.get(ring.environment) ?? nothingSeen;
    environments.set(ring.environment, withRing(ring, refusedAfter(before, ring)));
  }
  return { environments };
}

/** Every token that a ring lists as active though it was seen revoked. */
export const revivedTokens = (table: RingTable): readonly { readonly environment: EnvironmentId; readonly token: TokenId }[] =>
  [...table.environments].flatMap(([environment, { revived }]) => revived.map((token) => ({ environment, token })));

const nothingSeen: EnvironmentTable = { ring: undefined, active: new Map(), refused: new Set(), revived: [] };

const refusedAfter = ({ refused }: EnvironmentTable, ring: Ring): ReadonlySet<TokenDigest> =>
  new Set([...refused, ...ring.tokens.flatMap(({ digest, state }) => (state.kind === 'revoked' ? [digest] : []))]);

function withRing(ring: Ring | undefined, refused: ReadonlySet<TokenDigest>): EnvironmentTable {
  const listed = (ring?.tokens ?? []).filter(({ state }) => state.kind === 'active');
  return {
    ring,
    active: new Map(listed.filter(({ digest }) => !refused.has(digest)).map((token) => [token.digest, token])),
    refused,
    revived: listed.filter(({ digest }) => refused.has(digest)).map(({ id }) => id),
  };
}
