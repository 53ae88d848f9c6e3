// Programs that are built with Go, once, into the cache: tools of checks and tests, no servers of the stack.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from './folders.mjs';
import { installOnce } from './install.mjs';
import { findProgram, isProgram, runProgram } from './programs.mjs';
import { beginStep, plainWatcher } from './terminal.mjs';

/**
 * @typedef {object} GoProgram
 * @property {string} called  as people know it: `NanoMDM`
 * @property {string} serves  what it is needed for, behind "which …": `looks for secrets in the repository`
 * @property {string} module  the package that `go install` builds: `github.com/micromdm/nanomdm/cmd/nanomdm`
 * @property {string} version  as Go writes it: `v0.9.0`
 * @property {string} folder  its name in the cache; the version is part of it
 * @property {string} program  the file that Go makes, by the last part of the module's path
 * @property {readonly string[]} [trial]  arguments that show that it works
 */

/** @param {NodeJS.ProcessEnv} env @param {string} because  what it builds, and what that is needed for @returns {string} Go itself @throws {Error} that says so */
export function requireGo(env, because) {
  const go = findProgram('go', env);
  if (!go) throw new Error(`Go (go) is missing: it builds ${because}`);
  return go;
}

/**
 * Builds one program into a folder, and tries it.
 * @param {string} go @param {Pick<GoProgram, 'module' | 'version' | 'program' | 'trial'>} what @param {string} folder
 * @param {{ env: NodeJS.ProcessEnv, signal?: AbortSignal | undefined }} options
 */
export async function goInstall(go, { module, version, program, trial }, folder, { env, signal }) {
  const build = { ...env, GOBIN: folder, CGO_ENABLED: '0', GOFLAGS: '' };
  await runProgram(go, ['install', `${module}@${version}`], { env: build, signal });
  if (trial) await runProgram(join(folder, program), [...trial], { env, signal });
}

/**
 * Builds it unless it is there.
 * @param {GoProgram} what
 * @param {{ env?: NodeJS.ProcessEnv, log?: (line: string) => void, signal?: AbortSignal | undefined }} [options]
 * @returns {Promise<string>} the program
 * @throws {Error} that says what to install, when Go is missing
 */
export async function goProgram(what, { env = process.env, log = () => {}, signal } = {}) {
  const { called, serves, version } = what;
  const cache = cacheFolder(env);
  const folder = join(cache, what.folder);
  const program = join(folder, what.program);
  if (isProgram(program)) return program;

  const go = requireGo(env, `${called}, which ${serves}`);
  mkdirSync(cache, { recursive: true });
  const step = beginStep(plainWatcher(log), called.toLowerCase(), `building ${called} ${version} with Go`);
  const fill = (/** @type {string} */ draft) => goInstall(go, what, draft, { env, signal });
  await installOnce({ folder, isThere: () => Promise.resolve(isProgram(program)), fill, step, signal });
  step.done(`${called} ${version} is installed`);
  return program;
}
