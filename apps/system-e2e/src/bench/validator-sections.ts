import { pointOf } from './chart-points.ts';
import { measureEnvironments } from './environments-curve.ts';
import { measureRoadGain } from './road-gain.ts';
import { mark, number, programOf, type Row, type Section } from './section.ts';
import { medianOf } from './spread.ts';
import { measureJudgement } from './validator-judgement.ts';
import { measureValidatorLoad } from './validator-load.ts';
import { measureValidatorMemory } from './validator-memory.ts';
import { profileValidator } from './validator-profile.ts';
import { measureValidatorThroughput } from './validator-throughput.ts';

const whole = (value: number): string => number(value, 0);

/** Told of every measurement that moves a server to one core. */
export const coresNote = (cores: readonly number[] | undefined): string =>
  cores
    ? `The server runs on core ${cores.join(', ')}. k6 has the other cores where latencies are taken, and all where the highest rate is.`
    : 'Server and load share all cores: `taskset` or a second core is missing.';

const judgement: Section = (options) => {
  const rounds = Array.from({ length: options.rounds }, () => measureJudgement());
  const values = rounds.map(({ medianMicroseconds }) => medianMicroseconds);
  const took = medianOf(values);
  return Promise.resolve([
    [
      'digest and judgement, 1,000 environments × 4 tokens',
      `${number(took, 1)} µs (p99 ${number(medianOf(rounds.map(({ p99Microseconds }) => p99Microseconds)), 1)} µs)`,
      '≤ 6 µs',
      mark(took <= 6),
      { unit: 'µs', values },
    ],
  ]);
};

const memory: Section = async ({ root, servers, rounds }) => {
  const { tablesMb } = await measureValidatorMemory({ root, redis: servers.redis, rounds });
  const most = medianOf(tablesMb);
  return [
    [
      'a validator with 10,000 environments × 4 tokens, above idle',
      `${whole(most)} MB`,
      '< 150 MB',
      mark(most < 150),
      { unit: 'MB', values: tablesMb, digits: 0 },
    ],
  ];
};

const throughput: Section = async ({ root, servers, rounds }) => {
  const figures = await measureValidatorThroughput({ root, redis: servers.redis, kafka: servers.kafka.split(','), rounds });
  const { ratio, cpuRatio, bareCpuMicroseconds, validatorCpuMicroseconds, bareP99Ms, validatorP99Ms, validator, bare } = figures;
  const [bareP99, validatorP99] = [medianOf(bareP99Ms), medianOf(validatorP99Ms)];
  return [
    [
      'verdicts/s by those of a bare route',
      `${number(medianOf(ratio))} (${whole(medianOf(validator))} by ${whole(medianOf(bare))})`,
      '≥ 0.75',
      mark(medianOf(ratio) >= 0.75),
      { unit: 'times', values: ratio },
    ],
    ['– verdicts/s', whole(medianOf(validator)), '–', '–', { unit: 'a second', values: validator, digits: 0 }],
    [
      'the same by processor time',
      `${number(medianOf(cpuRatio))} (${number(bareCpuMicroseconds, 1)} by ${number(validatorCpuMicroseconds, 1)} µs)`,
      '–',
      '–',
      { unit: 'times', values: cpuRatio },
    ],
    [
      'p99 at 2,000 requests/s by the bare one',
      `${number(validatorP99 / bareP99)} (${number(validatorP99, 1)} by ${number(bareP99, 1)} ms)`,
      '≤ 2',
      mark(validatorP99 <= 2 * bareP99),
      { unit: 'times', values: validatorP99Ms.map((ms, at) => ms / bareP99Ms[at]!) },
    ],
  ];
};

const load: Section = async ({ root, folder, servers, programs, rounds, progress, note, plot }) => {
  const found = await measureValidatorLoad({
    ...{ root, folder, redis: servers.redis, kafka: servers.kafka.split(','), progress, rounds },
    k6: programOf(programs, 'k6'),
  });
  const byRate = [...found.byRate].sort(([a], [b]) => a - b);
  plot({
    name: 'latency-by-rate',
    title: 'Answers of a validator, by k6 at a constant arrival rate',
    x: { label: 'requests a second', scale: 'linear' },
    y: { label: 'ms' },
    series: [
      { name: 'median', points: byRate.map(([rate, rounds]) => pointOf(rate, rounds.map(({ medianMs }) => medianMs))) },
      { name: 'p99', points: byRate.map(([rate, rounds]) => pointOf(rate, rounds.map(({ p99Ms }) => p99Ms))) },
    ],
  }); // prettier-ignore
  note(coresNote(found.cores));
  note(
    found.lowered.length === 0
      ? 'No round had to be repeated at a lower rate.'
      : `Rounds with drops, repeated at four fifths of their rate: ${found.lowered.join('; ')}.`,
  );
  const highest = found.highest.map(({ perSecond }) => perSecond);
  const busy = medianOf(found.highest.map(({ cpuMicroseconds, perSecond }) => (cpuMicroseconds * perSecond) / 10_000));
  note(`At the highest rate the validator uses ${whole(busy)} % of a core: ${busy < 70 ? 'k6 on the same machine is the limit, not the validator' : 'it is the limit'}.`); // prettier-ignore
  return [
    ['highest rate without a dropped request, k6', `${whole(medianOf(highest))} a second`, '–', '–', { unit: 'a second', values: highest, digits: 0 }], // prettier-ignore
    ...byRate.map(([rate, rounds]): Row => {
      const p99 = rounds.map(({ p99Ms }) => p99Ms);
      const median = medianOf(rounds.map(({ medianMs }) => medianMs));
      return [
        `p99 at ${whole(rate)} requests/s, none dropped`,
        `${number(medianOf(p99))} ms (median ${number(median)} ms)`,
        '–',
        '–',
        { unit: 'ms', values: p99 },
      ];
    }),
  ];
};

