import { join } from 'node:path';
import { type BenchOptions, startBenchValidator } from './bench-validator.ts';
import { agreedQuestions, opaDataOf, opaQuestion, validatorQuestion } from './contestants.ts';
import { loadCores, moveToCores, serverCores } from './cores.ts';
import { type K6Round, runK6, virtualUsers } from './k6.ts';
import type { Questions } from './k6-script.ts';
import { startOpa } from './opa-server.ts';
import { cleanRounds, highestRound } from './open-rounds.ts';
import { type ClosedLoad, closedLoad } from './raw-load.ts';
import { medianOf } from './spread.ts';
import { requestsOf } from './wire-requests.ts';

export const contestants = ['validator', 'opa'] as const;
export type Contestant = (typeof contestants)[number];
type Rounds<T> = Readonly<Record<Contestant, readonly T[]>>;

export interface VersusOpa {
  /** Asked as fast as it answers, by a load that costs little beside the server. */
  readonly flatOut: Rounds<ClosedLoad>;
  /** k6 at the highest rate at which nothing was dropped. */
  readonly highest: Rounds<K6Round>;
  /** k6 at the same rate for both: half of what the slower one can take. */
  readonly equal: Rounds<K6Round>;
  /** Rounds of these with drops, which were repeated lower. */
  readonly lowered: readonly string[];
  /** The cores that each server ran on; undefined: all. */
  readonly cores: readonly number[] | undefined;
  /** Questions that both answered alike before the load. */
  readonly agreed: number;
}

interface Server {
  readonly url: string;
  readonly pid: number;
  readonly questions: Questions;
}

/**
 * The validator as it is shipped and OPA, one process each on the same core, with the same tokens of the same environments, asked the same
 * questions by the same script, in turns. Before that they have to agree on every kind of question.
 */
export async function measureVersusOpa(
  options: BenchOptions & {
    readonly k6: string;
    readonly opa: string;
    readonly folder: string;
    readonly progress: (text: string) => void;
    readonly rounds?: number;
    readonly seconds?: number;
  },
): Promise<VersusOpa> {
  const { opa, folder, rounds = 5 } = options;
  const [cores, tokens] = [serverCores(), 4];
  const validator = await startBenchValidator(options, { environments: 100, tokens, revoked: 1 });
  try {
    const policy = await startOpa({ opa, folder: join(folder, 'opa'), data: opaDataOf(validator, tokens), cores });
    try {
      moveToCores(cores, validator.process.pid);
      const agreed = await agreedQuestions(validator, policy.url, tokens);
      const numbers = { environments: 100, tokens, newDeviceEvery: 10 };
      const { url, pid } = validator.process;
      const figures = await compare({ ...options, rounds }, {
        validator: { url, pid, questions: { ...validatorQuestion(validator), ...numbers } },
        opa: { url: policy.url, pid: policy.pid, questions: { ...opaQuestion(policy.url, validator.caller), ...numbers } },
      }); // prettier-ignore
      return { ...figures, cores, agreed };
    } finally {
      await policy.stop();
    }
  } finally {
    await validator.stop();
  }
}

/** Short: most of these rounds only find the way. */
const searchSeconds = 3;

async function compare(
  options: {
    readonly k6: string;
    readonly folder: string;
    readonly progress: (text: string) => void;
    readonly rounds: number;
    readonly seconds?: number;
  },
  servers: Readonly<Record<Contestant, Server>>,
): Promise<Pick<VersusOpa, 'flatOut' | 'highest' | 'equal' | 'lowered'>> {
  const { k6, folder, progress, rounds, seconds = 4 } = options;
  const flat = (name: Contestant, seconds: number) => {
    const { url, pid, questions } = servers[name];
    return closedLoad({ url, pid, request: requestsOf(questions), connections: 32, pipelined: 2, seconds });
  };
  const openAt = (name: Contestant, forSeconds: number, cores?: readonly number[]) => (perSecond: number) => {
    const { pid, questions } = servers[name];
    return runK6({ k6, folder, pid, questions, perSecond, seconds: forSeconds, cores, atOnce: virtualUsers });
  };
  for (const name of contestants) {
    progress(`${name}: warming up`);
    await flat(name, 2 * seconds);
  }
  const flatOut: Record<Contestant, ClosedLoad[]> = { validator: [], opa: [] };
  const highest: Record<Contestant, K6Round[]> = { validator: [], opa: [] };
  const equal: Record<Contestant, K6Round[]> = { validator: [], opa: [] };
  for (let round = 1; round <= rounds; round += 1)
    for (const name of contestants) {
      progress(`${name}, asked as fast as it answers: ${round} of ${rounds}`);
      flatOut[name].push(await flat(name, seconds));
    }
  for (let round = 1; round <= rounds; round += 1)
    for (const name of contestants) {
      const from = highest[name].at(-1)?.perSecond ?? 2_000;
      const trying = (rate: number) => progress(`${name}, highest rate without drops: ${round} of ${rounds}, ${rate} a second`);
      highest[name].push(await highestRound(openAt(name, searchSeconds), from, trying));
    }
  const lowered: string[] = [];
  let rate = Math.round(Math.min(...contestants.map((name) => medianOf(highest[name].map((one) => one.perSecond)))) / 2);
  for (let round = 1; round <= rounds; round += 1) {
    progress(`both at ${rate} a second: ${round} of ${rounds}`);
    const both = await cleanRounds(
      contestants.map((name) => openAt(name, seconds, loadCores())),
      rate,
    );
    lowered.push(...both.lowered);
    if (both.lowered.length > 0 && round > 1) {
      // Rounds at another rate can not be compared with these.
      [equal.validator, equal.opa, round] = [[], [], 1];
    }
    contestants.forEach((name, at) => equal[name].push(both.rounds[at]!));
    rate = both.rounds[0]!.perSecond;
  }
  return { flatOut, highest, equal, lowered };
}
