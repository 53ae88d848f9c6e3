// What the chart asks of KEDA and of the Prometheus operator: kinds that are not of Kubernetes itself.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { dump } from 'js-yaml';
import { root } from './prepare.mjs';
import { chartCheckers } from './stack/chart-checkers.mjs';
import { checkManifests, folderOfRendered, manifestsOf, podsOf, renderChart, valuesOf } from './stack/rendered-chart.mjs';

/** @typedef {import('./stack/rendered-chart.mjs').Manifest} Manifest */
const installations = ['managed', 'certificates'];
/** @type {import('./stack/chart-checkers.mjs').ChartCheckers} */
let tools;
/** @type {Map<string, Manifest[]>} */
const rendered = new Map();
const of = (/** @type {string} */ installation) => /** @type {Manifest[]} */ (rendered.get(installation));
/** As the sources of the workflows say. */
const taskQueues = () =>
  ['devices/workflow-api/src/reconcile-user-api.ts', 'devices/workflow-api/src/full-pass-api.ts', 'tokens/workflow-api/src/rotate-token-api.ts'] // prettier-ignore
    .map((file) => /TaskQueue = '([\w-]+)'/.exec(readFileSync(join(root, 'libs', file), 'utf8'))?.[1])
    .sort();

before(async () => {
  tools = await chartCheckers({ log: (line) => console.error(line) });
  for (const installation of installations)
    rendered.set(installation, manifestsOf(await renderChart(tools, valuesOf(installation))));
});

/** A planted fault in what is known to be right. @param {string} kind @param {(manifest: any) => void} plant */
async function checkFaulty(kind, plant) {
  const manifest = structuredClone(of('managed').find((each) => each.kind === kind));
  plant(manifest);
  const file = join(folderOfRendered(), `chart-faulty-${kind}.yaml`);
  writeFileSync(file, dump(manifest));
  return checkManifests(tools, file);
}
for (const [kind, field, plant] of /** @type {[string, RegExp, (manifest: any) => void][]} */ ([
  ['ScaledObject', /scaleTargetReference/, ({ spec }) => (spec.scaleTargetReference = spec.scaleTargetRef)],
  ['ScaledObject', /taskqueue/, ({ spec }) => (spec.triggers[0].taskqueue = 'devices')],
  ['ScaledObject', /minReplicaCount/, ({ spec }) => (spec.minReplicaCount = 'two')],
  ['TriggerAuthentication', /secretRef/, ({ spec }) => (spec.secretRef = spec.secretTargetRef)],
  ['PodMonitor', /podMetricsEndpoint/, ({ spec }) => (spec.podMetricsEndpoints[0].metricsPath = '/metrics')],
  ['PrometheusRule', /severity/, ({ spec }) => (spec.groups[0].rules[0].severity = 'page')],
]))
  test(`a field that ${kind} does not have, or not so, is refused: ${field.source}`, async () => {
    await checkFaulty(kind, () => {});
    await assert.rejects(checkFaulty(kind, plant), field);
  });

test('KEDA asks for the backlog of the queues that workers have, as the build that they are, with the same login', () => {
  for (const installation of installations) {
    const manifests = of(installation);
    const [worker] = podsOf(manifests).filter(({ name }) => name.endsWith('-temporal-worker'));
    const told = new Map(worker?.pod.containers[0].env.map((/** @type {any} */ { name, value }) => [name, value]));
    const triggers = manifests.filter(({ kind }) => kind === 'ScaledObject').flatMap(({ spec }) => spec.triggers);
    const temporal = triggers.filter(({ type }) => type === 'temporal').map(({ metadata }) => metadata);
    assert.deepEqual(temporal.map(({ taskQueue }) => taskQueue).sort(), taskQueues());
    for (const { taskQueue, ...said } of temporal) {
      assert.deepEqual(
        [said.endpoint, said.namespace],
        [told.get('WORKER_TEMPORAL_ADDRESS'), told.get('WORKER_TEMPORAL_NAMESPACE')],
      );
      const half = taskQueue.replace('-bulk', '');
      assert.equal(said.workerDeploymentName, `${told.get('WORKER_DEPLOYMENT')}-${half}`);
      assert.equal(said.workerDeploymentBuildId, told.get('WORKER_BUILD_ID'));
    }
    for (const { kind, metadata, spec } of manifests) {
      for (const trigger of kind === 'ScaledObject' ? spec.triggers : []) {
        const { metadata: known = [] } = tools.scalers[trigger.type] ?? {};
        assert.deepEqual(Object.keys(trigger.metadata).filter((name) => !known.includes(name)), [], `${trigger.type}: KEDA does not know`); // prettier-ignore
      }
      if (kind !== 'TriggerAuthentication') continue;
      const { pod } = podsOf(manifests).find(({ name }) => name === metadata.name) ?? {};
      const mounted = JSON.stringify(pod.volumes);
      for (const { name, key } of spec.secretTargetRef)
        assert.ok(mounted.includes(`"name":"${name}","items":[{"key":"${key}"`), `${metadata.name}: ${name} ${key}`);
      const { login = [] } = tools.scalers[metadata.name.endsWith('worker') ? 'temporal' : 'kafka'] ?? {};
      for (const { parameter } of [...spec.secretTargetRef, ...(spec.env ?? [])]) assert.ok(login.includes(parameter), parameter);
      for (const { name, containerName } of spec.env ?? [])
        assert.ok(pod.containers.some((/** @type {any} */ each) => each.name === containerName && JSON.stringify(each.env).includes(`"${name}"`))); // prettier-ignore
    }
  }
});
