import { randomUUID } from 'node:crypto';
import { type AskedOpenly, startOpenLoad } from '../system/open-load.ts';
import type { TokensClient } from '../system/tokens-client.ts';
import { waitUntil } from '../system/wait-until.ts';
import { Draws } from './draws.ts';
import { type HistoryKeeper, visibleWithinMs } from './history-keeper.ts';

export interface TokensLoadOptions {
  readonly seed: string;
  readonly tokens: TokensClient;
  readonly validators: readonly string[];
  readonly environment: string;
  readonly caller: string;
  readonly validationsPerSecond: number;
  readonly actionsPerSecond: number;
  readonly keeper: HistoryKeeper;
  readonly struckAt: (at: number) => readonly string[];
  /** Where a replica could be promoted, an answer that is not bounded says that it is not everywhere yet. */
  readonly hasReplicas: boolean;
}

export interface TokensLoad {
  /** `unbounded`: answers to a revocation that it is not everywhere yet. */
  readonly counts: () => {
    readonly adds: number;
    readonly revokes: number;
    readonly repeated: number;
    readonly unbounded: number;
  };
  /** What was shed: answered 429 or 503. */
  readonly shed: () => Shed;
  /** Asks so much more, of the same kind, until it is stopped. */
  readonly askMore: (perSecond: number) => { readonly stop: () => Promise<void> };
  /** Ends both loads when the change under way is answered. Gives what was answered to an administrator, and should not have been. */
  readonly stop: () => Promise<readonly string[]>;
}

/** Requests without a verdict, by why. */
export interface Shed {
  /** 429: too many refusals. */
  readonly limited: number;
  /** 503: no lease. */
  readonly unsure: number;
  /** Of both: those that did not say when to come again. */
  readonly withoutRetryAfter: number;
  /** 429 to a token that was live all the time: what passes is never limited. */
  readonly limitedThoughLive: number;
  /** When the newest of `limited` had begun, by the clock of this process; -Infinity: never. */
  readonly lastLimitedAt: number;
}

interface Known {
  readonly id: string;
  readonly value: string;
  readonly addedAt: number;
}
/** A ring keeps every token that it ever had, up to 1,000 (ADR 2): a long run changes less often. Every other action adds one. */
const mostActions = 1_700;
export const actionsThatFit = (perSecond: number, forMs: number): number => Math.min(perSecond, (1_000 * mostActions) / forMs);

const wantedLive = 4;
/** Revoked ones that are still presented: they must stay dead. */
const wantedDead = 6;
const judgeEveryMs = 2_000;

/** Values of the right form that nobody issued. */
const inventedValue = (n: number): string => `tsk_${'0'.repeat(41)}${String(n).padStart(8, '0')}`;

/**
 * Asks validators at a fixed rate about live, revoked and invented tokens, while an administrator adds and revokes; each change is sent again with
 * its key until it is answered.
 */
