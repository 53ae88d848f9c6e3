// Gitleaks: finds secrets in files and in the history of a repository. A tool of the checks, no server.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from './folders.mjs';
import { installOnce } from './install.mjs';
import { findProgram, isProgram, runProgram } from './programs.mjs';
import { beginStep, plainWatcher } from './terminal.mjs';

const version = '8.30.1';

/**
 * Builds it with Go, once, into the cache.
 * @param {{ env?: NodeJS.ProcessEnv, log?: (line: string) => void, signal?: AbortSignal }} [options]
 * @returns {Promise<string>} its program
 * @throws {Error} that says what to install, when Go is missing
 */
export async function gitleaks({ env = process.env, log = () => {}, signal } = {}) {
  const cache = cacheFolder(env);
  const folder = join(cache, `gitleaks-${version}`);
  const program = join(folder, 'gitleaks');
  if (isProgram(program)) return program;

  const go = findProgram('go', env);
  if (!go) throw new Error('Go (go) is missing: it builds Gitleaks, which looks for secrets in the repository');
  mkdirSync(cache, { recursive: true });
  const step = beginStep(plainWatcher(log), 'gitleaks', `building Gitleaks ${version} with Go`);
  await installOnce({ folder, isThere: () => Promise.resolve(isProgram(program)), fill, step, signal });
  step.done(`Gitleaks ${version} is installed`);
  return program;

  /** @param {string} draft */
  async function fill(draft) {
    const build = { ...env, GOBIN: draft, CGO_ENABLED: '0', GOFLAGS: '' };
    await runProgram(/** @type {string} */ (go), ['install', `github.com/zricethezav/gitleaks/v8@v${version}`], {
      env: build,
      signal,
    });
    await runProgram(join(draft, 'gitleaks'), ['version'], { env, signal });
  }
}
