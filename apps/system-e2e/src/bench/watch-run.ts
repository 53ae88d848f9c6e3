import type { SeenDirectory } from '../system/seen-directory.ts';
import { quantile } from '../system/histogram.ts';
import { processorTicks, residentBytes } from './process-figures.ts';

export interface WatchedRun {
  /** Provider calls between the first and the last look that saw one, and the seconds between these looks. */
  readonly calls: number;
  readonly seconds: number;
  readonly writes: number;
  /** Of all processors of the machine, whoever used them, from the first write to the last call, 0–1; NaN without a write. */
  readonly busyWhileWriting: number;
  /** Resident megabytes of each process: the most, and medians of the second and of the last quarter of the time. */
  readonly memory: Readonly<Record<string, { readonly most: number; readonly early: number; readonly late: number }>>;
}

interface Look {
  readonly at: number;
  readonly calls: number;
  readonly writes: number;
  readonly ticks: { readonly busy: number; readonly all: number };
  readonly residentMb: Readonly<Record<string, number>>;
}

/**
 * Looks at the provider's counters and at the memory of processes while `work` runs. What comes before the first call and after the last
 * one (starting a workflow, closing it) is not counted to the time in which the budget was to be used.
 */
export async function watchRun(
  directory: SeenDirectory,
  pids: Readonly<Record<string, number>>,
  work: () => Promise<void>,
  everyMs = 50,
): Promise<WatchedRun> {
  const looks: Look[] = [];
  const look = async (): Promise<void> => {
    const { calls, writes } = await directory.counters();
    const residentMb = Object.fromEntries(Object.entries(pids).map(([name, pid]) => [name, residentBytes(pid) / 1_000_000]));
    looks.push({ at: performance.now(), calls, writes, residentMb, ticks: processorTicks() });
  };
  await look();
  let over = false;
  const watching = (async () => {
    while (!over) {
      await new Promise((resolve) => setTimeout(resolve, everyMs));
      await look();
    }
  })();
  try {
    await work();
  } finally {
    over = true;
    await watching;
  }
  return figuresOf(looks, Object.keys(pids));
}

function figuresOf(looks: readonly Look[], names: readonly string[]): WatchedRun {
  const [before, end] = [looks[0]!, looks.at(-1)!];
  const first = looks.find(({ calls }) => calls > before.calls) ?? end;
  const last = looks.find(({ calls }) => calls === end.calls)!;
  const wrote = looks.find(({ writes }) => writes > before.writes) ?? last;
  const part = (from: number, to: number) => looks.slice(Math.floor(from * looks.length), Math.ceil(to * looks.length));
  const mb = (some: readonly Look[], name: string) => some.map(({ residentMb }) => residentMb[name]!);
  return {
    calls: last.calls - first.calls,
    seconds: (last.at - first.at) / 1_000,
    writes: end.writes - before.writes,
    busyWhileWriting: (last.ticks.busy - wrote.ticks.busy) / (last.ticks.all - wrote.ticks.all),
    memory: Object.fromEntries(
      names.map((name) => [
        name,
        {
          most: Math.max(...mb(looks, name)),
          early: quantile(mb(part(0.25, 0.5), name), 0.5),
          late: quantile(mb(part(0.75, 1), name), 0.5),
        },
      ]),
    ),
  };
}
