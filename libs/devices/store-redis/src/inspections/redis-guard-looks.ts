import {
  addCounts,
  type ChangeCounts,
  exceeds,
  type GuardSettings,
  type HoldId,
  noChanges,
  type PlanHash,
  type Reservation,
  type UserRef,
} from '@tallystick/devices-domain';
import type { Instant } from '@tallystick/kernel-core';
import type { Redis } from '@tallystick/platform-redis';
import { guardedUserKey, holdKey, windowKey } from '../guards/guard-keys.ts';
import { readCounts } from '../guards/window-limits.ts';

export interface RedisGuardLooksOptions {
  readonly redis: Redis;
  /** For tests, in place of the server's time. */
  readonly clock?: () => Instant;
}

/** What the guards would say, without counting it: fits `GuardLooks` of the activities. It only reads, in several steps: a picture, not a promise. */
export class RedisGuardLooks {
  readonly #redis: Redis;
  readonly #clock: (() => Instant) | undefined;

  constructor({ redis, clock }: RedisGuardLooksOptions) {
    this.#redis = redis;
    this.#clock = clock;
  }

  /** As `RedisGuardStore.reserve` would answer now. `waitsIn`: the open hold that has exactly this plan of the user. */
  async look(
    user: UserRef,
    plan: PlanHash,
    counts: ChangeCounts,
    { settings, users }: { readonly settings: GuardSettings; readonly users: number },
  ): Promise<{ readonly reservation: Reservation; readonly waitsIn?: HoldId }> {
    const now = await this.#now();
    const fields = await this.#redis.hGetAll(guardedUserKey(user));
    const holds = await this.#holdsOf(user, fields, plan);
    const answer = holds
      .filter(({ state }) => state === 'approved' || state === 'rejected')
      .sort((a, b) => b.number - a.number)[0];
    if (answer) return { reservation: { kind: answer.state === 'approved' ? 'approved' : 'rejected', hold: answer.hold } };
    const waitsIn = holds.find(({ state, expires }) => state === 'open' && now < expires)?.hold;
    return { reservation: await this.#window(user, plan, fields, counts, settings, users, now), ...(waitsIn && { waitsIn }) };
  }

  async #holdsOf(user: UserRef, fields: Readonly<Record<string, string>>, plan: PlanHash) {
    const ids = Object.entries(fields).flatMap(([name, of]) =>
      name.startsWith('h:') && of === plan ? [name.slice(2) as HoldId] : [],
    );
    const holds = await Promise.all(
      ids.map(async (hold) => {
        const [state, number, expires] = await this.#redis.hmGet(holdKey(user, hold), ['s', 'an', 'e']);
        return { hold, state, number: Number(number ?? 0), expires: Number(expires ?? 0) };
      }),
    );
    return holds.filter(({ state }) => state);
  }

  async #window(
    user: UserRef,
    plan: PlanHash,
    fields: Readonly<Record<string, string>>,
    counts: ChangeCounts,
    settings: GuardSettings,
    users: number,
    now: number,
  ): Promise<Reservation> {
    const since = now - settings.windowHours * 3_600_000;
    const isOver = (bucket: number): boolean => bucket <= since;
    const mine = fields[`r:${plan}`];
    if (!settings.enabled || (mine !== undefined && !isOver(Number(mine.split('|')[0])))) return { kind: 'granted' };
    const buckets = Object.entries(await this.#redis.hGetAll(windowKey(user)));
    const sums = buckets.reduce((sum, [end, text]) => (isOver(Number(end)) ? sum : addCounts(sum, readCounts(text))), noChanges);
    const because = exceeds(counts, sums, settings, users);
    return because ? { kind: 'exceeded', because } : { kind: 'granted' };
  }

  async #now(): Promise<number> {
    return this.#clock
      ? this.#clock()
      : Number(await this.#redis.time().then((it) => (it instanceof Date ? it.getTime() : Number(it[0]) * 1_000)));
  }
}
