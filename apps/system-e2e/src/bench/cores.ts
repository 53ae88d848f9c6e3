import { execFileSync } from 'node:child_process';
import { cpus } from 'node:os';

/**
 * Where a server that is measured runs: the last core, so that the load has the others and each server the same one; undefined where there
 * is only one core, or no `taskset`.
 */
export function serverCores(): readonly number[] | undefined {
  const count = cpus().length;
  if (count < 2) return undefined;
  try {
    execFileSync('taskset', ['-V'], { stdio: 'ignore' });
  } catch {
    return undefined;
  }
  return [count - 1];
}

/** All the others: where a load runs whose latencies are to be those of the server alone. */
export const loadCores = (): readonly number[] | undefined =>
  serverCores() && Array.from({ length: cpus().length - 1 }, (_, core) => core);

/** The command that runs another one on these cores. */
export const onCores = (cores: readonly number[] | undefined, command: readonly string[]): readonly string[] =>
  cores ? ['taskset', '-c', cores.join(','), ...command] : command;

/** Moves a process that runs already, with all of its threads. */
export function moveToCores(cores: readonly number[] | undefined, pid: number): void {
  if (cores) execFileSync('taskset', ['-acp', cores.join(','), String(pid)], { stdio: 'ignore' });
}
