import { mark, number, programOf, type Row, type Section } from './section.ts';
import { medianOf } from './spread.ts';
import { type Contestant, contestants, measureVersusOpa } from './validator-vs-opa.ts';
import { coresNote } from './validator-sections.ts';

const whole = (value: number): string => number(value, 0);

/** The validator beside a general policy engine: what each does is in docs/benchmarks.md. */
export const validatorVsOpa: Section = async ({ root, folder, servers, programs, rounds, progress, note }) => {
  const found = await measureVersusOpa({
    ...{ root, folder, redis: servers.redis, progress, rounds },
    ...{ k6: programOf(programs, 'k6'), opa: programOf(programs, 'opa') },
  });
  const { flatOut, highest, equal, lowered, cores, agreed } = found;
  const ratioRow = (
    what: string,
    rounds: Readonly<Record<Contestant, readonly number[]>>,
    write: (value: number) => string,
    aim: string,
    met: (ratio: number) => string,
  ): Row => {
    const values = rounds.validator.map((one, at) => one / rounds.opa[at]!);
    const ratio = medianOf(values);
    const [ours, theirs] = [write(medianOf(rounds.validator)), write(medianOf(rounds.opa))];
    return [what, `${number(ratio)} (${ours} by ${theirs})`, aim, met(ratio), { unit: 'times', values }];
  };
  const of = <T>(rounds: Readonly<Record<Contestant, readonly T[]>>, figure: (round: T) => number) => ({
    validator: rounds.validator.map(figure),
    opa: rounds.opa.map(figure),
  });
  const busy = contestants.map((name) => medianOf(highest[name].map((one) => (one.cpuMicroseconds * one.perSecond) / 10_000)));
  note(coresNote(cores));
  note(`Before the load both answered ${agreed} kinds of question alike. At the highest rate of k6 the validator uses ${whole(busy[0]!)} % of a core and OPA ${whole(busy[1]!)} %: where that is far below 100 %, k6 on the same machine is the limit, and the ratio is less than the servers' own.`); // prettier-ignore
  note(
    lowered.length === 0
      ? 'No round at the equal rate had to be repeated.'
      : `Rounds with drops, repeated by both at four fifths of their rate: ${lowered.join('; ')}.`,
  );
  const rate = equal.validator[0]!.perSecond;
  return [
    ratioRow(
      'requests/s by those of OPA, asked as fast as they answer',
      of(flatOut, (one) => one.perSecond),
      whole,
      '≥ 1.5',
      (ratio) => mark(ratio >= 1.5),
    ),
    ratioRow(
      '– processor time of each answer',
      of(flatOut, (one) => one.cpuMicroseconds),
      (us) => `${number(us, 1)} µs`,
      '–',
      () => '–',
    ),
    ratioRow(
      'highest rate without a dropped request, k6',
      of(highest, (one) => one.perSecond),
      whole,
      '≥ 1.5',
      (ratio) => (ratio >= 1.5 || busy[0]! >= 70 ? mark(ratio >= 1.5) : 'the load is the limit'),
    ),
    ratioRow(
      `p99 at ${whole(rate)} requests/s, k6`,
      of(equal, (one) => one.p99Ms),
      (ms) => `${number(ms)} ms`,
      '< 1',
      (ratio) => mark(ratio < 1),
    ),
    ratioRow(
      '– median',
      of(equal, (one) => one.medianMs),
      (ms) => `${number(ms)} ms`,
      '–',
      () => '–',
    ),
  ];
};
