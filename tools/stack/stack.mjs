// The real servers for whoever needs them: Redis, Kafka, Temporal and an OpenID provider, started together, ended together.
import { stackFolder } from './folders.mjs';
import { findTools } from './prerequisites.mjs';
import { usualServers, withNeeds } from './servers/index.mjs';
import { isSupervised, readState } from './state.mjs';
import { SupervisorLink } from './supervisor-link.mjs';
import { plainWatcher } from './terminal.mjs';

export { MissingPrerequisites } from './prerequisites.mjs';
export { watcherFor } from './terminal.mjs';

/** @typedef {import('./servers/index.mjs').ServerName} ServerName */

/**
 * Where the servers answer. Those that the stack does not have are missing. `pids` has the servers that are running now.
 * @typedef {import('./servers/index.mjs').Addresses & { dataDir: string, pids: Partial<Record<ServerName, number>> }} Endpoints
 */

/**
 * @typedef {object} Stack
 * @property {string} name
 * @property {Endpoints} endpoints  as of now: `pids` change when a server is killed or started
 * @property {(server: ServerName, signal?: NodeJS.Signals) => Promise<void>} kill  SIGKILL unless said otherwise; resolves when the process
 *   has ended, for SIGSTOP, SIGCONT and the like at once. Its port and data stay its own
 * @property {(server: ServerName) => Promise<void>} start  after a kill, with the same port and data; resolves when it answers
 * @property {(server: ServerName) => Promise<void>} restart  ends it properly, then starts it
 * @property {() => Promise<void>} stop  ends all; resolves when no process is left. Data and logs stay in `dataDir`
 * @property {() => Promise<void>} release  lets the servers live on when this process ends, until `stack down`
 * @property {Promise<void>} ended  resolves when the stack is gone, whoever ended it; waiting for it keeps no process alive
 */

/** The stack is running already. */
export class StackIsUp extends Error {
  /** @param {import('./state.mjs').StackState} state */
  constructor(state) {
    super(`the stack '${state.name}' is already up; end it with: npm run stack -- down --name ${state.name}`);
    this.name = 'StackIsUp';
    this.state = state;
  }
}

/**
 * Starts servers, and installs what they need into the cache first. They end with this process, however it ends.
 * @param {object} [options]
 * @param {string} [options.name]  of the stack: its folder is `.stack/<name>`; default `dev`
 * @param {readonly ServerName[]} [options.servers]  default: Redis, Kafka, Temporal and the OpenID provider; what a server needs comes with it
 * @param {boolean} [options.fresh]  empties the data first
 * @param {(line: string) => void} [options.log]  gets a line per step
 * @param {import('./terminal.mjs').Watcher} [options.watch]  gets each step instead, e.g. `watcherFor(process.stdout)`
 * @param {AbortSignal} [options.signal]  gives up; rejects when nothing of it is left
 * @returns {Promise<Stack>} when all of them answer
 * @throws {StackIsUp}
 * @throws {MissingPrerequisites}
 * @throws {Error} with a server's last log lines, when it does not start; the others are ended then
 */
export async function startStack({
  name = 'dev',
  servers = usualServers,
  fresh = false,
  log = () => {},
  watch = plainWatcher(log),
  signal,
} = {}) {
  if (process.platform === 'win32') throw new Error('the stack runs on Linux and macOS; on Windows use WSL, or Docker');
  const folder = stackFolder(name);
  const state = readState(folder);
  if (state && isSupervised(state)) throw new StackIsUp(state);
  const tools = await findTools(withNeeds(servers), { watch, signal });
  signal?.throwIfAborted();

  const link = new SupervisorLink(folder, watch);
  const giveUp = () => void link.stop();
  signal?.addEventListener('abort', giveUp);
  try {
    await link.request({ do: 'start', name, tools, fresh });
  } catch (error) {
    await link.stop();
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener('abort', giveUp);
  }
  return stackOf(name, folder, link);
}

/** @param {string} name @param {string} folder @param {SupervisorLink} link @returns {Stack} */
function stackOf(name, folder, link) {
  return {
    name,
    get endpoints() {
      const { addresses, servers } = link.state ?? { addresses: {}, servers: {} };
      const running = Object.entries(servers).flatMap(([server, { process }]) => (process ? [[server, process.pid]] : []));
      return { ...addresses, dataDir: folder, pids: Object.fromEntries(running) };
    },
    kill: (server, signal = 'SIGKILL') => link.request({ do: 'kill-server', server, signal }),
    start: (server) => link.request({ do: 'start-server', server }),
    restart: (server) => link.request({ do: 'restart-server', server }),
    stop: () => link.stop(),
    release: () => link.release(),
    ended: link.ended,
  };
}
