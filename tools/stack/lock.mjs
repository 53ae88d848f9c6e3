// A lock that dies with its holder: a file that names the process. Used where two commands could install, or start, the same thing.
import { randomUUID } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startedAt } from './processes.mjs';

/** @param {string} path */
function holder(path) {
  try {
    const text = readFileSync(path, 'utf8');
    const [pid, started] = text.split(' ');
    return { text, pid: Number(pid), alive: startedAt(Number(pid)) === started };
  } catch {
    return undefined;
  }
}

/** @param {string} path @param {string} seen  removes the dead lock that was seen, and gives a live one back that was made meanwhile */
function removeDead(path, seen) {
  const aside = `${path}.${randomUUID()}`;
  try {
    renameSync(path, aside);
  } catch {
    return; // another process removed it
  }
  try {
    if (readFileSync(aside, 'utf8') !== seen) linkSync(aside, path);
  } catch {
    // a third process has the lock already
  } finally {
    rmSync(aside, { force: true });
  }
}

/**
 * @param {string} path
 * @returns {{ release: () => void } | { heldBy: number }} the lock, or the process that has it
 */
export function tryLock(path) {
  mkdirSync(dirname(path), { recursive: true });
  const mine = `${process.pid} ${startedAt(process.pid)} ${randomUUID()}`;
  const draft = `${path}.${randomUUID()}`;
  writeFileSync(draft, mine);
  try {
    for (;;) {
      try {
        linkSync(draft, path); // appears with its content, or not at all
        return { release: () => holder(path)?.text === mine && rmSync(path, { force: true }) };
      } catch (error) {
        if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EEXIST') throw error;
      }
      const other = holder(path);
      if (other?.alive) return { heldBy: other.pid };
      if (other) removeDead(path, other.text);
    }
  } finally {
    rmSync(draft, { force: true });
  }
}

/**
 * Does the work while no other process does it; waits for the lock.
 * @template T
 * @param {string} path
 * @param {(pid: number) => void} onWait  called once, when another process has the lock
 * @param {() => Promise<T>} work
 * @param {AbortSignal} [signal]
 * @returns {Promise<T>}
 */
export async function withLock(path, onWait, work, signal) {
  let lock = tryLock(path);
  if ('heldBy' in lock) onWait(lock.heldBy);
  while ('heldBy' in lock) {
    await delay(200, undefined, signal ? { signal } : {});
    lock = tryLock(path);
  }
  try {
    return await work();
  } finally {
    lock.release();
  }
}
