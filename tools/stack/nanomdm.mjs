// NanoMDM: a real MDM server for Apple devices, which deliveries are tested on. Not a server of the stack: each test starts its own.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from './folders.mjs';
import { installOnce } from './install.mjs';
import { findProgram, isProgram, runProgram } from './programs.mjs';
import { beginStep, plainWatcher } from './terminal.mjs';

const version = '0.9.0';

/**
 * Builds it with Go, once, into the cache.
 * @param {{ env?: NodeJS.ProcessEnv, log?: (line: string) => void, signal?: AbortSignal }} [options]
 * @returns {Promise<Record<string, string>>} the environment of tests and demos that start it: `STACK_NANOMDM`, a program
 * @throws {Error} that says what to install, when Go is missing
 */
export async function nanomdm({ env = process.env, log = () => {}, signal } = {}) {
  const cache = cacheFolder(env);
  const folder = join(cache, `nanomdm-${version}`);
  const program = join(folder, 'nanomdm');
  if (isProgram(program)) return { STACK_NANOMDM: program };

  const go = findProgram('go', env);
  if (!go) throw new Error('Go (go) is missing: it builds NanoMDM, which deliveries are tested on');
  mkdirSync(cache, { recursive: true });
  const step = beginStep(plainWatcher(log), 'nanomdm', `building NanoMDM ${version} with Go`);
  await installOnce({ folder, isThere: () => Promise.resolve(isProgram(program)), fill, step, signal });
  step.done(`NanoMDM ${version} is installed`);
  return { STACK_NANOMDM: program };

  /** @param {string} draft */
  async function fill(draft) {
    const build = { ...env, GOBIN: draft, CGO_ENABLED: '0', GOFLAGS: '' };
    await runProgram(/** @type {string} */ (go), ['install', `github.com/micromdm/nanomdm/cmd/nanomdm@v${version}`], {
      env: build,
      signal,
    });
    await runProgram(join(draft, 'nanomdm'), ['-version'], { env, signal });
  }
}
