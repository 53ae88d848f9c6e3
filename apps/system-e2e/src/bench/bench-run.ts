import type { Chart } from './chart.ts';
import type { Row } from './section.ts';

/** What figures depend on besides the code; two reports of different machines say nothing about each other. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly kernel: string;
  /** Of the processor's clock, `not readable` in most virtual machines. */
  readonly governor: string;
  readonly node: string;
}

export interface MeasuredSection {
  readonly name: string;
  /** ISO 8601, UTC. */
  readonly takenAt: string;
  readonly seconds: number;
  /** Of the machine, over the last minute before the section began: figures of a busy machine are no figures. */
  readonly loadBefore: number;
  readonly rows: readonly Row[];
  readonly notes: readonly string[];
  readonly charts: readonly Chart[];
}

/** All that one report stands on; what `--json` writes. */
export interface BenchRun {
  readonly machine: Machine;
  /** Of the servers and programs, by name. */
  readonly versions: Readonly<Record<string, string>>;
  readonly sections: readonly MeasuredSection[];
}

/**
 * A run over one that was kept: sections that were measured now take the place of what they were, and the others stay, if they come from
 * the same machine. In the order of `order`.
 */
export function merged(kept: BenchRun | undefined, now: BenchRun, order: readonly string[]): BenchRun {
  const isSame = kept !== undefined && JSON.stringify(kept.machine) === JSON.stringify(now.machine);
  if (!isSame) return now;
  const measured = new Set(now.sections.map(({ name }) => name));
  const sections = [...kept.sections.filter(({ name }) => !measured.has(name) && order.includes(name)), ...now.sections];
  return {
    ...now,
    versions: { ...kept.versions, ...now.versions },
    sections: sections.sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name)),
  };
}
