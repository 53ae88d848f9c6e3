import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger } from '@tallystick/platform-observability';
import { connectRedis, type Redis } from '@tallystick/platform-redis';

const logger = createLogger({ service: 'test', level: 'silent' });

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A Redis of a test's own, which it may stop, kill and promote. Needs `redis-server` in the path. */
export class OwnRedis {
  readonly #folder: string;
  readonly port: number;
  #process: ChildProcess | undefined;
  readonly #clients: Redis[] = [];

  private constructor(folder: string, port: number) {
    this.#folder = folder;
    this.port = port;
  }

  static async start(...settings: readonly string[]): Promise<OwnRedis> {
    const server = new OwnRedis(await mkdtemp(join(tmpdir(), 'own-redis-')), await freePort());
    await server.run(...settings);
    return server;
  }

  /** Starts it, again after {@link kill}, with the data that it had. */
  async run(...settings: readonly string[]): Promise<void> {
    const always = [
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
    this.#process = spawn('redis-server', ['--port', String(this.port), '--dir', this.#folder, ...always, ...settings], {
      stdio: 'ignore',
    });
    await (await this.client()).ping();
  }

  async client(options: { readonly commandTimeoutMs?: number } = {}): Promise<Redis> {
    const url = `redis://127.0.0.1:${this.port}`;
    const client = await connectRedis({ url, name: 'test', logger, ...options });
    this.#clients.push(client);
    return client;
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
    for (const client of this.#clients) client.destroy();
    this.signal('SIGCONT');
    await this.kill();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
