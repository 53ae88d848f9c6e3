// Debian packages, where they may be installed without asking: with apt-get, as root.
import { join } from 'node:path';
import { withLock } from './lock.mjs';
import { findProgram, runProgram } from './programs.mjs';

/** @param {NodeJS.ProcessEnv} env @returns {boolean} */
export const mayInstall = (env) => findProgram('apt-get', env) !== undefined && process.getuid?.() === 0;

/**
 * Installs one package unless it is there by then; one command at a time.
 * @param {string} name
 * @param {{ cache: string, env: NodeJS.ProcessEnv, step: import('./terminal.mjs').Step, isThere: () => boolean | Promise<boolean>, signal?: AbortSignal | undefined }} options
 * @returns {Promise<void>}
 */
export async function installPackage(name, { cache, env, step, isThere, signal }) {
  const get = (/** @type {string[]} */ ...args) =>
    runProgram(/** @type {string} */ (findProgram('apt-get', env)), ['-o', 'DPkg::Lock::Timeout=120', ...args], {
      env: { ...env, DEBIAN_FRONTEND: 'noninteractive' },
      signal,
      onLine: (line) => step.note(`apt-get: ${line}`),
    });
  const waiting = (/** @type {number} */ pid) => step.note(`process ${pid} is installing it: waiting`);
  step.note(`installing ${name} with apt-get`);
  const install = async () => {
    if (await isThere()) return;
    await get('install', '-y', '--no-install-recommends', name).catch(async () => {
      await get('update'); // a fresh machine has no package lists yet
      await get('install', '-y', '--no-install-recommends', name);
    });
  };
  await withLock(join(cache, `${name}.lock`), waiting, install, signal);
}
