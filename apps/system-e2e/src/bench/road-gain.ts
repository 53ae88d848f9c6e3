import { type BenchOptions, startBenchValidator } from './bench-validator.ts';
import { validatorQuestion } from './contestants.ts';
import { type ClosedLoad, closedLoad } from './raw-load.ts';
import { requestsOf } from './wire-requests.ts';

export interface RoadGain {
  /** Past the framework, as requests in which nothing is unusual go. */
  readonly fast: readonly ClosedLoad[];
  /** The same questions to the same process, with a content type that is written unusually: through the framework. */
  readonly framework: readonly ClosedLoad[];
}

/** What the road past the framework gains. */
export async function measureRoadGain(
  options: BenchOptions & { readonly rounds?: number; readonly seconds?: number; readonly progress: (text: string) => void },
): Promise<RoadGain> {
  const { rounds = 5, seconds = 3, progress } = options;
  const numbers = { environments: 100, tokens: 4 };
  const validator = await startBenchValidator(options, numbers);
  try {
    const question = { ...validatorQuestion(validator), ...numbers, newDeviceEvery: 10 };
    const unusual = { ...question.headers, 'Content-Type': 'application/json ; charset=utf-8' };
    const { url, pid } = validator.process;
    const ask = (headers: typeof question.headers, seconds: number) =>
      closedLoad({ url, pid, request: requestsOf({ ...question, headers }), connections: 32, pipelined: 2, seconds });
    for (const headers of [question.headers, unusual]) await ask(headers, 2 * seconds);
    const [fast, framework]: [ClosedLoad[], ClosedLoad[]] = [[], []];
    for (let round = 1; round <= rounds; round += 1) {
      progress(`past the framework, and through it: ${round} of ${rounds}`);
      fast.push(await ask(question.headers, seconds));
      framework.push(await ask(unusual, seconds));
    }
    return { fast, framework };
  } finally {
    await validator.stop();
  }
}
