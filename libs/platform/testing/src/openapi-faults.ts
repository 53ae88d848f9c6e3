import { validate } from '@hyperjump/json-schema/openapi-3-1';

const strictSchema = 'https://spec.openapis.org/oas/3.1/schema-base';
const methods = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'];

type Node = Readonly<Record<string, unknown>>;
const nodeOf = (value: unknown): Node => (typeof value === 'object' && value !== null ? (value as Node) : {});

/**
 * Everything that is wrong with an OpenAPI document, one line each with its place; empty when it is right. It must fit the schema of
 * OpenAPI 3.1 with every JSON schema in it fitting draft 2020-12, every reference must lead somewhere, operation ids must be unique,
 * and the parameters of each path must be exactly those that its operations declare. For `expect(await openApiFaults(document)).toEqual([])`.
 */
export async function openApiFaults(document: unknown): Promise<readonly string[]> {
  const check = await validate(strictSchema);
  const output = check(document as Parameters<typeof check>[0], 'BASIC');
  const form = output.valid ? [] : (output.errors ?? []).map((fault) => `${fault.instanceLocation} breaks ${fault.keyword}`);
  return [
    ...new Set([...form, ...danglingIn(document, document), ...operationFaults(nodeOf(nodeOf(document)['paths']), document)]),
  ];
}

/** The node that a local reference leads to. */
function follow(reference: string, document: unknown): unknown {
  const steps = reference.slice(2).split('/');
  return steps.reduce<unknown>(
    (node, step) => nodeOf(node)[decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~')],
    document,
  );
}

function danglingIn(node: unknown, document: unknown): readonly string[] {
  if (Array.isArray(node)) return node.flatMap((inner) => danglingIn(inner, document));
  return Object.entries(nodeOf(node)).flatMap(([name, inner]) => {
    if (name !== '$ref' || typeof inner !== 'string') return danglingIn(inner, document);
    return inner.startsWith('#/') && follow(inner, document) !== undefined ? [] : [`${inner} leads nowhere`];
  });
}

function operationFaults(paths: Node, document: unknown): readonly string[] {
  const seen = new Map<string, string>();
  return Object.entries(paths).flatMap(([path, item]) =>
    methods
      .filter((method) => nodeOf(item)[method] !== undefined)
      .flatMap((method) => {
        const place = `${method.toUpperCase()} ${path}`;
        const { operationId, parameters } = nodeOf(nodeOf(item)[method]);
        const id = typeof operationId === 'string' ? operationId : undefined;
        const twin = id === undefined ? undefined : seen.get(id);
        if (id !== undefined) seen.set(id, place);
        const inPath = [nodeOf(item)['parameters'], parameters]
          .flatMap((list) => (Array.isArray(list) ? (list as unknown[]) : []))
          .map((entry) => nodeOf(entry))
          .map((entry) => (typeof entry['$ref'] === 'string' ? nodeOf(follow(entry['$ref'], document)) : entry))
          .filter((entry) => entry['in'] === 'path')
          .map((entry) => String(entry['name']));
        const named = [...path.matchAll(/\{([^}]+)\}/g)].map(([, name]) => name ?? '');
        return [
          ...(id === undefined ? [`${place} has no operation id`] : []),
          ...(twin === undefined ? [] : [`${place} has the operation id of ${twin}`]),
          ...named.filter((name) => !inPath.includes(name)).map((name) => `${place} does not declare {${name}}`),
          ...inPath
            .filter((name) => !named.includes(name))
            .map((name) => `${place} declares {${name}}, which is not in its path`),
        ];
      }),
  );
}
