import { attributesOf, loadUsers, startDevicesBench } from './devices-bench.ts';
import { runPass } from './pass-run.ts';
import type { SectionOptions } from './section.ts';
import { type WatchedRun, watchRun } from './watch-run.ts';

export interface FullPassBudget {
  readonly users: number;
  readonly callsPerSecond: number;
  /** Calls made by those that the budget allows in that time, 0–1: when nobody differs, and when every fifth user has another first name. */
  readonly inSync: number;
  readonly everyFifthDiffers: number;
  readonly calls: number;
  readonly seconds: number;
  /** Of the machine's processors, 0–1, while those users are changed: near 1, the machine is what holds the pass back. */
  readonly busy: number;
}

/** Full passes of a connection with that budget: nobody differs, then every fifth user. */
export async function measureFullPass(
  options: SectionOptions,
  callsPerSecond: number,
  users = 15 * callsPerSecond,
): Promise<FullPassBudget> {
  const bench = await startDevicesBench(options, 'bench-full-pass', { budget: { callsPerSecond, burst: 10, inFlight: 16 } });
  const share = ({ calls, seconds }: WatchedRun): number => calls / (callsPerSecond * seconds);
  const pass = (what: string): Promise<WatchedRun> =>
    watchRun(bench.directory, {}, async () => {
      await runPass(bench, 'pass', ({ stage, progress: { looked, applied, differ } }) =>
        options.progress(`${what}: ${stage}, ${looked} of ${users} looked at, ${applied} of ${differ} applied`),
      );
    });
  try {
    await loadUsers(bench, users, options.progress);
    const inSync = await pass('nobody differs');
    if (inSync.writes > 0) throw new Error('a pass over users in sync has written');
    const named = (n: number) => (n % 5 ? attributesOf(n) : { ...attributesOf(n), first: `New ${n}` });
    await loadUsers(bench, users, options.progress, named, 1);
    const differing = await pass('every fifth user differs');
    const changed = Math.floor(users / 5);
    if (differing.writes !== changed) throw new Error(`${differing.writes} writes for ${changed} users who differ`);
    const { calls, seconds, busyWhileWriting: busy } = differing;
    return { users, callsPerSecond, inSync: share(inSync), everyFifthDiffers: share(differing), calls, seconds, busy };
  } finally {
    await bench.stop();
  }
}
