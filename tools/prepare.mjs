// What every command needs before it can use a package: the dependencies, installed once and again only when the lock has changed.
// Plain Node without dependencies, since it runs in a fresh clone.
import { spawn } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { existsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheFolder } from './stack/folders.mjs';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** @type {[number, number]} */
const oldestNode = [20, 19];

/** Nx without its daemon, its terminal and its plugin processes: the graph takes a second instead of five. */
export const nxEnv = { NX_DAEMON: 'false', NX_TUI: 'false', NX_ISOLATE_PLUGINS: 'false' };

/**
 * Runs a command in the checkout. Resolves with its exit code.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ env?: Record<string, string>, stdio?: import('node:child_process').StdioOptions, signal?: AbortSignal, whole?: boolean }} [options]
 *   `signal`: ends the command properly, by SIGTERM. `whole`: and with it all that it has started, by SIGKILL after ten seconds
 * @returns {Promise<number>}
 */
export const run = (command, args, { env = {}, stdio = 'inherit', signal, whole = false } = {}) =>
  new Promise((resolve, reject) => {
    // The second is where the stack keeps a Redis that is on no PATH; some tests start servers of their own.
    const path = [join(root, 'node_modules', '.bin'), process.env['PATH'], join(cacheFolder(), 'redis')].join(':');
    const child = spawn(command, args, {
      cwd: root,
      stdio,
      detached: whole, // a process group of its own
      env: { ...process.env, ...nxEnv, ...env, PATH: path },
    });
    const kill = (/** @type {NodeJS.Signals | 0} */ name) => {
      const pid = /** @type {number} */ (child.pid);
      try {
        return process.kill(whole ? -pid : pid, name);
      } catch {
        return false; // nothing of it is left
      }
    };
    /** @type {Promise<unknown>} */
    let gone = Promise.resolve();
    const abort = () => {
      kill('SIGTERM');
      if (whole) gone = isGone(kill);
    };
    if (signal?.aborted) abort();
    else signal?.addEventListener('abort', abort, { once: true });
    child.once('error', reject);
    child.once('exit', (code, signal) => void gone.then(() => resolve(signal ? 1 : (code ?? 1))));
  });

/** Waits for the end of a process group that was told to, and ends what does not listen. */
async function isGone(/** @type {(name: NodeJS.Signals | 0) => boolean} */ kill) {
  kill('SIGCONT'); // a test may have stopped what it started
  for (const deadline = Date.now() + 10_000; kill(0); await pause(50)) if (Date.now() > deadline) kill('SIGKILL');
}

/** @param {(line: string) => void} log */
export async function installDependencies(log) {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < oldestNode[0] || (major === oldestNode[0] && minor < oldestNode[1])) {
    throw new Error(`Node ${process.versions.node} is too old: install Node ${oldestNode.join('.')} or newer`);
  }
  // npm writes the second file last: a broken-off install does not have it, and an edited lock is newer.
  const [lock, installed] = [join(root, 'package-lock.json'), join(root, 'node_modules', '.package-lock.json')];
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs) return;
  log('installing npm packages (about half a minute)');
  const code = await run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel', 'error']);
  if (code !== 0) throw new Error('npm ci failed: see its output above');
}

/**
 * Builds every app and workflow bundle; what did not change comes from Nx's cache.
 * @param {(line: string) => void} log
 * @param {readonly string[]} [projects]  default: all
 */
export async function build(log, projects) {
  log('building');
  const which = projects ? ['-p', projects.join(',')] : [];
  const code = await run('nx', ['run-many', '-t', 'build', '--output-style=stream', ...which], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (code !== 0) {
    await run('nx', ['run-many', '-t', 'build', ...which]); // once more, so that its output can be read
    throw new Error('the build failed: see its output above');
  }
}
