import { RateLimiterMemory, type RateLimiterRes } from 'rate-limiter-flexible';

export interface RefusalLimit {
  /**
   * Counts one refusal to this caller. Undefined while there are few; else the seconds after which refusals are answered in full again.
   * Only refusals are counted and limited, so that nobody can use it to lock a fleet out.
   */
  readonly count: (caller: string, environment: string) => Promise<number | undefined>;
}

const windowSeconds = 60;

/** @param perMinute refusals for each caller in each environment; environments that do not exist count as one. */
export function createRefusalLimit(perMinute: number): RefusalLimit {
  const limiter = new RateLimiterMemory({ points: perMinute, duration: windowSeconds });
  return {
    count: (caller, environment) =>
      limiter.consume(JSON.stringify([caller, environment])).then(
        () => undefined,
        ({ msBeforeNext }: RateLimiterRes) => Math.max(1, Math.ceil(msBeforeNext / 1000)),
      ),
  };
}
