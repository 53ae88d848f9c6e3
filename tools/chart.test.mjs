// The Helm chart as it would be applied: rendered by Helm, checked against the schemas of three Kubernetes versions, and held to its own rules.
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { loadAll } from 'js-yaml';
import { root } from './prepare.mjs';
import { chartCheckers, kubernetesVersions } from './stack/chart-checkers.mjs';
import { runProgram } from './stack/programs.mjs';

/** @typedef {{ kind: string, metadata: { name: string, labels?: Record<string, string> }, spec: any }} Manifest */
const chart = join(root, 'deploy', 'helm', 'tallystick');
const installations = readdirSync(join(chart, 'ci')).map((file) => file.replace('-values.yaml', ''));
/** Kinds of others, which Kubernetes itself has no schema of: KEDA and the Prometheus operator. */
const foreign = 'ScaledObject,PodMonitor';
/** @type {Awaited<ReturnType<typeof chartCheckers>>} */
let tools;
/** @type {Map<string, { text: string, manifests: Manifest[] }>} */
const rendered = new Map();

const settings = readFileSync(join(root, 'docs', 'settings.md'), 'utf8');
/** What one half of the worker needs is needed where that half runs. */
const isWanted = (/** @type {string} */ variable, /** @type {any} */ pod) => {
  const halves = pod.containers[0].env.find((/** @type {any} */ { name }) => name === 'WORKER_HALVES')?.value;
  const ofTokens = /^WORKER_(?:TOKEN_SERVICE|AUTH|CLIENT)_/.test(variable);
  const ofDevices = /^WORKER_(?:KAFKA|SEAL|IDENTITY)_/.test(variable);
  return !halves || (ofTokens ? halves.includes('tokens') : !ofDevices || halves.includes('devices'));
};
const values = (/** @type {string} */ installation) => ['-f', join(chart, 'ci', `${installation}-values.yaml`)];
const render = (/** @type {string[]} */ args, version = '1.34.0') =>
  runProgram(tools.helm, ['template', 'release', chart, '--namespace', 'tallystick', '--kube-version', version, ...args], {
    env: process.env,
  });
const of = (/** @type {string} */ installation) =>
  /** @type {{ text: string, manifests: Manifest[] }} */ (rendered.get(installation));
/** Every pod that an installation makes: [name, its template]. */
const podsOf = (/** @type {Manifest[]} */ manifests) =>
  manifests.flatMap(({ kind, metadata, spec }) => {
    if (kind === 'Pod') return [{ name: metadata.name, labels: metadata.labels ?? {}, pod: spec }];
    if (kind !== 'Deployment' && kind !== 'Job') return [];
    return [{ name: metadata.name, labels: spec.template.metadata.labels, pod: spec.template.spec }];
  });
const selects = (/** @type {any} */ { matchLabels = {}, matchExpressions = [] }, /** @type {Record<string, string>} */ labels) =>
  Object.entries(matchLabels).every(([name, value]) => labels[name] === value) &&
  matchExpressions.every((/** @type {any} */ each) => each.values.includes(labels[each.key]));

before(async () => {
  tools = await chartCheckers({ log: (line) => console.error(line) });
  for (const installation of installations) {
    const text = await render(values(installation));
    rendered.set(installation, { text, manifests: /** @type {Manifest[]} */ (loadAll(text)).filter(Boolean) });
  }
});

