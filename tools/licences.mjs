// `node tools/licences.mjs [--write]`: the licence of every npm package is one that may be used, and docs/licences.md lists those that are shipped.
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packagesOf } from './shipped-packages.mjs';

/** @typedef {import('./shipped-packages.mjs').Package} Package */

/** Licences that ask for nothing but their own text and the names of the authors. */
const allowed = ['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'BlueOak-1.0.0', 'CC0-1.0', 'ISC', 'MIT', 'Unlicense'];

/** Packages with another licence, or that say none in package.json. One that is not here fails. @type {Record<string, { license: string, why: string }>} */
const exceptions = {
  argparse: { license: 'Python-2.0', why: 'permissive, of the Python Software Foundation; compatible with Apache-2.0' },
  'caniuse-lite': {
    license: 'CC-BY-4.0',
    why: 'data about browsers, which comes with webpack; never loaded; named here as it asks for',
  },
  unionfs: { license: 'Unlicense', why: 'package.json says none; its file LICENSE is the Unlicense' },
  '@microsoft/microsoft-graph-types-beta': {
    license: 'MIT',
    why: 'package.json says none; its file LICENSE is MIT; types for tests, not shipped',
  },
};

/** Whether an expression of SPDX can be met with what is allowed: of OR one side, of AND both. */
export function isAllowed(/** @type {string} */ expression) {
  const tokens = expression.match(/[()]|[^\s()]+/g) ?? [];
  let at = 0;
  /** @returns {boolean} */
  const either = () => {
    let met = both();
    while (tokens[at] === 'OR') {
      at += 1;
      met = both() || met;
    }
    return met;
  };
  /** @returns {boolean} */
  const both = () => {
    let met = one();
    while (tokens[at] === 'AND') {
      at += 1;
      met = one() && met;
    }
    return met;
  };
  /** @returns {boolean} */
  const one = () => {
    const token = tokens[at++];
    if (token !== '(') return allowed.includes(String(token));
    const met = either();
    return tokens[at++] === ')' && met;
  };
  const met = either();
  return met && at === tokens.length; // e.g. "MIT WITH something" is not known
}

/** @param {readonly Package[]} packages @returns {string[]} a sentence for each that may not be used */
export function faultsOf(packages) {
  const unknown = packages.filter(({ name, license }) =>
    exceptions[name]
      ? license !== undefined && license !== exceptions[name].license && !isAllowed(license)
      : !isAllowed(license ?? ''),
  );
  const stale = Object.keys(exceptions).filter((name) => !packages.some((one) => one.name === name));
  return [
    ...unknown.map(
      ({ name, version, license }) =>
        `${name}@${version}: ${license ?? 'no licence'} is not allowed; read it, then add it to tools/licences.mjs with the reason, or do without the package`,
    ),
    ...stale.map((name) => `${name} is not used any more: take its exception out of tools/licences.mjs`),
  ];
}

/** @param {readonly Package[]} shipped @param {(folder: string) => boolean} hasText @returns {string} docs/licences.md */
export function document(shipped, hasText) {
  /** @type {Map<string, string[]>} */
  const byLicence = new Map();
  for (const { name, version, license } of shipped) {
    const key = license ?? exceptions[name]?.license ?? 'unknown';
    byLicence.set(key, [...(byLicence.get(key) ?? []), `${name} ${version}`]);
  }
  const sections = [...byLicence].sort(([a], [b]) => (a < b ? -1 : 1));
  const named = Object.entries(exceptions).filter(([name]) => shipped.some((one) => one.name === name));
  const silent = shipped.filter(({ folder }) => !hasText(folder)).map(({ name }) => name);
  return `${[
    '# Licences of what is shipped',
    `Tallystick is under Apache-2.0 ([LICENSE](../LICENSE)). These ${shipped.length} npm packages come with its processes and its command line; the list is made from the lock file by \`node tools/licences.mjs --write\`, and \`npm run check\` fails when it is out of date or when a package has a licence that nobody has allowed. The bill of materials of the image (\`/app/sbom.json\`) names what lies in it, with Node and the packages of Debian; those are not listed here.`,
    'The image keeps the file of each licence in the folder of its package. Parts of packages that are no JavaScript (Temporal’s core, written in Rust) bring dependencies that no lock file of ours names; Rolldown writes a few lines of its helpers (@oxc-project/runtime, MIT) into our own files.',
    ...sections.map(([licence, names]) => `## ${licence}\n\n${names.join(' · ')}`),
    '## Exceptions, with their reasons',
    named.map(([name, { license, why }]) => `- ${name} (${license}): ${why}`).join('\n'),
    '## Without a file of their licence',
    silent.length === 0 ? 'None.' : `Their package.json names the licence, and nothing more: ${[...new Set(silent)].join(', ')}.`,
  ].join('\n\n')}\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = fileURLToPath(new URL('..', import.meta.url));
  const path = join(root, 'docs', 'licences.md');
  const { all, shipped } = packagesOf(JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')));
  // Packages for other systems are not installed here; those of one maker have the same text.
  const hasText = (/** @type {string} */ folder) =>
    !existsSync(join(root, folder)) || readdirSync(join(root, folder)).some((file) => /licen[cs]e|copying|notice/i.test(file));
  const text = document(shipped, hasText);
  if (process.argv.includes('--write')) writeFileSync(path, text);
  const faults = faultsOf(all);
  if (shipped.length < 50) faults.push('hardly a package is found to be shipped: is the lock file whole?');
  if (!existsSync(path) || readFileSync(path, 'utf8') !== text)
    faults.push('docs/licences.md is out of date: node tools/licences.mjs --write');
  for (const fault of faults) console.error(fault);
  console.log(`licences: ${all.length} packages, ${shipped.length} of them shipped, ${faults.length} faults`);
  process.exit(faults.length === 0 ? 0 : 1);
}
