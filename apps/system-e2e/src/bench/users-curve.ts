import { loadUsers, startDevicesBench } from './devices-bench.ts';
import { runPass } from './pass-run.ts';
import { whileCounting } from './process-figures.ts';
import type { SectionOptions } from './section.ts';
import { watchRun } from './watch-run.ts';

export interface UsersPoint {
  readonly users: number;
  /** Each the figure of one preview. */
  readonly usersPerSecond: readonly number[];
  /** Worker, Temporal and Redis together, for each user. */
  readonly cpuMs: readonly number[];
  /** The most that the worker had resident. */
  readonly workerMb: readonly number[];
}

/** More than a machine can do, so that nothing waits for it. */
const boundless = { callsPerSecond: 10_000, burst: 1_000, inFlight: 32 };

/** Previews of so many users who are in sync, as fast as the machine goes. */
export async function measureUsers(
  options: SectionOptions,
  sizes: readonly { readonly users: number; readonly rounds: number }[],
): Promise<readonly UsersPoint[]> {
  const bench = await startDevicesBench(options, 'bench-users', { budget: boundless });
  try {
    const worker = bench.system.process('temporal-worker').pid;
    const { temporal, redis } = options.servers.pids;
    const preview = async (users: number, what: string): Promise<void> => {
      const { progress } = await runPass(bench, 'preview', ({ progress: { looked } }) =>
        options.progress(`preview of ${users.toLocaleString('en')} users, ${what}: ${looked.toLocaleString('en')}`),
      );
      if (progress.inSync !== users) throw new Error(`of ${users} users ${progress.inSync} were in sync`);
    };
    const points: UsersPoint[] = [];
    for (const { users, rounds } of sizes) {
      await loadUsers(bench, users, options.progress);
      if (points.length === 0) await preview(users, 'warm-up');
      const [usersPerSecond, cpuMs, workerMb]: [number[], number[], number[]] = [[], [], []];
      for (let round = 1; round <= rounds; round += 1) {
        const { result, cpuMs: used } = await whileCounting({ worker, temporal, redis }, () =>
          watchRun(bench.directory, { worker }, () => preview(users, `${round} of ${rounds}`)),
        );
        if (result.writes > 0) throw new Error(`a preview has written ${result.writes} times`);
        usersPerSecond.push(result.calls / result.seconds);
        cpuMs.push((used.worker + used.temporal + used.redis) / users);
        workerMb.push(result.memory['worker']!.most);
      }
      points.push({ users, usersPerSecond, cpuMs, workerMb });
    }
    return points;
  } finally {
    await bench.stop();
  }
}
