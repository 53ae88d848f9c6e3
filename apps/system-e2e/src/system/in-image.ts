import { chownSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Whoever the image says; the files of a test are given to them. */
const user = 10001;
/** Where each process listens unless told: in the image at every address, all on one port. */
const hosts = ['TOKENS_HOST', 'VALIDATOR_HOST', 'PROVISIONING_HOST', 'WORKER_HTTP_HOST', 'SIMULATOR_HOST'];
/** Nothing but what the process does by itself, on a machine that it can't change: what a pod is given. Not even a folder to write in. */
const restrictions = [
  ...['--read-only', '--read-only-tmpfs=false', '--cap-drop', 'all', '--security-opt', 'no-new-privileges'],
  ...['--user', `${user}:${user}`, '--memory', '768m', '--pids-limit', '256'],
];

/** A command for Podman, and where the process that it starts can be found. */
export interface InImage {
  readonly command: string;
  readonly args: readonly string[];
  /** Of the process itself, as this machine counts; undefined until it runs. */
  readonly pid: () => number | undefined;
}

export interface InImageOptions {
  readonly image: string;
  readonly app: string;
  /** Settings of the process; a path among them is the same path inside. */
  readonly env: Readonly<Record<string, string>>;
  /** In the folder `logs` of the folder that holds everything of this system. */
  readonly logFile: string;
}

let count = 0;

/** How a process is started from the image that `TALLYSTICK_IMAGE` names, on the network of this machine. Needs Podman, and to be root. */
export function inImage({ image, app, env, logFile }: InImageOptions): InImage {
  const folder = dirname(dirname(logFile));
  const pidFile = join(folder, 'pids', `${app}-${(count += 1)}`);
  mkdirSync(dirname(pidFile), { recursive: true });
  rmSync(pidFile, { force: true });
  giveTo(user, folder);
  const anywhere = hosts.flatMap((name) => [[name, '127.0.0.1'], [name.replace('HOST', 'PORT'), '0']]); // prettier-ignore
  const settings = { ...(Object.fromEntries(anywhere) as Record<string, string>), ...env };
  const outside = Object.values(settings).filter(
    (value) => value.startsWith('/') && !value.startsWith(folder) && existsSync(value),
  );
  const mounts = [`${folder}:${folder}`, ...new Set(outside.map((path) => `${path}:${path}:ro`))].flatMap((one) => [
    '--volume',
    one,
  ]);
  // A file, since arguments are seen by everybody, and since settings such as LD_PRELOAD are for the process and not for Podman.
  const envFile = `${pidFile}.env`;
  writeFileSync(envFile, Object.entries(settings).map(([name, value]) => `${name}=${value}\n`).join(''), { mode: 0o600 }); // prettier-ignore
  const started = ['run', '--rm', '--network', 'host', '--no-healthcheck', '--pidfile', pidFile, '--env-file', envFile];
  return {
    command: process.env['TALLYSTICK_PODMAN'] ?? 'podman',
    args: [...started, ...restrictions, ...mounts, image, app],
    pid: () => (existsSync(pidFile) ? Number(readFileSync(pidFile, 'utf8')) || undefined : undefined),
  };
}

function giveTo(owner: number, folder: string): void {
  chownSync(folder, owner, owner);
  for (const path of readdirSync(folder, { recursive: true, encoding: 'utf8' })) chownSync(join(folder, path), owner, owner);
}
