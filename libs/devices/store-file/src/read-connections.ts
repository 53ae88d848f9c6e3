import { readFileSync } from 'node:fs';
import { err, ok, type Result } from '@tallystick/kernel-core';
import type { z } from 'zod';
import type { Connection } from './connection.ts';
import { connectionsSchema } from './connection-schema.ts';

/**
 * Reads the connection documents of a JSON file. All faults come at once, each with its path (`connections[0].source.topic: …`) and what
 * must be there, never with the value that is.
 */
export function readConnections(path: string): Result<readonly Connection[], readonly string[]> {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    return err([`the connections file can't be read (${codeOf(cause)})`]);
  }
  return parseConnections(text);
}

/** The same for a text that is already read. */
export function parseConnections(text: string): Result<readonly Connection[], readonly string[]> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    return err([`the connections file is not JSON${placeOf(cause)}`]);
  }
  const read = connectionsSchema.safeParse(json);
  if (!read.success) return err(read.error.issues.flatMap(faultsOf));
  const { connections } = read.data;
  const faults = [
    ...repeated(
      connections,
      (it) => `${it.environment}/${it.connection}`,
      'connection',
      'is in the file before, in the same environment',
    ),
    ...repeated(connections, (it) => it.source.topic, 'source.topic', 'is the topic of another connection'),
  ];
  return faults.length > 0 ? err(faults) : ok(connections);
}

function repeated(connections: readonly Connection[], by: (it: Connection) => string, field: string, fault: string): string[] {
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

function messageOf(issue: Issue): string {
  if (issue.code === 'invalid_value') return `must be one of ${issue.values.map((it) => JSON.stringify(it)).join(', ')}`;
  if (issue.code === 'invalid_union' && 'discriminator' in issue) return 'must be one of "json", "debezium"';
  return issue.code === 'invalid_type' ? `must be of type ${issue.expected}` : issue.message;
}

const pathOf = (path: readonly PropertyKey[]): string =>
  path.reduce<string>((text, it) => (typeof it === 'number' ? `${text}[${it}]` : `${text}${text && '.'}${String(it)}`), '') ||
  'the file';

const codeOf = (cause: unknown): string =>
  typeof cause === 'object' && cause !== null && 'code' in cause && typeof cause.code === 'string' ? cause.code : 'unknown cause';

/** Only the place: the parser's message quotes the text around it. */
const placeOf = (cause: unknown): string => {
  const [place] = cause instanceof Error ? (/at position \d+/.exec(cause.message) ?? []) : [];
  return place ? ` (${place})` : '';
};
