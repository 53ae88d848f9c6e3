// `npm run image [-- --tag NAME] [--base IMAGE] [--install] [--prove] [--again]`: builds the one image of the five processes, with Docker
// or with Podman. Without --base on a machine that reaches no registry of images, Podman builds on an imitation of the official base, and
// says so. --install: may install Podman and debootstrap with apt-get. --prove: runs what it has built. --again: builds twice and compares.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { installDependencies, root, run } from './prepare.mjs';
import { cacheFolder } from './stack/folders.mjs';
import { imitationBase } from './stack/podman-base.mjs';
import { askEngine, findEngine, runEngine } from './stack/podman.mjs';
import { runProgram } from './stack/programs.mjs';

/** @typedef {import('./stack/podman.mjs').Engine} Engine */

const official = 'docker.io/library/node:22-bookworm-slim';
const dockerfile = join(root, 'deploy/image/Dockerfile');
const signal = new AbortController();
for (const name of ['SIGINT', 'SIGTERM']) process.once(name, () => signal.abort());

/** @param {string} line */
const log = (line) => console.log(`· ${line}`);

/**
 * The official base where it can be had, else the imitation.
 * @param {Engine} engine @param {boolean} install
 */
async function chooseBase(engine, install) {
  const works = (/** @type {string[]} */ ...args) => runEngine(engine, args, { signal: signal.signal }).then(() => true, () => false); // prettier-ignore
  if ((await works('image', 'inspect', official)) || (await works('pull', '--quiet', official))) return official;
  log(`${official} can not be had here: the image is built on an IMITATION of it. Do not ship it.`);
  return imitationBase(engine, { install, log, signal: signal.signal });
}

/** npm inside the build uses the registry and the certificates that npm uses here. @param {string} folder */
async function npmSecrets(folder) {
  const setting = async (/** @type {string} */ name) => {
    const value = (await runProgram('npm', ['config', 'get', name], { cwd: root })).trim().split('\n').at(-1) ?? '';
    return ['null', 'undefined', ''].includes(value) ? undefined : value;
  };
  const [registry, certificates] = [await setting('registry'), process.env['NODE_EXTRA_CA_CERTS'] ?? (await setting('cafile'))];
  const npmrc = join(folder, 'npmrc');
  const lines = [`registry=${registry}`, ...(certificates ? ['cafile=/run/secrets/certificates'] : [])];
  writeFileSync(npmrc, `${lines.join('\n')}\n`, { mode: 0o600 });
  const given = certificates && existsSync(certificates) ? ['--secret', `id=certificates,src=${certificates}`] : [];
  return ['--secret', `id=npmrc,src=${npmrc}`, ...given];
}

/**
 * @param {Engine} engine
 * @param {{ tag: string, base: string, fresh?: boolean, target?: string }} options
 * @returns {Promise<string>} the id of the image
 */
