// `stack.json`: what is running of a stack, and where. Written by its supervisor, read by every command.
import { readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stacksFolder } from './folders.mjs';
import { endProcess, isAlive } from './processes.mjs';

/** @typedef {import('./processes.mjs').ProcessRef} ProcessRef */
/** @typedef {import('./servers/index.mjs').ServerName} ServerName */

/** @typedef {{ ports: import('./servers/index.mjs').Ports, process?: ProcessRef }} ServerState  no process = it ended */

/**
 * @typedef {object} StackState
 * @property {string} name
 * @property {'processes' | 'docker'} kind
 * @property {'starting' | 'up'} phase
 * @property {string} startedAt  ISO time
 * @property {ProcessRef} [supervisor]
 * @property {import('./servers/index.mjs').Addresses} addresses
 * @property {Partial<Record<ServerName, ServerState>>} servers
 */

/** @param {string} folder @returns {StackState | undefined} undefined when nothing was left running */
export function readState(folder) {
  try {
    return JSON.parse(readFileSync(join(folder, 'stack.json'), 'utf8'));
  } catch {
    return undefined;
  }
}

/** @param {string} folder @param {StackState} state */
export function writeState(folder, state) {
  const draft = join(folder, `.stack.json.${process.pid}`);
  writeFileSync(draft, `${JSON.stringify(state, null, 2)}\n`);
  renameSync(draft, join(folder, 'stack.json'));
}

/** @param {string} folder */
export const removeState = (folder) => rmSync(join(folder, 'stack.json'), { force: true });

/** @returns {string[]} the names of all stacks that left a state */
export function namesOfStacks() {
  try {
    return readdirSync(stacksFolder()).filter((name) => readState(join(stacksFolder(), name)));
  } catch {
    return [];
  }
}

/** @param {StackState | undefined} state @returns {boolean} whether someone looks after it */
export const isSupervised = (state) => !!state && (state.kind === 'docker' || (!!state.supervisor && isAlive(state.supervisor)));

/**
 * Ends the servers that outlived their supervisor. Does nothing while a supervisor is alive.
 * @param {string} folder
 * @returns {Promise<ServerName[]>} those that were ended
 */
export async function endOrphans(folder) {
  const state = readState(folder);
  if (!state || isSupervised(state)) return [];
  const entries = /** @type {[ServerName, ServerState][]} */ (Object.entries(state.servers));
  const ended = await Promise.all(
    entries.map(async ([name, server]) => (server.process && (await endProcess(server.process, 5_000)) ? name : [])),
  );
  if (!isSupervised(readState(folder))) removeState(folder);
  return ended.flat();
}
