import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from './eventually.ts';
import { freePort } from './free-port.ts';
import { endsWithUs, OwnRedis } from './own-redis.ts';

/** What a server says to one command, as it stands on the wire; '' when it says nothing. */
const ask = (port: number, command: string): Promise<string> =>
  new Promise((resolve) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => socket.end(`${command}\r\nQUIT\r\n`));
    socket.setTimeout(1_000, () => socket.destroy());
    socket.on('data', (chunk) => (answer += String(chunk)));
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(answer));
  });

const field = (answer: string, name: string): string | undefined =>
  new RegExp(`\\r\\n${name}\\r\\n\\$\\d+\\r\\n(.*?)\\r\\n`).exec(answer)?.[1];

export interface OwnSentinelsOptions {
  /** Replicas beside the primary; default 2. */
  readonly replicas?: number;
  /** Default 3. */
  readonly sentinels?: number;
  /** How long a primary is silent before it is taken for down; default 1 000. */
  readonly downAfterMs?: number;
  /** Of every data node. */
  readonly settings?: readonly string[];
}

/** A primary with replicas that follow it, and sentinels that watch over them: real processes of a test's own. */
export class OwnSentinels {
  /** What the sentinels call the primary. */
  readonly primary = 'own';
  /** The data nodes; the first one is the primary in the beginning. */
  readonly nodes: readonly OwnRedis[];
  readonly #ports: readonly number[];
  readonly #folder: string;
  readonly #processes: readonly ChildProcess[];

  private constructor(nodes: readonly OwnRedis[], ports: readonly number[], folder: string, processes: readonly ChildProcess[]) {
    this.nodes = nodes;
    this.#ports = ports;
    this.#folder = folder;
    this.#processes = processes;
  }

  static async start(options: OwnSentinelsOptions = {}): Promise<OwnSentinels> {
    const { replicas = 2, sentinels = 3, downAfterMs = 1_000, settings = [] } = options;
    const first = await OwnRedis.start(...settings);
    const following = ['--replicaof', '127.0.0.1', String(first.port)];
    const others = await Promise.all(Array.from({ length: replicas }, () => OwnRedis.start(...following, ...settings)));
    const online = async () => [...(await ask(first.port, 'INFO replication')).matchAll(/state=online/g)].length === replicas;
    await eventually(online, { withinMs: 20_000, what: 'all replicas have synced' });
    const folder = await mkdtemp(join(tmpdir(), 'own-sentinels-'));
    const ports: number[] = [];
    const processes: ChildProcess[] = [];
    for (let at = 0; at < sentinels; at += 1) {
      const port = await freePort();
      const file = join(folder, `${port}.conf`);
      const quorum = Math.floor(sentinels / 2) + 1;
      const lines = [
        `port ${port}`,
        'bind 127.0.0.1',
        `dir ${folder}`,
        `sentinel monitor own 127.0.0.1 ${first.port} ${quorum}`,
        `sentinel down-after-milliseconds own ${downAfterMs}`,
        'sentinel failover-timeout own 6000',
        'sentinel parallel-syncs own 2',
      ];
      await writeFile(file, lines.join('\n'));
      ports.push(port);
      processes.push(endsWithUs(spawn('redis-server', [file, '--sentinel'], { stdio: 'ignore' })));
    }
    const group = new OwnSentinels([first, ...others], ports, folder, processes);
    const knowAll = async () => {
      const answers = await Promise.all(ports.map((port) => ask(port, 'SENTINEL MASTER own')));
      return answers.every(
        (answer) =>
          field(answer, 'num-slaves') === String(replicas) && field(answer, 'num-other-sentinels') === String(sentinels - 1),
      );
    };
    await eventually(knowAll, { withinMs: 30_000, what: 'the sentinels know all nodes and each other', everyMs: 100 });
    return group;
  }

  /** `host:port` of each sentinel. */
  get addresses(): readonly string[] {
    return this.#ports.map((port) => `127.0.0.1:${port}`);
  }

  /** The node that a majority of the sentinels names now. */
  async named(): Promise<OwnRedis | undefined> {
    const named = await Promise.all(this.#ports.map(async (port) => field(await ask(port, 'SENTINEL MASTER own'), 'port')));
    return this.nodes.find(({ port }) => named.filter((one) => one === String(port)).length > named.length / 2);
  }

  /** A majority names a primary, and all others follow it: whichever dies next, another one has all of its data. */
  async isWhole(): Promise<boolean> {
    const primary = await this.named();
    return (
      primary !== undefined && (await ask(primary.port, 'INFO replication')).split('state=online').length === this.nodes.length
    );
  }

  /** Waits until a majority names another node than this one, and that node says that it is the primary. */
  async otherThan(node: OwnRedis, withinMs = 30_000): Promise<OwnRedis> {
    const moved = async () => {
      const now = await this.named();
      if (now === undefined || now === node) return undefined;
      return /role:master/.test(await ask(now.port, 'INFO replication')) ? now : undefined;
    };
    return eventually(moved, { withinMs, what: 'a fail-over', everyMs: 50 });
  }

  signal(sentinel: number, name: 'SIGSTOP' | 'SIGCONT'): void {
    this.#processes[sentinel]?.kill(name);
  }

  async close(): Promise<void> {
    for (const process of this.#processes) {
      if (process.exitCode !== null || process.signalCode !== null) continue;
      const ended = new Promise((resolve) => process.once('exit', resolve));
      process.kill('SIGKILL');
      await ended;
    }
    await Promise.all(this.nodes.map((node) => node.close()));
    await rm(this.#folder, { recursive: true, force: true });
  }
}
