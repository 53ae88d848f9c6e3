// promtool: checks alert rules and runs their tests. A test tool, no server.
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { mayInstall } from './apt.mjs';
import { cacheFolder } from './folders.mjs';
import { installOnce } from './install.mjs';
import { findProgram, isProgram, runProgram } from './programs.mjs';
import { beginStep, plainWatcher } from './terminal.mjs';

/**
 * Finds it on PATH, or takes it out of Debian's package, which is unpacked into the cache and not installed: installing it would start a server.
 * @param {{ env?: NodeJS.ProcessEnv, log?: (line: string) => void, signal?: AbortSignal }} [options]
 * @returns {Promise<string>} the program
 * @throws {Error} that says what to install
 */
export async function promtool({ env = process.env, log = () => {}, signal } = {}) {
  const found = findProgram('promtool', env);
  if (found) return found;
  const cache = cacheFolder(env);
  const folder = join(cache, 'promtool');
  const program = join(folder, 'usr', 'bin', 'promtool');
  if (isProgram(program)) return program;
  if (!mayInstall(env))
    throw new Error('promtool is missing on PATH: it comes with Prometheus (Debian: apt-get install prometheus)');
  mkdirSync(cache, { recursive: true });
  const step = beginStep(plainWatcher(log), 'promtool', "fetching promtool from Debian's package");
  await installOnce({ folder, isThere: () => Promise.resolve(isProgram(program)), fill, step, signal });
  step.done('promtool is installed');
  return program;

  /** @param {string} draft */
  async function fill(draft) {
    const get = (/** @type {string[]} */ ...args) => runProgram('apt-get', args, { env, cwd: draft, signal });
    await get('download', 'prometheus').catch(async () => {
      await get('update'); // a fresh machine has no package lists yet
      await get('download', 'prometheus');
    });
    const archive = readdirSync(draft).find((file) => file.endsWith('.deb'));
    await runProgram('dpkg', ['-x', join(draft, /** @type {string} */ (archive)), draft], { env, signal });
    await runProgram(join(draft, 'usr', 'bin', 'promtool'), ['--version'], { env, signal });
  }
}
