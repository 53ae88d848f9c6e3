import { type ChildProcess, spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from './eventually.ts';
import { freePort } from './free-port.ts';

const always = [
  ...['--bind', '127.0.0.1', '--save', '', '--appendonly', 'yes', '--appendfsync', 'always'],
  ...['--repl-diskless-sync-delay', '0'],
];

/** What the token service asks of each node that keeps rings, beyond what every {@link OwnRedis} has. */
export const durableNode = ['--no-appendfsync-on-rewrite', 'no', '--aof-load-truncated', 'no'] as const;

/** Whether a Redis answers there, and has read its data. */
const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'));
    const end = (isThere: boolean): void => {
      socket.destroy();
      resolve(isThere);
    };
    socket.setTimeout(1_000, () => end(false));
    socket.once('data', (answer) => end(String(answer).startsWith('+PONG')));
    socket.once('error', () => end(false));
  });

/** What a test started and could not end any more ends with its process. */
export function endsWithUs(child: ChildProcess): ChildProcess {
  const end = (): void => void child.kill('SIGKILL');
  process.once('exit', end);
  child.once('exit', () => process.off('exit', end));
  return child;
}

/** A Redis of a test's own, which it may stop, kill, promote, and put back to a backup. Needs `redis-server` in the path. */
export class OwnRedis {
  readonly port: number;
  readonly #folder: string;
  readonly #settings: readonly string[];
  #process: ChildProcess | undefined;

  private constructor(folder: string, port: number, settings: readonly string[]) {
    this.#folder = folder;
    this.port = port;
    this.#settings = settings;
  }

  static async start(...settings: readonly string[]): Promise<OwnRedis> {
    const server = new OwnRedis(await mkdtemp(join(tmpdir(), 'own-redis-')), await freePort(), settings);
    await server.run();
    return server;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  get #data(): string {
    return join(this.#folder, 'data');
  }

  /** Starts it, again after {@link kill}, with the settings and the data that it had. */
  async run(): Promise<void> {
    await mkdir(this.#data, { recursive: true });
    const place = ['--port', String(this.port), '--dir', this.#data];
    this.#process = endsWithUs(spawn('redis-server', [...place, ...always, ...this.#settings], { stdio: 'ignore' }));
    await eventually(() => answers(this.port), { withinMs: 30_000, what: 'a Redis of its own answers' });
  }

  /** A copy of its append-only files, while nobody writes. */
  async backup(): Promise<string> {
    const copy = await mkdtemp(join(this.#folder, 'backup-'));
    await cp(this.#data, copy, { recursive: true });
    return copy;
  }

  /** Ends it, puts a backup in the place of its data, and starts it again. */
  async restore(backup: string): Promise<void> {
    await this.kill();
    await rm(this.#data, { recursive: true });
    await cp(backup, this.#data, { recursive: true });
    await this.run();
  }

  /** Sends one command as a line, whatever server this is by now, and gives the beginning of the answer as it came: `:1`, `+OK`. */
  ask(command: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const socket = connect(this.port, '127.0.0.1', () => socket.write(`${command}\r\n`));
      socket.once('data', (answer) => {
        socket.destroy();
        resolve(String(answer));
      });
      socket.once('error', reject);
    });
  }

  signal(name: 'SIGSTOP' | 'SIGCONT'): void {
    this.#process?.kill(name);
  }

  async kill(): Promise<void> {
    const running = this.#process;
    this.#process = undefined;
    if (!running) return;
    const ended = new Promise((resolve) => running.once('exit', resolve));
    running.kill('SIGKILL');
    await ended;
  }

  async close(): Promise<void> {
    this.signal('SIGCONT');
    await this.kill();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
