import { type EnvironmentId } from '@tallystick/kernel-core';
import { RateLimiterMemory, type RateLimiterRes } from 'rate-limiter-flexible';

/** What is counted apart: changes of rings, and notes in the audit. */
export type Limited = 'change' | 'note';

export interface ChangeLimits {
  /** Takes one of what is left to this actor in this environment. Undefined: go on; else the seconds until there is one again. */
  readonly take: (what: Limited, environment: EnvironmentId, actor: string) => Promise<number | undefined>;
}

const minute = 60;
const hour = 3_600;

/**
 * Limits of one service, in memory: what each change leaves behind (idempotency record, log, audit) must not fill the Redis of the rings,
 * which all environments share. Nobody may have more than three quarters, so that somebody else can still change the environment. An hour
 * has room for ten full minutes. Whoever takes a live token away is not asked: see `ChangeRings`.
 */
export function createChangeLimits(perMinute: number): ChangeLimits {
  const limiters = (['change', 'note'] as const).map((what) => {
    const of = (points: number, duration: number) => new RateLimiterMemory({ points: Math.ceil(points), duration });
    const own = [of(perMinute * 0.75, minute), of(perMinute * 7.5, hour)];
    const all = [of(perMinute, minute), of(perMinute * 10, hour)];
    return [what, { own, all }] as const;
  });
  const byKind = new Map(limiters);
  return {
    take: async (what, environment, actor) => {
      const { own = [], all = [] } = byKind.get(what) ?? {};
      const steps = [
        ...own.map((limiter) => ({ limiter, key: JSON.stringify([environment, actor]) })),
        ...all.map((limiter) => ({ limiter, key: environment })),
      ];
      for (const { limiter, key } of steps) {
        const wait = await limiter.consume(key).then(
          () => undefined,
          ({ msBeforeNext }: RateLimiterRes) => Math.max(1, Math.ceil(msBeforeNext / 1_000)),
        );
        if (wait !== undefined) return wait; // the next ones are left to others
      }
      return undefined;
    },
  };
}
