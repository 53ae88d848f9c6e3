// The bill of materials of the image (CycloneDX 1.6): every npm package that lies in it, Node itself, and the Debian packages of the base.
// It is read from the files that are there, not from what was asked for: `npm sbom` of some workspaces leaves out what the root asks for too.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/**
 * @param {string} app  with `node_modules`
 * @param {string} lockFile
 * @param {string} [debian]  Debian's list of installed packages
 */
export function billOfMaterials(app, lockFile, debian = '/var/lib/dpkg/status') {
  const { version, packages } = JSON.parse(readFileSync(lockFile, 'utf8'));
  const components = [...npmComponents(app, packages), nodeComponent, ...debianComponents(readFileSync(debian, 'utf8'))];
  const whole = {
    type: 'application',
    'bom-ref': `tallystick@${version}`,
    name: 'tallystick',
    version,
    licenses: licensed('Apache-2.0'),
  };
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: { component: whole },
    components: components.sort((a, b) => (a['bom-ref'] < b['bom-ref'] ? -1 : 1)),
  };
}

/** @typedef {{ type: string, 'bom-ref': string, name: string, version: string, [more: string]: unknown }} Component */

/** @param {string} app @param {Record<string, { integrity?: string }>} locked @returns {Component[]} */
function npmComponents(app, locked) {
  return packageFolders(app, 'node_modules').map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(app, folder, 'package.json'), 'utf8'));
    const [algorithm, digest] = locked[folder]?.integrity?.split(/-(.*)/s) ?? [];
    if (!digest) throw new Error(`${folder} is not in the lock file`);
    const hash = {
      alg: /** @type {string} */ (algorithm).replace('sha', 'SHA-'),
      content: Buffer.from(digest, 'base64').toString('hex'),
    };
    const purl = `pkg:npm/${name.replace('@', '%40')}@${version}`;
    return { type: 'library', 'bom-ref': `${purl}#${folder}`, name, version, purl, hashes: [hash], licenses: licensed(license) };
  });
}

/** @param {string} app @param {string} modules @returns {string[]} every installed package, also those inside others; links are none */
export function packageFolders(app, modules) {
  return readdirSync(join(app, modules), { withFileTypes: true }).flatMap((entry) => {
    const folder = `${modules}/${entry.name}`;
    if (!entry.isDirectory() || entry.name.startsWith('.')) return [];
    if (entry.name.startsWith('@')) return packageFolders(app, folder);
    const inner = readdirSync(join(app, folder)).includes('node_modules') ? packageFolders(app, `${folder}/node_modules`) : [];
    return [folder, ...inner];
  });
}

/** @param {unknown} license  as package.json has it, today's way or that of old packages */
function licensed(license) {
  const text = typeof license === 'string' ? license : /** @type {{ type?: string } | undefined} */ (license)?.type;
  if (!text) return [];
  return /^[\w.+-]+$/.test(text) ? [{ license: text.startsWith('SEE') ? { name: text } : { id: text } }] : [{ expression: text }];
}

/** @type {Component} */
const nodeComponent = {
  type: 'platform',
  'bom-ref': `pkg:generic/node@${process.versions.node}`,
  name: 'node',
  version: process.versions.node,
  purl: `pkg:generic/node@${process.versions.node}`,
  licenses: licensed('MIT'),
};

/** @param {string} status @returns {Component[]} */
function debianComponents(status) {
  return status.split('\n\n').flatMap((paragraph) => {
    const field = (/** @type {string} */ name) => new RegExp(`^${name}: (.*)$`, 'm').exec(paragraph)?.[1];
    const [name, version, arch] = [field('Package'), field('Version'), field('Architecture')];
    if (!name || !version || !field('Status')?.endsWith(' installed')) return [];
    const purl = `pkg:deb/debian/${encodeURIComponent(name)}@${encodeURIComponent(version)}?arch=${arch}`;
    return [{ type: 'library', 'bom-ref': purl, name, version, purl }];
  });
}
