import { type BenchOptions, startBenchValidator } from './bench-validator.ts';
import { residentBytes } from './process-figures.ts';

export interface ValidatorMemoryFigures {
  readonly idleMb: number;
  readonly loadedMb: number;
  /** What the tables cost: the difference. */
  readonly tablesMb: number;
}

/** Resident memory of a validator without environments, and of another one with many, both some seconds after they were ready. */
export async function measureValidatorMemory(
  options: BenchOptions & { readonly environments?: number; readonly tokens?: number; readonly settleSeconds?: number },
): Promise<ValidatorMemoryFigures> {
  const { environments = 10_000, tokens = 4, settleSeconds = 10 } = options;
  const residentMb = async (rings: { environments: number; tokens: number }): Promise<number> => {
    const validator = await startBenchValidator(options, rings);
    try {
      await new Promise((resolve) => setTimeout(resolve, settleSeconds * 1_000));
      return residentBytes(validator.process.pid) / 1_000_000;
    } finally {
      await validator.stop();
    }
  };
  const idleMb = await residentMb({ environments: 0, tokens: 0 });
  const loadedMb = await residentMb({ environments, tokens });
  return { idleMb, loadedMb, tablesMb: loadedMb - idleMb };
}
