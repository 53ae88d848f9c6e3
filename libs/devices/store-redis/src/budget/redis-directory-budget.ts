import { randomUUID } from 'node:crypto';
import type {
  BudgetLane,
  BudgetSettings,
  BudgetState,
  DirectoryBudget,
  DirectoryName,
  Grant,
  QuarantineReason,
} from '@tallystick/devices-domain';
import { type Instant, instant } from '@tallystick/kernel-core';
import type { Redis } from '@tallystick/platform-redis';
import { acquireScript } from './acquire.script.ts';
import { doneScript, stateScript } from './done.script.ts';

type Ask = { readonly lane: BudgetLane; readonly calls: number; readonly leaseMs: number; readonly settings: BudgetSettings };
type CallResult = Parameters<DirectoryBudget['done']>[2];

export interface RedisDirectoryBudgetOptions {
  /**
   * From `connectRedis`: best a server that does not wait for its disk at each write (`appendfsync everysec`), apart from the records'. One that
   * has lost its last second lets through at most one burst more.
   */
  readonly redis: Redis;
  /** For tests, in place of the server's time. */
  readonly clock?: () => Instant;
}

/** Budgets of directories in Redis, all state of one directory under one hash tag. Moments of callers are read by their own clocks. */
export class RedisDirectoryBudget implements DirectoryBudget {
  readonly #redis: Redis;
  readonly #clock: (() => Instant) | undefined;

  constructor({ redis, clock }: RedisDirectoryBudgetOptions) {
    this.#redis = redis;
    this.#clock = clock;
  }

  async acquire(directory: DirectoryName, ask: Ask, now: Instant): Promise<Grant> {
    checkAsk(ask);
    const { lane, calls, leaseMs, settings } = ask;
    const { callsPerSecond, burst, inFlight } = settings;
    const args = [this.#time(), lane, calls, leaseMs, callsPerSecond, burst, inFlight, randomUUID()];
    const [kind, value, why] = (await acquireScript.run(this.#redis, keysOf(directory), args)) as [Grant['kind'], string, string];
    if (kind === 'granted') return { kind, lease: value };
    const until = instant(now + Number(value));
    return kind === 'later' ? { kind, at: until } : { kind, why: why as QuarantineReason, until };
  }

  async done(
    directory: DirectoryName,
    lease: string,
    result: CallResult,
    now: Instant,
  ): Promise<'nothing' | 'quarantined' | 'healed'> {
    const waitMs = result.kind === 'refused-all' ? result.notBefore - now : '';
    const args = [this.#time(), lease, result.kind, waitMs, result.kind === 'sick' ? result.why : ''];
    return (await doneScript.run(this.#redis, keysOf(directory), args)) as 'nothing' | 'quarantined' | 'healed';
  }

  async state(directory: DirectoryName, now: Instant): Promise<BudgetState> {
    const reply = (await stateScript.run(this.#redis, keysOf(directory), [this.#time()])) as [number, ...string[]];
    const [inFlight, notBefore, why, since, probeAt] = reply;
    const at = (wait: string | undefined): Instant => instant(now + Number(wait));
    return {
      inFlight,
      ...(notBefore && { notBefore: at(notBefore) }),
      ...(why && { quarantine: { why: why as QuarantineReason, since: at(since), probeAt: at(probeAt) } }),
    };
  }

  #time(): number | string {
    return this.#clock?.() ?? '';
  }
}

/** A name may have any characters; braces would make another hash tag. */
function keysOf(directory: DirectoryName): readonly string[] {
  const base = `tally:{budget/${encodeURIComponent(directory)}}`;
  return [`${base}:state`, `${base}:live`, `${base}:bulk`];
}

function checkAsk({ calls, leaseMs, settings: { callsPerSecond, burst, inFlight } }: Ask): void {
  if (!(callsPerSecond > 0 && callsPerSecond <= 100_000)) throw new RangeError('callsPerSecond is above 0 and at most 100,000');
  for (const [name, value] of Object.entries({ burst, inFlight, calls, leaseMs }))
    if (!Number.isSafeInteger(value) || value < 1) throw new RangeError(`${name} is a whole number, at least 1`);
  if (leaseMs > 900_000) throw new RangeError('a lease is at most 15 minutes');
}
