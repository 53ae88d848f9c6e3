// `node assemble.mjs <built checkout> <node_modules> <folder>`: lays out what goes into the image, and says in a bill of materials what that is.
// Plain Node; the modules are those that the processes need. The same input gives the same bytes: no time, no random id.
import { chmodSync, cpSync, lutimesSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { billOfMaterials } from './bill.mjs';
import { processes } from './processes.mjs';

/** The bundles that a worker finds by their package name. */
const bundles = ['libs/devices/workflows', 'libs/tokens/workflows'];
/** The longest first line that every Linux kernel takes. */
const longestFirstLine = 127;

/**
 * The program that starts one process: its first line is its start script, so that how Node is started is said once, there. `env` and `node`
 * replace each other, and the process itself is number 1: no shell, nothing that would have to pass signals on.
 * @param {string} name
 * @param {string | undefined} script  of package.json
 * @throws {Error} for a script of another form than `[NAME=value …] node … dist/main.js`
 */
export function launcher(name, script = 'node --enable-source-maps dist/main.js') {
  const [, how] = /^((?:[A-Z_]+=[\w.-]+ )*node(?: --[\w.=-]+)*) dist\/main\.js$/.exec(script) ?? [];
  if (how === undefined)
    throw new Error(`the start script of ${name} is not "[NAME=value …] node [--option …] dist/main.js": ${script}`);
  const first = `#!/usr/bin/env -S ${how}`;
  if (first.length > longestFirstLine) throw new Error(`the start script of ${name} is too long for a first line: ${first}`);
  return `${first}\nimport('/app/apps/${name}/dist/main.js');\n`;
}

const whichProcess = `#!/usr/bin/env node
console.error(${JSON.stringify(`Name the process to start: ${processes.join(', ')}`)});
process.exit(64);
`;

/** @param {string} from @param {string} packages @param {string} to @param {number} epochSeconds  of every file */
function assemble(from, packages, to, epochSeconds) {
  const app = join(to, 'app');
  const put = (/** @type {string} */ path, /** @type {string} */ text, mode = 0o644) => {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    chmodSync(path, mode);
  };
  const copy = (/** @type {string} */ path) =>
    cpSync(join(from, path), join(app, path), { recursive: true, verbatimSymlinks: true });

  for (const name of processes) {
    copy(`apps/${name}/package.json`);
    copy(`apps/${name}/dist`);
    const { scripts } = JSON.parse(readFileSync(join(from, 'apps', name, 'package.json'), 'utf8'));
    put(join(app, 'bin', name), launcher(name, scripts?.start), 0o755);
  }
  put(join(app, 'bin', 'which-process'), whichProcess, 0o755);
  for (const bundle of bundles) {
    copy(`${bundle}/package.json`);
    copy(`${bundle}/dist`);
  }
  for (const file of ['health.mjs', 'processes.mjs']) cpSync(join(from, 'deploy/image', file), join(app, file));
  cpSync(join(from, 'LICENSE'), join(app, 'LICENSE'));
  // Temporal's client is no JavaScript: it trusts the certificates of the system, of which the base image has none. These are Node's own.
  put(join(to, 'etc/ssl/certs/ca-certificates.crt'), `${rootCertificates.join('\n')}\n`);

  const lockFile = join(from, 'package-lock.json');
  const apart = Object.keys(JSON.parse(readFileSync(lockFile, 'utf8')).packages).filter((path) =>
    /^(apps|libs)\/.*node_modules/.test(path),
  );
  if (apart.length > 0) throw new Error(`these packages lie beside one project only, and would be left out: ${apart.join(', ')}`);
  copyModules(packages, app);
  put(join(app, 'sbom.json'), `${JSON.stringify(billOfMaterials(app, lockFile), null, 1)}\n`);
  const everything = readdirSync(to, { recursive: true, encoding: 'utf8' });
  for (const path of everything) lutimesSync(join(to, path), epochSeconds, epochSeconds);
}

/** @param {string} packages @param {string} app */
function copyModules(packages, app) {
  const modules = join(app, 'node_modules');
  cpSync(packages, modules, { recursive: true, verbatimSymlinks: true });
  // Our own packages are inside each dist/main.js, but for the two bundles.
  const ours = join(modules, '@tallystick');
  const kept = bundles.map((bundle) => bundle.split('/').slice(1).join('-'));
  for (const name of readdirSync(ours)) if (!kept.includes(name)) rmSync(join(ours, name));
  // Temporal ships its native part for five systems.
  const releases = join(modules, '@temporalio/core-bridge/releases');
  const here = `${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-unknown-linux-gnu`;
  for (const name of readdirSync(releases)) if (name !== here) rmSync(join(releases, name), { recursive: true });
  if (readdirSync(releases).length !== 1) throw new Error(`Temporal's native part for ${here} is missing`);
  // What only compilers, editors and package managers read; licences stay. `--enable-source-maps` is for our own maps, in each app's dist.
  for (const entry of readdirSync(modules, { recursive: true, withFileTypes: true })) {
    const isWaste = /\.(ts|mts|cts|map|tsbuildinfo|md)$|^\.bin$|^\.package-lock\.json$/.test(entry.name);
    const isLicence = /licen[cs]e|notice|copying/i.test(entry.name);
    if (isWaste && !isLicence) rmSync(join(entry.parentPath, entry.name), { recursive: true, force: true });
  }
}

if (process.argv[1] === import.meta.filename) {
  const [, , from = '', packages = '', to = ''] = process.argv;
  assemble(from, packages, to, Number(process.env['SOURCE_DATE_EPOCH'] ?? 0));
}
