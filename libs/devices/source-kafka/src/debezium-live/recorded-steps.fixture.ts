import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RawSourceMessage } from '../index.ts';

const folder = join(import.meta.dirname, '../../../../../samples/debezium');
const files = readdirSync(folder);

interface Recorded {
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  readonly headers: Record<string, string | string[]>;
  readonly key: string | null;
  readonly value: string | null;
}

const read = (step: string, variant: string): Recorded[] => {
  const file = files.find((it) => it.startsWith(`${step}-`) && it.split('--')[1]?.replace('.json', '') === variant);
  if (!file) throw new Error(`no recording of step ${step}, ${variant}`);
  return JSON.parse(readFileSync(join(folder, file), 'utf8')) as Recorded[];
};

const bytes = (text: string): Buffer => Buffer.from(text);

/** What was recorded of a step, as the client delivers it. @param step its two digits */
export const recordedMessages = (step: string, variant: string): RawSourceMessage[] =>
  read(step, variant).map(({ key, value, headers, ...rest }) => ({
    ...rest,
    key: key === null ? null : bytes(key),
    value: value === null ? null : bytes(value),
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, it]) => [name, Array.isArray(it) ? it.map(bytes) : bytes(it)]),
    ),
  }));

export const createPerson = `
  CREATE TABLE person (
    id uuid PRIMARY KEY, username text NOT NULL, given_name text, family_name text, email text, mobile text, telephone text,
    enabled boolean NOT NULL, mfa_enabled boolean NOT NULL, mfa_method text, mfa_secret_ref text, mfa_enrolled_at timestamptz,
    photo text, attrs jsonb, groups text[], quota numeric(10,2), birth date, version integer NOT NULL, updated_at timestamptz NOT NULL);
  ALTER TABLE person ALTER photo SET STORAGE EXTERNAL`;

/** What no message tells: done before the changes of a step. */
const unseen: Readonly<Record<string, string>> = {
  '06': 'ALTER TABLE person REPLICA IDENTITY FULL',
  '13': 'ALTER TABLE person REPLICA IDENTITY DEFAULT',
  '16': 'ALTER TABLE person ADD COLUMN locale text',
  '17': 'TRUNCATE person',
  '20': 'TRUNCATE person',
};

type Column = string | number | boolean | readonly string[] | null;
type Row = Readonly<Record<string, Column>>;

/** Statements that make the recorded changes of a step again; each list is one transaction. */
export function transactionsOf(step: string, variant = 'envelope-noschema'): string[][] {
  const changes = read(step, variant).flatMap(({ key, value, headers }) => {
    if (key === null || value === null) return []; // a truncate, a tombstone
    const { op, after } = JSON.parse(value) as { op: string; after: Row };
    const moved = headers['__debezium.oldkey'];
    if (op === 'd') return headers['__debezium.newkey'] === undefined ? [`DELETE FROM person WHERE ${keyed(key)}`] : [];
    return op === 'u' || moved !== undefined ? updateOf(String(moved ?? key), after) : insertOf(after);
  });
  return [...(unseen[step] === undefined ? [] : [[unseen[step]]]), changes];
}

const insertOf = (row: Row): string =>
  `INSERT INTO person (${Object.keys(row).join(', ')}) VALUES (${Object.entries(row).map(literal).join(', ')})`;

/** The photo is never touched: as long as it stays the same it is not in the log. */
const updateOf = (key: string, row: Row): string => {
  const columns = Object.entries(row).filter(([column]) => column !== 'photo');
  return `UPDATE person SET ${columns.map((it) => `${it[0]} = ${literal(it)}`).join(', ')} WHERE ${keyed(key)}`;
};

const keyed = (key: string): string => `id = ${quoted((JSON.parse(key) as { id: string }).id)}`;
const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** The value that Debezium had written so. */
function literal([column, value]: readonly [string, Column]): string {
  if (value === null) return 'NULL';
  if (column === 'quota') return '12.50';
  if (column === 'birth') return `DATE '1970-01-01' + ${String(value)}`;
  if (typeof value === 'object') return `ARRAY[${value.map(quoted).join(', ')}]::text[]`;
  return typeof value === 'string' ? quoted(value) : String(value);
}
