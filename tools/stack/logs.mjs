// Shows the log files of a stack.
import { closeSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { logFile } from './folders.mjs';

/** @typedef {import('./servers/index.mjs').ServerName} ServerName */

/** @param {string} server @param {string[]} lines */
const print = (server, lines) => lines.forEach((line) => console.log(`${server.padEnd(8)} | ${line}`));

/** @param {string} path */
function sizeOf(path) {
  try {
    return statSync(path).size;
  } catch {
    return 0;
  }
}

/**
 * @param {string} folder @param {readonly ServerName[]} servers @param {number} count  lines of each
 * @returns {Map<ServerName, number>} up to which byte each log was shown
 */
export function printLogs(folder, servers, count) {
  const ends = new Map();
  for (const server of servers) {
    const path = logFile(folder, server);
    const bytes = sizeOf(path) > 0 ? readFileSync(path) : Buffer.alloc(0);
    ends.set(server, bytes.length);
    const text = bytes.toString().trimEnd();
    if (text) print(server, text.split('\n').slice(-count));
  }
  return ends;
}

/**
 * Prints what is added to the logs, until the process is interrupted.
 * @param {string} folder @param {readonly ServerName[]} servers @param {Map<ServerName, number>} ends
 * @returns {Promise<never>}
 */
export async function followLogs(folder, servers, ends) {
  /** @type {Map<ServerName, string>} */
  const begun = new Map(); // a line that is not whole yet
  for (;;) {
    for (const server of servers) {
      const path = logFile(folder, server);
      const size = sizeOf(path);
      const shown = ends.get(server) ?? 0;
      const from = size < shown ? 0 : shown; // smaller: the stack was started anew
      if (size > from) {
        const bytes = Buffer.alloc(size - from);
        const file = openSync(path, 'r');
        readSync(file, bytes, 0, bytes.length, from);
        closeSync(file);
        const lines = `${begun.get(server) ?? ''}${bytes}`.split('\n');
        begun.set(server, lines.pop() ?? '');
        print(server, lines);
      }
      ends.set(server, size);
    }
    await delay(300);
  }
}
