// libfaketime: gives one process another wall clock, and moves it while the process runs. A test tool, no server.
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { installPackage, mayInstall } from './apt.mjs';
import { cacheFolder } from './folders.mjs';
import { beginStep, plainWatcher } from './terminal.mjs';

/** Debian keeps it in a folder named after the machine. */
function find() {
  for (const folder of existsSync('/usr/lib') ? readdirSync('/usr/lib') : []) {
    const library = join('/usr/lib', folder, 'faketime', 'libfaketime.so.1');
    if (existsSync(library)) return library;
  }
  return undefined;
}

/**
 * @param {{ env?: NodeJS.ProcessEnv, log?: (line: string) => void, signal?: AbortSignal }} [options]
 * @returns {Promise<Record<string, string>>} the environment of tests that use it: `STACK_CLOCK_SHIFTER`, a library to preload
 * @throws {Error} that says what to install
 */
export async function clockShifter({ env = process.env, log = () => {}, signal } = {}) {
  if (!find()) {
    if (!mayInstall(env)) throw new Error('libfaketime is missing: sudo apt-get install -y libfaketime');
    const cache = cacheFolder(env);
    mkdirSync(cache, { recursive: true });
    const step = beginStep(plainWatcher(log), 'clocks', 'installing libfaketime');
    await installPackage('libfaketime', { cache, env, step, isThere: () => find() !== undefined, signal });
    step.done('libfaketime is installed');
  }
  return { STACK_CLOCK_SHIFTER: find() ?? '' };
}
