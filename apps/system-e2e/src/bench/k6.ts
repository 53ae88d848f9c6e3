import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onCores } from './cores.ts';
import { cpuMicrosecondsOf } from './process-figures.ts';
import { type K6Summary, k6Script, type OpenRound, type Questions, readK6Summary } from './k6-script.ts';
import { endWithThisProcess } from '../system/end-with-this-process.ts';

export interface K6Round extends K6Summary {
  readonly perSecond: number;
  /** Nothing was dropped, and nothing failed. */
  readonly clean: boolean;
  /** Processor time of the server for each answer, in microseconds. */
  readonly cpuMicroseconds: number;
}

/** Enough for a pause of 80 ms at 6,000 a second; each of them costs k6 memory. */
export const virtualUsers = 500;

/** With thresholds that did not hold. */
const thresholdsFailed = 99;

/** One round of k6 against one server. @throws Error when k6 can't run it; a round with drops is a result, and throws nothing */
export async function runK6(
  options: OpenRound & {
    /** The program. */
    readonly k6: string;
    readonly folder: string;
    readonly questions: Questions;
    /** The server's process. */
    readonly pid: number;
    /** Those of k6; default: all. */
    readonly cores?: readonly number[] | undefined;
  },
): Promise<K6Round> {
  const { k6, folder, questions, pid, cores, perSecond, seconds, atOnce } = options;
  mkdirSync(folder, { recursive: true });
  const [script, summary] = [join(folder, 'k6.js'), join(folder, 'k6-summary.json')];
  const run = Math.floor(Math.random() * 36 ** 4).toString(36).padStart(4, '0'); // prettier-ignore
  writeFileSync(script, k6Script(questions, { perSecond, seconds, atOnce }, run), { mode: 0o600 }); // it has a caller's token
  rmSync(summary, { force: true });
  const before = cpuMicrosecondsOf(pid);
  const [command, ...args] = onCores(cores, [k6, 'run', '--quiet', '--no-usage-report', '--address', '', script]);
  const child = spawn(command!, args, {
    env: { PATH: process.env['PATH'] ?? '', HOME: folder, SUMMARY: summary },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  endWithThisProcess(child);
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said = `${said}${String(chunk)}`.slice(-2_000)));
  const code = await new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve));
  if (code !== 0 && code !== thresholdsFailed) throw new Error(`k6 ended with ${code}: ${said.trim()}`);
  const figures = readK6Summary(readFileSync(summary, 'utf8'));
  const cpuMicroseconds = (cpuMicrosecondsOf(pid) - before) / figures.answered;
  return { ...figures, perSecond, cpuMicroseconds, clean: figures.dropped === 0 && figures.failed === 0 };
}