export async function startTokensLoad(options: TokensLoadOptions): Promise<TokensLoad> {
  const { seed, tokens, keeper, struckAt, actionsPerSecond, validationsPerSecond: rate, hasReplicas } = options;
  const draws = { admin: new Draws(seed, 'admin'), asked: new Draws(seed, 'asked') };
  let [adds, revokes, repeated, unbounded, isOver] = [0, 0, 0, 0, false];
  let [live, dead] = [[] as Known[], [] as Known[]];
  const ids = new Map<string, string>();
  const faults: string[] = [];
  const shed: { -readonly [K in keyof Shed]: Shed[K] } = { limited: 0, unsure: 0, withoutRetryAfter: 0, limitedThoughLive: 0, lastLimitedAt: -Infinity }; // prettier-ignore

  /** @throws Error when it is not answered within three minutes. */
  const untilAnswered = async (path: string, body: object): Promise<unknown> => {
    const key = { 'idempotency-key': randomUUID() };
    let attempts = 0;
    return waitUntil(
      `an answer to POST ${path}`,
      async () => {
        attempts += 1;
        if (attempts > 1) repeated += 1;
        const answer = await tokens.raw('POST', path, { reason: 'chaos', ...body }, key).catch(() => undefined);
        const text = await answer?.text().catch(() => undefined);
        if (!answer || text === undefined || answer.status >= 500 || answer.status === 429) return undefined;
        if (!answer.ok)
          throw new Error(`the token service answered ${answer.status} to POST ${path}, attempt ${attempts}: ${text}`);
        return JSON.parse(text) as unknown;
      },
      { withinMs: 180_000, everyMs: 250 },
    );
  };
  /** The id is known with the answer; nobody can present a value before. */
  const add = async (): Promise<void> => {
    const startedAt = performance.now();
    const { token, value } = (await untilAnswered('/tokens', { label: `chaos ${adds}` })) as {
      token: { id: string };
      value: string;
    };
    keeper.begin('add', token.id, startedAt).done(performance.now());
    ids.set(value, token.id);
    live = [...live, { id: token.id, value, addedAt: performance.now() }];
    adds += 1;
  };
  const revoke = async (): Promise<void> => {
    const one = draws.admin.one(live);
    [live, dead] = [live.filter(({ id }) => id !== one.id), [...dead, one]]; // it may be dead from now on
    const change = keeper.begin('revoke', one.id, performance.now());
    const isEverywhere = async (): Promise<boolean> => {
      const said = await untilAnswered(`/tokens/${one.id}/revoke`, { force: { reason: 'chaos has no sightings to go by' } });
      if ((said as { readonly bounded: boolean }).bounded) return true;
      unbounded += 1;
      return !hasReplicas; // one Redis that nothing takes the place of has it, and so have all who ask it
    };
    await waitUntil('a revocation that is everywhere', isEverywhere, { withinMs: 180_000 }); // asked again, the service waits again
    change.done(performance.now());
    revokes += 1;
  };
  /** Verdicts of what is forgotten may still be under way: it stays known until the judge has seen them all. */
  const forgotten: { readonly one: Known; readonly at: number }[] = [];
  const bury = (): void => {
    while (dead.length > wantedDead) forgotten.push({ one: dead.shift()!, at: performance.now() });
    while (forgotten[0] && performance.now() - forgotten[0].at > 60_000) {
      const { one } = forgotten.shift()!;
      keeper.forget(one.id);
      ids.delete(one.value);
    }
  };
  const admin = async (): Promise<void> => {
    for (let due = performance.now(); !isOver; due = Math.max(due + 1_000 / actionsPerSecond, performance.now() - 1_000)) {
      await waitUntil('the next action', () => Promise.resolve(isOver || performance.now() >= due), { everyMs: 20 });
      if (isOver) return;
      await (live.length < wantedLive || (live.length < 2 * wantedLive && draws.admin.below(2) === 0) ? add() : revoke());
      bury();
    }
  };

  for (let n = 0; n < wantedLive; n += 1) await add();
  const invented = (): string => inventedValue(draws.asked.below(50));
  const presentedToken = (): string => {
    const from = draws.asked.below(10) < 6 ? live : dead;
    return draws.asked.below(10) === 0 || from.length === 0 ? invented() : draws.asked.one(from).value;
  };
  const load = startOpenLoad({ ...options, rate, presentedToken });
  const take = (asked: readonly AskedOpenly[]): void => {
    for (const { status, retryAfter, presentedToken: value, startedAt } of asked) {
      if (status !== 429 && status !== 503) continue;
      if (retryAfter === undefined) shed.withoutRetryAfter += 1;
      if (status === 503) shed.unsure += 1;
      else {
        shed.limited += 1;
        shed.lastLimitedAt = Math.max(shed.lastLimitedAt, startedAt);
        if (live.some((one) => one.value === value && startedAt > one.addedAt + visibleWithinMs)) shed.limitedThoughLive += 1;
      }
    }
    keeper.judge(
      asked.map(({ validator, presentedToken, startedAt, endedAt, allowed, status }) => ({
        ...{
          validator: validator.replace('http://', ''),
          token: ids.get(presentedToken) ?? 'an invented value',
          startedAt,
          endedAt,
        },
        answer: status !== 200 ? ('none' as const) : allowed ? ('allow' as const) : ('refuse' as const),
      })),
      struckAt,
    );
  };
  const judging = setInterval(() => take(load.taken()), judgeEveryMs);
  const running = admin().catch((error: unknown) => void faults.push((error as Error).message));
  return {
    counts: () => ({ adds, revokes, repeated, unbounded }),
    shed: () => ({ ...shed }),
    askMore: (perSecond) => {
      const more = startOpenLoad({ ...options, rate: perSecond, presentedToken });
      const taking = setInterval(() => take(more.taken()), judgeEveryMs);
      return {
        stop: async () => {
          clearInterval(taking);
          take(await more.stop());
        },
      };
    },
    stop: async () => {
      isOver = true;
      await running;
      clearInterval(judging);
      take(await load.stop());
      return faults;
    },
  };
}
