// Helm, kubeconform, kube-score and the schemas of three Kubernetes versions, of KEDA and of the Prometheus operator: what the chart is
// rendered and checked with. Test tools, no servers.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crdVersions, fetchCrdSchemas } from './crd-schemas.mjs';
import { cacheFolder } from './folders.mjs';
import { goInstall, requireGo } from './go-program.mjs';
import { installOnce } from './install.mjs';
import { findProgram, isProgram, runProgram } from './programs.mjs';
import { beginStep, plainWatcher } from './terminal.mjs';

const programs = [
  { program: 'helm', module: 'helm.sh/helm/v3/cmd/helm', version: 'v3.22.0', trial: ['version'] },
  { program: 'kubeconform', module: 'github.com/yannh/kubeconform/cmd/kubeconform', version: 'v0.8.0', trial: ['-v'] },
  { program: 'kube-score', module: 'github.com/zegl/kube-score/cmd/kube-score', version: 'v1.20.0', trial: ['version'] },
];
/** The oldest version that the chart says it runs on, one between, and the newest there is a schema of. */
export const kubernetesVersions = ['1.30.0', '1.34.0', '1.37.0'];
const schemas = { package: 'kubernetes-validate', version: '1.37.0' };

/**
 * Programs, where kubeconform finds its schemas, and what KEDA's scalers know.
 * @typedef {{ helm: string, kubeconform: string, kubeScore: string, schemaLocations: readonly string[], scalers: import('./crd-schemas.mjs').Scalers }} ChartCheckers
 */

/**
 * Builds the programs with Go and fetches the schemas with Python's pip and with Go, once, into the cache.
 * @param {{ env?: NodeJS.ProcessEnv, log?: (line: string) => void, signal?: AbortSignal }} [options]
 * @returns {Promise<ChartCheckers>}
 * @throws {Error} that says what to install
 */
export async function chartCheckers({ env = process.env, log = () => {}, signal } = {}) {
  const cache = cacheFolder(env);
  const folder = join(
    cache,
    `chart-checkers-${programs.map(({ version }) => version).join('-')}-${kubernetesVersions.join('-')}`,
  );
  const inside = (/** @type {string} */ name) => join(folder, name);
  const isThere = () => Promise.resolve(programs.every(({ program }) => isProgram(inside(program))));
  if (!(await isThere())) {
    mkdirSync(cache, { recursive: true });
    const step = beginStep(plainWatcher(log), 'chart', 'building Helm and what checks manifests with Go (two minutes)');
    await installOnce({ folder, isThere, fill, step, signal });
    step.done('Helm and what checks manifests are installed');
  }
  const definitions = await crdSchemas({ cache, env, log, signal });
  return {
    helm: inside('helm'),
    kubeconform: inside('kubeconform'),
    kubeScore: inside('kube-score'),
    schemaLocations: [
      `${folder}/schemas/{{.NormalizedKubernetesVersion}}/{{.ResourceKind}}{{.KindSuffix}}.json`,
      `${definitions}/{{.Group}}/{{.ResourceKind}}_{{.ResourceAPIVersion}}.json`,
    ],
    scalers: JSON.parse(readFileSync(join(definitions, 'scalers.json'), 'utf8')),
  };

  /** @param {string} draft */
  async function fill(draft) {
    const go = requireGo(env, 'Helm, kubeconform and kube-score, which the chart is checked with');
    const python = findProgram('python3', env);
    if (!python)
      throw new Error('Python (python3) with pip is missing: it fetches the schemas that the chart is checked against');
    const wheel = [
      '-m',
      'pip',
      'download',
      '--quiet',
      '--disable-pip-version-check',
      '--no-deps',
      '--dest',
      join(draft, 'wheel'),
    ];
    await runProgram(python, [...wheel, `${schemas.package}==${schemas.version}`], { env, signal });
    const [archive] = readdirSync(join(draft, 'wheel'));
    if (archive === undefined) throw new Error(`${schemas.package} ${schemas.version} could not be fetched`);
    await runProgram(python, ['-m', 'zipfile', '-e', join(draft, 'wheel', archive), join(draft, 'unpacked')], { env, signal });
    for (const version of kubernetesVersions) takeSchemas(draft, version);
    await runProgram('rm', ['-rf', join(draft, 'wheel'), join(draft, 'unpacked')], { env });
    for (const each of programs) await goInstall(go, each, draft, { env, signal });
  }
}

/** @param {{ cache: string, env: NodeJS.ProcessEnv, log: (line: string) => void, signal: AbortSignal | undefined }} options @returns {Promise<string>} their folder */
async function crdSchemas({ cache, env, log, signal }) {
  const folder = join(cache, `crd-schemas-${crdVersions}`);
  const isThere = () => Promise.resolve(existsSync(join(folder, 'scalers.json')));
  if (await isThere()) return folder;
  const go = requireGo(env, 'what the chart is checked with, and fetches the definitions of KEDA and the Prometheus operator');
  const step = beginStep(plainWatcher(log), 'chart', 'fetching the definitions of KEDA and the Prometheus operator with Go');
  const fill = (/** @type {string} */ draft) => fetchCrdSchemas(go, draft, { env, signal });
  await installOnce({ folder, isThere, fill, step, signal });
  step.done('the definitions of KEDA and the Prometheus operator are there');
  return folder;
}

/** Schemas as kubeconform reads them: their names for themselves and for each other are those of another tool. */
function takeSchemas(/** @type {string} */ draft, /** @type {string} */ version) {
  const from = join(draft, 'unpacked', 'kubernetes_validate', 'kubernetes-json-schema', `v${version}-local-strict`);
  const to = join(draft, 'schemas', `v${version}`);
  mkdirSync(to, { recursive: true });
  for (const file of readdirSync(from)) {
    /** @type {Record<string, unknown>} */
    const schema = JSON.parse(readFileSync(join(from, file), 'utf8').replaceAll('"/api/_definitions.json', '"_definitions.json'));
    delete schema['$id'];
    writeFileSync(join(to, file), JSON.stringify(schema));
  }
}
