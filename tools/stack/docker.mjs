// The same servers in containers, for machines that have Docker and nothing else.
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { repository, stackFolder } from './folders.mjs';
import { choosePort } from './ports.mjs';
import { findProgram, runProgram } from './programs.mjs';
import { servers as definitions } from './servers/index.mjs';
import { StackIsUp } from './stack.mjs';
import { isSupervised, readState, removeState, writeState } from './state.mjs';
import { beginStep } from './terminal.mjs';

const file = join(repository, 'deploy', 'compose', 'servers.yaml');

/** @typedef {import('./servers/index.mjs').ServerName} ServerName */
/** @typedef {import('./terminal.mjs').Watcher} Watcher */

/** @param {string} name @param {string[]} args */
const compose = (name, ...args) => ['compose', '-f', file, '-p', `tallystick-${name}`, ...args];

/** @returns {Promise<string>} the docker program, when it can do what is needed */
async function findDocker() {
  const docker = findProgram('docker', process.env);
  if (!docker)
    throw new Error(
      'Docker is not installed (no `docker` on PATH): see https://docs.docker.com/engine/install/, or start without --docker',
    );
  const works = (/** @type {string[]} */ ...args) =>
    runProgram(docker, args).then(
      () => true,
      () => false,
    );
  if (!(await works('compose', 'version'))) {
    throw new Error(
      'Docker is here, but not its Compose plugin: sudo apt-get install -y docker-compose-plugin (from the repository of Docker)',
    );
  }
  if (!(await works('info')))
    throw new Error(
      'Docker is here, but its engine does not answer: start it (sudo systemctl start docker), or join the group docker',
    );
  return docker;
}

/** @param {import('./servers/index.mjs').Ports} ports @param {ServerName} server */
const portVariables = (ports, server) =>
  Object.entries(ports).map(([role, port]) => [`TALLYSTICK_${server.toUpperCase()}_${role.toUpperCase()}`, String(port)]);

/** @param {{ name: string, servers: readonly ServerName[], fresh: boolean, watch: Watcher, signal: AbortSignal }} options */
export async function composeUp({ name, servers, fresh, watch, signal }) {
  const folder = stackFolder(name);
  const before = readState(folder);
  if (before && isSupervised(before)) throw new StackIsUp(before);
  const docker = await findDocker();
  mkdirSync(folder, { recursive: true });
  const spoken = new Set();
  /** @type {import('./state.mjs').StackState} */
  const state = { name, kind: 'docker', phase: 'starting', startedAt: new Date().toISOString(), addresses: {}, servers: {} };
  for (const server of servers) {
    /** @type {import('./servers/index.mjs').Ports} */
    const ports = {};
    for (const [role, usual] of Object.entries(definitions[server].usualPorts))
      spoken.add((ports[role] = await choosePort(usual, spoken)));
    state.servers[server] = { ports };
    Object.assign(state.addresses, definitions[server].addresses(ports));
  }
  const env = {
    ...process.env,
    ...Object.fromEntries(servers.flatMap((server) => portVariables(state.servers[server]?.ports ?? {}, server))),
  };
  const step = beginStep(watch, 'docker', 'starting the containers');
  writeState(folder, state);
  try {
    if (fresh) await runProgram(docker, compose(name, 'down', '--volumes'), { env, signal });
    await runProgram(docker, compose(name, 'up', '--detach', ...servers), { env, signal, onLine: (line) => step.note(line) });
    for (const server of servers) await untilItAnswers(server, state.servers[server]?.ports ?? {}, signal);
  } catch (error) {
    step.failed('did not start');
    const tail = await runProgram(docker, compose(name, 'logs', '--tail', '12'), { env }).catch(() => '');
    await composeDown(name, watch);
    signal.throwIfAborted();
    throw new Error(`${/** @type {Error} */ (error).message}\n${tail}`);
  }
  step.done(`answers: ${servers.join(', ')}`);
  writeState(folder, { ...state, phase: 'up' });
}

/** @param {ServerName} server @param {import('./servers/index.mjs').Ports} ports @param {AbortSignal} signal */
async function untilItAnswers(server, ports, signal) {
  const { answers, startWithinMs } = definitions[server];
  for (const deadline = Date.now() + startWithinMs; ; await delay(200, undefined, { signal })) {
    try {
      return await answers(ports);
    } catch (error) {
      if (Date.now() > deadline)
        throw new Error(`${server} did not answer within ${startWithinMs / 1000} s: ${/** @type {Error} */ (error).message}`);
    }
  }
}

/** @param {string} name @param {Watcher} watch */
export async function composeDown(name, watch) {
  const step = beginStep(watch, 'docker', 'ending the containers');
  await runProgram(await findDocker(), compose(name, 'down'));
  removeState(stackFolder(name));
  step.done('ended');
}

/** @param {{ name: string, servers: readonly ServerName[], follow: boolean, lines: number }} options @returns {Promise<number>} */
export async function composeLogs({ name, servers, follow, lines }) {
  const docker = await findDocker();
  const args = compose(name, 'logs', '--tail', String(lines), ...(follow ? ['--follow'] : []), ...servers);
  return new Promise((done) => spawn(docker, args, { stdio: 'inherit' }).once('exit', (code) => done(code ?? 1)));
}
