import type { ConnectionDocument } from '@tallystick/devices-domain';
import { err, ok, type Result } from '@tallystick/kernel-core';
import type { z } from 'zod';
import { connectionSchema } from './connection-schema.ts';
import { inOurNames } from './reference-names.ts';

/**
 * Reads one connection document. All faults come at once, each with its path (`source.topic: …`) and what must be there, never with the
 * value that is. Labels and keys of the reference are taken too (d.1, d.3). `under`: put before each path.
 */
export function parseConnection(json: unknown, under = ''): Result<ConnectionDocument, readonly string[]> {
  const { document, faults } = inOurNames(json);
  const read = connectionSchema.safeParse(document);
  const all = [...faults, ...(read.success ? [] : read.error.issues.flatMap(faultsOf))];
  if (read.success && all.length === 0) return ok(read.data);
  return err(all.slice(0, mostFaults).map((fault) => under + fault));
}

/** More than a person reads at once; a large body of unknown fields is not answered with one still larger. */
const mostFaults = 100;

/** A file of connections: `{"connections": […]}`. Two with one name, or one topic, are faults as well. */
export function parseConnections(text: string): Result<readonly ConnectionDocument[], readonly string[]> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    return err([`the connections file is not JSON${placeOf(cause)}`]);
  }
  const documents = typeof json === 'object' && json !== null && 'connections' in json ? json.connections : undefined;
  if (!Array.isArray(documents) || Object.keys(json as object).length > 1)
    return err(['the connections file must be an object with the one field "connections", a list']);
  const read = documents.map((document, n) => parseConnection(document, `connections[${n}].`));
  const faults = read.flatMap((one) => (one.ok ? [] : one.error));
  if (faults.length > 0) return err(faults);
  const connections = read.flatMap((one) => (one.ok ? [one.value] : []));
  const again = [
    ...repeated(
      connections,
      (it) => `${it.environment}/${it.connection}`,
      'connection',
      'is in the file before, in the same environment',
    ),
    ...repeated(connections, (it) => it.source.topic, 'source.topic', 'is the topic of another connection'),
  ];
  return again.length > 0 ? err(again) : ok(connections);
}

function repeated(
  connections: readonly ConnectionDocument[],
  by: (it: ConnectionDocument) => string,
  field: string,
  fault: string,
): string[] {
  const seen = new Set<string>();
  return connections.flatMap((it, n) => {
    const known = seen.has(by(it));
    seen.add(by(it));
    return known ? [`connections[${n}].${field}: ${fault}`] : [];
  });
}

type Issue = z.core.$ZodIssue;

/** Messages of the schema library name what is expected; the parts that would quote what was found are said in our words. */
function faultsOf(issue: Issue): string[] {
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => `${pathOf([...issue.path, key])}: is not known here`);
  return [`${pathOf(issue.path)}: ${messageOf(issue)}`];
}

const kinds: Readonly<Record<string, string>> = {
  'source.format': '"json", "debezium", "cloudevents"',
  directory: '"pingid", "pingone"',
};

function messageOf(issue: Issue): string {
  if (issue.code === 'invalid_value') return `must be one of ${issue.values.map((it) => JSON.stringify(it)).join(', ')}`;
  if (issue.code === 'invalid_union' && 'discriminator' in issue) {
    const of = pathOf(issue.path.slice(0, -1));
    return `must be one of ${kinds[of] ?? 'the kinds that there are'}`;
  }
  return issue.code === 'invalid_type' ? `must be of type ${issue.expected}` : issue.message;
}

/** A key that is unknown is text of the sender: shown as far as it can be a name. */
const pathOf = (path: readonly PropertyKey[]): string =>
  path.reduce<string>((text, it) => (typeof it === 'number' ? `${text}[${it}]` : `${text}${text && '.'}${nameOf(it)}`), '') ||
  'the document';

const nameOf = (key: PropertyKey): string =>
  /^[\w /.:-]{1,64}$/.test(String(key)) ? String(key) : '(a name that can not be shown)';

/** Only the place: the parser's message quotes the text around it. */
const placeOf = (cause: unknown): string => {
  const [place] = cause instanceof Error ? (/at position \d+/.exec(cause.message) ?? []) : [];
  return place ? ` (${place})` : '';
};
