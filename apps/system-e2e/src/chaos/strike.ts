import type { OwnSentinels } from '@tallystick/platform-testing';
import type { SeenDirectory } from '../system/seen-directory.ts';
import type { ProcessName, System } from '../system/system.ts';
import { waitUntil } from '../system/wait-until.ts';
import type { FaultKind, LinkName } from './faults.ts';
import type { Links } from './links.ts';
import type { Strike } from './schedule.ts';

export type ServerName = 'redis' | 'kafka' | 'temporal';
/** Servers that can be killed: tools/stack has them. */
export interface Servers {
  readonly kill: (server: ServerName) => Promise<void>;
  readonly start: (server: ServerName) => Promise<void>;
}

/** Everything that can be struck. */
export interface World {
  readonly system: Pick<System, 'process' | 'restart'>;
  readonly servers: Servers;
  readonly links: Pick<Links, 'break' | 'heal'>;
  readonly directory: Pick<SeenDirectory, 'setFaults' | 'change'>;
  /** There where sentinels lead to the rings. */
  readonly sentinels?: Pick<OwnSentinels, 'nodes' | 'named' | 'otherThan' | 'isWhole'> | undefined;
}

/** Strikes, and gives what heals it. */
export type Striker = (world: World, target: string) => Promise<() => Promise<void>>;

const kill: Striker = async ({ system }, target) => {
  await system.process(target as ProcessName).kill('SIGKILL');
  return () => startAgain(system, target as ProcessName);
};
const stop: Striker = async ({ system }, target) => {
  const victim = system.process(target as ProcessName);
  await victim.kill('SIGSTOP');
  return () => victim.kill('SIGCONT');
};
const killServer: Striker = async ({ servers }, target) => {
  await servers.kill(target as ServerName);
  return () => servers.start(target as ServerName);
};
/** Its data comes back with it, and it follows the one that was promoted; healed when nothing more could be lost with another one. */
const failOver: Striker = async ({ sentinels }) => {
  if (!sentinels) throw new Error('nobody leads to another Redis here');
  const primary = await waitUntil('the sentinels to name a primary', () => sentinels.named(), { withinMs: 60_000 });
  await primary.kill();
  return async () => {
    await sentinels.otherThan(primary, 120_000); // sentinels that were late themselves do nothing for half a minute
    await primary.run();
    await waitUntil('all replicas to follow', () => sentinels.isWhole(), { withinMs: 120_000, everyMs: 200 });
  };
};
const breakLink =
  (fault: Parameters<Links['break']>[1]): Striker =>
  async ({ links }, target) => {
    await links.break(target as LinkName, fault);
    return () => links.heal(target as LinkName);
  };
/** More calls than there are while it strikes. */
const all = 1_000_000;
const answers =
  (...list: readonly object[]): Striker =>
  async ({ directory }) => {
    await directory.setFaults(list);
    return () => directory.setFaults([]);
  };
const settings =
  (struck: object, healed: object): Striker =>
  async ({ directory }) => {
    await directory.change(struck);
    return () => directory.change(healed);
  };

export const strikers: Readonly<Record<FaultKind, Striker>> = {
  'worker-killed': kill,
  'bridge-killed': kill,
  'validator-killed': kill,
  'token-service-killed': kill,
  'worker-stopped': stop,
  'bridge-stopped': stop,
  'validator-stopped': stop,
  'token-service-stopped': stop,
  'temporal-restarted': killServer,
  'kafka-restarted': killServer,
  'redis-restarted': killServer,
  'redis-failed-over': failOver,
  'link-slow': breakLink('link-slow'),
  'link-silent': breakLink('link-silent'),
  'link-reset': breakLink('link-reset'),
  'link-narrow': breakLink('link-narrow'),
  'provider-limits': settings({ rateLimit: { perSecond: 4, burst: 2, retryAfter: 'seconds' } }, { rateLimit: null }),
  'provider-slow': settings({ latencyMs: 900 }, { latencyMs: 0 }),
  'provider-resets-after': answers({ op: 'writes', kind: 'reset-after', times: all }),
  'provider-fails-after': answers({ op: 'writes', kind: 'error-after', status: 503, times: all }),
  'provider-lists-late': settings({ visibilityLagMs: 2_000 }, { visibilityLagMs: 0 }),
};

/** As the kubelet does: again and again, for what it needs may be away as well. */
async function startAgain(system: World['system'], name: ProcessName): Promise<void> {
  await waitUntil(
    `${name} to be there again`,
    async () => {
      await system.process(name).kill('SIGKILL'); // of an attempt that never became ready
      return system.restart(name).then(
        () => true,
        () => false,
      );
    },
    { withinMs: 300_000, everyMs: 1_000 }, // on a machine where everything starts at once
  );
}

/** What was struck when, as it really was: a heal takes as long as the machine needs. By the clock of the caller. */
export interface Struck extends Strike {
  readonly startedAt: number;
  healedAt?: number;
}

/** Carries out a schedule. Resolves when all is healed. @throws Error when something could not be healed. */
export async function strikeAll(
  world: World,
  strikes: readonly Strike[],
  options: {
    readonly startedAt: number;
    readonly struck: Struck[];
    readonly tell: (one: Struck) => void;
  },
): Promise<void> {
  const { startedAt, struck, tell } = options;
  const busy = new Map<string, Promise<void>>();
  const isDue = (at: number, what: string) =>
    waitUntil(what, () => Promise.resolve(performance.now() >= at), { withinMs: 86_400_000, everyMs: 20 });
  const one = async (strike: Strike, before: Promise<void> | undefined): Promise<void> => {
    await before; // of the same target, when its heal took longer than was planned
    const began: Struck = { ...strike, startedAt: performance.now() };
    struck.push(began);
    const heal = await strikers[strike.fault](world, strike.target);
    tell(began);
    await isDue(began.startedAt + strike.forMs, 'the heal');
    await heal();
    began.healedAt = performance.now();
    tell(began);
  };
  const all: Promise<void>[] = [];
  let broken: unknown;
  for (const strike of strikes) {
    await isDue(startedAt + strike.atMs, 'the next strike');
    if (broken !== undefined) break; // nothing more is proved by going on
    const running = one(strike, busy.get(strike.target)).catch((error: unknown) => void (broken ??= error));
    all.push(running);
    busy.set(strike.target, running);
  }
  await Promise.all(all);
  if (broken !== undefined) throw broken as Error;
}
