import { parseArgs } from 'node:util';

export interface BenchArguments {
  /** Sections in the order in which they are measured. */
  readonly names: readonly string[];
  readonly isLong: boolean;
  readonly isReport: boolean;
  readonly rounds: number;
  /** Where the figures are written, too. */
  readonly json: string | undefined;
}

/** With fewer there is no spread to speak of. */
const fewestRounds = 5;

/** Only asked for by name, by `--profile`, or by a report. */
export const profileSection = 'profile';

/**
 * `[section …] [--long] [--profile] [--report] [--json FILE] [--rounds N]`. Without names all sections that there are; the profile only for a report, or
 * when it is asked for.
 * @throws Error that says what there is, for anything else
 */
export function benchArguments(argv: readonly string[], sections: readonly string[]): BenchArguments {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      long: { type: 'boolean', default: false },
      profile: { type: 'boolean', default: false },
      report: { type: 'boolean', default: false },
      json: { type: 'string' },
      rounds: { type: 'string', default: '5' },
    },
  });
  const unknown = positionals.filter((name) => !sections.includes(name));
  if (unknown.length > 0) throw new Error(`there is no section ${unknown.join(', ')}; there are: ${sections.join(', ')}`);
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error(`--rounds ${values.rounds}: expected a whole number above 0`);
  if (values.report && rounds < fewestRounds) throw new Error(`a report has ${fewestRounds} rounds or more`);
  const isAll = positionals.length === 0 && !(values.profile && !values.report);
  const wanted = new Set(isAll ? sections.filter((name) => name !== profileSection) : positionals);
  if (values.profile || (isAll && values.report)) wanted.add(profileSection);
  return {
    names: sections.filter((name) => wanted.has(name)),
    ...{ isLong: values.long, isReport: values.report, rounds, json: values.json },
  };
}
