import { err, ok, type Result } from '@tallystick/kernel-core';
import { isObject, readJson, readUtf8, withoutSchema } from './read-json.ts';
import type { UnusableReason } from './source-event.ts';

const longestKey = 1_024;

/** The text that stands for a user in the datastore, see `sourceKey` of SourceEvent. Equal keys give equal texts, with or without a schema. */
export function readSourceKey(bytes: Buffer | null): Result<string, UnusableReason> {
  if (!bytes || bytes.length === 0) return err('no-key');
  // A key with its schema around it may be longer than what it names.
  if (bytes.length > 64 * longestKey) return err('key-too-long');
  const text = readUtf8(bytes);
  return text.ok ? sourceKeyOf(text.value) : text;
}

export function sourceKeyOf(text: string): Result<string, UnusableReason> {
  const json = /^\s*[{"]/.test(text) ? readJson(text) : undefined;
  const key = json?.ok ? withoutSchema(json.value) : text;
  const named = isObject(key) ? nameOf(key) : scalar(key);
  if (!named.ok) return named;
  if (named.value.trim() === '') return err('no-key');
  return named.value.length > longestKey ? err('key-too-long') : named;
}

function nameOf(key: Readonly<Record<string, unknown>>): Result<string, UnusableReason> {
  const texts: string[] = [];
  // By name: the order of fields is the order of columns, and may change with the table.
  for (const field of Object.keys(key).sort()) {
    const text = scalar(key[field]);
    if (!text.ok) return text;
    texts.push(text.value);
  }
  if (texts.length === 0) return err('no-key');
  return ok(texts.length === 1 ? (texts[0] ?? '') : JSON.stringify(texts));
}

function scalar(value: unknown): Result<string, UnusableReason> {
  if (typeof value === 'string') return ok(value);
  return typeof value === 'number' || typeof value === 'boolean' ? ok(String(value)) : err('key-not-scalar');
}
