import { histogram, quantile } from '../system/histogram.ts';
import { pointOf } from './chart-points.ts';
import { measureEventLatency } from './event-latency.ts';
import { measureFullPass } from './full-pass-budget.ts';
import { measurePartitions } from './partitions-curve.ts';
import { measurePlanner } from './planner-rate.ts';
import { measurePreviews, type PreviewCost } from './preview-cost.ts';
import { measureReconciliations } from './reconcile-rate.ts';
import { measureReplay } from './replay-rate.ts';
import { mark, number, type Row, type Section } from './section.ts';
import { medianOf } from './spread.ts';
import { measureUsers } from './users-curve.ts';

const whole = (value: number): string => number(value, 0);
const percent = (share: number): string => `${number(share * 100, 1)} %`;

const planner: Section = ({ rounds }) => {
  const all = Array.from({ length: rounds }, () => measurePlanner({ seconds: 0.8 }));
  return Promise.resolve(
    all[0]!.map(({ preset, change }, at): Row => {
      const values = all.map((round) => round[at]!.plansPerCpuSecond);
      const plans = medianOf(values);
      return [
        `plans of a user with nine devices, ${preset}, ${change}`,
        `${whole(plans)} a second of one core`,
        '≥ 100,000',
        mark(plans >= 100_000),
        { unit: 'a second', values, digits: 0 },
      ];
    }),
  );
};

const eventToApplied: Section = async (options) => {
  const { newUserMs, newNumberMs } = await measureEventLatency(options);
  for (const line of histogram(newUserMs)) options.say(`    ${line}`);
  const rowOf = (what: string, ms: readonly number[]): Row => [
    what,
    `${whole(medianOf(ms))} ms (p90 ${whole(quantile(ms, 0.9))} ms)`,
    '< 1,000 ms',
    mark(medianOf(ms) < 1_000),
    { unit: 'ms', values: ms, digits: 0 },
  ];
  return [
    rowOf('event to applied, idle: a new user with two devices, median', newUserMs),
    rowOf('– another number of a user who is there', newNumberMs),
  ];
};

const reconciliations: Section = async (options) => {
  const { ratio, reconciliations, noOps, cpu } = await measureReconciliations(options, { rounds: options.rounds });
  const each = ({ temporal, worker }: { temporal: number; worker: number }): string =>
    `${number(temporal, 1)} + ${number(worker, 1)}`;
  return [
    [
      'reconciliations/s by those of a workflow with one no-op activity',
      `${number(medianOf(ratio))} (${whole(medianOf(reconciliations))} by ${whole(medianOf(noOps))})`,
      '≥ 0.6',
      mark(medianOf(ratio) >= 0.6),
      { unit: 'times', values: ratio },
    ],
    ['– reconciliations/s', whole(medianOf(reconciliations)), '–', '–', { unit: 'a second', values: reconciliations, digits: 0 }],
    ['– the same server’s ceiling, no-ops/s', whole(medianOf(noOps)), '–', '–', { unit: 'a second', values: noOps, digits: 0 }],
    ['– processor time of each, Temporal + worker', `${each(cpu.reconciliation)} ms by ${each(cpu.noOp)} ms`, '–', '–'],
  ];
};

