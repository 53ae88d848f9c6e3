import type { Attributes, SourceFormat } from '@tallystick/devices-domain';
import { err, ok, type Result } from '@tallystick/kernel-core';
import { z } from 'zod';
import { attributesOf } from './read-attributes.ts';
import { readHeader } from './read-header.ts';
import { isObject } from './read-json.ts';
import { sourceKeyOf } from './read-source-key.ts';
import type { RawSourceMessage, SourceEvent, UnusableReason } from './source-event.ts';
import { versionOf } from './source-version.ts';

type CloudEventsFormat = Extract<SourceFormat, { kind: 'cloudevents' }>;

const unusable = (reason: UnusableReason): SourceEvent => ({ kind: 'unusable', reason });

/** See `cloudevents.schema.json`, which says the same to those who write events. Unknown attributes and fields are left alone (R22). */
const context = z.looseObject({
  specversion: z.literal('1.0'),
  id: z.string().min(1),
  source: z.string().min(1),
  type: z.string().min(1),
  subject: z.string().min(1),
  sequence: z.union([z.string(), z.number()]).optional(),
  datacontenttype: z.string().optional(),
});
const changed = z.looseObject({
  attributes: z.record(z.string(), z.unknown()),
  unavailable: z.array(z.string()).optional(),
  movedFrom: z.string().min(1).optional(),
});
const deleted = z.looseObject({ movedTo: z.string().min(1).optional() });

const contextNames = ['specversion', 'id', 'source', 'type', 'subject', 'sequence'] as const;

interface Event {
  readonly context: z.output<typeof context>;
  readonly data: unknown;
}

/** `value` is the parsed value; undefined for a record without one: with the headers of a delete it is one, alone it is an echo. */
export function parseCloudEvent(raw: RawSourceMessage, value: unknown, format: CloudEventsFormat): SourceEvent {
  const event = isBinary(raw) ? binaryEvent(raw, value) : structuredEvent(value);
  if (event === 'tombstone') return { kind: 'ignored', reason: 'tombstone-after-delete' };
  if (!event.ok) return unusable(event.error);
  const { context: about, data } = event.value;
  const key = sourceKeyOf(JSON.stringify(about.subject));
  if (!key.ok) return unusable(key.error);
  const version = versionOf(format.order === 'offset' ? raw.offset : about.sequence);
  if (!version.ok) return unusable(version.error);
  const named = { sourceKey: key.value, version: version.value };
  switch (about.type) {
    case 'tallystick.user.changed.v1':
      return changedOf(named, data);
    case 'tallystick.user.deleted.v1': {
      const read = deleted.safeParse(data ?? {});
      if (!read.success) return unusable('wrong-type');
      const { movedTo } = read.data;
      return { kind: 'deleted', ...named, ...(movedTo === undefined ? {} : { movedTo }) };
    }
    default:
      return unusable('unknown-operation');
  }
}

function changedOf(named: Pick<Extract<SourceEvent, { kind: 'record' }>, 'sourceKey' | 'version'>, data: unknown): SourceEvent {
  const read = changed.safeParse(data);
  // zod gives a copy without a field named __proto__; the row is read as it came.
  const row = isObject(data) ? data['attributes'] : undefined;
  if (!read.success || !isObject(row)) return unusable('wrong-type');
  const { unavailable = [], movedFrom } = read.data;
  const kept: Attributes = Object.fromEntries(unavailable.map((name) => [name, { kind: 'unavailable' }]));
  return {
    kind: 'record',
    ...named,
    attributes: { ...attributesOf(row), ...kept },
    ...(movedFrom === undefined ? {} : { movedFrom }),
  };
}

const isBinary = ({ headers }: RawSourceMessage): boolean => headers !== undefined && Object.hasOwn(headers, 'ce_specversion');

function structuredEvent(value: unknown): Result<Event, UnusableReason> | 'tombstone' {
  if (value === undefined) return 'tombstone';
  if (!isObject(value)) return err('wrong-type');
  return eventOf(value, value['data']);
}

function binaryEvent(raw: RawSourceMessage, value: unknown): Result<Event, UnusableReason> {
  const fields: Record<string, string> = {};
  for (const name of contextNames) {
    const texts = readHeader(raw, `ce_${name}`);
    if (!texts.ok) return texts;
    // Two that differ name two users, or two places in the order.
    const [text, ...more] = new Set(texts.value);
    if (more.length > 0) return err('wrong-type');
    if (text !== undefined) fields[name] = text;
  }
  return eventOf(fields, value);
}

function eventOf(fields: unknown, data: unknown): Result<Event, UnusableReason> {
  const read = context.safeParse(fields);
  if (!read.success) return err('other-format');
  // Base64 data, or XML: of a kind that no user record is.
  const { datacontenttype } = read.data;
  if (datacontenttype !== undefined && !/^application\/(?:[\w.-]+\+)?json\b/i.test(datacontenttype)) return err('other-format');
  return ok({ context: read.data, data });
}
