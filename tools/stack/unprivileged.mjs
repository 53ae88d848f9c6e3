// Runs programs that refuse to be run by root.
import { spawnSync } from 'node:child_process';

const nobody = '65534';
const isRoot = process.getuid?.() === 0;
let works = /** @type {boolean | undefined} */ (undefined);

/** @returns {boolean} whether `unprivileged` can do what it says here */
export function mayRun() {
  works ??= !isRoot || spawnSync('unshare', ['--user', `--map-user=${nobody}`, 'true'], { stdio: 'ignore' }).status === 0;
  return works;
}

/**
 * For root: in a user namespace where root is called nobody. The files it makes belong to root, and it can enter root's folders, which
 * another user could not; the process number stays the same, and so do the rights to signal it and to look at it.
 * @param {string} command @param {string[]} args
 * @returns {[string, string[]]}
 */
export const unprivileged = (command, args) =>
  isRoot ? ['unshare', ['--user', `--map-user=${nobody}`, command, ...args]] : [command, args];
