import { histogram, quantile } from '../system/histogram.ts';
import { measureEventLatency } from './event-latency.ts';
import { measureFullPass } from './full-pass-budget.ts';
import { measurePlanner } from './planner-rate.ts';
import { measurePreviews, type PreviewCost } from './preview-cost.ts';
import { measureReconciliations } from './reconcile-rate.ts';
import { measureReplay } from './replay-rate.ts';
import { mark, number, type Row, type Section } from './section.ts';

const whole = (value: number): string => number(value, 0);
const median = (numbers: readonly number[]): number => quantile(numbers, 0.5);
const percent = (share: number): string => `${number(share * 100, 1)} %`;

const planner: Section = () =>
  Promise.resolve(
    measurePlanner().map(({ preset, change, plansPerSecond, plansPerCpuSecond }): Row => [
      `plans of a user with nine devices, ${preset}, ${change}`,
      `${whole(plansPerCpuSecond)} a second of one core (${whole(plansPerSecond)} by the clock)`,
      '≥ 100,000',
      mark(plansPerCpuSecond >= 100_000),
    ]),
  );

const eventToApplied: Section = async (options) => {
  const { newUserMs, newNumberMs } = await measureEventLatency(options);
  for (const line of histogram(newUserMs)) options.say(`    ${line}`);
  const rowOf = (what: string, ms: readonly number[]): Row => [
    what,
    `${whole(median(ms))} ms (p90 ${whole(quantile(ms, 0.9))} ms)`,
    '< 1,000 ms',
    mark(median(ms) < 1_000),
  ];
  return [
    rowOf('event to applied, idle: a new user with two devices, median', newUserMs),
    rowOf('– another number of a user who is there', newNumberMs),
  ];
};

const reconciliations: Section = async (options) => {
  const { ratio, reconciliations, noOps, cpu } = await measureReconciliations(options);
  const each = ({ temporal, worker }: { temporal: number; worker: number }): string =>
    `${number(temporal, 1)} + ${number(worker, 1)}`;
  return [
    [
      'reconciliations/s by those of a workflow with one no-op activity',
      `${number(ratio)} (${whole(median(reconciliations))} by ${whole(median(noOps))})`,
      '≥ 0.6',
      mark(ratio >= 0.6),
    ],
    ['– processor time of each, Temporal + worker', `${each(cpu.reconciliation)} ms by ${each(cpu.noOp)} ms`, '–', '–'],
  ];
};

const replay: Section = async (options) => {
  const { perSecond, perCpuSecond, providerCalls, workflows } = await measureReplay(options);
  return [
    [
      'records/s of an unchanged topic that is read again',
      `${whole(median(perSecond))} (${whole(median(perCpuSecond))} for a second of processor time)`,
      '≥ 10,000',
      mark(median(perSecond) >= 10_000),
    ],
    [
      '– provider calls; users woken',
      `${whole(providerCalls)}; ${whole(workflows)}`,
      '0; 0',
      mark(providerCalls + workflows === 0),
    ],
  ];
};

/** `BENCH_PREVIEW_USERS`: one number or several with commas; `BENCH_PREVIEW_CALLS`: the budget whose use is measured. */
const preview: Section = async (options) => {
  const sizes = (process.env['BENCH_PREVIEW_USERS'] ?? '2000').split(',').map(Number);
  const callsPerSecond = Number(process.env['BENCH_PREVIEW_CALLS'] ?? 100);
  if (![...sizes, callsPerSecond].every((it) => Number.isInteger(it) && it > 0))
    throw new Error('BENCH_PREVIEW_USERS and BENCH_PREVIEW_CALLS are whole numbers above 0');
  const costs = await measurePreviews(options, sizes, callsPerSecond);
  return [...costs.flatMap(previewRows), ...curveRows(costs)];
};

function previewRows(cost: PreviewCost): readonly Row[] {
  const { users, usersPerSecond, shareOfBudget, callsPerSecond, writes, memory, cpuMs, eventsPerUser, runs } = cost;
  const most = Math.max(...Object.values(memory).map(({ most }) => most));
  const told = Object.entries(memory).map(([name, { most, early, late }]) => `${name} ${whole(early)} → ${whole(late)}, at most ${whole(most)} MB`); // prettier-ignore
  return [
    usersPerSecond === undefined
      ? [`a preview of ${whole(users)} users`, '', '–', '–']
      : [`a preview of ${whole(users)} users, without a budget`, `${whole(usersPerSecond)} users a second`, '–', '–'],
    [`– of ${callsPerSecond} calls a second are used`, percent(shareOfBudget), '≥ 95 %', mark(shareOfBudget >= 0.95)],
    ['– writes at the provider', whole(writes), '0', mark(writes === 0)],
    ['– memory early → late', told.join('; '), '< 300 MB', mark(most < 300)],
    [
      '– for each user',
      `${number(cpuMs.worker)} ms worker, ${number(cpuMs.temporal)} ms Temporal, ${number(cpuMs.redis)} ms Redis; ${number(eventsPerUser, 3)} events in ${runs} runs`,
      '–',
      '–',
    ],
  ];
}

/** Only where more than one size was asked for: what a user costs must not grow with their number. */
function curveRows(costs: readonly PreviewCost[]): readonly Row[] {
  const [least, most] = [costs[0], costs.at(-1)];
  if (!least || !most || least === most) return [];
  const total = ({ cpuMs }: PreviewCost): number => cpuMs.worker + cpuMs.temporal + cpuMs.redis;
  const growth = total(most) / total(least);
  return [
    [
      `processor time a user, ${whole(most.users)} by ${whole(least.users)} users`,
      `${number(growth)} (${number(total(most))} by ${number(total(least))} ms)`,
      '≤ 1.1',
      mark(growth <= 1.1),
    ],
  ];
}

/**
 * `BENCH_PASS_CALLS`: another budget than that of the aim; a user who differs is a workflow of their own, and costs many times what a planned
 * one does.
 */
const fullPass: Section = async (options) => {
  const budgets = (process.env['BENCH_PASS_CALLS'] ?? '100').split(',').map(Number);
  if (!budgets.every((it) => Number.isInteger(it) && it > 0)) throw new Error('BENCH_PASS_CALLS are whole numbers above 0');
  const rowOf = (what: string, share: number): Row => [what, percent(share), '≥ 95 %', mark(share >= 0.95)];
  const rows: Row[] = [];
  for (const budget of budgets) {
    const { users, callsPerSecond, inSync, everyFifthDiffers, calls, seconds, busy } = await measureFullPass(options, budget);
    const how = `${whole(calls)} calls in ${number(seconds, 1)} s; processors ${whole(busy * 100)} % busy while they are changed`;
    rows.push(rowOf(`a full pass of ${whole(users)} users uses of ${callsPerSecond} calls a second`, inSync));
    rows.push(rowOf(`– every fifth user differs (${how})`, everyFifthDiffers));
  }
  return rows;
};

export const devicesSections: Readonly<Record<string, Section>> = {
  planner,
  'event-to-applied': eventToApplied,
  reconciliations,
  replay,
  preview,
  'full-pass': fullPass,
};
