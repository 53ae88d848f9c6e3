// Which npm packages are shipped: what the five processes and the command line need, found in the lock file as Node finds it on a disk.

/**
 * @typedef {{ name?: string, version?: string, resolved?: string, link?: boolean, license?: string, dev?: boolean, dependencies?: Record<string, string>,
 *   optionalDependencies?: Record<string, string>, peerDependencies?: Record<string, string>, peerDependenciesMeta?: Record<string, { optional?: boolean }> }} Locked
 * @typedef {{ name: string, version: string, license: string | undefined, folder: string }} Package
 */

/** Apps that nobody ships: tests, the demo and benchmarks. */
const unshipped = ['apps/system-e2e'];

const nameOf = (/** @type {string} */ folder) => folder.slice(folder.lastIndexOf('node_modules/') + 'node_modules/'.length);

/** Node's own look-up: in the package's folder, then in each folder above it. */
function find(/** @type {Record<string, Locked>} */ packages, /** @type {string} */ from, /** @type {string} */ name) {
  for (let at = from; ; at = at.slice(0, Math.max(0, at.lastIndexOf('/')))) {
    const folder = `${at ? `${at}/` : ''}node_modules/${name}`;
    if (packages[folder]) return folder;
    if (!at) return undefined;
  }
}

/** @param {[string, Locked][]} entries @returns {Package[]} sorted, one of each version */
function listOf(entries) {
  const all = entries.map(([folder, { name, version = '', license }]) => ({
    name: name ?? nameOf(folder),
    version,
    license,
    folder,
  }));
  const unique = new Map(all.map((one) => [`${one.name}@${one.version}`, one]));
  return [...unique.values()].sort((a, b) => (a.name + a.version < b.name + b.version ? -1 : 1));
}

/**
 * @param {{ packages: Record<string, Locked> }} lock
 * @returns {{ shipped: Package[], all: Package[] }}
 */
export function packagesOf({ packages }) {
  const apps = Object.keys(packages).filter((folder) => /^apps\/[^/]+$/.test(folder) && !unshipped.includes(folder));
  // What the root asks for lies in the image too.
  const seen = new Set(['', ...apps]);
  for (const folder of seen) {
    const { dependencies, optionalDependencies, peerDependencies, peerDependenciesMeta } = packages[folder] ?? {};
    const peers = Object.keys(peerDependencies ?? {}).filter((name) => peerDependenciesMeta?.[name]?.optional !== true);
    for (const name of [...Object.keys({ ...dependencies, ...optionalDependencies }), ...peers]) {
      const found = find(packages, folder, name);
      if (found) seen.add(packages[found]?.link ? (packages[found].resolved ?? found) : found); // a set in a loop: what is added comes later
    }
  }
  const foreign = ([folder, { link }] = /** @type {[string, Locked]} */ (['', {}])) => folder.includes('node_modules/') && !link;
  const entries = Object.entries(packages).filter(foreign);
  return { all: listOf(entries), shipped: listOf(entries.filter(([folder]) => seen.has(folder))) };
}
