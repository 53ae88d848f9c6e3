import { parseEnvelope, parseRewritten, parseUnwrapped } from './parse-debezium.ts';
import { parseJsonRecord } from './parse-json-record.ts';
import { readJson, readUtf8, withoutSchema } from './read-json.ts';
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
  if (raw.value === null) {
    return format.kind === 'json' ? parseJsonRecord(raw, undefined, format) : parseDebezium(raw, undefined, format.envelope);
  }
  if (raw.value.length > mostBytes) return unusable('too-large');
  const text = readUtf8(raw.value);
  if (!text.ok) return unusable(text.error);
  const json = readJson(text.value);
  if (!json.ok) return unusable(json.error);
  return format.kind === 'json'
    ? parseJsonRecord(raw, json.value, format)
    : parseDebezium(raw, withoutSchema(json.value), format.envelope);
}

type Envelope = Extract<SourceFormat, { kind: 'debezium' }>['envelope'];

function parseDebezium(raw: RawSourceMessage, value: unknown, envelope: Envelope): SourceEvent {
  switch (envelope) {
    case 'full':
      return parseEnvelope(raw, value);
    case 'unwrapped':
      return parseUnwrapped(raw, value);
    case 'unwrapped-rewrite':
      return parseRewritten(raw, value);
  }
}
