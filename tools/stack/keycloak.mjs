// Keycloak: an issuer that nobody here wrote. Only for `.ci/full`: 160 MB to fetch, half a gigabyte of memory.
import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { cacheFolder } from './folders.mjs';
import { installOnce } from './install.mjs';
import { choosePort } from './ports.mjs';
import { findProgram, isProgram, runProgram } from './programs.mjs';
import { beginStep, plainWatcher } from './terminal.mjs';

const version = '26.4.0';
const startsWithinMs = 300_000; // the first start of an installation builds it anew

/**
 * Fetches it with Maven, once, into the cache, and starts it on a free port of this machine with its data in memory.
 * @param {{ env?: NodeJS.ProcessEnv, log?: (line: string) => void, signal?: AbortSignal }} [options]
 * @returns {Promise<{ url: string, stop: () => Promise<void> }>}
 * @throws {Error} that says what to install, or that it did not start
 */
export async function startKeycloak({ env = process.env, log = () => {}, signal } = {}) {
  const cache = cacheFolder(env);
  const folder = join(cache, `keycloak-${version}`);
  const program = join(folder, 'bin', 'kc.sh');
  const step = beginStep(plainWatcher(log), 'keycloak', `starting Keycloak ${version}`);
  if (!isProgram(program)) {
    mkdirSync(cache, { recursive: true });
    await installOnce({ folder, isThere: () => Promise.resolve(isProgram(program)), fill, step, signal });
  }
  const port = await choosePort(8180);
  const url = `http://127.0.0.1:${port}`;
  const admin = { KC_BOOTSTRAP_ADMIN_USERNAME: 'admin', KC_BOOTSTRAP_ADMIN_PASSWORD: 'local-use-only' };
  const args = ['start-dev', '--db=dev-mem', '--http-host=127.0.0.1', `--http-port=${port}`];
  // A process group of its own: the script starts Java, and both have to end.
  const child = spawn(program, args, { env: { ...env, ...admin }, stdio: 'ignore', detached: true });
  const gone = new Promise((resolve) => child.once('exit', resolve));
  const stop = async () => {
    if (child.exitCode === null && child.pid !== undefined) process.kill(-child.pid, 'SIGTERM');
    await gone;
  };
  signal?.addEventListener('abort', () => void stop(), { once: true });
  const end = Date.now() + startsWithinMs;
  while (
    !(await fetch(`${url}/realms/master`).then(
      ({ ok }) => ok,
      () => false,
    ))
  ) {
    if (child.exitCode !== null || Date.now() > end) {
      await stop();
      throw new Error(`Keycloak did not start: ${program} ${args.join(' ')}`);
    }
    await pause(500);
  }
  step.done(`Keycloak ${version} answers`);
  return { url, stop };

  /** @param {string} draft */
  async function fill(draft) {
    const mvn = findProgram('mvn', env);
    if (!mvn) throw new Error('Maven (mvn) is missing: it fetches Keycloak');
    step.note('fetching Keycloak with Maven (160 MB)');
    const unpack = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:unpack';
    const artifact = `-Dartifact=org.keycloak:keycloak-quarkus-dist:${version}:zip`;
    await runProgram(mvn, ['-B', unpack, artifact, `-DoutputDirectory=${draft}`], { env, cwd: draft, signal });
    const inside = join(draft, `keycloak-${version}`);
    for (const name of readdirSync(inside)) renameSync(join(inside, name), join(draft, name));
    chmodSync(join(draft, 'bin', 'kc.sh'), 0o755);
  }
}
