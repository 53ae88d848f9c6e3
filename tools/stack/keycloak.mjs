// Keycloak: an issuer that nobody here wrote, with a realm of ours. Only where TALLYSTICK_KEYCLOAK=1 asks for it: 160 MB to fetch, half a gigabyte of memory.
import { spawn } from 'node:child_process';
import { chmodSync, closeSync, mkdirSync, openSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { cacheFolder, stacksFolder } from './folders.mjs';
import { installOnce } from './install.mjs';
import { realm } from './keycloak/realm.mjs';
import { choosePort } from './ports.mjs';
import { findProgram, isProgram, runProgram } from './programs.mjs';
import { beginStep, plainWatcher } from './terminal.mjs';

const version = '26.4.0';
const administrator = { username: 'admin', password: 'local-use-only' };
const startsWithinMs = 300_000; // on a machine that does much else
/** Said when it is built, once: `start` would look whether it has to build again, and do so at every other set of these. */
const built = ['--db=dev-mem', '--health-enabled=false'];

/**
 * Fetches it with Maven and builds it, once, into the cache, and starts it on a free port of this machine with its data in memory.
 * @param {{ env?: NodeJS.ProcessEnv, log?: (line: string) => void, signal?: AbortSignal }} [options]
 * @returns {Promise<{ issuer: string, stop: () => Promise<void> }>}
 * @throws {Error} that says what to install, or that it did not start
 */
export async function startKeycloak({ env = process.env, log = () => {}, signal } = {}) {
  const cache = cacheFolder(env);
  const folder = join(cache, `keycloak-${version}-built`);
  const program = join(folder, 'bin', 'kc.sh');
  const step = beginStep(plainWatcher(log), 'keycloak', `starting Keycloak ${version}`);
  if (!isProgram(program)) {
    mkdirSync(cache, { recursive: true });
    await installOnce({ folder, isThere: () => Promise.resolve(isProgram(program)), fill, step, signal });
  }
  const port = await choosePort(8180);
  const url = `http://127.0.0.1:${port}`;
  const admin = { KC_BOOTSTRAP_ADMIN_USERNAME: administrator.username, KC_BOOTSTRAP_ADMIN_PASSWORD: administrator.password };
  const own = { JAVA_OPTS_KC_HEAP: '-Xms64m -Xmx512m', JAVA_OPTS_APPEND: '-XX:TieredStopAtLevel=1' };
  const reachable = ['--http-enabled=true', '--http-host=127.0.0.1', `--http-port=${port}`, `--hostname=${url}`];
  const args = ['start', '--optimized', '--cache=local', ...reachable];
  const logFolder = join(stacksFolder(env), 'keycloak', 'logs');
  mkdirSync(logFolder, { recursive: true });
  const logFile = join(logFolder, 'keycloak.log');
  const output = openSync(logFile, 'w');
  // A process group of its own: the script starts Java, and both have to end.
  const child = spawn(program, args, { env: { ...env, ...admin, ...own }, stdio: ['ignore', output, output], detached: true });
  closeSync(output);
  child.once('error', () => undefined); // it has no exit code then, and never answers
  const gone = new Promise((resolve) => child.once('close', resolve));
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null && child.pid !== undefined) process.kill(-child.pid, 'SIGTERM');
    await gone;
  };
  signal?.addEventListener('abort', () => void stop(), { once: true });
  const end = Date.now() + startsWithinMs;
  try {
    while (!(await answers(url))) {
      signal?.throwIfAborted();
      if (child.exitCode !== null || child.signalCode !== null || Date.now() > end) throw new Error('it did not answer');
      await pause(250);
    }
    const issuer = await importRealm(url);
    step.done(`Keycloak ${version} answers`);
    return { issuer, stop };
  } catch (error) {
    await stop();
    const tail = readFileSync(logFile, 'utf8').trim().split('\n').slice(-15).join('\n    ');
    throw new Error(`Keycloak did not start (${error instanceof Error ? error.message : ''}): ${logFile} ends with\n    ${tail}`);
  }

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
    const kc = join(draft, 'bin', 'kc.sh');
    chmodSync(kc, 0o755);
    step.note('building Keycloak, once');
    await runProgram(kc, ['build', ...built], { env, cwd: draft, signal });
  }
}

/** Makes our realm, by the admin API. @param {string} url @returns {Promise<string>} its issuer */
async function importRealm(url) {
  const signal = AbortSignal.timeout(60_000);
  const form = new URLSearchParams({ client_id: 'admin-cli', grant_type: 'password', ...administrator });
  const signedIn = await fetch(`${url}/realms/master/protocol/openid-connect/token`, { method: 'POST', body: form, signal });
  const { access_token: token } = /** @type {{ access_token?: string }} */ (await signedIn.json());
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const made = await fetch(`${url}/admin/realms`, { method: 'POST', headers, body: JSON.stringify(realm), signal });
  if (!made.ok) throw new Error(`it takes no realm: ${made.status} ${await made.text()}`);
  return `${url}/realms/${realm.realm}`;
}

/** @param {string} url */
const answers = (url) =>
  fetch(`${url}/realms/master`, { signal: AbortSignal.timeout(5_000) }).then(
    ({ ok }) => ok,
    () => false,
  );
