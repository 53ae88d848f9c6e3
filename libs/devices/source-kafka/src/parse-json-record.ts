import type { Result } from '@tallystick/kernel-core';
import { attributesOf } from './read-attributes.ts';
import { readHeader } from './read-header.ts';
import { isObject } from './read-json.ts';
import { readSourceKey } from './read-source-key.ts';
import type { SourceFormat } from '@tallystick/devices-domain';
import type { RawSourceMessage, SourceEvent, SourceVersion, UnusableReason } from './source-event.ts';
import { versionOf } from './source-version.ts';

type JsonFormat = Extract<SourceFormat, { kind: 'json' }>;

const unusable = (reason: UnusableReason): SourceEvent => ({ kind: 'unusable', reason });

/** `value` is the parsed value; undefined for a tombstone. The JSON text `null` is no tombstone here, and no record either. */
export function parseJsonRecord(raw: RawSourceMessage, value: unknown, format: JsonFormat): SourceEvent {
  if (value === undefined) return parseTombstone(raw, format);
  if (!isObject(value)) return unusable('wrong-type');
  const key = readSourceKey(raw.key);
  if (!key.ok) return unusable(key.error);
  const version = versionOf(format.versionField === undefined ? raw.offset : own(value, format.versionField));
  if (!version.ok) return unusable(version.error);
  const deleted = format.deletedField === undefined ? false : (own(value, format.deletedField) ?? false);
  if (typeof deleted !== 'boolean') return unusable('wrong-type');
  const named = { sourceKey: key.value, version: version.value };
  return deleted ? { kind: 'deleted', ...named } : { kind: 'record', ...named, attributes: attributesOf(value) };
}

function parseTombstone(raw: RawSourceMessage, format: JsonFormat): SourceEvent {
  if (format.deletedField !== undefined) return { kind: 'ignored', reason: 'tombstone-after-delete' };
  const key = readSourceKey(raw.key);
  if (!key.ok) return unusable(key.error);
  const version = format.versionField === undefined ? versionOf(raw.offset) : versionInHeader(raw, format.versionField);
  return version.ok ? { kind: 'deleted', sourceKey: key.value, version: version.value } : unusable(version.error);
}

/** An offset in its place would be older than every version of the field, or younger: the delete would be lost, or the user never come back. */
function versionInHeader(raw: RawSourceMessage, name: string): Result<SourceVersion, UnusableReason> {
  const texts = readHeader(raw, name);
  return texts.ok ? versionOf(texts.value.at(-1)) : texts;
}

const own = (value: Readonly<Record<string, unknown>>, field: string): unknown =>
  Object.hasOwn(value, field) ? value[field] : undefined;
