import { err, ok, type Result } from '@tallystick/kernel-core';
import { readUtf8 } from './read-json.ts';
import { sourceKeyOf } from './read-source-key.ts';
import type { RawSourceMessage, UnusableReason } from './source-event.ts';

/** All texts of a header: none, one, or more when it was sent more than once. */
export function readHeader({ headers }: RawSourceMessage, name: string): Result<readonly string[], 'bad-utf8'> {
  const value = headers && Object.hasOwn(headers, name) ? headers[name] : undefined;
  const texts: string[] = [];
  for (const it of value === undefined
    ? []
    : Array.isArray(value)
      ? (value as readonly (Buffer | string)[])
      : [value as Buffer | string]) {
    const text = typeof it === 'string' ? ok(it) : readUtf8(it);
    if (!text.ok) return text;
    texts.push(text.value);
  }
  return ok(texts);
}

/** The other key of a key change, as a source key; undefined when the message is of none. */
export function readMove(
  raw: RawSourceMessage,
  header: '__debezium.newkey' | '__debezium.oldkey',
): Result<string | undefined, UnusableReason> {
  const texts = readHeader(raw, header);
  if (!texts.ok) return err('bad-move');
  const [first, ...more] = new Set(texts.value);
  if (first === undefined) return ok(undefined);
  const key = more.length === 0 ? sourceKeyOf(first) : err('bad-move' as const);
  return key.ok ? key : err('bad-move');
}
