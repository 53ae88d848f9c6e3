import { readdirSync, readFileSync } from 'node:fs';
import { Client, Connection } from '@temporalio/client';
import type { ProcessName, System } from '../system/system.ts';
import { flatLine, type FlatBound, type FlatVerdict, type Sample } from './flat-line.ts';

/** What is looked at, and what it may grow by. In a run of minutes only a gross leak shows; the bound per hour is for runs of hours. */
const bounds = {
  'resident memory, MB': { percentPerHour: 2, percentInAll: 40, atLeast: 25 },
  'open files and sockets': { percentPerHour: 2, percentInAll: 20, atLeast: 15 },
  'events in the longest history': { percentPerHour: 2, percentInAll: 50, atLeast: 100 },
  'records of the topics not stored yet': { percentPerHour: 2, percentInAll: 50, atLeast: 50 },
} as const satisfies Readonly<Record<string, FlatBound>>;
type What = keyof typeof bounds;

export interface Line extends FlatVerdict {
  readonly what: What;
  readonly of: string;
  readonly readings: number;
  readonly last: number;
}

/** Reads at most so many, evenly over the run: a line of a day and one of minutes take the same memory. */
const most = 4_000;

/** Lines that must stay flat. A process that was started again has a line of its own. */
export class SoakSamples {
  readonly #system: Pick<System, 'process' | 'url'>;
  readonly #names: readonly ProcessName[];
  readonly #environment: string;
  readonly #connection: Connection;
  readonly #lines = new Map<string, { readonly what: What; readonly of: string; samples: Sample[] }>();

  constructor(system: Pick<System, 'process' | 'url'>, names: readonly ProcessName[], temporal: string, environment: string) {
    this.#system = system;
    this.#names = names;
    this.#environment = environment;
    this.#connection = Connection.lazy({ address: temporal });
  }

  async take(): Promise<void> {
    const at = performance.now();
    for (const name of this.#names) {
      const { pid, running } = this.#system.process(name);
      if (!running()) continue;
      const of = `${name}, process ${pid}`;
      try {
        this.#add('resident memory, MB', of, at, residentMb(pid));
        this.#add('open files and sockets', of, at, readdirSync(`/proc/${pid}/fd`).length);
      } catch {
        // it has just ended
      }
    }
    // A server that is away at the moment gives no reading.
    await this.#history().then((events) => this.#add('events in the longest history', 'Temporal', at, events), () => undefined); // prettier-ignore
    await this.#lag().then((lag) => this.#add('records of the topics not stored yet', 'the bridge', at, lag), () => undefined); // prettier-ignore
  }

  /** Megabytes of each process that runs, now. */
  resident(): ReadonlyMap<string, number> {
    const seen = this.#names.map((name) => ({ name, process: this.#system.process(name) }));
    const running = seen.filter(({ process }) => process.running());
    return new Map(running.map(({ name, process: { pid } }) => [`${name}, process ${pid}`, residentMb(pid)]));
  }

  lines(): readonly Line[] {
    return [...this.#lines.values()].map(({ what, of, samples }) => ({
      ...{ what, of, readings: samples.length, last: samples.at(-1)?.value ?? 0 },
      ...flatLine(samples, bounds[what]),
    }));
  }

  close(): Promise<void> {
    return this.#connection.close();
  }

  #add(what: What, of: string, at: number, value: number): void {
    const line = this.#lines.get(`${what} ${of}`) ?? { what, of, samples: [] };
    line.samples.push({ at, value });
    if (line.samples.length > most) line.samples = line.samples.filter((_, place) => place % 2 === 0);
    this.#lines.set(`${what} ${of}`, line);
  }

  /** Of the runs that ended within the last minute. */
  async #history(): Promise<number> {
    const since = new Date(Date.now() - 60_000).toISOString();
    const query = `Environment = '${this.#environment}' AND CloseTime > '${since}'`;
    let longest = 0;
    for await (const { historyLength } of new Client({ connection: this.#connection }).workflow.list({ query, pageSize: 200 }))
      longest = Math.max(longest, historyLength);
    return longest;
  }

  async #lag(): Promise<number> {
    const text = await (await fetch(`${this.#system.url('provisioning-service')}/metrics`)).text();
    const lines = text.split('\n').filter((line) => line.startsWith('tallystick_source_lag_records{'));
    return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
  }
}

function residentMb(pid: number): number {
  const [, kilobytes] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  if (kilobytes === undefined) throw new Error(`process ${pid} has ended`);
  return Number(kilobytes) / 1_024;
}
