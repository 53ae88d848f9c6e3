import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { waitUntil } from '../system/wait-until.ts';

/**
 * Loaded by Node before the program: V8's profiler, as `--cpu-prof` starts it, but from one SIGUSR2 to the next, so that it sees the load
 * and not the start.
 */
const preload = (output: string): string => `
  const { Session } = require('node:inspector');
  const { renameSync, writeFileSync } = require('node:fs');
  const session = new Session();
  session.connect();
  let running = false;
  process.on('SIGUSR2', () => {
    if (running) return session.post('Profiler.stop', (error, answer) => {
      writeFileSync(${JSON.stringify(`${output}.part`)}, JSON.stringify(error ?? answer.profile));
      renameSync(${JSON.stringify(`${output}.part`)}, ${JSON.stringify(output)});
    });
    running = true;
    session.post('Profiler.enable');
    session.post('Profiler.setSamplingInterval', { interval: 200 });
    session.post('Profiler.start');
  });
`;

/** @param folder that is there; the profile is written to it */
export function createProfiler(folder: string) {
  const [module, output] = [join(folder, 'profiler.cjs'), join(folder, 'validator.cpuprofile')];
  rmSync(output, { force: true });
  writeFileSync(module, preload(output));
  return {
    /** For `--require`. */
    module,
    output,
    start: (pid: number): void => void process.kill(pid, 'SIGUSR2'),
    /** Ends it. @returns the profile as V8 writes it */
    stop: async (pid: number): Promise<string> => {
      process.kill(pid, 'SIGUSR2');
      await waitUntil('the profile to be written', () => Promise.resolve(existsSync(output)));
      return readFileSync(output, 'utf8');
    },
  };
}
