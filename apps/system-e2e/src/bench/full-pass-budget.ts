import { attributesOf, loadUsers, startDevicesBench } from './devices-bench.ts';
import { runPass } from './pass-run.ts';
import type { SectionOptions } from './section.ts';
import { medianOf } from './spread.ts';
import { type WatchedRun, watchRun } from './watch-run.ts';

export interface FullPassBudget {
  readonly users: number;
  readonly callsPerSecond: number;
  /** Calls made by those that the budget allows in that time, 0–1, one per pass: when nobody differs, and when every fifth user has another first name. */
  readonly inSync: readonly number[];
  readonly everyFifthDiffers: readonly number[];
  /** Of the latter, medians. */
  readonly calls: number;
  readonly seconds: number;
  /** Of the machine's processors, 0–1, while those users are changed: near 1, the machine is what holds the pass back. */
  readonly busy: number;
}

/** Full passes of a connection with that budget, in turns: nobody differs, then every fifth user. */
export async function measureFullPass(
  options: SectionOptions,
  callsPerSecond: number,
  { users = 15 * callsPerSecond, rounds = 5 } = {},
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
    const [inSync, differing]: [WatchedRun[], WatchedRun[]] = [[], []];
    for (let round = 0; round < rounds; round += 1) {
      await loadUsers(bench, users, options.progress, attributesOf, 2 * round);
      const none = await pass(`${round + 1} of ${rounds}, nobody differs`);
      if (none.writes > 0) throw new Error('a pass over users in sync has written');
      inSync.push(none);
      const named = (n: number) => (n % 5 ? attributesOf(n) : { ...attributesOf(n), first: `New ${n}` });
      await loadUsers(bench, users, options.progress, named, 2 * round + 1);
      const some = await pass(`${round + 1} of ${rounds}, every fifth user differs`);
      const changed = Math.floor(users / 5);
      if (some.writes !== changed) throw new Error(`${some.writes} writes for ${changed} users who differ`);
      differing.push(some);
    }
    return {
      ...{ users, callsPerSecond, inSync: inSync.map(share), everyFifthDiffers: differing.map(share) },
      calls: medianOf(differing.map(({ calls }) => calls)),
      seconds: medianOf(differing.map(({ seconds }) => seconds)),
      busy: medianOf(differing.map(({ busyWhileWriting }) => busyWhileWriting)),
    };
  } finally {
    await bench.stop();
  }
}
