import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { createReport } from '../demo/report.ts';
import { type BenchArguments, benchArguments, profileSection } from './bench-arguments.ts';
import { type BenchRun, type MeasuredSection, merged } from './bench-run.ts';
import type { Chart } from './chart.ts';
import { devicesSections } from './devices-sections.ts';
import { serverVersions, thisMachine } from './machine.ts';
import { validatorVsOpa } from './opa-section.ts';
import { figuresOf, picturesOf, withFigures } from './report-page.ts';
import type { BenchPrograms, BenchServers, Section } from './section.ts';
import { tokensSections } from './tokens-sections.ts';
import { profile, validatorSections } from './validator-sections.ts';

const report = createReport(process.stdout);

const sections: Readonly<Record<string, Section>> = {
  ...validatorSections,
  'validator-vs-opa': validatorVsOpa,
  ...tokensSections,
  ...devicesSections,
  [profileSection]: profile,
};

export interface RunBenchOptions {
  readonly root: string;
  readonly servers: BenchServers;
  readonly programs: BenchPrograms;
  /** Of what does not tell its version itself. */
  readonly versions: Readonly<Record<string, string>>;
}

/** Measures the sections that are named, or all; resolves with what to exit with. Slow figures are told, and fail nothing. */
export async function runBench(argv: readonly string[], options: RunBenchOptions): Promise<number> {
  let wanted: BenchArguments;
  try {
    wanted = benchArguments(argv, Object.keys(sections));
  } catch (error) {
    report.say(error instanceof Error ? error.message : String(error));
    return 2;
  }
  const { names, isLong, isReport, rounds, json } = wanted;
  const machine = thisMachine();
  const versions = { ...(await serverVersions(options.servers)), ...options.versions };
  report.chapter(
    'Figures of this machine',
    `${machine.cores} × ${machine.cpu}, ${machine.memoryGiB} GiB, Node ${machine.node}; ${Object.entries(versions).map((one) => one.join(' ')).join(', ')}`, // prettier-ignore
  );
  const measured: MeasuredSection[] = [];
  let failed = false;
  for (const name of names) {
    const found = await measureSection(name, { ...options, isLong, rounds });
    if (!found) {
      failed = true;
      continue;
    }
    measured.push(found);
    if (isReport) writeReport(options.root, { machine, versions, sections: [found] }); // a long run that is broken off has written this much
  }
  const run: BenchRun = { machine, versions, sections: measured };
  report.table(
    ['what', 'measured', 'aim', 'met'],
    measured.flatMap(({ rows }) => rows.map(([what, figure, aim, met]) => [what, figure, aim, met])),
  );
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(run, null, 2)}\n`);
  if (isReport) report.say('  written: docs/benchmarks.md, and docs/benchmarks/ with its pictures and figures');
  return failed ? 1 : 0;
}

/** @returns undefined when it broke off; what went wrong is told */
async function measureSection(
  name: string,
  options: RunBenchOptions & Pick<BenchArguments, 'isLong' | 'rounds'>,
): Promise<MeasuredSection | undefined> {
  const [startedAt, takenAt, loadBefore] = [performance.now(), new Date().toISOString(), loadavg()[0] ?? NaN];
  const [notes, charts]: [string[], Chart[]] = [[], []];
  const { say, progress, progressEnd } = report;
  say(`  measuring: ${name} …`);
  try {
    const rows = await sections[name]!({
      ...options,
      folder: join(options.root, '.stack', 'bench', 'system'),
      ...{ say, progress },
      note: (text) => void notes.push(text),
      plot: (chart) => void charts.push(chart),
    });
    progressEnd();
    for (const [what, figure] of rows) say(`    ${what}: ${figure}`); // a long run that is broken off has told this much
    for (const note of notes) say(`    ${note}`);
    const seconds = (performance.now() - startedAt) / 1_000;
    say(`  ${name}: ${seconds.toFixed(0)} s, load before it ${loadBefore.toFixed(1)}`);
    return { name, takenAt, seconds, loadBefore, rows, notes, charts };
  } catch (error) {
    report.fault(error, `The section ${name}`);
    return undefined;
  }
}

/** The page, its pictures, and the figures behind them, over what was measured on this machine before. */
function writeReport(root: string, now: BenchRun): void {
  const [page, folder] = [join(root, 'docs', 'benchmarks.md'), join(root, 'docs', 'benchmarks')];
  const figures = join(folder, 'figures.json');
  mkdirSync(folder, { recursive: true });
  const kept = existsSync(figures) ? (JSON.parse(readFileSync(figures, 'utf8')) as BenchRun) : undefined;
  const run = merged(kept, now, Object.keys(sections));
  for (const [name, text] of picturesOf(run)) writeFileSync(join(folder, name), text);
  writeFileSync(figures, `${JSON.stringify(run, null, 2)}\n`);
  writeFileSync(page, withFigures(readFileSync(page, 'utf8'), figuresOf(run)));
}
