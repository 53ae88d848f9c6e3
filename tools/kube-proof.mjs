// The second half of `npm run image -- --prove`: renders the Helm chart for the real servers of a stack, and lets `podman kube play` run what
// a cluster would: the Jobs before, each Deployment, the Job after, the chart's own test. Each pod is looked at from outside, one person and one
// verdict go through them, what KEDA is told to ask is asked, and each pod ends as on a node that is drained.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { dump } from 'js-yaml';
import kafkajs from 'kafkajs';
import { drive, lookAt } from './image-proof.mjs';
import { choosePorts, processes, secretsOf, simulatorArgs, valuesFor } from './kube-installation.mjs';
import { asPlayed } from './kube-pods.mjs';
import { scalersSee } from './kube-scalers.mjs';
import { root } from './prepare.mjs';
import { chartCheckers } from './stack/chart-checkers.mjs';
import { askEngine, runEngine } from './stack/podman.mjs';
import { manifestsOf, renderChart } from './stack/rendered-chart.mjs';
import { startStack } from './stack/stack.mjs';

const { Kafka, logLevel } = kafkajs;

/** @typedef {import('./stack/podman.mjs').Engine} Engine */
/** @typedef {import('./stack/rendered-chart.mjs').Manifest} Manifest */
/** @typedef {import('./image-proof.mjs').Row} Row */

const release = 'proof';
const nameOf = (/** @type {string} */ process) => `${release}-tallystick-${process}`;
const simulator = nameOf('simulator');

/**
 * @param {Engine} engine  Podman
 * @param {{ image: string, log: (line: string) => void, signal: AbortSignal }} options
 * @returns {Promise<Row[]>} what was seen of each Deployment
 * @throws {Error} when a Job, a pod or the chart's test fails, with its last lines
 */
export async function proveChart(engine, { image, log, signal }) {
  const run = (/** @type {string[]} */ ...args) => askEngine(engine, args, { signal });
  const tools = await chartCheckers({ log, signal });
  const ports = await choosePorts();
  const stack = await startStack({ name: 'kube', servers: ['redis', 'kafka', 'temporal', 'oidc'], fresh: true, log, signal });
  const { redis = '', kafka = '', temporal = '', oidc = '' } = stack.endpoints;
  const played = new PlayedPods(engine, { ports: ports.pods, secrets: secretsOf(ports.simulator), signal });
  /** @type {Row[]} */
  const rows = [];
  try {
    const values = played.write('values', valuesFor({ image, redis, kafka, temporal, oidc, simulator: ports.simulator }));
    const manifests = manifestsOf(await renderChart(tools, ['-f', values], { release }));
    const hooked = (/** @type {string} */ hook) =>
      manifests.filter(({ kind, metadata }) => ['Job', 'Pod'].includes(kind) && metadata.annotations?.['helm.sh/hook']?.split(',').includes(hook)); // prettier-ignore
    const carryOut = async (/** @type {string} */ hook) => {
      for (const manifest of hooked(hook)) {
        await played.carryOut(manifest);
        log(`${manifest.metadata.name}: done`);
      }
    };
    await makeSourceTopic(kafka);
    await run(...simulatorArgs({ name: simulator, image, port: ports.simulator }));
    await carryOut('pre-install');
    const pods = [];
    for (const manifest of processes.map((process) =>
      manifests.find(({ kind, metadata }) => kind === 'Deployment' && metadata.name === nameOf(process)),
    )) {
      // prettier-ignore
      if (!manifest) throw new Error('the chart lacks a Deployment');
      const from = performance.now();
      const pod = await played.start(manifest);
      await played.untilReady(pod);
      pods.push({ ...pod, row: { process: pod.component, readyMs: performance.now() - from, residentMb: 0, exit: -1, endMs: 0, faults: [] } }); // prettier-ignore
      log(`${pod.component} is ready`);
    }
    await carryOut('post-install');
    const portOf = (/** @type {string} */ service) => ports.pods[service]?.api ?? Number(new URL(oidc).port);
    await drive({ kafka, portOf, log });
    for (const line of await scalersSee(manifests, { temporal, kafka })) log(line);
    await carryOut('test');
    for (const pod of pods) rows.push(await played.look(pod));
    for (const pod of pods.toReversed()) await played.end(pod);
    for (const [field, why] of played.changes) log(`not as in a cluster: ${field}: ${why}`);
  } finally {
    await runEngine(engine, ['rm', '--force', '--time', '1', simulator]).catch(() => undefined);
    await played.removeAll();
    await stack.stop();
  }
  return rows;
}

