// The Helm chart as it would be applied: rendered by Helm, checked against the schemas of three Kubernetes versions, of KEDA and of the
// Prometheus operator, and held to its own rules.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { root } from './prepare.mjs';
import { chartCheckers, kubernetesVersions } from './stack/chart-checkers.mjs';
import { runProgram } from './stack/programs.mjs';
import { chart, checkManifests, folderOfRendered, installations, manifestsOf, podsOf, renderChart, selects, valuesOf } from './stack/rendered-chart.mjs'; // prettier-ignore

/** @typedef {import('./stack/rendered-chart.mjs').Manifest} Manifest */
/** @type {import('./stack/chart-checkers.mjs').ChartCheckers} */
let tools;
/** @type {Map<string, Manifest[]>} */
const rendered = new Map();
const render = (/** @type {string[]} */ args, version = '1.34.0') => renderChart(tools, args, { version });
const of = (/** @type {string} */ installation) => /** @type {Manifest[]} */ (rendered.get(installation));

const settings = readFileSync(join(root, 'docs', 'settings.md'), 'utf8');
/** What one half of the worker needs is needed where that half runs. */
const isWanted = (/** @type {string} */ variable, /** @type {any} */ pod) => {
  const halves = pod.containers[0].env.find((/** @type {any} */ { name }) => name === 'WORKER_HALVES')?.value;
  const ofTokens = /^WORKER_(?:TOKEN_SERVICE|AUTH|CLIENT)_/.test(variable);
  const ofDevices = /^WORKER_(?:KAFKA|SEAL|IDENTITY)_/.test(variable);
  return !halves || (ofTokens ? halves.includes('tokens') : !ofDevices || halves.includes('devices'));
};
before(async () => {
  tools = await chartCheckers({ log: (line) => console.error(line) });
  for (const installation of installations) rendered.set(installation, manifestsOf(await render(valuesOf(installation))));
});

