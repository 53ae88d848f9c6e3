// What `npm run chaos` and `npm run soak` have in common: all set-up, then a command of the built app, which starts servers of its own.
import { join } from 'node:path';
import { build, installDependencies, root, run } from './prepare.mjs';
import { toxiproxy } from './stack/toxiproxy.mjs';

/** Ends this process with the command's exit code. @param {'chaos' | 'soak'} command */
export async function longRun(command) {
  const log = (/** @type {string} */ line) => console.log(`· ${line}`);
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  process.once('SIGTERM', () => stop.abort());
  let code = 1;
  try {
    await installDependencies(log);
    const [env] = await Promise.all([toxiproxy({ log, signal: stop.signal }), build(log)]);
    const main = join(root, 'apps/system-e2e/dist/main.js');
    code = await run(process.execPath, ['--enable-source-maps', main, command, ...process.argv.slice(2)], {
      signal: stop.signal,
      env,
    });
  } catch (error) {
    if (!stop.signal.aborted) console.error(`\n${error instanceof Error ? error.message : String(error)}`);
  }
  process.exit(stop.signal.aborted ? 1 : code);
}
