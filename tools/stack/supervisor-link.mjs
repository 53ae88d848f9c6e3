// The starting process's end of the channel to a supervisor.
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { logFile } from './folders.mjs';
import { send, startedAt } from './processes.mjs';
import { endOrphans, readState } from './state.mjs';

const program = fileURLToPath(new URL('supervisor.mjs', import.meta.url));
const stopWithinMs = 30_000; // more than any server is given

/** @typedef {import('./state.mjs').StackState} StackState */
/** @typedef {{ id?: number, error?: string, state?: StackState, event?: import('./terminal.mjs').StepEvent }} Message */

export class SupervisorLink {
  /** @type {StackState | undefined} the newest that the supervisor told */
  state = undefined;
  /** @type {Map<number, (answer: Message) => void>} */
  #waiting = new Map();
  #lastId = 0;

  /** @param {string} folder @param {import('./terminal.mjs').Watcher} watch */
  constructor(folder, watch) {
    mkdirSync(join(folder, 'logs'), { recursive: true });
    const log = openSync(logFile(folder, 'supervisor'), 'a');
    // Options meant for this process (a debugger's port, a test runner's channel) must not reach the supervisor.
    const { NODE_OPTIONS: _, NODE_TEST_CONTEXT: __, ...env } = process.env;
    // Its own session: Ctrl-C in a terminal goes to the whole group, and would end the servers before their user is done with them.
    this.child = spawn(process.execPath, [program, folder], {
      cwd: folder,
      env,
      detached: true,
      stdio: ['ignore', log, log, 'ipc'],
    });
    closeSync(log);
    this.pid = this.child.pid;
    this.child.on('message', (/** @type {Message} */ message) => {
      if (message.event) watch(message.event);
      if (message.state) this.state = message.state;
      if (message.id !== undefined) this.#waiting.get(message.id)?.(message);
    });
    const gone = new Promise((/** @type {(value?: unknown) => void} */ done) =>
      this.child.once('error', done).once('exit', done),
    );
    /** Resolves when the supervisor is gone, and with it all servers. */
    this.ended = gone.then(async () => {
      for (const answer of this.#waiting.values())
        answer({ error: `the supervisor ended; see ${logFile(folder, 'supervisor')}` });
      if (readState(folder)?.supervisor?.pid === this.pid) await endOrphans(folder); // it was killed: its servers may live
    });
    this.#hold(false);
  }

  /** @param {boolean} keepsAlive  whether this link keeps our process from ending */
  #hold(keepsAlive) {
    const how = keepsAlive ? 'ref' : 'unref';
    this.child[how]();
    this.child.channel?.[how]();
  }

  /**
   * @template {{ do: string }} R
   * @param {R} request
   * @returns {Promise<void>} rejects with what the supervisor says is wrong
   */
  async request(request) {
    const id = ++this.#lastId;
    this.#hold(true);
    try {
      const answer = await new Promise((/** @type {(answer: Message) => void} */ done) => {
        this.#waiting.set(id, done);
        if (!this.child.connected) return done({ error: 'the stack is not running any more' });
        this.child.send({ ...request, id }, (error) => error && done({ error: 'the stack is not running any more' }));
      });
      if (answer.state) this.state = answer.state;
      if (answer.error !== undefined) throw new Error(answer.error);
    } finally {
      this.#waiting.delete(id);
      if (this.#waiting.size === 0) this.#hold(false);
    }
  }

  /** Lets the stack live on without this process. */
  async release() {
    await this.request({ do: 'release' });
    this.child.disconnect();
  }

  /** Ends the servers and the supervisor; resolves when all are gone. */
  async stop() {
    this.#hold(true);
    this.child.kill('SIGTERM');
    const patience = new AbortController();
    const force = delay(stopWithinMs, undefined, { signal: patience.signal }).then(
      () => this.child.kill('SIGKILL'),
      () => {},
    );
    await this.ended;
    patience.abort();
    await force;
    this.#hold(false);
  }
}

/**
 * Ends a stack that another process started; resolves when its supervisor and its servers are gone.
 * @param {string} folder
 * @returns {Promise<{ supervised: boolean, orphans: string[] }>} what was found
 */
export async function endStack(folder) {
  const ref = readState(folder)?.supervisor;
  const alive = () => !!ref && startedAt(ref.pid) === ref.started;
  const supervised = alive();
  if (ref && supervised) {
    send(ref.pid, 'SIGTERM');
    for (const deadline = Date.now() + stopWithinMs; alive() && Date.now() < deadline;) await delay(50);
    if (alive()) send(ref.pid, 'SIGKILL');
    while (alive()) await delay(20);
  }
  return { supervised, orphans: await endOrphans(folder) };
}
