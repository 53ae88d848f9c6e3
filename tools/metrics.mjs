// `node tools/metrics.mjs` writes deploy/metrics.json: every metric of every process, as the code declares it, for alerts and dashboards to be
// held against. Metrics are declared by functions `declare…Metrics(metrics)` in files `…-metrics.ts`, and nowhere else (metrics.test.mjs).
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'rolldown';

const root = fileURLToPath(new URL('..', import.meta.url));
export const catalogueFile = join(root, 'deploy', 'metrics.json');
/** The processes that serve metrics. */
const processes = ['token-service', 'pairing-validator', 'provisioning-service', 'temporal-worker'];

/** Files below a folder of sources. @param {string} folder @param {RegExp} name */
export const sources = (folder, name) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => name.test(file))
    .map((file) => join(folder, file));

/** The declaring functions of the library and of one process. @param {string} entry @param {string} file */
async function bundle(entry, file) {
  await build({
    input: 'entry',
    platform: 'node',
    tsconfig: join(root, 'tsconfig.json'),
    external: /^(?!@tallystick\/|@oxc-project\/runtime\/|entry$)[^./\\\0]/,
    plugins: [{ name: 'entry', resolveId: (id) => (id === 'entry' ? join(root, 'entry.ts') : null), load: (id) => (id === join(root, 'entry.ts') ? entry : null) }], // prettier-ignore
    output: { file, codeSplitting: false },
    logLevel: 'silent',
  });
  return import(pathToFileURL(file).href);
}

/**
 * @typedef {{ process: string, name: string, type: string, labels: string[], help: string }} Metric
 * @returns {Promise<Metric[]>}
 */
export async function readMetrics() {
  const folder = mkdtempSync(join(root, 'node_modules', '.metrics-')); // below node_modules, where the npm packages are found from
  try {
    const all = [];
    for (const process of processes) {
      const files = sources(`apps/${process}/src`, /-metrics\.ts$/);
      const entry = [
        "export { createMetrics } from '@tallystick/platform-observability';",
        "export { declareHttpMetrics } from './libs/platform/http/src/http-metrics.ts';",
        ...files.map((file, at) => `export * as file${at} from './${file}';`),
      ].join('\n');
      const { createMetrics, declareHttpMetrics, ...modules } = await bundle(entry, join(folder, `${process}.mjs`));
      const metrics = createMetrics({ service: process });
      declareHttpMetrics(metrics);
      for (const module of Object.values(modules))
        for (const [name, declare] of Object.entries(module)) if (/^declare\w*Metrics$/.test(name)) declare(metrics);
      for (const { name, help, type, labelNames = ['method', 'route', 'status'] } of metrics.registry.getMetricsAsArray())
        all.push({ process, name, type: String(type), labels: [...labelNames, 'service'], help });
    }
    return [...all, ...sdkMetrics].sort((a, b) => (a.process + a.name < b.process + b.name ? -1 : 1));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Those of Temporal's SDK that somebody should look at, from its port of its own (TEMPORAL_METRICS_PORT). It has more; that these are there is
 * shown by the worker's own test. `service_name` is the SDK's.
 * @type {Metric[]}
 */
const sdkMetrics = Object.entries({
  temporal_worker_task_slots_available: ['gauge', 'Free places for tasks of a kind', ['worker_type']],
  temporal_worker_task_slots_used: ['gauge', 'Places for tasks of a kind that are taken', ['worker_type']],
  temporal_num_pollers: ['gauge', 'Pollers of a queue by kind', ['poller_type']],
  temporal_sticky_cache_size: ['gauge', 'Workflows that are kept in memory', []],
  temporal_request_total: ['counter', 'Calls of the Temporal server', ['operation'], 'no queue'],
  temporal_request_latency_seconds: ['histogram', 'Duration of calls of the Temporal server', ['operation'], 'no queue'],
  temporal_workflow_task_schedule_to_start_latency_seconds: ['histogram', 'How long tasks of workflows waited for a worker', []],
  temporal_workflow_task_execution_latency_seconds: ['histogram', 'Duration of tasks of workflows', ['workflow_type']],
  temporal_workflow_task_execution_failed_total: [
    'counter',
    'Tasks of workflows that failed, by why; there from the first one',
    ['workflow_type', 'failure_reason'],
  ],
  temporal_activity_schedule_to_start_latency_seconds: ['histogram', 'How long activities waited for a worker', []],
  temporal_activity_execution_latency_seconds: [
    'histogram',
    'Duration of one attempt of an activity',
    ['activity_type', 'workflow_type'],
  ],
}).map(([name, [type, help, labels, queue]]) => ({
  process: 'temporal-worker',
  name,
  type: /** @type {string} */ (type),
  labels: [.../** @type {string[]} */ (labels), 'namespace', 'service_name', ...(queue ? [] : ['task_queue'])],
  help: /** @type {string} */ (help),
}));

/** @param {readonly Metric[]} metrics */
export const textOf = (metrics) => `[\n${metrics.map((metric) => `  ${JSON.stringify(metric)}`).join(',\n')}\n]\n`;

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(catalogueFile, textOf(await readMetrics()));
export const readCatalogue = () => readFileSync(catalogueFile, 'utf8');
