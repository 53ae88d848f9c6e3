// Looks at processes of this machine, and ends those that are certainly ours.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * A process that can be told from a later one with the same number: `started` is the kernel's start time of it, and `mark` is one
 * whole argument of its command line (a file of the stack that no other program is called with).
 * @typedef {{ pid: number, started: string, mark: string }} ProcessRef
 */

const linux = process.platform === 'linux';

/** @param {string} path */
function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** @param {number} pid @param {string} column */
const ps = (pid, column) => spawnSync('ps', ['-o', `${column}=`, '-p', String(pid)], { encoding: 'utf8' }).stdout?.trim() ?? '';

/**
 * @param {number} pid
 * @returns {string | undefined} when the process was started, as the kernel says it; undefined when there is none, or only its corpse
 */
export function startedAt(pid) {
  if (!linux) return ps(pid, 'stat').startsWith('Z') ? undefined : ps(pid, 'lstart') || undefined;
  const stat = read(`/proc/${pid}/stat`);
  if (!stat) return undefined;
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' '); // the name before it may hold spaces and brackets
  return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
}

/** @param {ProcessRef} ref */
function carriesMark({ pid, mark }) {
  if (!linux) return ps(pid, 'command').includes(mark);
  return (read(`/proc/${pid}/cmdline`) ?? '').split('\0').includes(mark);
}

/**
 * @param {number} pid @param {string} mark
 * @returns {ProcessRef}
 */
export const refer = (pid, mark) => ({ pid, mark, started: startedAt(pid) ?? 'gone' });

/** @param {ProcessRef} ref @returns {boolean} whether exactly this process is still there; a recycled number is not it */
export const isAlive = (ref) => startedAt(ref.pid) === ref.started && carriesMark(ref);

/** @param {number} pid @returns {number | undefined} memory in use (resident), in MB */
export function residentMb(pid) {
  const kb = linux ? /^VmRSS:\s+(\d+)/m.exec(read(`/proc/${pid}/status`) ?? '')?.[1] : ps(pid, 'rss');
  return kb ? Math.round(Number(kb) / 1024) : undefined;
}

/** @param {number} pid @param {NodeJS.Signals} signal @returns {boolean} false when there is no such process any more */
export function send(pid, signal) {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ESRCH') return false;
    throw error;
  }
}

/**
 * Ends a process: asks it, then after `graceMs` forces it. Does nothing when it is not there any more.
 * @param {ProcessRef} ref @param {number} graceMs
 * @returns {Promise<boolean>} whether there was something to end
 */
export async function endProcess(ref, graceMs) {
  if (!isAlive(ref)) return false;
  send(ref.pid, 'SIGTERM');
  send(ref.pid, 'SIGCONT'); // a stopped process can't hear SIGTERM
  for (const deadline = Date.now() + graceMs; Date.now() < deadline; await delay(50)) if (!isAlive(ref)) return true;
  send(ref.pid, 'SIGKILL');
  for (const deadline = Date.now() + 5_000; Date.now() < deadline; await delay(20)) if (!isAlive(ref)) return true;
  throw new Error(`process ${ref.pid} could not be ended, not even with SIGKILL`);
}

let setpriv = /** @type {boolean | undefined} */ (undefined);

/**
 * Where the system can do it (Linux, util-linux), the kernel itself ends the command when its parent dies, even by SIGKILL.
 * @param {string} command @param {string[]} args @param {NodeJS.Signals} [stopSignal]
 * @returns {[string, string[]]}
 */
export function tiedToParent(command, args, stopSignal = 'SIGTERM') {
  setpriv ??= linux && spawnSync('setpriv', ['--pdeathsig', 'TERM', 'true'], { stdio: 'ignore' }).status === 0;
  return setpriv ? ['setpriv', ['--pdeathsig', stopSignal.slice('SIG'.length), command, ...args]] : [command, args];
}
