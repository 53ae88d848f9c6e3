// Which ports to use, and whose they are.
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { createServer } from 'node:net';

// Below the range from which systems take the ports of outgoing connections. Else, while a server is down for a fault test, a client
// that keeps calling its port can be given that very port for its own end: it then talks to itself, and the server can't come back.
const lowest = 17_000;
const highest = 30_000;

/** @param {number} port @returns {Promise<boolean>} whether a server could listen on 127.0.0.1 there now */
export const isFree = (port) =>
  new Promise((done) => {
    const probe = createServer();
    probe.once('error', () => done(false));
    probe.listen({ port, host: '127.0.0.1', exclusive: true }, () => probe.close(() => done(true)));
  });

/**
 * The usual port when it is free, else any free one. With `TALLYSTICK_STACK_PORTS=any` never the usual one: a server that is down for a moment
 * would lose it to the next stack that starts.
 * @param {number} usual
 * @param {ReadonlySet<number>} spoken  ports that are promised to others
 * @returns {Promise<number>}
 */
export async function choosePort(usual, spoken = new Set()) {
  const mayBeUsual = process.env['TALLYSTICK_STACK_PORTS'] !== 'any' && !spoken.has(usual);
  if (mayBeUsual && (await isFree(usual))) return usual;
  for (let tries = 0; tries < 200; tries++) {
    const port = lowest + Math.floor(Math.random() * (highest - lowest));
    if (!spoken.has(port) && (await isFree(port))) return port;
  }
  throw new Error(`no free port between ${lowest} and ${highest} on 127.0.0.1`);
}

/** @param {string} table */
function listeners(table) {
  try {
    const rows = readFileSync(table, 'utf8').trim().split('\n').slice(1);
    return rows.map((row) => row.trim().split(/\s+/)).filter((row) => row[3] === '0A');
  } catch {
    return [];
  }
}

/**
 * Whether it is this process that listens there: an answer from another server's port must not be taken for ours.
 * @param {number} pid @param {number} port
 * @returns {boolean} true also where the system doesn't tell (no /proc)
 */
export function listensOn(pid, port) {
  if (process.platform !== 'linux') return true;
  const rows = [...listeners('/proc/net/tcp'), ...listeners('/proc/net/tcp6')];
  const sockets = new Set(
    rows.filter((row) => parseInt(row[1]?.split(':')[1] ?? '', 16) === port).map((row) => `socket:[${row[9]}]`),
  );
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => {
      try {
        return sockets.has(readlinkSync(`/proc/${pid}/fd/${fd}`));
      } catch {
        return false; // closed while we looked
      }
    });
  } catch {
    return false;
  }
}
