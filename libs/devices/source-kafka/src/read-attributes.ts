import type { Attributes, AttributeValue } from '@tallystick/devices-domain';
import { stringify } from 'lossless-json';
import type { JsonObject } from './read-json.ts';

const unavailable: AttributeValue = { kind: 'unavailable' };

/** Debezium's word for "a large column that did not change and is not in the log"; base64 in a column of bytes, alone in a list. */
const placeholder = '__debezium_unavailable_value';
const placeholders: ReadonlySet<unknown> = new Set([placeholder, Buffer.from(placeholder).toString('base64')]);

/** The fields of a row. Lists and objects are kept as their JSON text: no address is one, and a mapping that names one shows it as invalid. */
export function attributesOf(row: JsonObject, isMetadata: (field: string) => boolean = () => false): Attributes {
  const attributes: Record<string, AttributeValue> = {};
  for (const field of Object.keys(row)) {
    if (isMetadata(field)) continue;
    // Set plainly, it would change what the object is.
    if (field === '__proto__') Object.defineProperty(attributes, field, { value: attributeOf(row[field]), enumerable: true });
    else attributes[field] = attributeOf(row[field]);
  }
  return attributes;
}

function attributeOf(value: unknown): AttributeValue {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string') return placeholders.has(value) ? unavailable : value;
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  if (Array.isArray(value) && value.length === 1 && placeholders.has(value[0])) return unavailable;
  return stringify(value) ?? null;
}
