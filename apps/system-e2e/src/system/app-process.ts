import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream, existsSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { endWithThisProcess } from './end-with-this-process.ts';
import { inImage } from './in-image.ts';

/** One of the product's processes, as a real process: the built `dist/main.js`, its environment, its signals. */
export interface AppProcess {
  readonly name: string;
  readonly pid: number;
  /** Where it listens, from the line that it writes when it is up. */
  readonly url: string;
  readonly running: () => boolean;
  /** SIGTERM. @throws Error with its last log lines when it did not end with status 0, or not in time and had to be killed. */
  readonly stop: () => Promise<void>;
  /** Sends a signal; for SIGKILL it resolves when the process is gone. */
  readonly kill: (signal: NodeJS.Signals) => Promise<void>;
}

export interface AppProcessOptions {
  readonly name: string;
  /** Folder under `apps`. */
  readonly app: string;
  readonly root: string;
  readonly env: Readonly<Record<string, string>>;
  readonly logFile: string;
  readonly startDeadlineMs?: number;
}

/** What Kubernetes grants by default. */
const stopDeadlineMs = 30_000;

/** The last lines of a log, for an error that a person has to act on. */
export const tailOf = (file: string, lines = 15): string =>
  existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n').slice(-lines).join('\n') : '(no log)';

/** How Node is started: by the app's start script, so that what is measured and tested is what is shipped. */
export interface StartScript {
  readonly variables: Readonly<Record<string, string>>;
  readonly options: readonly string[];
}

/** @throws Error for a script of another form than `[NAME=value …] node … dist/main.js`. */
export function startScriptOf(root: string, app: string): StartScript {
  const { scripts } = JSON.parse(readFileSync(`${root}/apps/${app}/package.json`, 'utf8')) as { scripts?: { start?: string } };
  const script = scripts?.start ?? 'node --enable-source-maps dist/main.js';
  const [, set, options] = /^((?:[A-Z_]+=\S+ )*)node (.*) dist\/main\.js$/.exec(script) ?? [];
  if (set === undefined || options === undefined) throw new Error(`the start script of ${app} is not "node … dist/main.js"`);
  const variables = set.split(' ').filter((one) => one !== '').map((one) => one.split('=') as [string, string]); // prettier-ignore
  return { variables: Object.fromEntries(variables), options: options.split(' ') };
}

/** Starts one process and resolves when it says where it listens. @throws Error with its last log lines when it does not. */
export async function startApp({
  name,
  app,
  root,
  env,
  logFile,
  startDeadlineMs = 60_000,
}: AppProcessOptions): Promise<AppProcess> {
  const entry = `${root}/apps/${app}/dist/main.js`;
  if (!existsSync(entry)) throw new Error(`${entry} is missing: build it first (npx nx build ${app})`);
  const log = createWriteStream(logFile, { flags: 'a' });
  const inherited = {
    PATH: process.env['PATH'] ?? '',
    HOME: process.env['HOME'] ?? '',
    TZ: 'UTC',
    KAFKAJS_NO_PARTITIONER_WARNING: '1',
  };
  const { variables, options } = startScriptOf(root, app);
  const image = process.env['TALLYSTICK_IMAGE'];
  const contained = image === undefined ? undefined : inImage({ image, app, env, logFile });
  const child: ChildProcess = spawn(contained?.command ?? process.execPath, contained?.args ?? [...options, entry], {
    cwd: root,
    env: contained ? process.env : { ...inherited, ...variables, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  // Of the process itself: Podman, which waits for it, can pass on neither SIGKILL nor SIGSTOP.
  const pid = (): number | undefined => contained?.pid() ?? child.pid;
  const send = (signal: NodeJS.Signals): void => {
    const to = pid();
    if (child.exitCode !== null || child.signalCode !== null || to === undefined) return;
    try {
      process.kill(to, signal);
    } catch {
      // It has just ended.
    }
  };
  endWithThisProcess(child, () => send('SIGKILL'));
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.stderr?.pipe(log, { end: false });
  const url = await new Promise<string>((resolve, reject) => {
    const fail = (why: string): void => {
      send('SIGKILL');
      reject(new Error(`${name} ${why}; its last log lines:\n${tailOf(logFile)}`));
    };
    const timer = setTimeout(() => fail(`did not start within ${startDeadlineMs} ms`), startDeadlineMs);
    const lines = createInterface({ input: child.stdout! });
    lines.on('line', (line) => {
      log.write(`${line}\n`);
      const found = urlIn(line);
      if (found === undefined) return;
      clearTimeout(timer);
      resolve(found);
    });
    child.once('error', (error) => fail(error.message));
    child.once('exit', (code, signal) => {
      clearTimeout(timer);
      setImmediate(() => fail(`ended with ${signal ?? code}`));
    });
  });
  const running = (): boolean => child.exitCode === null && child.signalCode === null;
  return {
    name,
    pid: pid()!,
    url,
    running,
    kill: async (signal) => {
      if (!running()) return;
      send(signal);
      if (signal === 'SIGKILL') await exited;
    },
    stop: async () => {
      if (!running()) return;
      send('SIGCONT');
      send('SIGTERM');
      let isLate = false;
      const timer = setTimeout(() => {
        isLate = true;
        send('SIGKILL');
      }, stopDeadlineMs);
      await exited;
      clearTimeout(timer);
      const how = isLate
        ? `was killed: it had not ended ${stopDeadlineMs} ms after SIGTERM`
        : `ended with ${child.signalCode ?? child.exitCode}`;
      if (isLate || child.exitCode !== 0)
        throw new Error(`${name} did not stop cleanly: it ${how}; its last log lines:\n${tailOf(logFile)}`);
    },
  };
}

function urlIn(line: string): string | undefined {
  if (!line.startsWith('{') || !line.includes('"url"')) return undefined;
  try {
    const { url } = JSON.parse(line) as { url?: unknown };
    return typeof url === 'string' && url.startsWith('http') ? url.replace('[::1]', '127.0.0.1').replace(/\/$/, '') : undefined;
  } catch {
    return undefined;
  }
}
