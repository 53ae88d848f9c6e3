// One server process in the hands of a supervisor.
import { spawn } from 'node:child_process';
import { closeSync, fstatSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { logFile } from './folders.mjs';
import { choosePort, isFree, listensOn } from './ports.mjs';
import { refer, send, tiedToParent } from './processes.mjs';
import { beginStep } from './terminal.mjs';

const tailLines = 12;

/** @typedef {import('./servers/index.mjs').Ports} Ports */

export class SupervisedServer {
  /** @type {Ports} */
  ports = {};
  /** @type {import('./processes.mjs').ProcessRef | undefined} */
  ref = undefined;
  /** @type {Promise<string> | undefined} how the process ended */
  #ended;
  #stopped = false;

  /**
   * @param {import('./servers/index.mjs').Server} server
   * @param {object} place
   * @param {string} place.folder  of the stack
   * @param {import('./servers/index.mjs').Tool} place.tool
   * @param {import('./servers/index.mjs').Addresses} place.others  filled by the time it is started
   * @param {Set<number>} place.spoken  ports promised to the servers of this stack
   * @param {import('./terminal.mjs').Watcher} place.watch
   * @param {() => void} place.changed  called at once after a process was made, and after one ended
   */
  constructor(server, { folder, tool, others, spoken, watch, changed }) {
    this.server = server;
    this.folder = folder;
    this.log = logFile(folder, server.name);
    this.tool = tool;
    this.others = others;
    this.spoken = spoken;
    this.watch = watch;
    this.changed = changed;
  }

  /** Starts it on its usual ports, or on others where those are taken. Resolves when it answers. */
  async startFirst() {
    for (let attempt = 1; ; attempt++) {
      for (const [role, usual] of Object.entries(this.server.usualPorts)) {
        this.ports[role] = await choosePort(usual, this.spoken);
        this.spoken.add(this.ports[role]);
      }
      try {
        return await this.start();
      } catch (error) {
        // Between the choice and the start another program may have taken the port.
        const lost = (await Promise.all(Object.values(this.ports).map(isFree))).includes(false);
        if (!lost || attempt === 3 || this.#stopped) throw error;
      }
    }
  }

  /** Starts it with its ports and its data. Resolves when it answers. */
  async start() {
    if (this.ref) throw new Error(`${this.server.name} is running already`);
    const step = beginStep(this.watch, this.server.name, 'starting');
    try {
      await this.#launch();
      step.done(`answers at ${Object.values(this.server.addresses(this.ports)).join(', ')}`);
    } catch (error) {
      step.failed('did not start');
      await this.end();
      throw error;
    }
  }

  async #launch() {
    const { command, args, cwd, env, mark } = await this.server.prepare(this);
    if (this.#stopped) throw new Error(`${this.server.name} was stopped before it had started`);
    mkdirSync(dirname(this.log), { recursive: true });
    const log = openSync(this.log, 'a');
    const from = fstatSync(log).size;
    const child = spawn(...tiedToParent(command, args, this.server.stopSignal), { cwd, env, stdio: ['ignore', log, log] });
    closeSync(log);
    const ended = new Promise((/** @type {(how: string) => void} */ done) => {
      child.once('error', (error) => done(error.message));
      child.once('exit', (code, signal) => done(signal ? `it was ended by ${signal}` : `it ended with exit code ${code}`));
    });
    this.#ended = ended;
    if (child.pid !== undefined) this.ref = refer(child.pid, mark);
    this.changed();
    void ended.then(() => {
      this.ref = undefined;
      this.changed();
    });
    await this.#untilItAnswers(from);
  }

  /** @param {number} from  where in the log this start began */
  async #untilItAnswers(from) {
    const deadline = Date.now() + this.server.startWithinMs;
    let how = /** @type {string | undefined} */ (undefined);
    void this.#ended?.then((text) => (how = text));
    for (let last = ''; how === undefined;) {
      try {
        await this.server.answers(this.ports);
        const pid = this.ref?.pid;
        if (pid !== undefined && Object.values(this.ports).every((port) => listensOn(pid, port))) return;
        last = 'another program answers on its port';
      } catch (error) {
        last = /** @type {Error} */ (error).message;
      }
      if (Date.now() > deadline) how = `it did not answer within ${this.server.startWithinMs / 1000} s (${last})`;
      await Promise.race([delay(50), this.#ended]);
    }
    throw new Error(`${this.server.name} did not start: ${how}\n${this.#tail(from)}`);
  }

  /** @param {number} from */
  #tail(from) {
    const text = readFileSync(this.log).subarray(from).toString().trim();
    const lines = text ? text.split('\n').slice(-tailLines) : ['(it wrote nothing)'];
    return `  last lines of ${this.log}:\n${lines.map((line) => `    ${line}`).join('\n')}`;
  }

  /**
   * Sends a signal. For one that ends a process it resolves when the process has ended.
   * @param {NodeJS.Signals} signal
   */
  async kill(signal) {
    if (!this.ref) throw new Error(`${this.server.name} is not running`);
    send(this.ref.pid, signal);
    if (['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGABRT'].includes(signal)) await this.#ended;
  }

  /** Ends it, and keeps a start that is under way from going on. Never rejects. */
  async retire() {
    this.#stopped = true;
    await this.end();
  }

  /** Ends it: asks, then forces. It may be started again. Never rejects. */
  async end() {
    if (!this.ref) return;
    send(this.ref.pid, this.server.stopSignal ?? 'SIGTERM');
    send(this.ref.pid, 'SIGCONT'); // a stopped process can't hear the first
    const patience = new AbortController();
    const force = delay(this.server.stopWithinMs, undefined, { signal: patience.signal }).then(
      () => this.ref && send(this.ref.pid, 'SIGKILL'),
      () => {},
    );
    await this.#ended;
    patience.abort();
    await force;
  }
}
