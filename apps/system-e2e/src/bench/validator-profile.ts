import { mkdirSync } from 'node:fs';
import { type BenchOptions, startBenchValidator } from './bench-validator.ts';
import { validatorQuestion } from './contestants.ts';
import { type ProfileFigures, readCpuProfile } from './cpu-profile.ts';
import { createProfiler } from './profiler.ts';
import { closedLoad } from './raw-load.ts';
import { requestsOf } from './wire-requests.ts';

export interface ValidatorProfile extends ProfileFigures {
  readonly perSecond: number;
  /** The file that Chromium's or an editor's viewer opens. */
  readonly file: string;
}

/** Where the processor's time goes in a validator that is asked as fast as it answers, warm. */
export async function profileValidator(
  options: BenchOptions & { readonly folder: string; readonly seconds?: number },
): Promise<ValidatorProfile> {
  const { folder, seconds = 10 } = options;
  mkdirSync(folder, { recursive: true });
  const profiler = createProfiler(folder);
  const numbers = { environments: 100, tokens: 4 };
  const validator = await startBenchValidator({ ...options, preload: profiler.module }, numbers);
  try {
    const { url, pid } = validator.process;
    const request = requestsOf({ ...validatorQuestion(validator), ...numbers, newDeviceEvery: 10 });
    const load = { url, pid, request, connections: 32, pipelined: 2 };
    await closedLoad({ ...load, seconds: 5 });
    profiler.start(pid);
    const { perSecond } = await closedLoad({ ...load, seconds });
    return { ...readCpuProfile(await profiler.stop(pid)), perSecond, file: profiler.output };
  } finally {
    await validator.stop();
  }
}
