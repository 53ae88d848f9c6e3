import { createLogger } from '@tallystick/platform-observability';
import { connectTemporal } from '@tallystick/platform-temporal';
import type { SeenPass } from '../system/provisioning-client.ts';
import { type DevicesBench, loadUsers, startDevicesBench } from './devices-bench.ts';
import { eventsOf, runPass } from './pass-run.ts';
import { whileCounting } from './process-figures.ts';
import type { SectionOptions } from './section.ts';
import { type WatchedRun, watchRun } from './watch-run.ts';

export interface PreviewCost {
  readonly users: number;
  /** With a budget that nobody can use up: what this machine does. Of the smallest size only. */
  readonly usersPerSecond?: number;
  /** Calls made by those that the paced budget allows in that time, 0–1; one per preview. */
  readonly shareOfBudget: readonly number[];
  readonly callsPerSecond: number;
  readonly writes: number;
  readonly memory: WatchedRun['memory'];
  /** Processor time for each user, in milliseconds. */
  readonly cpuMs: Readonly<Record<'worker' | 'temporal' | 'redis', number>>;
  readonly eventsPerUser: number;
  readonly runs: number;
}

/** More than this machine can do, so that nothing waits for it. */
const boundless = { callsPerSecond: 10_000, burst: 1_000, inFlight: 32 };

/**
 * Previews of so many users each, all of them in sync, with a budget of `callsPerSecond`, whose use, memory and cost are looked at; the
 * smallest size before that as fast as the machine goes.
 * @param rounds previews with that budget, of each size
 */
export async function measurePreviews(
  options: SectionOptions,
  sizes: readonly number[],
  callsPerSecond: number,
  rounds = 5,
): Promise<readonly PreviewCost[]> {
  const bench = await startDevicesBench(options, 'bench-preview', { budget: boundless });
  const logger = createLogger({ service: 'bench', level: 'silent' });
  const temporal = connectTemporal({ address: bench.temporal, namespace: 'default', logger });
  try {
    const costs: PreviewCost[] = [];
    for (const users of [...sizes].sort((a, b) => a - b)) {
      await loadUsers(bench, users, options.progress);
      costs.push(await measureOne(options, bench, temporal.client, users, callsPerSecond, costs.length === 0, rounds));
    }
    return costs;
  } finally {
    await temporal.close();
    await bench.stop();
  }
}

async function measureOne(
  { servers, progress }: SectionOptions,
  bench: DevicesBench,
  client: Parameters<typeof eventsOf>[0],
  users: number,
  callsPerSecond: number,
  isFirst: boolean,
  rounds: number,
): Promise<PreviewCost> {
  const worker = bench.system.process('temporal-worker').pid;
  const provisioning = bench.system.process('provisioning-service').pid;
  const preview = async (how: string, document?: object): Promise<SeenPass> => {
    const told = (pass: SeenPass) =>
      progress(`preview, ${how}: ${pass.progress.looked.toLocaleString('en')} of ${users.toLocaleString('en')} users`);
    const pass = await runPass(bench, 'preview', told, document);
    const { looked, inSync } = pass.progress;
    if (looked !== users || inSync !== users) throw new Error(`of ${users} users ${looked} were looked at and ${inSync} in sync`);
    return pass;
  };
  const free = isFirst && (await watchRun(bench.directory, { worker }, async () => void (await preview('as fast as it goes'))));
  const paced = { ...bench.document, budget: { callsPerSecond, burst: 10, inFlight: 16 } };
  const runs: WatchedRun[] = [];
  let pass: SeenPass | undefined;
  const { cpuMs } = await whileCounting(
    { worker, temporal: servers.pids['temporal'], redis: servers.pids['redis'] },
    async () => {
      while (runs.length < rounds)
        runs.push(
          await watchRun(bench.directory, { worker, 'provisioning-service': provisioning }, async () => {
            pass = await preview(`${callsPerSecond} calls a second, ${runs.length + 1} of ${rounds}`, paced);
          }),
        );
    },
  );
  const history = await eventsOf(client, bench, pass!);
  const planned = users * rounds;
  return {
    users,
    ...(free && { usersPerSecond: free.calls / free.seconds }),
    shareOfBudget: runs.map(({ calls, seconds }) => calls / (callsPerSecond * seconds)),
    callsPerSecond,
    writes: runs.reduce((sum, { writes }) => sum + writes, free ? free.writes : 0),
    memory: runs.at(-1)!.memory,
    cpuMs: { worker: cpuMs.worker / planned, temporal: cpuMs.temporal / planned, redis: cpuMs.redis / planned },
    ...{ eventsPerUser: history.events / users, runs: history.runs },
  };
}
