// Where things lie: what is installed once for all stacks, and the one folder that holds everything of one stack.
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root of this repository. */
export const repository = fileURLToPath(new URL('../..', import.meta.url));

/** @param {NodeJS.ProcessEnv} env @returns {string} the folder of installed programs; nothing of a stack lies in it */
export const cacheFolder = (env = process.env) => resolve(env['TALLYSTICK_CACHE'] || join(homedir(), '.cache', 'tallystick'));

/** @param {NodeJS.ProcessEnv} env @returns {string} the folder that holds one folder per stack */
export const stacksFolder = (env = process.env) => resolve(env['TALLYSTICK_STACKS'] || join(repository, '.stack'));

/**
 * @param {string} name
 * @returns {string} the folder of one stack: data, logs and `stack.json`
 * @throws {Error} when the name can't be the name of a folder on every system
 */
export function stackFolder(name) {
  if (!/^[a-z0-9][a-z0-9-]{0,39}$/.test(name)) {
    throw new Error(
      `'${name}' can't name a stack: use 1 to 40 small letters, digits and dashes, beginning with a letter or digit`,
    );
  }
  return join(stacksFolder(), name);
}

/** @param {string} folder @param {string} server @returns {string} */
export const logFile = (folder, server) => join(folder, 'logs', `${server}.log`);
