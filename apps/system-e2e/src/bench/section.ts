import type { Chart } from './chart.ts';

/** Where the servers of the bench answer. Temporal is there when a section that is measured needs it. */
export interface BenchServers {
  readonly redis: string;
  readonly kafka: string;
  readonly oidc: string;
  readonly temporal?: string;
  /** Processes of the servers, for their share of the processor; empty where they run in containers. */
  readonly pids: Readonly<Record<string, number>>;
}

/** Programs that some sections need, with their versions; tools/bench.mjs has installed those that are needed. */
export type BenchPrograms = Readonly<Partial<Record<'k6' | 'opa', string>>>;

/** What a figure is the middle of. */
export interface Rounds {
  readonly unit: string;
  readonly values: readonly number[];
  /** Digits behind the point, as they are told; default 2. */
  readonly digits?: number;
}

/** `rounds` is left out of what is counted and not measured: a promise that was kept or not, bytes of a store. */
export type Row = readonly [what: string, measured: string, aim: string, met: string, rounds?: Rounds];

export interface SectionOptions {
  /** The checkout, built. */
  readonly root: string;
  /** Settings and logs of the systems that are started; emptied by each of them. */
  readonly folder: string;
  readonly servers: BenchServers;
  readonly programs: BenchPrograms;
  /** What takes up to an hour is wanted, too. */
  readonly isLong: boolean;
  /** How often each thing is measured. */
  readonly rounds: number;
  readonly say: (text: string) => void;
  /** One line that changes while something runs. */
  readonly progress: (text: string) => void;
  /** A sentence of the report, under the section's table. */
  readonly note: (text: string) => void;
  readonly plot: (chart: Chart) => void;
}

export type Section = (options: SectionOptions) => Promise<readonly Row[]>;

export const mark = (isMet: boolean): string => (isMet ? 'yes' : 'NO');

export const number = (value: number, digits = 2): string =>
  value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });

/** @throws Error that says how to come by it */
export function programOf(programs: BenchPrograms, name: keyof BenchPrograms): string {
  const found = programs[name];
  if (found === undefined) throw new Error(`this section needs ${name}: start it with "npm run bench", which installs it`);
  return found;
}
