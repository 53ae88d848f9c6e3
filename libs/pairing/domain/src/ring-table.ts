import type { EnvironmentId, Instant } from '@tallystick/kernel-core';
import {
  isLive,
  type PepperId,
  type Requirement,
  type Ring,
  type TokenDigest,
  type TokenId,
  type UnreadableRing,
} from '@tallystick/tokens-domain';
import { compileSiblings, type CompiledSiblings } from './compiled-siblings.ts';

/** What is judged of a token; the rest of it is not kept. */
export interface KnownToken {
  readonly id: TokenId;
  readonly pepperId: PepperId;
  readonly notBefore: Instant | undefined;
  readonly expiresAt: Instant | undefined;
  /** Seen in state revoked while this process runs: refused, whatever a later ring says. */
  readonly isRefused: boolean;
  /** Expired once, by the date that it still has: a server's clock that goes back does not revive it. */
  readonly wasExpired: boolean;
  /** A UUID or a value of the administrator's own (M18): unlike a generated one, its form does not tell what it is. */
  readonly isUnmarked: boolean;
}

/** What is judged of a ring. */
export interface JudgedRing {
  readonly version: number;
  readonly requirement: Requirement;
  readonly siblings: CompiledSiblings | undefined;
  readonly enrolmentLink: string | undefined;
}

/** What a validator knows of one environment. */
export interface EnvironmentTable {
  /** Undefined: the store has no ring of this environment (any more). `unreadable`: it has one that this version can't read. */
  readonly ring: JudgedRing | 'unreadable' | undefined;
  /** By digest: the tokens of the ring, revoked ones included, and every other that was seen revoked. What is refused stays. */
  readonly tokens: ReadonlyMap<TokenDigest, KnownToken>;
  /** The keys that the tokens which may pass were made with. */
  readonly peppers: readonly PepperId[];
  /** Tokens that the ring lists as live though they were seen revoked: its store went back. They are refused; somebody has to look. */
  readonly revived: readonly TokenId[];
  /** The requirement as it stands was in force once: a server's clock that goes back does not take it out of force. */
  readonly wasInForce: boolean;
  /** One of `tokens` is unmarked. */
  readonly hasUnmarkedTokens: boolean;
}

/** Counts over a table, made with it. */
export interface TableFigures {
  /** Environments with a ring, unreadable ones included. */
  readonly environments: number;
  readonly unreadable: number;
  readonly refused: number;
  readonly revived: number;
  /** Tokens that may pass, by the key that they were made with. */
  readonly live: ReadonlyMap<PepperId, number>;
}

/** Immutable: every change gives a new table, so a verdict sees either all of a change or nothing of it. */
export interface RingTable {
  readonly environments: ReadonlyMap<EnvironmentId, EnvironmentTable>;
  /** When the next enforced requirement comes into force, or the next token expires; Infinity when nothing is waiting. */
  readonly nextMomentAt: number;
  readonly figures: TableFigures;
}

type ReadRing = Ring | UnreadableRing;

/**
 * The table after changes were read from the log, in their order. A ring that is not newer than the one in the table is not taken over
 * (a change may be read twice, or be older than what was loaded), but what it says is revoked is remembered. One that can't be read
 * shuts its own environment until one comes that can.
 */
export function applyRings(table: RingTable, rings: readonly ReadRing[]): RingTable {
  const environments = new Map(table.environments);
  for (const ring of rings) {
    const before = environments.get(ring.environment) ?? nothingSeen;
    environments.set(ring.environment, isNewer(before, ring) ? withRing(before, ring) : withRefused(before, ring));
  }
  return tableOf(environments);
}

/** {@link applyRings} for one ring. */
export const applyRing = (table: RingTable, ring: ReadRing): RingTable => applyRings(table, [ring]);

/**
 * The table after a full load: what was loaded and nothing else, whatever its versions, since behind another epoch the same numbers name
 * other changes. Only these memories stay: of what was seen revoked, and that a requirement or an expiry which is still the same had
 * come. A token or a ring that is merely missing is not held against it: a store that was lost and repaired must not lock a fleet out.
 */
export function replaceRings(table: RingTable, rings: readonly ReadRing[]): RingTable {
  const environments = new Map<EnvironmentId, EnvironmentTable>();
  for (const [environment, before] of table.environments) {
    const refused = refusedOf(before);
    if (refused.length > 0) environments.set(environment, withTokens(new Map(refused)));
  }
  for (const ring of rings)
    environments.set(ring.environment, withRing(table.environments.get(ring.environment) ?? nothingSeen, ring));
  return tableOf(environments);
}

/**
 * The table after verdicts were given by a clock that had come to `at`: though the clock goes back, a requirement that was in force by
 * then stays in force while its date and mode are unchanged, and a token that had expired stays so while its date is unchanged. (Not so
 * `notBefore`: nothing is accepted before its time by the clock as it is.) The same table when nothing of this came.
 */
export function letTimePass(table: RingTable, at: number): RingTable {
  if (at < table.nextMomentAt) return table;
  const environments = new Map(table.environments);
  for (const [environment, known] of environments) {
    const tokens = [...known.tokens].filter(([, token]) => expiresNext(token) <= at);
    const comesIntoForce = waitsUntil(known) <= at;
    if (tokens.length === 0 && !comesIntoForce) continue;
    const expired = tokens.map(([digest, token]) => [digest, { ...token, wasExpired: true }] as const);
    environments.set(environment, {
      ...known,
      tokens: expired.length === 0 ? known.tokens : new Map([...known.tokens, ...expired]),
      wasInForce: known.wasInForce || comesIntoForce,
    });
  }
  return tableOf(environments);
}

