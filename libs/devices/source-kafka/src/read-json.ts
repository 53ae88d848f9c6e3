import { err, ok, type Result } from '@tallystick/kernel-core';
import { isSafeNumber, parse } from 'lossless-json';

export type JsonObject = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Never throws. */
export function readUtf8(bytes: Buffer): Result<string, 'bad-utf8'> {
  try {
    return ok(utf8.decode(bytes));
  } catch {
    return err('bad-utf8');
  }
}

/** JSON in which numbers that JavaScript would round are the text of their digits. Never throws, however deep the nesting. */
export function readJson(text: string): Result<unknown, 'not-json'> {
  try {
    return ok(parse(text, undefined, { parseNumber: (digits) => (isSafeNumber(digits) ? Number(digits) : digits) }));
  } catch {
    return err('not-json');
  }
}

/**
 * A number that JavaScript may round: after `:`, `,` or `[`, with 16 digits or more, or with an exponent. A text that holds such a thing
 * is taken for one too, which costs time only. The nano- and microseconds of every envelope are left out: nobody reads them.
 */
const mayRound = /(?:^|[[,]|(?<![^\\]"ts_[nu]s"):)\s*-?(?:\d[\d.]{15,}|\d[\d.]*[eE])/;

/**
 * The same for what Debezium wrote, which repeats no name: an envelope without a number that could be rounded is read by the platform's
 * own parser, many times as fast.
 */
export function readEnvelopeJson(text: string): Result<unknown, 'not-json'> {
  if (!text.includes('"op"') || !text.includes('"source"') || mayRound.test(text)) return readJson(text);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return err('not-json');
  }
  const envelope = withoutSchema(value);
  const row = isObject(envelope) ? envelope['after'] : undefined;
  // A column of such a name is read.
  return isObject(row) && ('ts_ns' in row || 'ts_us' in row) ? readJson(text) : ok(value);
}

/** Connect's JsonConverter with `schemas.enable` puts schema and payload around every key and value. */
export function withoutSchema(value: unknown): unknown {
  if (!isObject(value) || Object.keys(value).length !== 2) return value;
  return 'schema' in value && 'payload' in value ? value['payload'] : value;
}
