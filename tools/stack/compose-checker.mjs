// What reads compose files in Docker Compose itself, as a program: it says whether a file is valid, without an engine.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from './folders.mjs';
import { installOnce } from './install.mjs';
import { findProgram, isProgram, runProgram } from './programs.mjs';
import { beginStep, plainWatcher } from './terminal.mjs';

const version = '2.8.1';

/**
 * Builds it with Go, once, into the cache.
 * @param {{ env?: NodeJS.ProcessEnv, log?: (line: string) => void, signal?: AbortSignal | undefined }} [options]
 * @returns {Promise<string>} the program: `<program> -format json FILE`, in the folder of the file
 * @throws {Error} that says what to install, when Go is missing
 */
export async function composeChecker({ env = process.env, log = () => {}, signal } = {}) {
  const cache = cacheFolder(env);
  const folder = join(cache, `compose-go-${version}`);
  const program = join(folder, 'cmd');
  if (isProgram(program)) return program;

  const go = findProgram('go', env);
  if (!go) throw new Error('Go (go) is missing: it builds what checks compose files');
  mkdirSync(cache, { recursive: true });
  const step = beginStep(plainWatcher(log), 'compose', `building compose-go ${version} with Go`);
  const fill = async (/** @type {string} */ draft) => {
    const build = { ...env, GOBIN: draft, CGO_ENABLED: '0', GOFLAGS: '' };
    await runProgram(go, ['install', `github.com/compose-spec/compose-go/v2/cmd@v${version}`], { env: build, signal });
  };
  await installOnce({ folder, isThere: () => Promise.resolve(isProgram(program)), fill, step, signal });
  step.done(`compose-go ${version} is installed`);
  return program;
}

/**
 * The file as Compose understands it: anchors, includes and short forms resolved.
 * @param {string} program @param {string} folder @param {string} file in the folder
 * @returns {Promise<{ services: Record<string, any>, volumes: Record<string, unknown>, configs: Record<string, { file: string }> }>}
 * @throws {Error} that says what is wrong with the file
 */
export const readCompose = async (program, folder, file) =>
  JSON.parse(await runProgram(program, ['-format', 'json', file], { cwd: folder, env: { PATH: process.env['PATH'] } }));