/**
 * A pod that runs; `ready` is the URL of its own readiness probe.
 * @typedef {{ manifest: Manifest, component: string, container: string, pod: string, ready: string }} Playing
 */

class PlayedPods {
  /** What is not as in a cluster, and why. @type {Map<string, string>} */
  changes = new Map();
  /** @type {string[]} */
  #names = [];
  #work = join(root, '.stack', 'kube-proof');

  /** @param {Engine} engine @param {{ ports: Record<string, import('./kube-pods.mjs').Ports>, secrets: import('./kube-pods.mjs').Secrets, signal: AbortSignal }} options */
  constructor(engine, { ports, secrets, signal }) {
    this.engine = engine;
    this.ports = ports;
    this.secrets = secrets;
    this.signal = signal;
    rmSync(this.#work, { recursive: true, force: true });
    mkdirSync(this.#work, { recursive: true, mode: 0o700 });
    this.changes.set(
      'terminationGracePeriodSeconds',
      'Podman gives ten seconds by itself: `pod stop` is told those of the chart',
    );
    this.changes.set('affinity, topologySpreadConstraints, serviceAccountName', 'left in, and read by nobody');
  }

  /** @param {string} name @param {...object} documents @returns {string} the file */
  write(name, ...documents) {
    const file = join(this.#work, `${name}.yaml`);
    writeFileSync(file, documents.map((each) => dump(each, { noRefs: true, skipInvalid: true })).join('---\n'), { mode: 0o600 });
    return file;
  }

  /** @param {Manifest} manifest @returns {Promise<Playing>} */
  async start(manifest) {
    const { name, labels } = manifest.metadata;
    const component = labels?.['app.kubernetes.io/component'] ?? '';
    const file = this.write(name, ...asPlayed(manifest, { ...this.#place(component), changed: (field, why) => this.changes.set(field, why) })); // prettier-ignore
    this.#names.push(name);
    await this.#run('kube', 'play', file);
    const all = (await this.#run('ps', '--all', '--pod', '--format', '{{.Names}} {{.PodName}}'))
      .split('\n')
      .map((line) => line.split(' '));
    const [container, pod] = all.find(([one = '', of = '']) => !one.endsWith('-infra') && (of === name || of.startsWith(`${name}-pod`))) ?? []; // prettier-ignore
    if (!container || !pod) throw new Error(`Podman played ${name}, and has no container of it`);
    const path = containerOf(manifest).readinessProbe?.httpGet.path;
    return { manifest, component, container, pod, ready: `http://127.0.0.1:${this.ports[component]?.operations}${path}` };
  }

  /** Of a Job its process' place: it has the same settings. @param {string} component */
  #place(component) {
    const ports = this.ports[component] ?? this.ports[component.replace('topics-', '')] ?? this.ports['temporal-worker'];
    if (!ports) throw new Error(`no ports for ${component}`);
    const here = (/** @type {string} */ text) =>
      processes.reduce((done, name) => done.replaceAll(`//${nameOf(name)}:8080`, `//127.0.0.1:${this.ports[name]?.api}`), text);
    return { ports, here, secrets: this.secrets };
  }

  /** A Job or the chart's test, to its end. @param {Manifest} manifest */
  async carryOut(manifest) {
    const { container } = await this.start(manifest);
    const status = await this.#run('wait', container);
    if (status !== '0') throw new Error(`${manifest.metadata.name} ended with ${status}:\n${await this.#lastWords(container)}`);
    await this.#remove(manifest.metadata.name);
  }

  /** Within the time that its startup probe gives it. @param {Playing} playing */
  async untilReady({ manifest, container, ready }) {
    const { periodSeconds, failureThreshold } = containerOf(manifest).startupProbe;
    const end = performance.now() + periodSeconds * failureThreshold * 1000;
    while ((await statusOf(ready)) !== 200) {
      const isRunning = await this.#run('inspect', '--format', '{{.State.Running}}', container);
      if (isRunning !== 'true' || performance.now() > end)
        throw new Error(`${container} is not ready:\n${await this.#lastWords(container)}`);
      await delay(100, undefined, { signal: this.signal });
    }
  }

  /** @param {Playing & { row: Row }} playing @returns {Promise<Row>} the row, filled */
  async look({ manifest, container, row }) {
    const format = '{{.State.Pid}} {{.HostConfig.Memory}} {{.RestartCount}}';
    const [pid = '', memory, restarts] = (await this.#run('inspect', '--format', format, container)).split(' ');
    const { residentMb, faults } = lookAt(pid);
    row.residentMb = residentMb;
    row.faults.push(...faults);
    const limit = parseInt(containerOf(manifest).resources.limits.memory, 10) * 2 ** 20;
    if (Number(memory) !== limit) row.faults.push(`may take ${memory} bytes of memory, not ${limit}`);
    if (restarts !== '0') row.faults.push(`was restarted ${restarts} times`);
    await this.#run('healthcheck', 'run', container).catch(() => row.faults.push('is not alive, says its own probe'));
    return row;
  }

  /** @param {Playing & { row: Row }} playing */
  async end({ manifest, container, pod, ready, row }) {
    const announces = containerOf(manifest).env.some((/** @type {{ name: string }} */ { name }) => name === 'HTTP_ANNOUNCE_MS');
    const from = performance.now();
    const stopped = this.#run('pod', 'stop', '--time', String(manifest.spec.template.spec.terminationGracePeriodSeconds), pod);
    if (announces && (await firstOther(ready)) !== 503) row.faults.push('ends without having said that it is not ready');
    await stopped;
    row.endMs = performance.now() - from;
    row.exit = Number(await this.#run('inspect', '--format', '{{.State.ExitCode}}', container));
    if (row.exit !== 0) row.faults.push(`ended with ${row.exit}:\n${await this.#lastWords(container)}`);
  }

  async removeAll() {
    for (const name of this.#names.toReversed()) await this.#remove(name);
    rmSync(this.#work, { recursive: true, force: true }); // keys are in it
  }

  /** `kube down` leaves volumes. @param {string} name */
  async #remove(name) {
    this.#names = this.#names.filter((each) => each !== name);
    const attempt = (/** @type {string[]} */ ...args) => askEngine(this.engine, args).catch(() => '');
    await attempt('kube', 'down', join(this.#work, `${name}.yaml`));
    for (const left of (await attempt('volume', 'ls', '--format', '{{.Name}}')).split('\n'))
      if (left.startsWith(`${name}-`)) await attempt('volume', 'rm', left);
  }

  #run(/** @type {string[]} */ ...args) {
    return askEngine(this.engine, args, { signal: this.signal });
  }

  #lastWords(/** @type {string} */ container) {
    return runEngine(this.engine, ['logs', '--tail', '8', container]);
  }
}

const containerOf = (/** @type {Manifest} */ { spec }) => (spec.template?.spec ?? spec).containers[0];
/** @returns {Promise<number | undefined>} undefined: no answer */
const statusOf = (/** @type {string} */ url) => fetch(url, { signal: AbortSignal.timeout(2_000) }).then(({ status }) => status, () => undefined); // prettier-ignore

/** What it answers after it was ready. @param {string} url */
async function firstOther(url) {
  for (;;) {
    const status = await statusOf(url);
    if (status !== 200) return status;
    await delay(25);
  }
}

/** Topics of the sources are made by whoever fills them. @param {string} kafka */
async function makeSourceTopic(kafka) {
  const admin = new Kafka({ brokers: [kafka], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic: 'demo.people', numPartitions: 1 }] });
  await admin.disconnect();
}