export async function buildImage(engine, { tag, base, fresh = false, target }) {
  mkdirSync(cacheFolder(), { recursive: true });
  const folder = mkdtempSync(join(cacheFolder(), 'image-'));
  const git = (/** @type {string[]} */ ...args) => runProgram('git', args, { cwd: root }).then((text) => text.trim(), () => undefined); // prettier-ignore
  const revision = (await git('rev-parse', 'HEAD')) ?? 'unknown';
  const changed = (await git('status', '--porcelain')) !== '';
  const epoch = (await git('log', '-1', '--format=%ct')) ?? '0';
  try {
    const args = ['build', '--file', dockerfile, '--tag', tag, ...(await npmSecrets(folder))];
    const values = {
      NODE_IMAGE: base,
      VERSION: JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version,
      REVISION: `${revision}${changed ? '-changed' : ''}`,
      SOURCE_DATE_EPOCH: epoch,
    };
    for (const [name, value] of Object.entries(values)) args.push('--build-arg', `${name}=${value}`);
    if (fresh) args.push('--no-cache');
    if (target) args.push('--target', target);
    // Health checks are no part of the OCI format. Times of files are those of the commit, also in what the engine itself lays down.
    if (engine.kind === 'podman')
      args.push('--format', 'docker', '--network', 'host', '--ignorefile', `${dockerfile}.dockerignore`, '--timestamp', epoch);
    await runEngine(engine, [...args, root], { signal: signal.signal, onLine: (line) => process.env['CI'] || log(line) });
    return await askEngine(engine, ['image', 'inspect', '--format', '{{.Id}}', tag]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The bill of materials, beside the image: for who looks for a package without having an engine. @param {Engine} engine @param {string} tag */
async function takeOutBill(engine, tag) {
  const folder = join(root, '.stack', 'image');
  mkdirSync(folder, { recursive: true });
  const bill = await askEngine(engine, ['run', '--rm', '--network', 'none', tag, 'node', '-e', "fs.createReadStream('/app/sbom.json').pipe(process.stdout)"]); // prettier-ignore
  writeFileSync(join(folder, 'sbom.json'), bill);
  log(`${JSON.parse(bill).components.length} components: .stack/image/sbom.json`);
}

/** @param {Engine} engine @param {string} image @param {string} base */
async function prove(engine, image, base) {
  if (engine.kind !== 'podman') throw new Error('--prove runs the containers on the network of this machine, with Podman');
  await installDependencies(log);
  const { proveImage } = await import('./image-proof.mjs'); // uses packages, which a fresh clone does not have yet
  const oidcImage = 'localhost/tallystick-local-oidc:latest';
  await buildImage(engine, { tag: oidcImage, base, target: 'local-oidc' });
  const rows = await proveImage(engine, { image, oidcImage, log, signal: signal.signal });
  const sizes = (await runEngine(engine, ['image', 'inspect', '--format', '{{.Size}} {{len .RootFS.Layers}}', image]))
    .trim()
    .split(' ');
  const baseSize = Number(await askEngine(engine, ['image', 'inspect', '--format', '{{.Size}}', base]));
  const megabytes = (/** @type {number} */ bytes) => Math.round(bytes / 1e6);
  console.log(
    `image: ${megabytes(Number(sizes[0]))} MB in ${sizes[1]} layers, of which ${megabytes(baseSize)} MB are the base (${base})`,
  );
  if (!tell(rows)) return false;
  const { proveChart } = await import('./kube-proof.mjs');
  log("the Helm chart's pods");
  if (!tell(await proveChart(engine, { image, log, signal: signal.signal }))) return false;
  log('the end-to-end tests, with every process from the image');
  const env = { TALLYSTICK_IMAGE: image, TALLYSTICK_PODMAN: engine.program, ...settingsOf(engine) };
  return (await run('node', ['tools/test.mjs', 'e2e'], { env, signal: signal.signal })) === 0;
}

/** @param {import('./image-proof.mjs').Row[]} rows @returns {boolean} whether nothing was at fault */
function tell(rows) {
  console.table(Object.fromEntries(rows.map(({ process, readyMs, residentMb, exit, endMs }) => [process, { 'ready after s': +(readyMs / 1000).toFixed(1), 'resident MB': Math.round(residentMb), 'exit on SIGTERM': exit, 'after s': +(endMs / 1000).toFixed(1) }]))); // prettier-ignore
  const faults = rows.flatMap(({ process, faults }) => faults.map((fault) => `${process} ${fault}`));
  for (const fault of faults) console.error(fault);
  return faults.length === 0;
}

/** @param {Engine} engine */
const settingsOf = ({ env }) =>
  Object.fromEntries(Object.entries(env).flatMap(([name, value]) => (/^CONTAINERS_/.test(name) && value ? [[name, value]] : [])));

if (process.argv[1] === import.meta.filename) {
  const { values } = parseArgs({
    options: {
      tag: { type: 'string', default: 'localhost/tallystick:latest' },
      base: { type: 'string' },
      install: { type: 'boolean', default: process.env['CI'] === 'true' },
      prove: { type: 'boolean', default: false },
      again: { type: 'boolean', default: false },
    },
  });
  try {
    const engine = await findEngine({ install: values.install, log, signal: signal.signal });
    const base = values.base ?? (await chooseBase(engine, values.install));
    const id = await buildImage(engine, { tag: values.tag, base });
    log(`built ${values.tag} ${id} with ${engine.kind} on ${base}`);
    if (values.again) {
      const second = await buildImage(engine, { tag: `${values.tag}-again`, base, fresh: true });
      log(
        second === id
          ? 'a second build from nothing gave the same image'
          : `a second build from nothing gave ANOTHER image: ${second}`,
      );
      if (second !== id) process.exitCode = 1;
    }
    await takeOutBill(engine, values.tag);
    if (values.prove && !(await prove(engine, values.tag, base))) process.exitCode = 1;
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  }
}
