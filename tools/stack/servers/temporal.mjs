// Temporal: the development server of its CLI, with its web UI, on an SQLite file, tuned.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { installOnce } from '../install.mjs';
import { findProgram, isProgram, runProgram, versionOf } from '../programs.mjs';
import { describeNamespace } from './temporal-namespace.mjs';

const cliVersion = '1.5.1'; // the last one that `go install` can build
const oldestServer = [1, 28];
const oldestGo = [1, 25];
// Not encoded in any store of Temporal: ids and closed lists only, never what a person typed.
const searchAttributes = ['Environment', 'Connection', 'Outcome', 'Reason', 'Hold', 'Segment', 'Stage'];

const dynamicConfig = {
  // With the default of four partitions and few pollers a server with one worker idles while tasks wait.
  'matching.numTaskqueueReadPartitions': 1,
  'matching.numTaskqueueWritePartitions': 1,
  'system.enableActivityEagerExecution': true,
  // The default of 20 loads a second adds 50 ms to each hop as soon as calls follow each other quickly.
  'history.transferProcessorMaxPollRPS': 1000,
  'history.timerProcessorMaxPollRPS': 1000,
  'history.visibilityProcessorMaxPollRPS': 1000,
};

/** @param {number[] | undefined} version @param {number[]} least */
const reaches = (version, [major = 0, minor = 0]) =>
  !!version && (version[0] ?? 0) * 1000 + (version[1] ?? 0) >= major * 1000 + minor;

// A CLI that `go install` built says 0.0.0-DEV of itself: the server's version is what counts.
/** @param {string} cli @param {NodeJS.ProcessEnv} env */
const works = async (cli, env) => reaches(await versionOf(cli, ['--version'], /Server (\d+)\.(\d+)/, env), oldestServer);

/** @param {NodeJS.ProcessEnv} env */
async function findGo(env) {
  const go = findProgram('go', env);
  return go && reaches(await versionOf(go, ['version'], /go(\d+)\.(\d+)/, env), oldestGo) ? go : undefined;
}

const goArchitecture = process.arch === 'arm64' ? 'arm64' : 'amd64';
const goCommand =
  process.platform === 'darwin'
    ? 'brew install go   # or: brew install temporal'
    : `curl -fsSL https://go.dev/dl/go1.25.4.linux-${goArchitecture}.tar.gz | sudo tar -xz -C /usr/local && export PATH=$PATH:/usr/local/go/bin`;

/** @type {import('./index.mjs').Server['find']} */
async function find({ env, cache }) {
  const folder = join(cache, 'temporal');
  const cached = join(folder, 'temporal');
  const named = env['TEMPORAL_CLI'];
  if (named) {
    if (await works(named, env)) return { tool: { cli: named } };
    const what = 'the Temporal CLI that TEMPORAL_CLI names';
    return {
      missing: [
        { what, why: `it doesn't run, or its server is older than ${oldestServer.join('.')}`, command: 'unset TEMPORAL_CLI' },
      ],
    };
  }
  for (const cli of [findProgram('temporal', env), cached])
    if (cli && isProgram(cli) && (await works(cli, env))) return { tool: { cli } };

  const go = await findGo(env);
  if (!go) {
    const why = `builds the Temporal CLI; or put a \`temporal\` with server ${oldestServer.join('.')} or newer on PATH`;
    return { missing: [{ what: `Go ${oldestGo.join('.')} or newer (go)`, why, command: goCommand }] };
  }
  return {
    async install(step, signal) {
      await installOnce({
        folder,
        isThere: async () => isProgram(cached) && works(cached, env),
        step,
        signal,
        async fill(draft) {
          const text = `building the Temporal CLI ${cliVersion} with Go (some minutes, once)`;
          step.note(text);
          let packages = 0;
          await runProgram(go, ['install', '-v', `github.com/temporalio/cli/cmd/temporal@v${cliVersion}`], {
            env: { ...env, GOBIN: draft, CGO_ENABLED: '0', GOFLAGS: '' },
            signal,
            onLine: (line) =>
              step.note(line.startsWith('go: ') ? `${text}: fetching modules` : `${text}: ${++packages} packages`),
          });
          if (!(await works(join(draft, 'temporal'), env))) throw new Error('the Temporal CLI was built, but does not run');
        },
      });
      return { cli: cached };
    },
  };
}

/** @type {import('./index.mjs').Server['prepare']} */
async function prepare({ folder, ports, tool }) {
  const cwd = join(folder, 'temporal');
  const database = join(cwd, 'temporal.db');
  mkdirSync(cwd, { recursive: true });
  const args = [
    ['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(ports['port']), '--ui-port', String(ports['ui'])],
    ['--namespace', 'default', '--log-level', 'warn', '--color', 'never'],
    ['--db-filename', database, '--sqlite-pragma', 'journal_mode=WAL', '--sqlite-pragma', 'synchronous=NORMAL'],
    searchAttributes.flatMap((name) => ['--search-attribute', `${name}=Keyword`]), // needed at every start
    Object.entries(dynamicConfig).flatMap(([key, value]) => ['--dynamic-config-value', `${key}=${value}`]),
  ].flat();
  // The CLI reads TEMPORAL_ADDRESS and the like: they are meant for clients.
  const env = Object.fromEntries(Object.entries(process.env).filter(([key]) => !key.startsWith('TEMPORAL_')));
  return { command: /** @type {string} */ (tool['cli']), args, cwd, env, mark: database };
}

/** @type {import('./index.mjs').Server} */
export const temporal = {
  name: 'temporal',
  usualPorts: { port: 7233, ui: 8233 },
  startWithinMs: 90_000,
  stopWithinMs: 10_000,
  find,
  prepare,
  async answers(ports) {
    await describeNamespace(/** @type {number} */ (ports['port']), 'default', 3_000);
    // Not `/`: the pages come at once, while the UI's own connection to the server may still be down.
    const ui = await fetch(`http://127.0.0.1:${ports['ui']}/api/v1/namespaces`, { signal: AbortSignal.timeout(3_000) });
    await ui.arrayBuffer();
    if (!ui.ok) throw new Error(`the web UI answers ${ui.status}`);
  },
  addresses: (ports) => ({ temporal: `127.0.0.1:${ports['port']}`, temporalUi: `http://127.0.0.1:${ports['ui']}` }),
};
