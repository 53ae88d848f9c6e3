import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';

/** User and system time of all threads; the kernel counts in hundredths of a second. NaN of a process that is not here. */
export function cpuMicrosecondsOf(pid: number | undefined): number {
  if (pid === undefined) return NaN;
  const [, rest = ''] = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ');
  const fields = rest.split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10_000;
}

/** Of all processors since the machine was started, in milliseconds. */
export function processorTicks(): { readonly busy: number; readonly all: number } {
  const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
  const times = cpus().map((cpu) => cpu.times);
  const all = sum(times.flatMap((it) => Object.values(it)));
  return { busy: all - sum(times.map(({ idle }) => idle)), all };
}

export const residentBytes = (pid: number): number =>
  Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1_024;

/** The sum of a counter over its labels, as a service tells it at `/metrics`; 0 before it was counted. */
export async function countOf(url: string, metric: string, labels = ''): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return text
    .split('\n')
    .filter((line) => line.startsWith(`${metric}{`) && line.includes(labels))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
}

/** What processes used of the processor while `work` ran, in milliseconds, by the names that they are given. */
export async function whileCounting<T, K extends string>(
  pids: Readonly<Record<K, number | undefined>>,
  work: () => Promise<T>,
): Promise<{ readonly result: T; readonly cpuMs: Readonly<Record<K, number>> }> {
  const read = () => Object.entries(pids).map(([name, pid]) => [name, cpuMicrosecondsOf(pid as number | undefined)] as const);
  const before = new Map(read());
  const result = await work();
  const cpuMs = Object.fromEntries(read().map(([name, used]) => [name, (used - (before.get(name) ?? NaN)) / 1_000]));
  return { result, cpuMs: cpuMs as Record<K, number> };
}
