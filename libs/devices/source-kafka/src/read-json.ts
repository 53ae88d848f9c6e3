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

/** Connect's JsonConverter with `schemas.enable` puts schema and payload around every key and value. */
export function withoutSchema(value: unknown): unknown {
  if (!isObject(value) || Object.keys(value).length !== 2) return value;
  return 'schema' in value && 'payload' in value ? value['payload'] : value;
}