for (const installation of installations) {
  test(`the chart passes Helm's own check: ${installation}`, async () => {
    await runProgram(tools.helm, ['lint', '--strict', '--kube-version', '1.34.0', chart, ...values(installation)], {
      env: process.env,
    });
  });

  test(`Kubernetes takes every manifest, in each version that it was checked with: ${installation}`, async () => {
    for (const version of kubernetesVersions) {
      const file = join(root, '.stack', `chart-${installation}-${version}.yaml`);
      mkdirSync(join(root, '.stack'), { recursive: true });
      writeFileSync(file, await render(values(installation), version));
      const checks = [
        '-strict',
        '-skip',
        foreign,
        '-kubernetes-version',
        version,
        '-schema-location',
        tools.schemaLocation,
        file,
      ];
      await runProgram(tools.kubeconform, checks, { env: process.env });
    }
  });

  test(`every pod keeps to the restricted profile, and mounts no account: ${installation}`, () => {
    for (const { name, pod } of podsOf(of(installation).manifests)) {
      assert.equal(pod.automountServiceAccountToken, false, name);
      assert.equal(pod.securityContext.runAsNonRoot, true, name);
      assert.equal(pod.securityContext.seccompProfile.type, 'RuntimeDefault', name);
      for (const container of pod.containers) {
        const security = container.securityContext;
        assert.equal(security.allowPrivilegeEscalation, false, name);
        assert.equal(security.readOnlyRootFilesystem, true, name);
        assert.deepEqual(security.capabilities, { drop: ['ALL'] }, name);
        assert.ok(container.resources.limits.memory && container.resources.requests.cpu, `${name} has no bounds`);
      }
    }
  });

  test(`every file that a process is told of is mounted, and no Secret is that no variable names: ${installation}`, () => {
    for (const { name, pod } of podsOf(of(installation).manifests)) {
      const sources = pod.volumes?.find((/** @type {any} */ volume) => volume.projected)?.projected.sources ?? [];
      const mounted = sources.map((/** @type {any} */ { secret }) => `/etc/tallystick/${secret.items[0].path}`);
      const told = (pod.containers[0].env ?? [])
        .map((/** @type {any} */ variable) => String(variable.value))
        .filter((/** @type {string} */ value) => value.startsWith('/etc/tallystick/'));
      for (const path of told)
        assert.ok(
          mounted.some((/** @type {string} */ file) => file === path || file.startsWith(`${path}/`)) || path.endsWith('-secrets'),
          `${name}: ${path} is not mounted`,
        );
      for (const file of mounted)
        assert.ok(
          told.some((/** @type {string} */ path) => file === path || file.startsWith(`${path}/`)),
          `${name}: nothing names ${file}`,
        );
    }
  });

  test(`no variable is given twice, each is one that this process knows, and none that it needs is left out: ${installation}`, () => {
    for (const { name, pod } of podsOf(of(installation).manifests)) {
      const [process] = pod.containers[0].args ?? [];
      if (!process) continue; // the test, which is no process of ours
      const known = settings.split('\n## ').find((section) => section.startsWith(`${process}\n`)) ?? '';
      const names = (pod.containers[0].env ?? []).map((/** @type {any} */ variable) => variable.name);
      assert.deepEqual(names, [...new Set(names)], name);
      for (const [, needed = ''] of known.matchAll(/^\| `(\w+)`\s+\| \*\*needed\*\*/gm))
        assert.ok(names.includes(needed) || !isWanted(needed, pod), `${name} is not told ${needed}`);
      for (const variable of names)
        assert.ok(
          variable.startsWith('TALLYSTICK_SECRET_') || known.includes(`\`${variable}\``),
          `${name}: ${variable} is in no list`,
        );
    }
  });

  test(`whatever points to a Deployment points to one that is there: ${installation}`, () => {
    const { manifests } = of(installation);
    const deployments = manifests.filter(({ kind }) => kind === 'Deployment');
    for (const { kind, metadata, spec } of manifests) {
      const target =
        kind === 'Service' ? { matchLabels: spec.selector } : kind === 'PodDisruptionBudget' ? spec.selector : undefined;
      if (target)
        assert.equal(deployments.filter((each) => selects(target, each.spec.template.metadata.labels)).length, 1, metadata.name);
      if (spec?.scaleTargetRef)
        assert.ok(
          deployments.some((each) => each.metadata.name === spec.scaleTargetRef.name),
          metadata.name,
        );
    }
    for (const { metadata, spec } of deployments) assert.ok(selects(spec.selector, spec.template.metadata.labels), metadata.name);
  });
}

test('nothing goes in or out of any pod but what a policy names', () => {
  for (const installation of ['simple', 'managed']) {
    const { manifests } = of(installation);
    const policies = manifests.filter(({ kind }) => kind === 'NetworkPolicy');
    for (const { name, labels } of podsOf(manifests)) {
      const ours = policies.filter(({ spec }) => selects(spec.podSelector, labels));
      assert.ok(
        ours.some(({ spec }) => spec.policyTypes.length === 2 && !spec.ingress && !spec.egress),
        `${name} is not denied by default`,
      );
      assert.ok(ours.length >= 2, `${name} may do nothing at all`);
    }
  }
});

test('the simple and the managed installation have no critical fault', async () => {
  for (const installation of ['simple', 'managed']) {
    const file = join(root, '.stack', `chart-${installation}-1.34.0.yaml`);
    // A limit of processor time would stop renewals of leases; an image is named by its digest or tag, and need not be pulled each time.
    const accepted = ['--ignore-container-cpu-limit', '--ignore-test', 'container-image-pull-policy'];
    await runProgram(tools.kubeScore, ['score', ...accepted, file], { env: process.env });
  }
});

const simple = values;
for (const [fault, args, saying] of /** @type {[string, string[], RegExp][]} */ ([
  ['a name that is misspelt', ['--set', 'tokenService.replica=3'], /replica/],
  ['a password in a URL', ['--set', 'redis.rings.url=redis://:secret@rings:6379'], /url/],
  ['no issuer', ['--set', 'auth.issuer='], /issuer/],
  ['two ways to one Redis', ['--set', 'redis.devices.sentinels={a:1}', '--set', 'redis.devices.sentinelPrimary=x'], /devices/],
  ['a Secret without its key', ['--set', 'keys.peppers.key='], /peppers/],
  ['an environment variable that is none', ['--set', 'tokenService.env.lower=1'], /lower/],
]))
  test(`values are refused before anything is applied: ${fault}`, async () => {
    await assert.rejects(render([...simple('simple'), ...args]), saying);
  });
