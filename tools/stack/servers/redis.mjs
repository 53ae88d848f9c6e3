// Redis: the record of the token rings, so every acknowledged write is on the disk.
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { installPackage, mayInstall } from '../apt.mjs';
import { findProgram, isProgram, versionOf } from '../programs.mjs';
import { ask } from '../sockets.mjs';

const oldest = 7;

/** @param {string} program @param {NodeJS.ProcessEnv} env */
const major = async (program, env) => (await versionOf(program, ['--version'], /v=(\d+)/, env))?.[0] ?? 0;

/**
 * Debian keeps the program in redis-tools, under the name redis-check-rdb; redis-server adds its other name and a system service.
 * Taking only the tools gives the server without a service that would hold port 6379.
 * @param {string} cache @param {NodeJS.ProcessEnv} env
 */
function programOfTools(cache, env) {
  const program = findProgram('redis-check-rdb', env);
  const link = join(cache, 'redis', 'redis-server');
  if (!program || isProgram(link)) return program && link;
  mkdirSync(join(cache, 'redis'), { recursive: true });
  try {
    symlinkSync(program, link);
  } catch {
    // made by another command just now, or left by an uninstalled package: the version check tells
  }
  return link;
}

/** @param {NodeJS.ProcessEnv} env @param {string} cache */
async function findServer(env, cache) {
  for (const candidate of [() => findProgram('redis-server', env), () => programOfTools(cache, env)]) {
    const program = candidate();
    if (program && (await major(program, env)) >= oldest) return program;
  }
  return undefined;
}

const installCommand =
  process.platform === 'darwin'
    ? 'brew install redis'
    : 'sudo apt-get install -y redis-tools   # has the server too; redis-server adds a system service on port 6379';

/** @type {import('./index.mjs').Server['find']} */
async function find({ env, cache }) {
  const server = await findServer(env, cache);
  if (server) return { tool: { server } };
  if (!mayInstall(env)) {
    return {
      missing: [
        { what: `Redis ${oldest} or newer (redis-server)`, why: 'the store of rings and settings', command: installCommand },
      ],
    };
  }
  return {
    async install(step, signal) {
      const isThere = () => findProgram('redis-check-rdb', env) !== undefined;
      await installPackage('redis-tools', { cache, env, step, isThere, signal });
      const installed = await findServer(env, cache);
      if (!installed)
        throw new Error(
          `the Redis that apt-get offers here is older than ${oldest}: install a newer one and put redis-server on PATH`,
        );
      return { server: installed };
    },
  };
}

/** @type {import('./index.mjs').Server['prepare']} */
async function prepare({ folder, ports, tool }) {
  const data = join(folder, 'redis', 'data');
  const config = join(folder, 'redis', 'redis.conf');
  mkdirSync(data, { recursive: true });
  const lines = [
    'bind 127.0.0.1',
    `port ${ports['port']}`,
    'appendonly yes',
    'appendfsync always',
    'aof-load-truncated no', // a torn log is for a person to repair, not to be read up to the tear
    'save ""',
    'maxmemory-policy noeviction',
    'daemonize no',
    'set-proc-title no', // it would hide the arguments by which the stack knows its own processes
  ];
  writeFileSync(config, `${lines.join('\n')}\n`);
  return { command: /** @type {string} */ (tool['server']), args: [config], cwd: data, env: process.env, mark: config };
}

/** @type {import('./index.mjs').Server} */
export const redis = {
  name: 'redis',
  usualPorts: { port: 6379 },
  startWithinMs: 60_000,
  stopWithinMs: 8_000,
  find,
  prepare,
  async answers(ports) {
    const port = /** @type {number} */ (ports['port']);
    const said = await ask(port, 'PING\r\n', (answer) => (answer.includes('\r\n') ? String(answer).trim() : undefined), 2_000);
    if (said !== '+PONG') throw new Error(said); // e.g. -LOADING
  },
  addresses: (ports) => ({ redis: `redis://127.0.0.1:${ports['port']}` }),
};
