// Installs into the cache so that a finished install can be told from an interrupted one: made aside, then renamed.
import { mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { withLock } from './lock.mjs';

/**
 * @param {object} options
 * @param {string} options.folder  appears only whole
 * @param {() => Promise<boolean>} options.isThere  whether `folder` holds a working install
 * @param {(draft: string) => Promise<void>} options.fill  makes the install in an empty folder beside it
 * @param {import('./terminal.mjs').Step} options.step
 * @param {AbortSignal | undefined} options.signal
 * @returns {Promise<void>}
 */
export async function installOnce({ folder, isThere, fill, step, signal }) {
  const parent = dirname(folder);
  const prefix = `.${basename(folder)}.`;
  const draft = join(parent, `${prefix}${process.pid}`);
  const work = async () => {
    if (await isThere()) return; // another command installed it while we waited
    for (const left of readdirSync(parent)) if (left.startsWith(prefix)) rmSync(join(parent, left), { recursive: true });
    try {
      mkdirSync(draft, { recursive: true });
      await fill(draft);
      rmSync(folder, { recursive: true, force: true });
      renameSync(draft, folder);
    } finally {
      rmSync(draft, { recursive: true, force: true });
    }
  };
  await withLock(`${folder}.lock`, (pid) => step.note(`process ${pid} is installing it: waiting`), work, signal);
}