const curveEnvironments: Section = async ({ root, servers, rounds, progress, note, plot }) => {
  const points = await measureEnvironments({ root, redis: servers.redis, progress, rounds });
  const line = (name: 'perSecond' | 'p99Ms' | 'memoryMb') => [
    { name: 'validator', points: points.map((one) => pointOf(one.environments, one[name])) },
  ];
  const x = { label: 'environments, 4 tokens each', scale: 'log' } as const;
  plot({ name: 'environments-rate', title: 'Verdicts a second, by environments', x, y: { label: 'verdicts a second' }, series: line('perSecond') }); // prettier-ignore
  plot({ name: 'environments-p99', title: 'p99 at 1,000 requests a second, by environments', x, y: { label: 'ms' }, series: line('p99Ms') }); // prettier-ignore
  plot({ name: 'environments-memory', title: 'Memory of a validator under load, by environments', x, y: { label: 'MB resident' }, series: line('memoryMb') }); // prettier-ignore
  note('The validators run side by side and are asked in turns. Memory is what each has after a round of load; what the tables alone cost is told by the section `memory`.'); // prettier-ignore
  return points.flatMap(({ environments, perSecond, p99Ms, memoryMb, cpuMicroseconds }): readonly Row[] => [
    [
      `verdicts/s with ${whole(environments)} ${environments === 1 ? 'environment' : 'environments'}`,
      `${whole(medianOf(perSecond))} (${number(medianOf(cpuMicroseconds), 1)} µs of processor time each)`,
      '–',
      '–',
      { unit: 'a second', values: perSecond, digits: 0 },
    ],
    ['– p99 at 1,000 requests/s', `${number(medianOf(p99Ms))} ms`, '–', '–', { unit: 'ms', values: p99Ms }],
    ['– memory after the load', `${whole(medianOf(memoryMb))} MB`, '–', '–', { unit: 'MB', values: memoryMb, digits: 0 }],
  ]);
};

/** Only with `--profile`. */
export const profile: Section = async ({ root, folder, servers, rounds, progress, note }) => {
  const options = { root, folder, redis: servers.redis, kafka: servers.kafka.split(','), progress, rounds };
  progress('profiling the validator');
  const { functions, perSecond, idleMs, busyMs } = await profileValidator(options);
  const { fast, framework } = await measureRoadGain(options);
  const gain = fast.map((one, at) => one.perSecond / framework[at]!.perSecond);
  const cpu = (some: typeof fast): string => number(medianOf(some.map(({ cpuMicroseconds }) => cpuMicroseconds)), 1);
  const ours = functions.filter(({ place }) => place.startsWith('pairing-validator/')).reduce((sum, { share }) => sum + share, 0);
  note(`V8's profiler, from the first request of a warm validator to the last: ${whole(perSecond)} verdicts/s, ${whole((busyMs / (busyMs + idleMs)) * 100)} % busy. A function without a place is the engine's or the operating system's; \`writev\` is the answer going into the socket, \`(program)\` native code without a name.`); // prettier-ignore
  return [
    ...functions.slice(0, 20).map(({ name, place, share }): Row => [`self time: \`${name}\` ${place}`, `${number(share * 100, 1)} %`, '–', '–']), // prettier-ignore
    ['– in all functions of our own', `${number(ours * 100, 1)} %`, '–', '–'],
    [
      'acted upon: verdicts/s past the framework by those through it',
      `${number(medianOf(gain))} (${cpu(fast)} by ${cpu(framework)} µs of processor time each)`,
      '–',
      '–',
      { unit: 'times', values: gain },
    ],
  ];
};

export const validatorSections: Readonly<Record<string, Section>> = {
  judgement,
  memory,
  throughput,
  'validator-load': load,
  'curve-environments': curveEnvironments,
};
