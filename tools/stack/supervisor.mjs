// The process that owns the servers of one stack: `node supervisor.mjs <folder>`, always started by stack.mjs.
//
// It ends the servers and itself when it is told to (SIGTERM), and when the process that started it is gone: the system closes
// the channel between the two however that process ended. `stack up` releases it from that once everything answers.
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { logFile } from './folders.mjs';
import { tryLock } from './lock.mjs';
import { refer } from './processes.mjs';
import { serverNames, servers } from './servers/index.mjs';
import { endOrphans, removeState, writeState } from './state.mjs';
import { SupervisedServer } from './supervised-server.mjs';

/** @typedef {import('./servers/index.mjs').ServerName} ServerName */

/**
 * @typedef {{ do: 'start', id: number, name: string, tools: import('./prerequisites.mjs').Tools, fresh: boolean }
 *   | { do: 'release', id: number }
 *   | { do: 'start-server' | 'restart-server', id: number, server: ServerName }
 *   | { do: 'kill-server', id: number, server: ServerName, signal: NodeJS.Signals }} Request
 */

const folder = /** @type {string} */ (process.argv[2]);
/** @type {Map<ServerName, SupervisedServer>} */
const running = new Map();
/** @type {{ release: () => void } | undefined} */
let lock;
/** @type {import('./state.mjs').StackState | undefined} */
let state;
let released = false;
/** @type {Promise<never> | undefined} */
let ending;

/** @param {object} message */
function tell(message) {
  if (process.connected) process.send?.(message, undefined, {}, () => {}); // who asked may be gone: then nobody wants to know
}

/** @param {string} text */
const note = (text) => console.log(`${new Date().toISOString()} ${text}`);

function saveState() {
  if (!state || ending) return;
  for (const [name, { ports, ref }] of running) state.servers[name] = { ports: { ...ports }, ...(ref && { process: ref }) };
  state.addresses = Object.assign({}, ...[...running.values()].map(({ server, ports }) => server.addresses(ports)));
  writeState(folder, state);
  tell({ state });
}

/** @param {Extract<Request, { do: 'start' }>} request */
async function start({ name, tools, fresh }) {
  const got = tryLock(join(folder, 'lock'));
  if ('heldBy' in got)
    throw new Error(`the stack '${name}' is already running (supervisor ${got.heldBy}); stop it, or use another name`);
  lock = got;
  const orphans = await endOrphans(folder);
  if (orphans.length > 0) note(`ended what an earlier supervisor left: ${orphans.join(', ')}`);

  const names = serverNames.filter((server) => tools[server]);
  for (const server of serverNames) if (fresh) rmSync(join(folder, server), { recursive: true, force: true });
  for (const server of names) rmSync(logFile(folder, server), { force: true });
  mkdirSync(join(folder, 'logs'), { recursive: true });
  const startedAt = new Date().toISOString();
  state = {
    name,
    kind: 'processes',
    phase: 'starting',
    startedAt,
    supervisor: refer(process.pid, folder),
    addresses: {},
    servers: {},
  };
  saveState();

  const spoken = new Set();
  /** @type {import('./servers/index.mjs').Addresses} */
  const others = {};
  for (const server of names) {
    const tool = /** @type {import('./servers/index.mjs').Tool} */ (tools[server]);
    const watch = (/** @type {import('./terminal.mjs').StepEvent} */ event) => tell({ event });
    running.set(server, new SupervisedServer(servers[server], { folder, tool, others, spoken, watch, changed: saveState }));
  }
  /** @type {Map<ServerName, Promise<void>>} */
  const starts = new Map();
  const startAfterNeeds = async (/** @type {SupervisedServer} */ each) => {
    const needed = await Promise.allSettled((each.server.needs ?? []).map((need) => starts.get(need)));
    if (needed.some(({ status }) => status === 'rejected')) return; // the fault of the one that it needs is told
    await each.startFirst();
    Object.assign(others, each.server.addresses(each.ports));
  };
  for (const [name, each] of running) starts.set(name, startAfterNeeds(each));
  const failures = (await Promise.allSettled(starts.values())).flatMap((result) =>
    result.status === 'rejected' ? [result.reason.message] : [],
  );
  if (failures.length > 0) throw new Error(failures.join('\n'));
  state.phase = 'up';
  saveState();
}

/** @param {Request} request */
async function obey(request) {
  if (request.do === 'start') return start(request);
  if (request.do === 'release') {
    released = true;
    return;
  }
  const server = running.get(request.server);
  if (!server) throw new Error(`this stack has no ${request.server}`);
  if (request.do === 'kill-server') return server.kill(request.signal);
  if (request.do === 'restart-server') await server.end();
  return server.start();
}

/** @param {string} why @param {number} [code] @returns {Promise<never>} */
function end(why, code = 0) {
  return (ending ??= (async () => {
    note(`stopping: ${why}`);
    // First those that need others: one that has lost what it needs would wait for it instead of ending.
    for (const needs of [true, false])
      await Promise.all([...running.values()].map((each) => !!each.server.needs === needs && each.retire()));
    if (lock) removeState(folder);
    lock?.release();
    note('stopped');
    process.exit(code);
  })());
}

process.on('message', (/** @type {Request} */ request) => {
  obey(request).then(
    () => tell({ id: request.id, state }),
    (error) => {
      note(error.message);
      tell({ id: request.id, error: error.message });
      if (request.do === 'start') void end('it could not be started', 1);
    },
  );
});
process.on('disconnect', () => released || end('the process that started the stack is gone'));
for (const signal of /** @type {const} */ (['SIGTERM', 'SIGINT', 'SIGHUP'])) process.on(signal, () => end(signal));
for (const fault of ['uncaughtException', 'unhandledRejection']) {
  process.on(fault, (error) => {
    note(`a defect: ${error?.stack ?? error}`);
    void end('a defect of the supervisor', 1);
  });
}
