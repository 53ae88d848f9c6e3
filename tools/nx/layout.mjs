// The path of a project says what it is: apps/<scope> or libs/<scope>/<type>. From it come its tags, and from its
// files its targets; what a target does is said once, in nx.json, and the tables are enforced by eslint.config.mjs.
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';

const temporal = (name) => ['@temporalio/common', `@temporalio/${name}`];

/** type → the types it may depend on, and the npm packages its code may import (left out: any). */
export const types = {
  core: { on: ['core'], npm: [] },
  domain: { on: ['core', 'domain'], npm: [] },
  'workflow-api': { on: ['core', 'domain', 'workflow-api'], npm: temporal('workflow') },
  workflows: { on: ['core', 'domain', 'workflow-api'], npm: temporal('workflow') },
  activities: { on: ['core', 'domain', 'workflow-api'], npm: temporal('activity') },
  adapter: { on: ['core', 'domain', 'platform'] },
  platform: { on: ['core', 'platform'] },
  testing: { on: ['core', 'domain', 'workflow-api', 'testing'] },
  app: { on: ['core', 'domain', 'workflow-api', 'activities', 'adapter', 'platform'] },
};

/** scope → the scopes it may depend on besides itself; an app is a scope of its own and names the scopes that it composes. */
export const scopes = {
  kernel: [],
  platform: ['kernel'],
  devices: ['platform', 'kernel'],
  tokens: ['platform', 'kernel'],
  pairing: ['tokens', 'platform', 'kernel'],
  'token-service': ['tokens', 'platform', 'kernel'],
  'provisioning-service': ['devices', 'platform', 'kernel'],
  'pairing-validator': ['pairing', 'tokens', 'platform', 'kernel'],
  'temporal-worker': ['devices', 'tokens', 'platform', 'kernel'],
  'directory-simulator': ['platform', 'kernel'],
  cli: ['platform', 'kernel'],
  'system-e2e': ['devices', 'tokens', 'pairing', 'platform', 'kernel'],
};

/** What the adapter of a scope is called: after what it keeps or talks to, and the technology. */
const adapter = /^(?:store|directory|delivery|source|audit|client)-.+$/;

function typeOf(folder, scope, leaf) {
  if (folder === 'apps') return 'app';
  if (leaf === 'testing') return 'testing';
  if (scope === 'platform') return 'platform';
  return adapter.test(leaf) ? 'adapter' : leaf;
}

function describe(root, workspaceRoot) {
  const [folder, scope, leaf] = root.split('/');
  const type = typeOf(folder, scope, leaf);
  const name = `@tallystick/${leaf ? `${scope}-${leaf}` : scope}`;
  const manifest = JSON.parse(readFileSync(join(workspaceRoot, root, 'package.json'), 'utf8'));
  if (!types[type] || !scopes[scope]) throw new Error(`${root}: no such type or scope in tools/nx/layout.mjs`);
  if (Object.values(manifest.dependencies ?? {}).some((version) => version !== '*'))
    throw new Error(`${root}/package.json: versions are kept in the root, say "*"`);
  if (manifest.name !== name) throw new Error(`${root}/package.json: the name must be ${name}`);

  const files = readdirSync(join(workspaceRoot, root, 'src'), { recursive: true });
  const has = (suffix) => files.some((file) => file.endsWith(suffix));
  const targets = {
    lint: true,
    test: has('.spec.ts'),
    'int-test': has('.int-spec.ts'),
    e2e: has('.e2e-spec.ts'),
    bundle: type === 'workflows',
    build: has('main.ts'),
    serve: has('main.ts'),
  };
  return {
    tags: [`type:${type}`, `scope:${scope}`],
    targets: Object.fromEntries(
      Object.keys(targets)
        .filter((t) => targets[t])
        .map((t) => [t, {}]),
    ),
  };
}

export const name = 'layout';
export const createNodes = [
  '{apps/*,libs/*/*}/package.json',
  (manifests, _, { workspaceRoot }) =>
    manifests.map((file) => [file, { projects: { [dirname(file)]: describe(dirname(file), workspaceRoot) } }]),
];
