import { quantile } from '../system/histogram.ts';
import { type BenchOptions, type BenchValidator, startBenchValidator } from './bench-validator.ts';
import { validatorQuestion } from './contestants.ts';
import { residentBytes } from './process-figures.ts';
import { closedLoad, openLoad } from './raw-load.ts';
import { requestsOf } from './wire-requests.ts';

export interface EnvironmentsPoint {
  readonly environments: number;
  /** Resident, in megabytes, after each round: what was needed for the load included. */
  readonly memoryMb: readonly number[];
  readonly perSecond: readonly number[];
  readonly cpuMicroseconds: readonly number[];
  /** At 1,000 requests a second. */
  readonly p99Ms: readonly number[];
}

const tokens = 4;

/** Validators that follow so many environments each, side by side, and asked in turns; nobody else is asked meanwhile. */
export async function measureEnvironments(
  options: BenchOptions & {
    readonly progress: (text: string) => void;
    readonly sizes?: readonly number[];
    readonly rounds?: number;
  },
): Promise<readonly EnvironmentsPoint[]> {
  const { progress, sizes = [1, 10, 1_000, 10_000], rounds = 5 } = options;
  const running: { readonly size: number; readonly validator: BenchValidator }[] = [];
  const found = sizes.map((environments) => ({
    ...{ environments, memoryMb: [] as number[], perSecond: [] as number[] },
    ...{ cpuMicroseconds: [] as number[], p99Ms: [] as number[] },
  }));
  try {
    for (const size of sizes) {
      progress(`starting a validator with ${size.toLocaleString('en')} environments`);
      running.push({ size, validator: await startBenchValidator(options, { environments: size, tokens }) });
    }
    const loads = running.map(({ size, validator }) => {
      const questions = { ...validatorQuestion(validator), environments: size, tokens, newDeviceEvery: 10 };
      const { url, pid } = validator.process;
      return { url, pid, request: requestsOf(questions), connections: 32 };
    });
    for (const load of loads) await closedLoad({ ...load, pipelined: 2, seconds: 5 });
    for (let round = 1; round <= rounds; round += 1)
      for (const [at, load] of loads.entries()) {
        progress(`${sizes[at]!.toLocaleString('en')} environments: ${round} of ${rounds}`);
        const { perSecond, cpuMicroseconds } = await closedLoad({ ...load, pipelined: 2, seconds: 2, settleMs: 500 });
        const took = await openLoad({ ...load, perSecond: 1_000, seconds: 3 });
        found[at]!.memoryMb.push(residentBytes(load.pid) / 1_000_000);
        found[at]!.perSecond.push(perSecond);
        found[at]!.cpuMicroseconds.push(cpuMicroseconds);
        found[at]!.p99Ms.push(quantile(took, 0.99));
      }
    return found;
  } finally {
    for (const { validator } of running) await validator.stop();
  }
}