for (const installation of installations) {
  test(`the chart passes Helm's own check: ${installation}`, async () => {
    await runProgram(tools.helm, ['lint', '--strict', '--kube-version', '1.34.0', chart, ...valuesOf(installation)], {
      env: process.env,
    });
  });

  test(`Kubernetes takes every manifest, in each version that it was checked with: ${installation}`, async () => {
    for (const version of kubernetesVersions) {
      const file = join(folderOfRendered(), `chart-${installation}-${version}.yaml`);
      writeFileSync(file, await render(valuesOf(installation), version));
      await checkManifests(tools, file, version);
    }
  });

  test(`every pod keeps to the restricted profile, and mounts no account: ${installation}`, () => {
    for (const { name, pod } of podsOf(of(installation))) {
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
    for (const { name, pod } of podsOf(of(installation))) {
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
    for (const { name, pod } of podsOf(of(installation))) {
      const [process] = pod.containers[0].args ?? [];
      if (!process) continue; // the test, which is no process of ours
      const known = settings.split('\n## ').find((section) => section.startsWith(`${process}\n`)) ?? '';
      const names = (pod.containers[0].env ?? []).map((/** @type {any} */ variable) => variable.name);
      assert.deepEqual(names, [...new Set(names)], name);
      for (const [, needed = ''] of known.matchAll(/^\| `(\w+)`\s+\| \*\*needed\*\*/gm))
        assert.ok(names.includes(needed) || !isWanted(needed, pod), `${name} is not told ${needed}`);
      for (const variable of names)
        assert.ok(
          variable.startsWith('TALLYSTICK_SECRET_') || variable === 'NODE_EXTRA_CA_CERTS' || known.includes(`\`${variable}\``),
          `${name}: ${variable} is in no list`,
        );
    }
  });

  test(`whatever points to a Deployment points to one that is there: ${installation}`, () => {
    const manifests = of(installation);
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
    const logins = manifests.filter(({ kind }) => kind === 'TriggerAuthentication').map(({ metadata }) => metadata.name);
    for (const { spec } of manifests.filter(({ kind }) => kind === 'ScaledObject'))
      for (const { authenticationRef } of spec.triggers)
        assert.ok(!authenticationRef || logins.includes(authenticationRef.name), authenticationRef?.name);
    for (const { metadata, spec } of deployments) assert.ok(selects(spec.selector, spec.template.metadata.labels), metadata.name);
  });
}

test('a process is given the time that its ending takes, a new one is ready before an old one goes, and no budget keeps a node from being drained', async () => {
  for (const args of [[], ['--set', 'endings.announceSeconds=60', '--set', 'tokenService.replicas=1']]) {
    for (const { kind, metadata, spec } of manifestsOf(await render([...valuesOf('simple'), ...args]))) {
      if (kind === 'PodDisruptionBudget')
        assert.deepEqual([spec.maxUnavailable, spec.minAvailable], [1, undefined], metadata.name);
      if (kind !== 'Deployment') continue;
      const pod = spec.template.spec;
      const announced = pod.containers[0].env.find((/** @type {any} */ { name }) => name === 'HTTP_ANNOUNCE_MS')?.value ?? 0;
      assert.ok(pod.terminationGracePeriodSeconds >= announced / 1000 + 45, metadata.name);
      assert.equal(spec.strategy.rollingUpdate.maxUnavailable, 0);
    }
  }
});

test('no name is longer than Kubernetes takes, however long that of the release is', async () => {
  const text = await renderChart(tools, valuesOf('managed'), { release: 'r'.repeat(53) });
  const names = manifestsOf(text).map(({ metadata }) => metadata.name);
  assert.deepEqual(names.filter((name) => name.length > 63), []); // prettier-ignore
});

test('a process is told how many replicas there are only where somebody said it: none is not the same as not said', async () => {
  const told = (/** @type {Manifest[]} */ manifests) =>
    podsOf(manifests.filter(({ kind }) => kind === 'Deployment'))
      .flatMap(({ pod }) => pod.containers[0].env)
      .filter((/** @type {any} */ { name }) => name.endsWith('_REDIS_REPLICAS'))
      .map((/** @type {any} */ { name, value }) => `${name}=${value}`)
      .sort();
  assert.deepEqual(told(of('simple')), []);
  assert.deepEqual(told(of('certificates')), ['PROVISIONING_REDIS_REPLICAS=1', 'WORKER_REDIS_REPLICAS=1']);
  const single = manifestsOf(await render([...valuesOf('simple'), '--set', 'redis.rings.replicas=0']));
  assert.deepEqual(told(single), ['TOKENS_REDIS_REPLICAS=0']);
});

test("every pod that calls somebody believes this organisation's own authority, where there is one", () => {
  for (const { name, pod } of podsOf(of('certificates')))
    assert.ok(JSON.stringify(pod.containers[0].env).includes('"NODE_EXTRA_CA_CERTS"'), name);
});

test('another image is another build, also when only its digest is', async () => {
  const buildOf = async (/** @type {string} */ digit) =>
    /WORKER_BUILD_ID, value: "(.+)"/.exec(
      await render([...valuesOf('simple'), '--set', `image.digest=sha256:${digit.repeat(64)}`]),
    )?.[1];
  assert.equal(await buildOf('a'), 'a'.repeat(16));
  assert.notEqual(await buildOf('a'), await buildOf('b'));
});

test('the alerts of the chart are those of deploy/alerts', () => {
  const of = (/** @type {string} */ folder) => readFileSync(join(root, 'deploy', folder, 'tallystick.rules.yaml'), 'utf8');
  assert.equal(of('helm/tallystick'), of('alerts'), 'cp deploy/alerts/tallystick.rules.yaml deploy/helm/tallystick/');
});

test('every server that a process is told of can be reached through its policy', () => {
  for (const installation of ['simple', 'managed', 'certificates']) {
    const manifests = of(installation);
    const policies = manifests.filter(({ kind }) => kind === 'NetworkPolicy');
    for (const { name, labels, pod } of podsOf(manifests).filter(({ pod }) => pod.containers[0].args)) {
      const open = policies.filter(({ spec }) => selects(spec.podSelector, labels)).flatMap(({ spec }) => spec.egress ?? []);
      const ports = open.flatMap((rule) => rule.ports.map((/** @type {any} */ { port }) => port));
      // A Job only makes topics, attributes or a build current: it has the variables of its process, and calls neither Redis nor the issuer.
      const isJob = pod.restartPolicy !== undefined;
      for (const { name: variable, value = '' } of pod.containers[0].env) {
        if (isJob ? !/_(BROKERS|TEMPORAL_ADDRESS)$/.test(variable) : !/_(BROKERS|ADDRESS|URL|SENTINELS|ISSUER|ENDPOINT)$|^AUTH_JWKS$/.test(variable)) continue; // prettier-ignore
        if (variable.endsWith('_UI_URL')) continue; // for people
        for (const address of value.split(',')) {
          const { port, protocol } = new URL(address.includes('://') ? address : `tcp://${address}`);
          const wanted = Number(port) || { 'https:': 443, 'http:': 80 }[protocol];
          assert.ok(ports.includes(wanted), `${name} can not reach ${variable}, port ${wanted}`);
        }
      }
    }
  }
});

test('nothing goes in or out of any pod but what a policy names', () => {
  for (const installation of ['simple', 'managed', 'certificates']) {
    const manifests = of(installation);
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

test('the simple and the managed installations have no critical fault', async () => {
  for (const installation of ['simple', 'managed', 'certificates']) {
    const file = join(folderOfRendered(), `chart-${installation}-1.34.0.yaml`);
    // A limit of processor time would stop renewals of leases; an image is named by its digest or tag, and need not be pulled each time.
    const accepted = ['--ignore-container-cpu-limit', '--ignore-test', 'container-image-pull-policy'];
    await runProgram(tools.kubeScore, ['score', ...accepted, file], { env: process.env });
  }
});

for (const [fault, args, saying] of /** @type {[string, string[], RegExp][]} */ ([
  ['a name that is misspelt', ['--set', 'tokenService.replica=3'], /replica/],
  ['a password in a URL', ['--set', 'redis.rings.url=redis://:secret@rings:6379'], /url/],
  ['no issuer', ['--set', 'auth.issuer='], /issuer/],
  ['two ways to one Redis', ['--set', 'redis.devices.sentinels={a:1}', '--set', 'redis.devices.sentinelPrimary=x'], /devices/],
  ['a Secret without its key', ['--set', 'keys.peppers.key='], /peppers/],
  ['an environment variable that is none', ['--set', 'tokenService.env.lower=1'], /lower/],
  ['a variable that the chart says itself', ['--set', 'tokenService.env.HTTP_ANNOUNCE_MS=90000'], /HTTP_ANNOUNCE_MS/],
  ['one Secret for two variables of one name', ['--set', 'tokenService.secretEnv.A.secret=s,tokenService.secretEnv.A.key=k,tokenService.env.A=1'], /A is in env or secretEnv/], // prettier-ignore
  ['a certificate without its key', ['--set', 'temporal.cert.secret=s,temporal.cert.key=k'], /temporal/],
  ['SASL without a password', ['--set', 'kafka.sasl.mechanism=plain,kafka.sasl.username=u'], /sasl/],
  ['callers by certificate without the authority of these', ['--set', 'pairingValidator.tls.callers.secret=s,pairingValidator.tls.callers.key=k'], /pairingValidator/], // prettier-ignore
  [
    'fewer replicas at most than at least',
    ['--set', 'pairingValidator.autoscaling.maxReplicas=2'],
    /maxReplicas is below minReplicas/,
  ],
  ['a Job that Temporal Cloud refuses', ['--set', 'temporal.address=a.b.tmprl.cloud:7233'], /searchAttributes/],
  [
    'KEDA, by TLS without a login',
    ['--set', 'temporalWorker.keda.enabled=true,temporal.tls=true'],
    /KEDA talks to Temporal by TLS only/,
  ],
  ['KEDA, with an authority that it does not ask', ['--set', 'temporalWorker.keda.enabled=true,temporal.apiKey.secret=s,temporal.apiKey.key=k,temporal.ca.secret=s,temporal.ca.key=k'], /temporal.ca only beside/], // prettier-ignore
]))
  test(`values are refused before anything is applied: ${fault}`, async () => {
    await assert.rejects(render([...valuesOf('simple'), ...args]), saying);
  });
