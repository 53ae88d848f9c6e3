// Starts the directory simulator alone: installs what is missing, builds what is out of date, runs it until it is stopped.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { constants } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

const root = resolve(import.meta.dirname, '..');
const bundle = join(root, 'apps/directory-simulator/dist/main.js');
// Where the flags of `npm run simulator -- …` are relative to: npm itself changes to the root.
const cwd = process.env.INIT_CWD ?? process.cwd();

const flags = {
  port: ['SIMULATOR_PORT', 'TCP port; 0 takes a free one', '4747'],
  host: ['SIMULATOR_HOST', 'address to listen at', '127.0.0.1'],
  properties: [
    'SIMULATOR_PROPERTIES_FILE',
    'PingID properties file: its key is used again, or a new file is written',
    '.stack/simulator/pingid.properties',
  ],
  'device-limit': ['SIMULATOR_DEVICE_LIMIT', 'Maximum Allowed Devices, 1 to 20', '1'],
  seed: ['SIMULATOR_SEED', 'the same seed gives the same ids'],
  'error-bodies': ['SIMULATOR_ERROR_BODIES', 'signed, raw or alternate'],
  latency: ['SIMULATOR_LATENCY', 'waited before each answer, e.g. 50ms'],
  'validator-urls': ['SIMULATOR_VALIDATOR_URLS', 'pairing validators that /pairing and /authentication ask, with commas between'],
  'caller-token-file': ['SIMULATOR_CALLER_TOKEN_FILE', 'file with the bearer token for the validators'],
};
const paths = new Set(['properties', 'caller-token-file']);

const help = `npm run simulator -- [--port P] [--properties FILE] [--device-limit N] …

Starts the directory simulator and prints one line of JSON with its URL when it is ready. Ctrl-C stops it.

${Object.entries(flags)
  .map(([name, [, what, preset]]) => `  --${name.padEnd(18)} ${what}${preset === undefined ? '' : ` (default ${preset})`}`)
  .join('\n')}
  --help               this text

More settings are environment variables: see apps/directory-simulator/README.md.
`;

/** The environment for the simulator, or `undefined` after saying what is wrong with the command line. */
function environment() {
  const options = Object.fromEntries([
    ...Object.keys(flags).map((name) => [name, { type: 'string' }]),
    ['help', { type: 'boolean', short: 'h' }],
  ]);
  let values;
  try {
    ({ values } = parseArgs({ options }));
  } catch (error) {
    process.stderr.write(`${error.message}\nSee: npm run simulator -- --help\n`);
    return undefined;
  }
  if (values.help) {
    process.stdout.write(help);
    process.exit(0);
  }
  const faults = [];
  const wholeNumber = (name, min, max) => {
    if (values[name] === undefined) return;
    if (!/^\d{1,5}$/.test(values[name]) || Number(values[name]) < min || Number(values[name]) > max)
      faults.push(`--${name}: expected a whole number from ${min} to ${max}`);
  };
  wholeNumber('port', 0, 65_535);
  wholeNumber('device-limit', 1, 20);
  if (values['error-bodies'] !== undefined && !['signed', 'raw', 'alternate'].includes(values['error-bodies']))
    faults.push('--error-bodies: expected signed, raw or alternate');
  for (const [name, value] of Object.entries(values)) if (value === '') faults.push(`--${name}: is empty`);
  if (faults.length > 0) {
    process.stderr.write(`${faults.join('\n')}\nSee: npm run simulator -- --help\n`);
    return undefined;
  }
  const env = { ...process.env };
  for (const [name, [variable, , preset]] of Object.entries(flags)) {
    const given = values[name];
    if (given !== undefined) env[variable] = paths.has(name) ? resolve(cwd, given) : given;
    else if (preset !== undefined && !env[variable]) env[variable] = paths.has(name) ? resolve(root, preset) : preset;
  }
  return env;
}

const newest = (path) =>
  statSync(path).isDirectory()
    ? Math.max(
        0,
        ...readdirSync(path, { recursive: true, withFileTypes: true })
          .filter((entry) => entry.isFile())
          .map((entry) => statSync(join(entry.parentPath ?? entry.path, entry.name)).mtimeMs),
      )
    : statSync(path).mtimeMs;

function isBuilt() {
  if (!existsSync(bundle)) return false;
  const sources = [
    'apps/directory-simulator/src',
    'apps/directory-simulator/package.json',
    'libs/platform/config/src',
    'libs/kernel/core/src',
    'rolldown.config.mjs',
    'package-lock.json',
  ];
  return Math.max(...sources.map((path) => newest(join(root, path)))) <= statSync(bundle).mtimeMs;
}

/** Runs a step with its output on stderr: stdout carries the ready line only. */
function step(what, command, args) {
  process.stderr.write(`${what} …\n`);
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', 2, 2],
    env: { ...process.env, NX_DAEMON: 'false', NX_TUI: 'false', NX_ISOLATE_PLUGINS: 'false' },
  });
  if (status === 0) return true;
  process.stderr.write(`${command} ${args.join(' ')} failed${error ? `: ${error.message}` : ''}\n`);
  return false;
}

function run(env) {
  const child = spawn(process.execPath, ['--enable-source-maps', bundle], { cwd: root, stdio: 'inherit', env });
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    process.stderr.write(`The simulator could not be started: ${error.message}\n`);
    process.exitCode = 1;
  });
  child.on('exit', (code, signal) => (process.exitCode = code ?? 128 + (constants.signals[signal] ?? 0)));
}

const env = environment();
const installed =
  env && (existsSync(join(root, 'node_modules/.package-lock.json')) || step('Installing dependencies', 'npm', ['ci']));
const built = installed && (isBuilt() || step('Building the simulator', 'npx', ['nx', 'build', 'directory-simulator']));
if (built) run(env);
else process.exitCode = env ? 1 : 2;
