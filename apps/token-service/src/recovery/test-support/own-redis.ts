import { type ChildProcess, spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { createServer, connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger } from '@tallystick/platform-observability';
import { connectRedis, type Redis } from '@tallystick/platform-redis';

const logger = createLogger({ service: 'test', level: 'silent' });
const settings = [
  '--bind',
  '127.0.0.1',
  '--save',
  '',
  '--appendonly',
  'yes',
  '--appendfsync',
  'always',
  '--repl-diskless-sync-delay',
  '0',
];

const listening = async (server: ReturnType<typeof createServer>): Promise<number> => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as { port: number }).port;
};
async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listening(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A Redis of a test's own, with backups. Needs `redis-server` in the path. */
export class OwnRedis {
  readonly #folder: string;
  readonly port: number;
  readonly #more: readonly string[];
  #process: ChildProcess | undefined;

  private constructor(folder: string, port: number, more: readonly string[]) {
    this.#folder = folder;
    this.port = port;
    this.#more = more;
  }

  static async start(...more: readonly string[]): Promise<OwnRedis> {
    const server = new OwnRedis(await mkdtemp(join(tmpdir(), 'own-redis-')), await freePort(), more);
    await server.#run();
    return server;
  }

  async #run(): Promise<void> {
    const place = ['--port', String(this.port), '--dir', join(this.#folder, 'data')];
    await mkdir(join(this.#folder, 'data'), { recursive: true });
    this.#process = spawn('redis-server', [...place, ...settings, ...this.#more], { stdio: 'ignore' });
    const client = await redisAt(this.port);
    await client.ping();
    client.destroy();
  }

  /** A copy of its append-only files, while nobody writes. */
  async backup(): Promise<string> {
    const copy = join(this.#folder, `backup-${Math.floor(performance.now() * 1_000)}`);
    await cp(join(this.#folder, 'data'), copy, { recursive: true });
    return copy;
  }

  /** Ends it, puts a backup in the place of its data, and starts it again. */
  async restore(backup: string): Promise<void> {
    await this.kill();
    await rm(join(this.#folder, 'data'), { recursive: true });
    await cp(backup, join(this.#folder, 'data'), { recursive: true });
    await this.#run();
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
    await this.kill();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

export const redisAt = (port: number): Promise<Redis> =>
  connectRedis({ url: `redis://127.0.0.1:${port}`, name: 'test', logger, commandTimeoutMs: 2_000 });

/** An address that leads to one server now and to another later, as the name of a primary does. */
export async function movingAddress(first: number) {
  let target = first;
  const open = new Set<Socket>();
  const server = createServer((from) => {
    const to = connect(target, '127.0.0.1');
    for (const [socket, other] of [
      [from, to],
      [to, from],
    ] as const) {
      open.add(socket);
      socket.pipe(other);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        open.delete(socket);
        other.destroy();
      });
    }
  });
  const port = await listening(server);
  const cut = () => open.forEach((socket) => socket.destroy());
  return {
    port,
    moveTo: (next: number) => {
      target = next;
      cut();
    },
    close: async () => {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
