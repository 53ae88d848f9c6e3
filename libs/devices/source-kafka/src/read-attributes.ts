import type { Attributes, AttributeValue } from '@tallystick/devices-domain';
import { stringify } from 'lossless-json';
import type { JsonObject } from './read-json.ts';

const unavailable: AttributeValue = { kind: 'unavailable' };

/** Debezium's word for "a large column that did not change and is not in the log"; base64 in a column of bytes, alone in a list. */
const placeholder = '__debezium_unavailable_value';
const placeholders: ReadonlySet<unknown> = new Set([placeholder, Buffer.from(placeholder).toString('base64')]);

/** The fields of a row. Lists and objects are kept as their JSON text: no address is one, and a mapping that names one shows it as invalid. */
export const attributesOf = (row: JsonObject, isMetadata: (field: string) => boolean = () => false): Attributes =>
  Object.fromEntries(Object.entries(row).flatMap(([field, value]) => (isMetadata(field) ? [] : [[field, attributeOf(value)]])));

function attributeOf(value: unknown): AttributeValue {
  if (value === null || value === undefined) return null;
  if (placeholders.has(value)) return unavailable;
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  if (Array.isArray(value) && value.length === 1 && placeholders.has(value[0])) return unavailable;
  return stringify(value) ?? null;
}
