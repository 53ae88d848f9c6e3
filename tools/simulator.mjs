// Starts the directory simulator alone: installs what is missing, builds what is out of date, runs it until it is stopped.
import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { build, installDependencies, root } from './prepare.mjs';

// Where the flags of `npm run simulator -- …` are relative to: npm itself changes to the root.
const cwd = process.env['INIT_CWD'] ?? process.cwd();

/** flag → the variable that the simulator reads, what it is, and its value here when it is not given */
/** @type {Record<string, [variable: string, what: string, preset?: string]>} */
const flags = {
  port: ['SIMULATOR_PORT', 'TCP port; 0 takes a free one', '4747'],
  host: ['SIMULATOR_HOST', 'address to listen at', '127.0.0.1'],
  properties: [
    'SIMULATOR_PROPERTIES_FILE',
    'PingID properties file: its key is used again, or a new file is written',
    '.stack/simulator/pingid.properties',
  ],
  pingone: ['SIMULATOR_PINGONE_FILE', 'credentials of the PingOne dialect; left out: pingone.json beside the properties file'],
  'device-limit': ['SIMULATOR_DEVICE_LIMIT', 'Maximum Allowed Devices of PingID, 1 to 20', '1'],
  'pingone-device-limit': ['SIMULATOR_PINGONE_DEVICE_LIMIT', 'pairing.maxAllowedDevices of PingOne, 1 to 15', '5'],
  seed: ['SIMULATOR_SEED', 'the same seed gives the same ids'],
  'error-bodies': ['SIMULATOR_ERROR_BODIES', 'signed, raw or alternate'],
  latency: ['SIMULATOR_LATENCY', 'waited before each answer, e.g. 50ms'],
  'validator-urls': ['SIMULATOR_VALIDATOR_URLS', 'pairing validators that /pairing and /authentication ask, with commas between'],
  'caller-token-file': ['SIMULATOR_CALLER_TOKEN_FILE', 'file with the bearer token for the validators'],
};
const paths = new Set(['properties', 'pingone', 'caller-token-file']);

const help = `npm run simulator -- [--port P] [--properties FILE] [--device-limit N] …

Starts the directory simulator and prints one line of JSON with its URL when it is ready. Ctrl-C stops it.

${Object.entries(flags)
  .map(([name, [, what, preset]]) => `  --${name.padEnd(21)} ${what}${preset === undefined ? '' : ` (default ${preset})`}`)
  .join('\n')}
  --help                  this text

More settings are environment variables: see apps/directory-simulator/README.md.
`;

/** The environment for the simulator from the command line; what a value may be is checked by the simulator itself. */
function environment() {
  /** @type {{ values: Record<string, unknown> }} */
  const { values } = parseArgs({
    options: {
      ...Object.fromEntries(Object.keys(flags).map((name) => [name, { type: /** @type {const} */ ('string') }])),
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values['help']) {
    process.stdout.write(help);
    process.exit(0);
  }
  const env = { ...process.env };
  for (const [name, [variable, , preset]] of Object.entries(flags)) {
    const given = values[name];
    if (typeof given === 'string') env[variable] = paths.has(name) ? resolve(cwd, given) : given;
    else if (preset !== undefined && !env[variable]) env[variable] = paths.has(name) ? resolve(root, preset) : preset;
  }
  return env;
}

try {
  const env = environment();
  const log = (/** @type {string} */ line) => process.stderr.write(`${line} …\n`); // stdout carries the ready line only
  await installDependencies(log);
  await build(log, ['@tallystick/directory-simulator']);
  const child = spawn(process.execPath, ['--enable-source-maps', 'apps/directory-simulator/dist/main.js'], {
    cwd: root,
    env,
    stdio: 'inherit',
  });
  // Ctrl-C reaches the child by itself; it ends properly, and this process with it.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  child.once('exit', (code) => process.exit(code ?? 0));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\nSee: npm run simulator -- --help\n`);
  process.exit(2);
}
