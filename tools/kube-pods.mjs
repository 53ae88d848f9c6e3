// Pods of the chart as `podman kube play` takes them. As little as can be is changed; each change is told, with its reason.
import { dirname, basename, join } from 'node:path';

/** @typedef {import('./stack/rendered-chart.mjs').Manifest} Manifest */
/** @typedef {{ api: number, operations: number, 'sdk-metrics': number }} Ports  of one pod on this machine */
/** @typedef {Record<string, Record<string, string>>} Secrets  texts by name and key */

const inPod = { 8080: 'api', 9090: 'operations', 9091: 'sdk-metrics' };

/**
 * @param {Manifest} manifest  a Deployment, Job or Pod
 * @param {{ ports: Ports, secrets: Secrets, here: (text: string) => string, changed: (field: string, why: string) => void }} options  `here`: names
 *   of services as addresses of this machine
 * @returns {Manifest[]} ConfigMaps with what its Secrets hold, and what uses them
 */
export function asPlayed({ kind, metadata, spec, ...rest }, { ports, secrets, here, changed }) {
  const { name, labels } = metadata;
  const pod = structuredClone(kind === 'Pod' ? spec : spec.template.spec);
  const [container] = pod.containers;
  const own = foldersOf(pod, name, secrets, changed);
  if (own.length > 0) {
    const mounts = container.volumeMounts.filter((/** @type {any} */ mount) => mount.name !== 'settings');
    const { mountPath } = container.volumeMounts.find((/** @type {any} */ mount) => mount.name === 'settings');
    container.volumeMounts = [...mounts, ...own.map(({ volume, folder }) => ({ name: volume.name, mountPath: join(mountPath, folder), readOnly: true }))]; // prettier-ignore
  }
  pod.volumes = [
    ...own.map(({ volume }) => volume),
    ...(pod.volumes ?? []).filter((/** @type {any} */ { projected }) => !projected),
  ];
  for (const each of [...pod.volumes, ...(container.volumeMounts ?? [])]) {
    if (each.name !== 'tmp') continue;
    each.name = `${name}-tmp`;
    changed(
      'emptyDir',
      'called by the name of its pod (Podman gives one of one name to all pods), a folder of the disk without a bound',
    );
  }

  pod.hostNetwork = true;
  changed('hostNetwork, ports', 'one machine has no network of pods: each has ports of its own on 127.0.0.1, and no Service');
  const { livenessProbe: alive } = container;
  for (const probe of ['startupProbe', 'readinessProbe']) delete container[probe];
  delete container.ports;
  if (alive) {
    changed('startupProbe, readinessProbe', 'Podman has none: asked from outside, at the same path');
    changed(
      'livenessProbe.httpGet',
      'Podman asks with curl, which the image has not: the same question by node, in the container',
    );
    const { httpGet, ...times } = alive;
    const address = `http://127.0.0.1:${ports[/** @type {keyof Ports} */ (httpGet.port)]}${httpGet.path}`;
    const ask = `fetch("${address}").then((r)=>process.exit(+!r.ok),()=>process.exit(1))`;
    // Without a blank: Podman 4.3 gives the shell only what stands before the first one.
    container.livenessProbe = { ...times, exec: { command: [`node\${IFS}-e\${IFS}'${ask}'`] } };
  }
  for (const variable of container.env ?? []) {
    if (/_PORT$/.test(variable.name))
      variable.value = String(ports[/** @type {keyof Ports} */ (/** @type {any} */ (inPod)[variable.value])]);
    if (/_HOST$/.test(variable.name)) variable.value = '127.0.0.1';
  }

  const played = JSON.parse(here(JSON.stringify(pod)));
  const documents = own.map(({ document }) => document);
  if (kind === 'Deployment') {
    const { replicas: _, ...one } = spec;
    const template = { ...spec.template, spec: played };
    return [...documents, { kind, metadata: { name, ...(labels && { labels }) }, spec: { ...one, template }, ...rest }];
  }
  changed('Job', 'Podman plays none: its pod, which is not tried again');
  const alone = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, ...(labels && { labels }) },
    spec: { ...played, restartPolicy: 'Never' },
  };
  return [...documents, alone];
}

/** One ConfigMap and one volume for each folder of what is projected. @param {any} pod @param {string} name @param {Secrets} secrets @param {(field: string, why: string) => void} changed */
function foldersOf(pod, name, secrets, changed) {
  /** @type {Map<string, Record<string, string>>} */
  const folders = new Map();
  for (const { projected } of pod.volumes ?? [])
    for (const { secret } of projected?.sources ?? [])
      for (const { key, path } of secret.items) {
        const text = secrets[secret.name]?.[key];
        if (text === undefined) throw new Error(`${name} wants ${key} of the Secret ${secret.name}, which there is not`);
        const folder = dirname(path);
        folders.set(folder, { ...folders.get(folder), [basename(path)]: text });
      }
  if (folders.size > 0) {
    changed('volumes.projected', 'Podman 4 knows none: a volume for each folder, the same files at the same paths');
    changed('Secrets', 'Podman 4.3 lays their files down in base64: ConfigMaps with the same texts');
    changed('defaultMode, fsGroup', 'Podman lays files down for everybody to read: who may read which is not shown here');
  }
  return [...folders].map(([folder, data]) => {
    const own = `${name}-${folder.replaceAll('/', '-')}`;
    const document = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: own }, data, spec: undefined };
    return { folder, document, volume: { name: own, configMap: { name: own } } };
  });
}
