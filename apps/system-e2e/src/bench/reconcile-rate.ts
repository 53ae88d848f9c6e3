import type { UserRef } from '@tallystick/devices-domain';
import { reconcileUserType, wakeUp } from '@tallystick/devices-workflow-api';
import { createLogger } from '@tallystick/platform-observability';
import { connectTemporal } from '@tallystick/platform-temporal';
import { waitUntil } from '../system/wait-until.ts';
import { loadUsers, startDevicesBench } from './devices-bench.ts';
import { noOpQueue, startNoOpWorker } from './no-op-worker.ts';
import { countOf, whileCounting } from './process-figures.ts';
import type { SectionOptions } from './section.ts';
import { medianOf } from './spread.ts';

export interface ReconcileRate {
  /** Runs a second, one per round: up to the end of the last activity. Rounds of both alternate. */
  readonly reconciliations: readonly number[];
  readonly noOps: readonly number[];
  /** One by the other, round by round. */
  readonly ratio: readonly number[];
  /** Processor time of each run, in milliseconds, medians of the rounds: of Temporal, and of the worker. */
  readonly cpu: Readonly<Record<'reconciliation' | 'noOp', { readonly temporal: number; readonly worker: number }>>;
}

/** Handed over at one time; the bridge has as many. */
const atOnce = 50;

/** Signal-with-start of `reconcileUser` for users who are in sync, and of a workflow with one activity that does nothing, in turns. */
export async function measureReconciliations(options: SectionOptions, { users = 300, rounds = 5 } = {}): Promise<ReconcileRate> {
  const bench = await startDevicesBench(options, 'bench-reconcile');
  const noOpWorker = await startNoOpWorker(options.root, options.folder, bench.temporal);
  const logger = createLogger({ service: 'bench', level: 'silent' });
  const { client, close } = connectTemporal({ address: bench.temporal, namespace: 'default', logger });
  try {
    const loaded = await loadUsers(bench, users * (rounds + 1), options.progress);
    const worker = bench.system.url('temporal-worker');
    const reconciled = () => countOf(worker, 'tallystick_reconciliations_total');
    const pids = (pid: number) => ({ temporal: options.servers.pids['temporal'], worker: pid });
    const told = (what: string, done: number, of: number): boolean => {
      options.progress(`${what}: ${done} of ${of}`);
      return done >= of;
    };
    const ours = async (some: readonly UserRef[], what: string) => {
      const before = await reconciled();
      return perSecond(some.length, async () => {
        await side(some, (user) => client.workflow.signalWithStart(reconcileUserType, wakeUp(user)));
        const isDone = async () => told(`reconciliations, ${what}`, (await reconciled()) - before, some.length);
        await waitUntil('all outcomes', isDone, patient);
      });
    };
    const theirs = async (some: readonly UserRef[], what: string) => {
      const before = noOpWorker.done();
      return perSecond(some.length, async () => {
        await side(some, ({ user }) =>
          client.workflow.signalWithStart('noOp', {
            ...{ workflowId: `no-op/${user}`, taskQueue: noOpQueue, args: [user] },
            signal: 'look',
          }),
        );
        const isDone = () => Promise.resolve(told(`no-op activities, ${what}`, noOpWorker.done() - before, some.length));
        await waitUntil('all activities', isDone, patient);
      });
    };
    const [a, b]: [Round[], Round[]] = [[], []];
    for (let round = 0; round <= rounds; round += 1) {
      const what = round === 0 ? 'warm-up' : `round ${round} of ${rounds}`;
      const some = loaded.slice(round * users, (round + 1) * users);
      const one = () => measured(pids(bench.system.process('temporal-worker').pid), () => ours(some, what), some.length);
      const other = () => measured(pids(noOpWorker.pid), () => theirs(some, what), some.length);
      // Each goes first as often as the other: the server is slower the more it keeps.
      const [first, second] = round % 2 ? [await one(), await other()] : [await other(), await one()].reverse();
      if (round === 0) continue; // until all of them are warm
      a.push(first!);
      b.push(second!);
    }
    const cpu = (rounds: readonly Round[]) => ({
      temporal: medianOf(rounds.map(({ cpuMs }) => cpuMs.temporal)),
      worker: medianOf(rounds.map(({ cpuMs }) => cpuMs.worker)),
    });
    return {
      reconciliations: a.map(({ rate }) => rate),
      noOps: b.map(({ rate }) => rate),
      ratio: a.map(({ rate }, at) => rate / b[at]!.rate),
      cpu: { reconciliation: cpu(a), noOp: cpu(b) },
    };
  } finally {
    await close();
    await noOpWorker.stop();
    await bench.stop();
  }
}

/** Seldom: each look costs the worker a millisecond or two. */
const patient = { withinMs: 300_000, everyMs: 100 };

interface Round {
  readonly rate: number;
  readonly cpuMs: Readonly<Record<'temporal' | 'worker', number>>;
}

async function measured(
  pids: Readonly<Record<'temporal' | 'worker', number | undefined>>,
  work: () => Promise<number>,
  users: number,
): Promise<Round> {
  const { result, cpuMs } = await whileCounting(pids, work);
  return { rate: result, cpuMs: { temporal: cpuMs.temporal / users, worker: cpuMs.worker / users } };
}

async function perSecond(count: number, work: () => Promise<void>): Promise<number> {
  const from = performance.now();
  await work();
  return (count / (performance.now() - from)) * 1_000;
}

async function side<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < items.length) await work(items[next++]!);
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
}
