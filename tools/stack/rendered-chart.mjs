// The Helm chart, rendered: what its tests and the proof of its pods look at.
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { loadAll } from 'js-yaml';
import { repository } from './folders.mjs';
import { runProgram } from './programs.mjs';

/** @typedef {import('./chart-checkers.mjs').ChartCheckers} ChartCheckers */
/** @typedef {{ kind: string, metadata: { name: string, labels?: Record<string, string>, annotations?: Record<string, string> }, spec: any }} Manifest */

export const chart = join(repository, 'deploy', 'helm', 'tallystick');
/** The example values, by name. */
export const installations = readdirSync(join(chart, 'ci')).map((file) => file.replace('-values.yaml', ''));
/** @param {string} installation @returns {string[]} arguments of Helm */
export const valuesOf = (installation) => ['-f', join(chart, 'ci', `${installation}-values.yaml`)];

/** @param {ChartCheckers} tools @param {string[]} args @param {{ version?: string, release?: string }} [options] @returns {Promise<string>} */
export const renderChart = ({ helm }, args, { version = '1.34.0', release = 'release' } = {}) =>
  runProgram(helm, ['template', release, chart, '--namespace', 'tallystick', '--kube-version', version, ...args], {
    env: process.env,
  });

/** @param {string} text @returns {Manifest[]} */
export const manifestsOf = (text) => /** @type {Manifest[]} */ (loadAll(text)).filter(Boolean);

/**
 * Against the schemas of Kubernetes, KEDA and the Prometheus operator. No kind is left out: one without a schema fails.
 * @param {ChartCheckers} tools @param {string} file @param {string} [version]
 * @throws {Error} that names the field at fault
 */
export function checkManifests({ kubeconform, schemaLocations }, file, version = '1.34.0') {
  const schemas = schemaLocations.flatMap((location) => ['-schema-location', location]);
  return runProgram(kubeconform, ['-strict', '-kubernetes-version', version, ...schemas, file], { env: process.env });
}

/** @returns {string} a folder for what is rendered */
export function folderOfRendered() {
  const folder = join(repository, '.stack');
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** @param {Manifest[]} manifests  every pod that they make */
export const podsOf = (manifests) =>
  manifests.flatMap(({ kind, metadata, spec }) => {
    if (kind === 'Pod') return [{ name: metadata.name, labels: metadata.labels ?? {}, pod: spec }];
    if (kind !== 'Deployment' && kind !== 'Job') return [];
    return [{ name: metadata.name, labels: spec.template.metadata.labels, pod: spec.template.spec }];
  });

/** @param {any} selector @param {Record<string, string>} labels @returns {boolean} */
export const selects = ({ matchLabels = {}, matchExpressions = [] }, labels) =>
  Object.entries(matchLabels).every(([name, value]) => labels[name] === value) &&
  matchExpressions.every((/** @type {any} */ each) => each.values.includes(labels[each.key]));
