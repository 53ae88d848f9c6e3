import type { SourceFormat } from '@tallystick/devices-domain';
import { type Connector, positionOf } from './connector-position.ts';
import { readDocument, readDocumentKey } from './read-document.ts';
import { attributesOf } from './read-attributes.ts';
import { readHeader, readMove } from './read-header.ts';
import { isObject, type JsonObject } from './read-json.ts';
import { readSourceKey } from './read-source-key.ts';
import type { IgnoredReason, RawSourceMessage, SourceEvent, UnusableReason } from './source-event.ts';
import { versionOf, type VersionRead } from './source-version.ts';

const unusable = (reason: UnusableReason): SourceEvent => ({ kind: 'unusable', reason });
const ignored = (reason: IgnoredReason): SourceEvent => ({ kind: 'ignored', reason });

type DebeziumFormat = Extract<SourceFormat, { kind: 'debezium' }>;

/** `value` is the parsed value without its schema; undefined for a tombstone, null for the JSON text `null`. */
export function parseDebezium(raw: RawSourceMessage, value: unknown, format: DebeziumFormat): SourceEvent {
  const { connector = 'postgresql', envelope } = format;
  switch (envelope) {
    case 'full':
      return parseEnvelope(raw, value, connector);
    case 'unwrapped':
      return parseUnwrapped(raw, value, connector);
    case 'unwrapped-rewrite':
      return parseRewritten(raw, value, connector);
  }
}

function parseEnvelope(raw: RawSourceMessage, value: unknown, connector: Connector): SourceEvent {
  if (value === undefined) return ignored('tombstone-after-delete'); // the delete came before it, as an envelope
  if (value === null) return unusable('other-format'); // no envelope is null
  if (!isObject(value)) return unusable('wrong-type');
  const aside = asideOf(value);
  if (aside) return aside;
  if (!isEnvelope(value)) return unusable('other-format');
  const source = isObject(value['source']) ? value['source'] : {};
  if (!isOf(connector, source['connector'])) return unusable('other-format');
  const version = (): VersionRead => positionOf(connector, (name) => source[name], raw.offset);
  switch (value['op']) {
    case 'c':
    case 'u':
    case 'r':
      return connector === 'mongodb'
        ? documentOf(raw, value['after'], version())
        : recordOf(raw, value['after'], version(), connector);
    case 'd':
      return deletedOf(raw, version(), connector);
    case 't':
      return ignored('truncate');
    case 'm':
      return ignored('logical-message');
    default:
      return unusable('unknown-operation');
  }
}

/** Here a tombstone is the delete: nothing else says so. Every version is an offset, since a delete has no other one. */
function parseUnwrapped(raw: RawSourceMessage, value: unknown, connector: Connector): SourceEvent {
  if (value === undefined || value === null) return deletedOf(raw, versionOf(raw.offset), connector);
  if (!isObject(value)) return unusable('wrong-type');
  const aside = asideOf(value);
  if (aside) return aside;
  // Taken as a record, a rewritten delete would bring a user back.
  if (isEnvelope(value) || '__deleted' in value) return unusable('other-format');
  return recordOf(raw, value, versionOf(raw.offset), connector);
}

function parseRewritten(raw: RawSourceMessage, value: unknown, connector: Connector): SourceEvent {
  if (value === undefined) return ignored('tombstone-after-delete');
  if (value === null) return unusable('other-format');
  if (!isObject(value)) return unusable('wrong-type');
  const aside = asideOf(value);
  if (aside) return aside;
  if (isEnvelope(value) || !('__deleted' in value)) return unusable('other-format');
  const version = (): VersionRead => positionOf(connector, rewrittenField(raw, value), raw.offset);
  // The flag is a text; a boolean is what everybody expects it to be.
  const deleted = String(value['__deleted']);
  if (deleted === 'true') return deletedOf(raw, version(), connector);
  return deleted === 'false' ? recordOf(raw, value, version(), connector) : unusable('wrong-type');
}

/** As `add.fields` writes it, or `add.headers`. */
const rewrittenField =
  (raw: RawSourceMessage, value: JsonObject) =>
  (name: string): unknown => {
    const field = value[`__source_${name}`];
    if (field !== undefined && field !== null) return field;
    const header = readHeader(raw, `__source_${name}`);
    return (header.ok ? header.value.at(-1) : undefined) ?? field;
  };

function recordOf(raw: RawSourceMessage, row: unknown, version: VersionRead, connector: Connector): SourceEvent {
  if (!isObject(row)) return unusable('wrong-type');
  const key = keyOf(raw, connector);
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

/** MongoDB's `after` is the document as a text of extended JSON; absent when the connector does not capture full documents. */
function documentOf(raw: RawSourceMessage, after: unknown, version: VersionRead): SourceEvent {
  if (after === undefined || after === null) return unusable('no-document');
  const document = readDocument(after);
  return document.ok ? recordOf(raw, document.value, version, 'mongodb') : unusable(document.error);
}

/** Only the key is used: `before` has invented values where the table does not log whole rows (username "", enabled true). */
function deletedOf(raw: RawSourceMessage, version: VersionRead, connector: Connector): SourceEvent {
  const key = keyOf(raw, connector);
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

const keyOf = (raw: RawSourceMessage, connector: Connector) =>
  connector === 'mongodb' ? readDocumentKey(raw.key) : readSourceKey(raw.key);

/** A message that names no connector may be of any. */
const isOf = (connector: Connector, named: unknown): boolean =>
  named === undefined || named === connector || (connector === 'mysql' && named === 'mariadb');

const isEnvelope = (value: JsonObject): boolean =>
  typeof value['op'] === 'string' && 'source' in value && ('after' in value || value['op'] === 'd');

/** Heartbeats and transaction marks, which have topics of their own unless somebody routed them here. */
function asideOf(value: JsonObject): SourceEvent | undefined {
  const fields = Object.keys(value);
  if (fields.length === 1 && fields[0] === 'ts_ms') return ignored('heartbeat');
  const marksTransaction =
    (value['status'] === 'BEGIN' || value['status'] === 'END') && 'event_count' in value && 'data_collections' in value;
  return marksTransaction ? ignored('transaction') : undefined;
}