/** Every token that a ring lists as live though it was seen revoked. */
export const revivedTokens = (table: RingTable): readonly { readonly environment: EnvironmentId; readonly token: TokenId }[] =>
  table.figures.revived === 0
    ? []
    : [...table.environments].flatMap(([environment, { revived }]) => revived.map((token) => ({ environment, token })));

const nothingSeen: EnvironmentTable = {
  ring: undefined,
  tokens: new Map(),
  peppers: [],
  revived: [],
  wasInForce: false,
  hasUnmarkedTokens: false,
};

const withTokens = (tokens: EnvironmentTable['tokens']): EnvironmentTable => ({
  ...nothingSeen,
  tokens,
  hasUnmarkedTokens: hasUnmarked(tokens),
});

const hasUnmarked = (tokens: EnvironmentTable['tokens']): boolean => [...tokens.values()].some(({ isUnmarked }) => isUnmarked);

const isUnreadable = (ring: ReadRing): ring is UnreadableRing => 'isUnreadable' in ring;

const isNewer = ({ ring: known }: EnvironmentTable, ring: ReadRing): boolean =>
  isUnreadable(ring) || known === undefined || known === 'unreadable' || ring.version > known.version;

const refusedOf = ({ tokens }: EnvironmentTable): readonly (readonly [TokenDigest, KnownToken])[] =>
  [...tokens].filter(([, { isRefused }]) => isRefused);

/** When the requirement comes into force, if it has not been yet. */
const waitsUntil = ({ ring, wasInForce }: EnvironmentTable): number =>
  ring !== undefined && ring !== 'unreadable' && ring.requirement.mode === 'enforce' && !wasInForce
    ? ring.requirement.effectiveAt
    : Infinity;

/** When the token expires, if it may pass until then. */
const expiresNext = ({ isRefused, wasExpired, expiresAt }: KnownToken): number =>
  isRefused || wasExpired ? Infinity : (expiresAt ?? Infinity);

const isSameRequirement = (left: Requirement, right: Requirement): boolean =>
  left.mode === right.mode && left.effectiveAt === right.effectiveAt;

/** The environment with this ring, and with what was seen revoked before. */
function withRing(before: EnvironmentTable, ring: ReadRing): EnvironmentTable {
  const tokens = new Map(refusedOf(before));
  if (isUnreadable(ring)) return { ...withTokens(tokens), ring: 'unreadable' };
  for (const token of ring.tokens) if (!isLive(token)) tokens.set(token.digest, { ...known(token), isRefused: true });
  const revived: TokenId[] = [];
  const peppers = new Set<PepperId>();
  for (const token of ring.tokens) {
    if (!isLive(token)) continue;
    if (tokens.get(token.digest)?.isRefused) {
      revived.push(token.id);
      continue;
    }
    const last = before.tokens.get(token.digest);
    const wasExpired = last?.wasExpired === true && last.expiresAt === token.expiresAt;
    tokens.set(token.digest, { ...known(token), wasExpired });
    peppers.add(token.pepperId);
  }
  const { version, siblings, settings } = ring;
  const requirement: Requirement = { mode: ring.requirement.mode, effectiveAt: ring.requirement.effectiveAt };
  const isUnchanged =
    before.ring !== undefined && before.ring !== 'unreadable' && isSameRequirement(before.ring.requirement, requirement);
  return {
    ring: { version, requirement, siblings: compileSiblings(siblings), enrolmentLink: settings.enrolmentLink },
    tokens,
    peppers: [...peppers],
    revived,
    wasInForce: before.wasInForce && isUnchanged,
    hasUnmarkedTokens: hasUnmarked(tokens),
  };
}

/** The environment as it was, but for tokens that an older ring calls revoked. */
function withRefused(before: EnvironmentTable, ring: ReadRing): EnvironmentTable {
  const seen = isUnreadable(ring)
    ? []
    : ring.tokens.filter((token) => !isLive(token) && !before.tokens.get(token.digest)?.isRefused);
  if (seen.length === 0) return before;
  const tokens = new Map(before.tokens);
  const revived = [...before.revived];
  for (const token of seen) {
    const listed = tokens.get(token.digest);
    if (listed) revived.push(listed.id);
    tokens.set(token.digest, { ...known(token), isRefused: true });
  }
  const live = [...tokens.values()].filter(({ isRefused }) => !isRefused);
  const peppers = [...new Set(live.map(({ pepperId }) => pepperId))];
  return { ...before, tokens, revived, peppers, hasUnmarkedTokens: hasUnmarked(tokens) };
}

const known = ({ id, pepperId, notBefore, expiresAt, origin }: Ring['tokens'][number]): KnownToken => ({
  id,
  pepperId,
  notBefore,
  expiresAt,
  isRefused: false,
  wasExpired: false,
  isUnmarked: origin !== 'generated',
});

function tableOf(environments: ReadonlyMap<EnvironmentId, EnvironmentTable>): RingTable {
  const live = new Map<PepperId, number>();
  let [nextMomentAt, rings, unreadable, refused, revived] = [Infinity, 0, 0, 0, 0];
  for (const known of environments.values()) {
    nextMomentAt = Math.min(nextMomentAt, waitsUntil(known));
    if (known.ring !== undefined) rings++;
    if (known.ring === 'unreadable') unreadable++;
    revived += known.revived.length;
    for (const token of known.tokens.values()) {
      nextMomentAt = Math.min(nextMomentAt, expiresNext(token));
      if (token.isRefused) refused++;
      else live.set(token.pepperId, (live.get(token.pepperId) ?? 0) + 1);
    }
  }
  return { environments, nextMomentAt, figures: { environments: rings, unreadable, refused, revived, live } };
}

export const emptyRingTable: RingTable = tableOf(new Map());
