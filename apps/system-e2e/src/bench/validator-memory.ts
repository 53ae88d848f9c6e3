import { type BenchOptions, startBenchValidator } from './bench-validator.ts';
import { residentBytes } from './process-figures.ts';

export interface ValidatorMemoryFigures {
  /** One per validator that was started. */
  readonly idleMb: readonly number[];
  readonly loadedMb: readonly number[];
  /** What the tables cost: the difference, round by round. */
  readonly tablesMb: readonly number[];
}

/** Resident memory of a validator without environments, and of another one with many, in turns, each some seconds after it was ready. */
export async function measureValidatorMemory(
  options: BenchOptions & {
    readonly environments?: number;
    readonly tokens?: number;
    readonly settleSeconds?: number;
    readonly rounds?: number;
  },
): Promise<ValidatorMemoryFigures> {
  const { environments = 10_000, tokens = 4, settleSeconds = 10, rounds = 5 } = options;
  const residentMb = async (rings: { environments: number; tokens: number }): Promise<number> => {
    const validator = await startBenchValidator(options, rings);
    try {
      await new Promise((resolve) => setTimeout(resolve, settleSeconds * 1_000));
      return residentBytes(validator.process.pid) / 1_000_000;
    } finally {
      await validator.stop();
    }
  };
  const [idleMb, loadedMb]: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds; round += 1) {
    idleMb.push(await residentMb({ environments: 0, tokens: 0 }));
    loadedMb.push(await residentMb({ environments, tokens }));
  }
  return { idleMb, loadedMb, tablesMb: loadedMb.map((loaded, at) => loaded - idleMb[at]!) };
}
