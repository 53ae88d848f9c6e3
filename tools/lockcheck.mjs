// A registry that lags makes npm write a lock without some platform packages, and the next `npm ci` refuses it. Also: no download address
// belongs in the lock, since everybody's registry is another.
import { readFileSync } from 'node:fs';

/** @type {Record<string, { resolved?: string, optionalDependencies?: Record<string, string> }>} */
const packages = JSON.parse(readFileSync(process.argv[2] ?? 'package-lock.json', 'utf8')).packages;

/** Node's own look-up: in the package's folder, then in each folder above it. */
function isLocked(/** @type {string} */ from, /** @type {string} */ name) {
  for (let at = from; ; at = at.slice(0, Math.max(0, at.lastIndexOf('/node_modules/')))) {
    if (packages[`${at ? `${at}/` : ''}node_modules/${name}`]) return true;
    if (!at) return false;
  }
}

const faults = Object.entries(packages).flatMap(([where, { resolved, optionalDependencies = {} }]) => [
  ...(resolved && /^https?:/.test(resolved) ? [`${where} names a download address: is .npmrc in place?`] : []),
  ...Object.keys(optionalDependencies)
    .filter((name) => !isLocked(where, name))
    .map((name) => `${where} lacks its optional package ${name}: pin an older version whose platform packages are all published`),
]);
for (const fault of faults) console.error(fault);
console.log(`lock file: ${Object.keys(packages).length} packages, ${faults.length} faults`);
process.exit(faults.length === 0 ? 0 : 1);
