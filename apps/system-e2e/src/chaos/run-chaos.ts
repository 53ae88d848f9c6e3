import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createReport, type Report } from '../demo/report.ts';
import { waitUntil } from '../system/wait-until.ts';
import { type ChaosServers, startChaosSystem } from './chaos-system.ts';
import { faultKinds } from './faults.ts';
import { type Figures, percent, startLoads, tellFigures } from './loaded-world.ts';
import { schedule, shapeOf, tellStrike } from './schedule.ts';
import { type Servers, strikeAll, type Struck } from './strike.ts';
import { actionsThatFit } from './tokens-load.ts';

export interface RunOptions {
  readonly root: string;
  readonly folder: string;
  readonly reportFile?: string;
  readonly addresses: ChaosServers;
  readonly servers: Servers;
  readonly toxiproxy: string;
}

const rates = { changesPerSecond: () => 4, validationsPerSecond: 60 };

const commandOf = (seed: string, minutes: number): string => `npm run chaos -- --minutes ${minutes} --seed ${seed}`;

/** One run: load, strikes, healing, judgement. Resolves with what to exit with. */
export async function runChaos({
  seed,
  minutes,
  ...options
}: RunOptions & { readonly seed: string; readonly minutes: number }): Promise<number> {
  const { root, folder, addresses, servers, toxiproxy } = options;
  const report = createReport(process.stdout);
  const strikes = schedule(seed, minutes);
  const kinds = new Set(strikes.map(({ fault }) => fault)).size;
  const shape = shapeOf(seed);
  const rings = shape === 'one-redis' ? 'rings in one Redis' : 'rings in a Redis that sentinels lead to';
  report.chapter(`Chaos, seed ${seed}, ${minutes} min`, `${strikes.length} strikes of ${kinds} kinds, under load; ${rings}`);
  const struck: Struck[] = [];
  const struckAt = (at: number): readonly string[] =>
    struck.filter(({ startedAt, healedAt = Infinity }) => startedAt <= at && at <= healedAt).map(({ fault }) => fault);
  const world = await startChaosSystem({ root, folder, servers: addresses, toxiproxy, shape, environment: `chaos-${seed.toLowerCase().replaceAll('_', '-')}` }); // prettier-ignore
  const faults: string[] = [];
  try {
    const loaded = await startLoads(world, { ...rates, actionsPerSecond: actionsThatFit(1, minutes * 60_000), seed, struckAt });
    const startedAt = performance.now();
    const tell = (text: string): void =>
      report.say(`  ${((performance.now() - startedAt) / 1_000).toFixed(1).padStart(6)} s  ${text}`);
    try {
      await strikeAll({ ...world, servers }, strikes, { startedAt, struck, tell: (one) => tell(tellStruck(one)) });
      await waitUntil('the end of the run', () => Promise.resolve(performance.now() - startedAt >= minutes * 60_000), { withinMs: 86_400_000 }); // prettier-ignore
    } catch (error) {
      faults.push(`a strike could not be healed: ${(error as Error).message}`);
    }
    const judged = await loaded.judge(tell);
    faults.push(...judged.faults);
    tellTable(report, struck, judged.figures);
    if (options.reportFile !== undefined) {
      const figures = {
        seed,
        minutes,
        ...judged.figures,
        struck: struck.map((one) => ({ ...one, atMs: one.startedAt - startedAt })),
      };
      writeFileSync(options.reportFile, `${JSON.stringify({ ...figures, faults }, null, 2)}\n`);
    }
  } catch (error) {
    faults.push(`the run broke off: ${error instanceof Error ? error.message : String(error)}`);
  }
  await world.stop().catch((error: unknown) => void faults.push((error as Error).message));
  return conclude(report, faults, folder, commandOf(seed, minutes));
}

const tellStruck = (one: Struck): string =>
  one.healedAt === undefined
    ? `⚡ ${tellStrike(one)}`
    : `✓ ${one.fault} (${one.target}) healed, ${((one.healedAt - one.startedAt) / 1_000).toFixed(1)} s after it struck`;

function tellTable(report: Report, struck: readonly Struck[], figures: Figures): void {
  const rows = ['nothing', ...faultKinds].flatMap((kind) => {
    const found = figures.history.shares[kind];
    const times = kind === 'nothing' ? '' : String(struck.filter(({ fault }) => fault === kind).length);
    return found ? [[kind, times, String(found.asked), percent(found.answered, found.asked)]] : [];
  });
  report.table(['struck', 'times', 'questions meanwhile', 'answered'], rows);
  for (const line of tellFigures(figures)) report.say(`  ${line}`);
}

/** Tells what was wrong, and how to have it again. @returns what to exit with */
export function conclude(report: Report, faults: readonly string[], folder: string, command: string): number {
  if (faults.length === 0) {
    report.say(`\nnothing was lost, and nothing was wrong: ${command}`);
    return 0;
  }
  for (const fault of faults) report.expect(fault, false);
  report.say(`\n${faults.length} faults; logs: ${join(folder, 'logs')}\nthe same again: ${command}`);
  return 1;
}
