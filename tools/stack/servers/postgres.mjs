// PostgreSQL, as a source of changes: with logical decoding on. For tests of Debezium; Tallystick itself keeps nothing in it.
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { installPackage, mayInstall } from '../apt.mjs';
import { installOnce } from '../install.mjs';
import { fetchWithMaven } from '../maven.mjs';
import { mayRun, unprivileged } from '../unprivileged.mjs';
import { findProgram, isProgram, runProgram } from '../programs.mjs';
import { askDatabase } from './postgres-query.mjs';

// Of Maven Central, not the system's: one version on every machine, no system service, and no rights needed to install it.
const version = '17.10.0';
const builds = /** @type {Record<string, string>} */ ({
  'linux x64': 'linux-amd64',
  'linux arm64': 'linux-arm64v8',
  'darwin x64': 'darwin-amd64',
  'darwin arm64': 'darwin-arm64v8',
});

/** @param {string} folder */
const programsIn = (folder) => ({ server: join(folder, 'bin', 'postgres'), init: join(folder, 'bin', 'initdb') });

/** @param {string} folder */
const isInstalled = (folder) => Object.values(programsIn(folder)).every(isProgram);

/** @type {import('./index.mjs').Server['find']} */
async function find({ env, cache }) {
  const why = `for PostgreSQL ${version}`;
  const build = builds[`${process.platform} ${process.arch}`];
  if (!build)
    return { missing: [{ what: 'a machine that PostgreSQL is built for', why, command: Object.keys(builds).join(', ') }] };
  if (!mayRun()) {
    const what = 'a user other than root, or unshare with user namespaces';
    return { missing: [{ what, why: 'PostgreSQL refuses to run as root', command: 'run it as another user' }] };
  }
  const folder = join(cache, `postgresql-${version}`);
  if (isInstalled(folder)) return { tool: programsIn(folder) };

  const mvn = findProgram('mvn', env);
  const missing = [];
  if (!mvn) {
    const command = process.platform === 'darwin' ? 'brew install maven' : 'sudo apt-get install -y maven';
    missing.push({ what: 'Maven (mvn)', why: `fetches PostgreSQL ${version}`, command });
  }
  const tarNeedsXz = process.platform === 'linux';
  const hasXz = () => findProgram('xz', env) !== undefined;
  if (tarNeedsXz && !hasXz() && !mayInstall(env))
    missing.push({ what: 'xz', why: `unpacks PostgreSQL ${version}`, command: 'sudo apt-get install -y xz-utils' });
  if (missing.length > 0) return { missing };
  return {
    async install(step, signal) {
      if (tarNeedsXz && !hasXz()) await installPackage('xz-utils', { cache, env, step, isThere: hasXz, signal });
      await installOnce({
        folder,
        isThere: async () => isInstalled(folder),
        step,
        signal,
        async fill(draft) {
          await fetchWithMaven({
            mvn: /** @type {string} */ (mvn),
            name: `PostgreSQL ${version}`,
            artifacts: [`io.zonky.test.postgres:embedded-postgres-binaries-${build}:${version}`],
            folder: draft,
            to: 'packed',
            unpack: true,
            env,
            step,
            signal,
          });
          const archive = readdirSync(join(draft, 'packed')).find((file) => file.endsWith('.txz')) ?? '';
          await runProgram('tar', ['-xJf', join('packed', archive)], { cwd: draft, env, signal });
          rmSync(join(draft, 'packed'), { recursive: true });
          await runProgram(programsIn(draft).server, ['--version'], { env, signal }); // shows that it runs on this machine
        },
      });
      return programsIn(folder);
    },
  };
}

/** @type {import('./index.mjs').Server['prepare']} */
async function prepare({ folder, ports, tool }) {
  const cwd = join(folder, 'postgres');
  const data = join(cwd, 'data');
  mkdirSync(cwd, { recursive: true });
  if (!existsSync(data)) {
    const draft = join(cwd, 'draft');
    rmSync(draft, { recursive: true, force: true }); // left by a start that was interrupted
    const args = ['-D', draft, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync', '--no-instructions'];
    await runProgram(...unprivileged(/** @type {string} */ (tool['init']), args), { cwd, env: process.env });
    renameSync(draft, data);
  }
  const settings = {
    listen_addresses: '127.0.0.1',
    port: ports['port'],
    unix_socket_directories: '',
    wal_level: 'logical',
    max_wal_senders: 20,
    max_replication_slots: 20,
    max_slot_wal_keep_size: '256MB', // a connector that was deleted leaves its slot, which keeps the log
    shared_buffers: '32MB',
  };
  const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const [command, args] = unprivileged(/** @type {string} */ (tool['server']), ['-D', data, ...options]);
  return { command, args, cwd, env: process.env, mark: data };
}

/** @type {import('./index.mjs').Server} */
export const postgres = {
  name: 'postgres',
  usualPorts: { port: 5432 },
  onlyAsProcess: true,
  onlyByName: true,
  startWithinMs: 60_000,
  stopWithinMs: 12_000,
  stopSignal: 'SIGINT', // SIGTERM waits until all clients have gone
  find,
  prepare,
  async answers(ports) {
    await askDatabase(/** @type {number} */ (ports['port']), 'SELECT 1');
  },
  addresses: (ports) => ({ postgres: `postgres://postgres@127.0.0.1:${ports['port']}/postgres` }),
};
