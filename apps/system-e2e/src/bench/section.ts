/** Where the servers of the bench answer. Temporal is there when a section that is measured needs it. */
export interface BenchServers {
  readonly redis: string;
  readonly kafka: string;
  readonly oidc: string;
  readonly temporal?: string;
  /** Processes of the servers, for their share of the processor; empty where they run in containers. */
  readonly pids: Readonly<Record<string, number>>;
}

export type Row = readonly [what: string, measured: string, aim: string, met: string];

export interface SectionOptions {
  /** The checkout, built. */
  readonly root: string;
  /** Settings and logs of the systems that are started; emptied by each of them. */
  readonly folder: string;
  readonly servers: BenchServers;
  readonly say: (text: string) => void;
  /** One line that changes while something runs. */
  readonly progress: (text: string) => void;
}

export type Section = (options: SectionOptions) => Promise<readonly Row[]>;

export const mark = (isMet: boolean): string => (isMet ? 'yes' : 'NO');

export const number = (value: number, digits = 2): string =>
  value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
