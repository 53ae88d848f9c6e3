import { err, ok, type Result } from '@tallystick/kernel-core';
import { isObject, type JsonObject, readJson, readUtf8, withoutSchema } from './read-json.ts';
import { readSourceKey, sourceKeyOf } from './read-source-key.ts';
import type { UnusableReason } from './source-event.ts';

/** MongoDB's names around one scalar. Others (`$binary`, `$timestamp`, …) have parts, and stay the JSON that they are. */
const scalarNames: ReadonlySet<string> = new Set([
  '$oid',
  '$numberLong',
  '$numberInt',
  '$numberDouble',
  '$numberDecimal',
  '$date',
  '$uuid',
  '$symbol',
]);

/** A document in extended JSON, its own fields without MongoDB's names around them: `{"$numberLong":"7"}` is "7". */
export function readDocument(text: unknown): Result<JsonObject, UnusableReason> {
  const json = typeof text === 'string' ? readJson(text) : undefined;
  if (json?.ok === false) return json;
  if (!isObject(json?.value)) return err('wrong-type');
  return ok(Object.fromEntries(Object.entries(json.value).map(([field, value]) => [field, bare(value)])));
}

function bare(value: unknown): unknown {
  if (!isObject(value)) return value;
  const [name, ...more] = Object.keys(value);
  return name !== undefined && more.length === 0 && scalarNames.has(name) ? bare(value[name]) : value;
}

/**
 * The key of a document. The envelope's key is `{"id": "<the _id as extended JSON>"}`, the unwrapped one names it plainly: an ObjectId is
 * its hexadecimal text, a text or number itself in both. An `_id` with parts is its JSON text; ids that differ only by type meet.
 */
export function readDocumentKey(bytes: Buffer | null): Result<string, UnusableReason> {
  const text = bytes && readUtf8(bytes);
  const json = text?.ok ? readJson(text.value) : undefined;
  const key = json?.ok ? withoutSchema(json.value) : undefined;
  const id = isObject(key) && Object.keys(key).length === 1 ? key['id'] : undefined;
  if (typeof id !== 'string') return readSourceKey(bytes);
  const inner = readJson(id);
  const value = inner.ok ? bare(inner.value) : id;
  return typeof value === 'string' || typeof value === 'number'
    ? sourceKeyOf(JSON.stringify(String(value)))
    : sourceKeyOf(JSON.stringify(id));
}
