import type { EnvironmentId } from '@tallystick/kernel-core';
import type { Logger } from '@tallystick/platform-observability';
import {
  checkToken,
  type GuardRefusal,
  type Ring,
  type Token,
  type TokenId,
  type TokenRingStore,
} from '@tallystick/tokens-domain';
import type { ChangeRings } from './change-rings.ts';
import type { Peppers } from './token-values.ts';

/**
 * `kept`: the guards did not let it pass; it is marked, and somebody has to decide. `unknown`: nobody's token here. `malformed`: no token
 * text, or one with a typing fault. `failed`: it could not be done now; report it again.
 */
export const leakOutcomes = ['revoked', 'already-revoked', 'kept', 'unknown', 'malformed', 'failed'] as const;
export type LeakOutcome = (typeof leakOutcomes)[number];

export interface LeakItem {
  readonly token: string;
  readonly source: string;
  readonly url?: string;
}

export interface LeakFinding {
  readonly index: number;
  readonly outcome: LeakOutcome;
  readonly environment?: EnvironmentId;
  readonly token?: TokenId;
  readonly guard?: GuardRefusal;
}

export interface LeakReportsNeeds {
  readonly store: Pick<TokenRingStore, 'shards' | 'read' | 'environments'>;
  readonly changes: Pick<ChangeRings, 'change'>;
  readonly peppers: Peppers;
  readonly logger: Logger;
}

interface Hit {
  readonly environment: EnvironmentId;
  readonly token: Token;
}

const readAtOnce = 50;
const revokedAtOnce = 4;

/** Revokes reported values through the guards, never forced. Throws when the rings can't be read. */
export class LeakReports {
  readonly #needs: LeakReportsNeeds;
  constructor(needs: LeakReportsNeeds) {
    this.#needs = needs;
  }

  /** @param environment where to look; undefined: in all, for values with the form of generated tokens only. */
  async report({
    items,
    actor,
    environment,
    idempotencyKey,
  }: {
    readonly items: readonly LeakItem[];
    readonly actor: string;
    readonly environment: EnvironmentId | undefined;
    readonly idempotencyKey: string;
  }): Promise<readonly LeakFinding[]> {
    const searched = items.flatMap(({ token }, index) => {
      const form = checkToken(token); // before anything is looked up: prefix and checksum, as scanners know them
      const isWanted = form === 'valid' || (form === 'other' && environment !== undefined && token !== '');
      return isWanted ? [{ index, find: this.#needs.peppers.finderOf(token) }] : [];
    });
    const hits = new Map<number, Hit>();
    const search = (where: EnvironmentId, ring: Ring): void => {
      for (const { index, find } of searched) {
        const token = find(ring);
        if (token) hits.set(index, { environment: where, token });
      }
    };
    if (searched.length > 0) await (environment === undefined ? this.#searchAll(search) : this.#searchOne(environment, search));

    const findings: LeakFinding[] = [];
    const isSearched = new Set(searched.map(({ index }) => index));
    for (let at = 0; at < items.length; at += revokedAtOnce) {
      const some = items.slice(at, at + revokedAtOnce).map(async (item, offset): Promise<LeakFinding> => {
        const index = at + offset;
        const hit = hits.get(index);
        if (!hit) return { index, outcome: isSearched.has(index) ? 'unknown' : 'malformed' };
        return this.#revoke(index, hit, placeOf(item, items), actor, `${idempotencyKey}:${index}`);
      });
      findings.push(...(await Promise.all(some)));
    }
    return findings;
  }

  async #searchOne(environment: EnvironmentId, search: (where: EnvironmentId, ring: Ring) => void): Promise<void> {
    const ring = await this.#needs.store.read(environment);
    if (ring) search(environment, ring);
  }

  async #searchAll(search: (where: EnvironmentId, ring: Ring) => void): Promise<void> {
    const { store, logger } = this.#needs;
    for (const shard of store.shards) {
      const environments = await store.environments(shard);
      for (let at = 0; at < environments.length; at += readAtOnce)
        await Promise.all(
          environments.slice(at, at + readAtOnce).map(async (environment) => {
            try {
              await this.#searchOne(environment, search);
            } catch (error) {
              if (!(error instanceof Error && error.name === 'UnreadableRecord')) throw error;
              logger.error({ environment }, 'a ring can not be read, so leaked values are not looked for in it');
            }
          }),
        );
    }
  }

  async #revoke(index: number, { environment, token }: Hit, source: string, actor: string, key: string): Promise<LeakFinding> {
    const { changes, logger } = this.#needs;
    const found = { index, environment, token: token.id };
    if (token.state.kind === 'revoked') return { ...found, outcome: 'already-revoked' };
    try {
      const outcome = await changes.change({
        environment,
        actor,
        reason: `reported as leaked: ${source}`,
        mayForce: false,
        command: { kind: 'report-leak', token: token.id, source },
        idempotencyKey: key,
      });
      if (outcome.kind === 'unchanged') return { ...found, outcome: 'already-revoked' };
      if (outcome.kind === 'refused') {
        const isGuard = token.leakReportedAt !== undefined;
        return { ...found, outcome: isGuard ? 'kept' : 'failed', ...(isGuard ? { guard: outcome.reason as GuardRefusal } : {}) };
      }
      if (!('propagation' in outcome)) return { ...found, outcome: 'failed' };
      if (outcome.stoppedBy === undefined) return { ...found, outcome: 'revoked' };
      logger.error(
        { environment, id: token.id, guard: outcome.stoppedBy },
        'a reported token was kept by the guards: somebody has to decide',
      );
      return { ...found, outcome: 'kept', guard: outcome.stoppedBy };
    } catch (error) {
      logger.error({ environment, id: token.id, err: error }, 'a reported token could not be revoked');
      return { ...found, outcome: 'failed' };
    }
  }
}

const unescaped = (text: string): string =>
  text.replaceAll(/%([0-9a-f]{2})/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));

/** What stays the same however a value is written: in the other case, with escapes (twice, too), with or without its dashes. */
const bare = (text: string): string =>
  unescaped(unescaped(unescaped(text)))
    .toLowerCase()
    .replaceAll(/[^a-z0-9]/g, '');

/** Shorter ones are nobody's token, and would be found everywhere. */
const shortestValue = 8;

/**
 * Where a value was found, as it is kept in ring, audit and Kafka: of a URL scheme and host only, and no reported value, neither its own
 * nor that of another item, however it is written.
 */
export function placeOf({ source, url }: LeakItem, items: readonly LeakItem[]): string {
  const found = url !== undefined && URL.canParse(url) ? new URL(url) : undefined;
  const place = found ? `${source} ${found.protocol}//${found.host}` : source;
  const values = items.map(({ token }) => token);
  const censored = values
    .filter(({ length }) => length >= shortestValue)
    .reduce((text, value) => text.replaceAll(value, '[value]'), place)
    .replaceAll(/tsk_[A-Za-z0-9]{8,}/gi, '[value]');
  const kept = bare(censored);
  return values.map(bare).some((value) => value.length >= shortestValue && kept.includes(value)) ? '[value]' : censored;
}
