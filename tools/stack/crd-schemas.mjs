// Schemas of the kinds that are KEDA's and the Prometheus operator's, for kubeconform: made from their own CustomResourceDefinitions, which
// Go's module proxy has with their sources (both Apache-2.0). Also the names that KEDA's scalers know, which its schema leaves open.
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { runProgram } from './programs.mjs';

const modules = [
  {
    module: 'github.com/kedacore/keda/v2',
    version: 'v2.21.0',
    sum: 'h1:R6z2HZvstK4RLUMxroNACzBj74xGxt3kG59b5Xc+Xps=',
    definitions: 'config/crd/bases',
    scalers: 'pkg/scalers',
  },
  {
    module: 'github.com/prometheus-operator/prometheus-operator',
    version: 'v0.85.0',
    sum: 'h1:M5xLCLEoaW2IJfnuCwFzzpL+jSVQu3KGT84Pye+fW8s=',
    definitions: 'example/prometheus-operator-crd',
  },
];
const kinds = ['ScaledObject', 'TriggerAuthentication', 'PodMonitor', 'ServiceMonitor', 'PrometheusRule'];
/** The scalers that the chart uses, and the files of KEDA that say what each is told. */
const scalers = { temporal: 'temporal_scaler.go', kafka: 'kafka_scaler.go' };

/** Changes with what is fetched. */
export const crdVersions = modules.map(({ version }) => version).join('-');

/** @typedef {Record<string, { metadata: string[], login: string[] }>} Scalers  by type: what its trigger and its TriggerAuthentication may say */

/**
 * Fetches the modules, and writes `<group>/<kind>_<version>.json` and `scalers.json`.
 * @param {string} go @param {string} folder
 * @param {{ env: NodeJS.ProcessEnv, signal?: AbortSignal | undefined }} options
 */
export async function fetchCrdSchemas(go, folder, { env, signal }) {
  mkdirSync(folder, { recursive: true });
  for (const { module, version, sum, definitions, scalers: sources } of modules) {
    const options = { env: { ...env, GOFLAGS: '' }, cwd: folder, signal };
    const said = await runProgram(go, ['mod', 'download', '-json', `${module}@${version}`], options);
    const { Dir: from, Sum: actual } = JSON.parse(said.slice(said.indexOf('{')));
    if (actual !== sum) throw new Error(`${module} ${version} is not what it was: ${actual}, expected ${sum}`);
    for (const file of readdirSync(join(from, definitions))) {
      const definition = /** @type {Definition} */ (load(readFileSync(join(from, definitions, file), 'utf8')));
      if (kinds.includes(definition.spec.names.kind)) writeSchemas(definition, folder);
    }
    if (sources) writeFileSync(join(folder, 'scalers.json'), JSON.stringify(scalersOf(join(from, sources))));
  }
}

/**
 * @typedef {{ spec: { group: string, names: { kind: string }, versions: { name: string, schema: { openAPIV3Schema: Schema } }[] } }} Definition
 * @typedef {{ type?: string | string[], properties?: Record<string, Schema>, items?: Schema, additionalProperties?: boolean | Schema, [other: string]: unknown }} Schema
 */

function writeSchemas(/** @type {Definition} */ { spec }, /** @type {string} */ folder) {
  mkdirSync(join(folder, spec.group), { recursive: true });
  for (const { name, schema } of spec.versions)
    writeFileSync(
      join(folder, spec.group, `${spec.names.kind.toLowerCase()}_${name}.json`),
      JSON.stringify(strict(schema.openAPIV3Schema)),
    );
}

/**
 * What a server would drop in silence is refused: no field but those that the definition names.
 * @param {Schema} schema  of a CustomResourceDefinition
 * @returns {Schema} of JSON
 */
export function strict({ nullable, ...schema }) {
  const { properties, items, additionalProperties, type } = schema;
  const isOpen = schema['x-kubernetes-preserve-unknown-fields'] === true || additionalProperties !== undefined;
  return {
    ...schema,
    ...(nullable === true && typeof type === 'string' && { type: [type, 'null'] }),
    ...(properties && {
      properties: Object.fromEntries(Object.entries(properties).map(([name, each]) => [name, strict(each)])),
    }),
    ...(properties && !isOpen && { additionalProperties: false }),
    ...(items && { items: strict(items) }),
    ...(typeof additionalProperties === 'object' && { additionalProperties: strict(additionalProperties) }),
  };
}

/** Go writes them behind each field: `keda:"name=endpoint, order=triggerMetadata;resolvedEnv"`. @param {string} from @returns {Scalers} */
function scalersOf(from) {
  return Object.fromEntries(
    Object.entries(scalers).map(([type, file]) => {
      const tags = [...readFileSync(join(from, file), 'utf8').matchAll(/keda:"name=(\w+),\s*order=([\w;]+)([^"]*)"/g)];
      const those = (/** @type {string} */ place) =>
        tags
          .filter(([, , order = '', rest = '']) => order.split(';').includes(place) && !rest.includes('deprecated'))
          .map(([, name = '']) => name);
      return [type, { metadata: those('triggerMetadata'), login: those('authParams') }];
    }),
  );
}