const replay: Section = async (options) => {
  const { perSecond, perCpuSecond, providerCalls, workflows } = await measureReplay(options, { rounds: options.rounds });
  return [
    [
      'records/s of an unchanged topic that is read again',
      `${whole(medianOf(perSecond))} (${whole(medianOf(perCpuSecond))} for a second of processor time)`,
      '≥ 10,000',
      mark(medianOf(perSecond) >= 10_000),
      { unit: 'a second', values: perSecond, digits: 0 },
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
  const sizes = (process.env['BENCH_PREVIEW_USERS'] ?? '1000').split(',').map(Number);
  const callsPerSecond = Number(process.env['BENCH_PREVIEW_CALLS'] ?? 100);
  if (![...sizes, callsPerSecond].every((it) => Number.isInteger(it) && it > 0))
    throw new Error('BENCH_PREVIEW_USERS and BENCH_PREVIEW_CALLS are whole numbers above 0');
  const costs = await measurePreviews(options, sizes, callsPerSecond, options.rounds);
  return [...costs.flatMap(previewRows), ...curveRows(costs)];
};

function shareRow(what: string, shares: readonly number[]): Row {
  const share = medianOf(shares);
  return [what, percent(share), '≥ 95 %', mark(share >= 0.95), { unit: '%', values: shares.map((one) => one * 100), digits: 1 }];
}

function previewRows(cost: PreviewCost): readonly Row[] {
  const { users, usersPerSecond, shareOfBudget, callsPerSecond, writes, memory, cpuMs, eventsPerUser, runs } = cost;
  const most = Math.max(...Object.values(memory).map(({ most }) => most));
  const told = Object.entries(memory).map(([name, { most, early, late }]) => `${name} ${whole(early)} → ${whole(late)}, at most ${whole(most)} MB`); // prettier-ignore
  return [
    usersPerSecond === undefined
      ? [`a preview of ${whole(users)} users`, '', '–', '–']
      : [`a preview of ${whole(users)} users, without a budget`, `${whole(usersPerSecond)} users a second`, '–', '–'],
    shareRow(`– of ${callsPerSecond} calls a second are used`, shareOfBudget),
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
  const rows: Row[] = [];
  for (const budget of budgets) {
    const { users, callsPerSecond, inSync, everyFifthDiffers, calls, seconds, busy } = await measureFullPass(options, budget, {
      rounds: options.rounds,
    });
    const how = `${whole(calls)} calls in ${number(seconds, 1)} s; processors ${whole(busy * 100)} % busy while they are changed`;
    rows.push(shareRow(`a full pass of ${whole(users)} users uses of ${callsPerSecond} calls a second`, inSync));
    rows.push(shareRow(`– every fifth user differs (${how})`, everyFifthDiffers));
  }
  return rows;
};

/** Twice as many users must not cost more than twice as much. */
const curveUsers: Section = async (options) => {
  const { rounds, isLong } = options;
  const sizes = [
    { users: 1_000, rounds },
    { users: 10_000, rounds },
    ...(isLong ? [{ users: 100_000, rounds: 1 }] : []), // twenty minutes
  ];
  const points = await measureUsers(options, sizes);
  options.plot({
    name: 'users',
    title: 'Processor time of a preview, for each user',
    x: { label: 'users', scale: 'log' },
    y: { label: 'ms: worker, Temporal and Redis' },
    series: [{ name: 'a preview', points: points.map(({ users, cpuMs }) => pointOf(users, cpuMs)) }],
  });
  options.note(`Every user is in sync; the provider’s stand-in answers at once, on the same machine.${isLong ? '' : ' 100,000 users: with `--long`, once.'}`); // prettier-ignore
  const least = medianOf(points[0]!.cpuMs);
  return points.flatMap(({ users, usersPerSecond, cpuMs, workerMb }, at): readonly Row[] => [
    [`a preview of ${whole(users)} users, as fast as it goes`, `${whole(medianOf(usersPerSecond))} users a second`, '–', '–', { unit: 'users a second', values: usersPerSecond, digits: 0 }], // prettier-ignore
    at === 0
      ? ['– processor time a user', `${number(least)} ms`, '–', '–', { unit: 'ms', values: cpuMs }]
      : [
          '– processor time a user, by that of the fewest',
          `${number(medianOf(cpuMs) / least)} (${number(medianOf(cpuMs))} ms)`,
          '≤ 1.1',
          mark(medianOf(cpuMs) <= 1.1 * least),
          { unit: 'ms', values: cpuMs },
        ],
    ['– memory of the worker, the most', `${whole(medianOf(workerMb))} MB`, '< 300 MB', mark(medianOf(workerMb) < 300), { unit: 'MB', values: workerMb, digits: 0 }], // prettier-ignore
  ]);
};

const curvePartitions: Section = async (options) => {
  const points = await measurePartitions(options, { rounds: options.rounds });
  options.plot({
    name: 'partitions',
    title: 'Records that become reconciliations',
    x: { label: 'partitions of the topic', scale: 'linear' },
    y: { label: 'records a second' },
    series: [{ name: 'one bridge, one worker', points: points.map((one) => pointOf(one.partitions, one.perSecond)) }],
  });
  options.note('One bridge and one worker. What a reconciliation costs Temporal and the worker is the limit, and not the partitions, unless the line rises.'); // prettier-ignore
  return points.map(({ partitions, perSecond }): Row => [
    `records/s into reconciliations, ${partitions} ${partitions === 1 ? 'partition' : 'partitions'}`,
    `${whole(medianOf(perSecond))} a second`,
    '–',
    '–',
    { unit: 'a second', values: perSecond, digits: 0 },
  ]);
};

export const devicesSections: Readonly<Record<string, Section>> = {
  planner,
  'event-to-applied': eventToApplied,
  reconciliations,
  replay,
  preview,
  'full-pass': fullPass,
  'curve-users': curveUsers,
  'curve-partitions': curvePartitions,
};
