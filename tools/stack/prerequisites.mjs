// What must be on the machine before a stack can start: all of it is looked for first, and all that is missing is named at once.
import { mkdirSync } from 'node:fs';
import { cacheFolder } from './folders.mjs';
import { servers } from './servers/index.mjs';
import { beginStep } from './terminal.mjs';

/** @typedef {import('./servers/index.mjs').ServerName} ServerName */
/** @typedef {Partial<Record<ServerName, import('./servers/index.mjs').Tool>>} Tools */

/** Programs that a person must install. `missing` has each with the command that does it. */
export class MissingPrerequisites extends Error {
  /** @param {import('./servers/index.mjs').Missing[]} missing */
  constructor(missing) {
    const lines = missing.map(({ what, why, command }) => `  ${what}\n      ${why}\n      ${command}`);
    super(`This machine lacks what the stack needs:\n\n${lines.join('\n')}\n\nOr, with Docker: npm run stack -- up --docker`);
    this.name = 'MissingPrerequisites';
    this.missing = missing;
  }
}

/**
 * Finds the programs of the servers, and installs into the cache those that need nobody's help.
 * @param {readonly ServerName[]} names
 * @param {{ watch: import('./terminal.mjs').Watcher, signal?: AbortSignal | undefined, env?: NodeJS.ProcessEnv }} options
 * @returns {Promise<Tools>}
 * @throws {MissingPrerequisites} before anything is installed
 */
export async function findTools(names, { watch, signal, env = process.env }) {
  const cache = cacheFolder(env);
  mkdirSync(cache, { recursive: true });
  const found = await Promise.all(names.map(async (name) => ({ name, found: await servers[name].find({ env, cache }) })));
  const missing = found.flatMap(({ found }) => ('missing' in found ? found.missing : []));
  if (missing.length > 0) throw new MissingPrerequisites(missing);

  // One that fails must not leave the others at work behind it.
  const failure = new AbortController();
  const either = signal ? AbortSignal.any([signal, failure.signal]) : failure.signal;
  const installing = found.map(async ({ name, found }) => {
    if ('tool' in found) return { [name]: found.tool };
    if ('missing' in found) return {};
    const step = beginStep(watch, name, 'installing');
    try {
      const tool = await found.install(step, either);
      step.done('installed');
      return { [name]: tool };
    } catch (error) {
      step.failed(either.aborted ? 'given up' : 'could not be installed');
      failure.abort();
      throw error;
    }
  });
  const results = await Promise.allSettled(installing);
  signal?.throwIfAborted();
  const failures = results.flatMap((result) =>
    result.status === 'rejected' && result.reason.name !== 'AbortError' ? [result.reason.message] : [],
  );
  if (failures.length > 0) throw new Error(failures.join('\n'));
  return Object.assign({}, ...results.map((result) => (result.status === 'fulfilled' ? result.value : {})));
}
