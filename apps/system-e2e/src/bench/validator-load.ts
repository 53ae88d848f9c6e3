import { type BenchOptions, startBenchValidator } from './bench-validator.ts';
import { validatorQuestion } from './contestants.ts';
import { loadCores, moveToCores, serverCores } from './cores.ts';
import { type K6Round, runK6, virtualUsers } from './k6.ts';
import { cleanRounds, highestRound } from './open-rounds.ts';
import { closedLoad } from './raw-load.ts';
import { requestsOf } from './wire-requests.ts';

export interface ValidatorLoad {
  readonly highest: readonly K6Round[];
  /** By the rate that was asked for; a round that had drops stands under the lower rate that it was repeated at. */
  readonly byRate: ReadonlyMap<number, readonly K6Round[]>;
  readonly lowered: readonly string[];
  readonly cores: readonly number[] | undefined;
}

/** The validator under a load that does not wait for it: how much it takes without a drop, and how long answers take at lower rates. */
export async function measureValidatorLoad(
  options: BenchOptions & {
    readonly k6: string;
    readonly folder: string;
    readonly progress: (text: string) => void;
    readonly rates?: readonly number[];
    readonly rounds?: number;
    readonly seconds?: number;
  },
): Promise<ValidatorLoad> {
  const { k6, folder, progress, rates = [250, 500, 1_000, 1_500], rounds = 5, seconds = 4 } = options;
  const numbers = { environments: 100, tokens: 4 };
  const cores = serverCores();
  const validator = await startBenchValidator(options, numbers);
  try {
    const { url, pid } = validator.process;
    moveToCores(cores, pid);
    const questions = { ...validatorQuestion(validator), ...numbers, newDeviceEvery: 10 };
    const askFrom = (cores?: readonly number[]) => (perSecond: number) =>
      runK6({ k6, folder, pid, questions, cores, perSecond, seconds, atOnce: virtualUsers });
    progress('warming up');
    await closedLoad({ url, pid, request: requestsOf(questions), connections: 32, pipelined: 2, seconds: 2 * seconds });
    const highest: K6Round[] = [];
    const byRate = new Map<number, K6Round[]>();
    const lowered: string[] = [];
    for (let round = 1; round <= rounds; round += 1) {
      const trying = (rate: number) => progress(`highest rate without drops: ${round} of ${rounds}, ${rate} a second`);
      highest.push(await highestRound(askFrom(), highest.at(-1)?.perSecond ?? 2_500, trying));
      for (const rate of rates) {
        progress(`${rate} a second: ${round} of ${rounds}`);
        const clean = await cleanRounds([askFrom(loadCores())], rate);
        lowered.push(...clean.lowered);
        const [found] = clean.rounds;
        byRate.set(found!.perSecond, [...(byRate.get(found!.perSecond) ?? []), found!]);
      }
    }
    return { highest, byRate, lowered, cores };
  } finally {
    await validator.stop();
  }
}
