import type { Result } from '@tallystick/kernel-core';
import { attributesOf } from './read-attributes.ts';
import { readHeader, readMove } from './read-header.ts';
import { isObject, type JsonObject } from './read-json.ts';
import { readSourceKey } from './read-source-key.ts';
import type { IgnoredReason, RawSourceMessage, SourceEvent, SourceVersion, UnusableReason } from './source-event.ts';
import { versionOf, versionOfSequence } from './source-version.ts';

const unusable = (reason: UnusableReason): SourceEvent => ({ kind: 'unusable', reason });
const ignored = (reason: IgnoredReason): SourceEvent => ({ kind: 'ignored', reason });
type Version = Result<SourceVersion, UnusableReason>;

/** `value` is the parsed value without its schema; undefined for a tombstone, null for the JSON text `null`, which no envelope is. */
export function parseEnvelope(raw: RawSourceMessage, value: unknown): SourceEvent {
  if (value === undefined) return ignored('tombstone-after-delete'); // the delete came before it, as an envelope
  if (value === null) return unusable('other-format');
  if (!isObject(value)) return unusable('wrong-type');
  const aside = asideOf(value);
  if (aside) return aside;
  if (!isEnvelope(value)) return unusable('other-format');
  const source = isObject(value['source']) ? value['source'] : {};
  const version = (): Version => versionOfSequence(source['sequence'], source['lsn']);
  switch (value['op']) {
    case 'c':
    case 'u':
    case 'r':
      return recordOf(raw, value['after'], version());
    case 'd':
      return deletedOf(raw, version());
    case 't':
      return ignored('truncate');
    case 'm':
      return ignored('logical-message');
    default:
      return unusable('unknown-operation');
  }
}

/** Here a tombstone is the delete: nothing else says so. Every version is an offset, since a delete has no other one. */
export function parseUnwrapped(raw: RawSourceMessage, value: unknown): SourceEvent {
  if (value === undefined || value === null) return deletedOf(raw, versionOf(raw.offset));
  if (!isObject(value)) return unusable('wrong-type');
  const aside = asideOf(value);
  if (aside) return aside;
  // Taken as a record, a rewritten delete would bring a user back.
  if (isEnvelope(value) || '__deleted' in value) return unusable('other-format');
  return recordOf(raw, value, versionOf(raw.offset));
}

export function parseRewritten(raw: RawSourceMessage, value: unknown): SourceEvent {
  if (value === undefined) return ignored('tombstone-after-delete');
  if (value === null) return unusable('other-format');
  if (!isObject(value)) return unusable('wrong-type');
  const aside = asideOf(value);
  if (aside) return aside;
  if (isEnvelope(value) || !('__deleted' in value)) return unusable('other-format');
  // The flag is a text; a boolean is what everybody expects it to be.
  const deleted = String(value['__deleted']);
  if (deleted === 'true') return deletedOf(raw, rewrittenVersion(raw, value));
  return deleted === 'false' ? recordOf(raw, value, rewrittenVersion(raw, value)) : unusable('wrong-type');
}

function rewrittenVersion(raw: RawSourceMessage, value: JsonObject): Version {
  const header = readHeader(raw, '__source_lsn');
  const lsn = value['__source_lsn'] ?? (header.ok ? header.value.at(-1) : undefined);
  return versionOfSequence(value['__source_sequence'], lsn);
}

function recordOf(raw: RawSourceMessage, row: unknown, version: Version): SourceEvent {
  if (!isObject(row)) return unusable('wrong-type');
  const key = readSourceKey(raw.key);
  if (!key.ok) return unusable(key.error);
  if (!version.ok) return unusable(version.error);
  const movedFrom = readMove(raw, '__debezium.oldkey');
  if (!movedFrom.ok) return unusable(movedFrom.error);
  return {
    kind: 'record',
    sourceKey: key.value,
    version: version.value,
    attributes: attributesOf(row, (field) => field.startsWith('__')),
    ...(movedFrom.value !== undefined && { movedFrom: movedFrom.value }),
  };
}

/** Only the key is used: `before` has invented values where the table does not log whole rows (username "", enabled true). */
function deletedOf(raw: RawSourceMessage, version: Version): SourceEvent {
  const key = readSourceKey(raw.key);
  if (!key.ok) return unusable(key.error);
  if (!version.ok) return unusable(version.error);
  const movedTo = readMove(raw, '__debezium.newkey');
  if (!movedTo.ok) return unusable(movedTo.error);
  return {
    kind: 'deleted',
    sourceKey: key.value,
    version: version.value,
    ...(movedTo.value !== undefined && { movedTo: movedTo.value }),
  };
}

const isEnvelope = (value: JsonObject): boolean => typeof value['op'] === 'string' && 'source' in value && 'after' in value;

/** Heartbeats and transaction marks, which have topics of their own unless somebody routed them here. */
function asideOf(value: JsonObject): SourceEvent | undefined {
  const fields = Object.keys(value);
  if (fields.length === 1 && fields[0] === 'ts_ms') return ignored('heartbeat');
  const marksTransaction =
    (value['status'] === 'BEGIN' || value['status'] === 'END') && 'event_count' in value && 'data_collections' in value;
  return marksTransaction ? ignored('transaction') : undefined;
}
