// Podman where there is no Docker: its settings and images lie in the cache, and the machine's own are left alone.
import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { installPackage, mayInstall } from './apt.mjs';
import { cacheFolder } from './folders.mjs';
import { findProgram, runProgram } from './programs.mjs';
import { beginStep, plainWatcher } from './terminal.mjs';

const packages = { podman: 'podman', buildah: 'buildah', runc: 'runc', catatonit: 'catatonit' };

/**
 * What works where a container runs inside another one, without systemd and without the right to raise limits: runc, groups without
 * systemd, and limits that are the machine's own or below.
 */
const settings = `[containers]
default_ulimits = ["nofile=20000:20000", "nproc=4096:4096"]
log_driver = "k8s-file"
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "none"
`;

/**
 * A program that builds and runs containers, and the environment that it is run with.
 * @typedef {{ kind: 'docker' | 'podman', program: string, env: NodeJS.ProcessEnv }} Engine
 */

/** @param {NodeJS.ProcessEnv} env @returns {NodeJS.ProcessEnv} with Podman's settings and store in the cache */
export function podmanEnvironment(env) {
  const folder = join(cacheFolder(env), 'podman');
  mkdirSync(folder, { recursive: true });
  const containers = join(folder, 'containers.conf');
  const storage = join(folder, 'storage.conf');
  writeFileSync(containers, settings);
  const roots = [join(folder, 'images'), join(folder, 'run')].map((path) => JSON.stringify(path));
  writeFileSync(storage, `[storage]\ndriver = "overlay"\ngraphroot = ${roots[0]}\nrunroot = ${roots[1]}\n`);
  return { ...env, CONTAINERS_CONF: containers, CONTAINERS_STORAGE_CONF: storage };
}

/**
 * Docker when its engine answers, else Podman.
 * @param {{ env?: NodeJS.ProcessEnv, install?: boolean, log?: (line: string) => void, signal?: AbortSignal | undefined }} [options]
 *   `install`: leave to install Podman with apt-get; only as root
 * @returns {Promise<Engine>}
 * @throws {Error} that says what to install
 */
export async function findEngine({ env = process.env, install = false, log = () => {}, signal } = {}) {
  const docker = findProgram('docker', env);
  const answers = async () => runProgram(/** @type {string} */ (docker), ['info'], { env, signal }).then(() => true, () => false); // prettier-ignore
  if (docker && (await answers())) return { kind: 'docker', program: docker, env };
  const path = `${env['PATH']}:/usr/sbin:/sbin`; // where Debian has runc
  const missing = Object.entries(packages).filter(([program]) => !findProgram(program, { PATH: path }));
  if (missing.length > 0) await addPrograms(missing, { env: { ...env, PATH: path }, install, log, signal });
  const program = /** @type {string} */ (findProgram('podman', { PATH: path }));
  return { kind: 'podman', program, env: podmanEnvironment({ ...env, PATH: path }) };
}

/**
 * @param {[program: string, inPackage: string][]} missing
 * @param {{ env: NodeJS.ProcessEnv, install: boolean, log: (line: string) => void, signal?: AbortSignal | undefined }} options
 * @throws {Error} that says what to install, without leave to do it
 */
export async function addPrograms(missing, { env, install, log, signal }) {
  const names = missing.map(([, inPackage]) => inPackage).join(' ');
  if (!install || !mayInstall(env)) {
    const leave = mayInstall(env) ? ', or give this command --install' : '';
    throw new Error(`No engine for containers answers: start Docker, or: sudo apt-get install -y ${names}${leave}`);
  }
  const cache = cacheFolder(env);
  mkdirSync(cache, { recursive: true });
  const step = beginStep(plainWatcher(log), 'podman', `installing ${names}`);
  for (const [program, inPackage] of missing) {
    const isThere = () => findProgram(program, env) !== undefined;
    await installPackage(inPackage, { cache, env, step, isThere, signal });
  }
  step.done(`installed ${names}`);
}

/** @param {Engine} engine @param {string[]} args @param {{ signal?: AbortSignal | undefined, onLine?: (line: string) => void }} [options] */
export const runEngine = ({ program, env }, args, options = {}) => runProgram(program, args, { env, ...options });

/**
 * What a command says, without its warnings.
 * @param {Engine} engine @param {string[]} args @param {{ signal?: AbortSignal | undefined }} [options]
 * @returns {Promise<string>}
 */
export async function askEngine({ program, env }, args, { signal } = {}) {
  const { stdout } = await promisify(execFile)(program, args, { env, maxBuffer: 2 ** 26, ...(signal && { signal }) });
  return stdout.trim();
}
