// What the tests of the stack share: a folder of their own for their stacks, and a look at the system from outside.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ask } from './sockets.mjs';
import { endStack } from './supervisor-link.mjs';

export const stacks = mkdtempSync(join(tmpdir(), 'tallystick stacks-')); // with a space, as in some people's names
process.env['TALLYSTICK_STACKS'] = stacks;
const cli = fileURLToPath(new URL('cli.mjs', import.meta.url));
export const folderOf = (/** @type {string} */ name) => join(stacks, name);

/** Runs a command line of the stack. @param {string[]} args @param {NodeJS.ProcessEnv} [env] */
export function run(args, env = {}) {
  const child = spawn(process.execPath, [cli, ...args], { env: { ...process.env, ...env, CI: 'true' } });
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (output += chunk));
  const ended = new Promise((done) => child.once('close', (code) => done({ code, output })));
  return { child, ended: /** @type {Promise<{ code: number | null, output: string }>} */ (ended) };
}

/** @param {() => unknown} condition @param {string} what @param {number} [withinMs] */
export async function until(condition, what, withinMs = 15_000) {
  for (const deadline = Date.now() + withinMs; Date.now() < deadline; await delay(25)) if (await condition()) return;
  assert.fail(`not within ${withinMs} ms: ${what}`);
}

/** @param {string} path */
function textOf(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // the process ended while we looked
  }
}

/** The processes of a stack, by the system's own list: all that were called with a path in its folder. @param {string} name */
export const processesOf = (name) =>
  readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .filter((pid) =>
      textOf(`/proc/${pid}/cmdline`)
        .split('\0')
        .some((arg) => arg === folderOf(name) || arg.startsWith(`${folderOf(name)}/`)),
    );

/** @param {string | undefined} address @param {string} words  one Redis command, words apart by spaces */
export const redis = (address, words) =>
  ask(
    Number(new URL(address ?? '').port),
    `${words}\r\n`,
    (answer) => (answer.includes('\r\n') ? String(answer).trim() : undefined),
    2_000,
  );

/** Each test leaves no process, also when it fails; the file leaves no folder. */
export function leaveNothing() {
  afterEach(async () => {
    await Promise.all(readdirSync(stacks).map((name) => endStack(folderOf(name))));
  });
  after(() => rmSync(stacks, { recursive: true, force: true }));
}
