import { parseCloudEvent } from './parse-cloud-event.ts';
import { parseDebezium } from './parse-debezium.ts';
import { parseJsonRecord } from './parse-json-record.ts';
import { readEnvelopeJson, readJson, readUtf8, withoutSchema } from './read-json.ts';
import type { SourceFormat } from '@tallystick/devices-domain';
import type { RawSourceMessage, SourceEvent, UnusableReason } from './source-event.ts';

/** Greater values are parked unread; the broker's own limit is the same unless raised. */
const mostBytes = 1_048_576;

const unusable = (reason: UnusableReason): SourceEvent => ({ kind: 'unusable', reason });

/**
 * Reads one Kafka message as what it says about one user. Pure and total: any bytes give an event, nothing is thrown, and no reason
 * holds a value of the message.
 */
export function parseSourceMessage(raw: RawSourceMessage, format: SourceFormat): SourceEvent {
  try {
    return parse(raw, format);
  } catch (cause) {
    // Nested so deep that reading it, or writing a nested column as text, exhausts the stack.
    if (cause instanceof RangeError) return unusable('not-json');
    throw cause;
  }
}

function parse(raw: RawSourceMessage, format: SourceFormat): SourceEvent {
  if (raw.value === null) return parseValue(raw, undefined, format);
  if (raw.value.length > mostBytes) return unusable('too-large');
  const text = readUtf8(raw.value);
  if (!text.ok) return unusable(text.error);
  const json = isEnvelope(format) ? readEnvelopeJson(text.value) : readJson(text.value);
  return json.ok ? parseValue(raw, json.value, format) : unusable(json.error);
}

const isEnvelope = (format: SourceFormat): boolean => format.kind === 'debezium' && format.envelope === 'full';

/** `value` is the parsed value; undefined for a tombstone. */
function parseValue(raw: RawSourceMessage, value: unknown, format: SourceFormat): SourceEvent {
  switch (format.kind) {
    case 'json':
      return parseJsonRecord(raw, value, format);
    case 'debezium':
      return parseDebezium(raw, withoutSchema(value), format);
    case 'cloudevents':
      return parseCloudEvent(raw, value, format);
  }
}
