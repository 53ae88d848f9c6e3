import type { Branded } from '@tallystick/kernel-core';

/**
 * Where a record stands in its source: `e<epoch, 6 digits>-<version>`, compared as text. The version has a fixed width for each format;
 * a higher epoch is newer than everything before it (a restored or failed-over source, ADR 5).
 */
export type SourcePosition = Branded<string, 'SourcePosition'>;

const form = /^e(\d{6})-[0-9a-f:]{1,72}$/;

/** @throws RangeError unless the epoch is a whole number of 0–999,999 and the version is hexadecimal digits and colons, at most 72. */
export function sourcePosition(epoch: number, version: string): SourcePosition {
  const text = `e${String(epoch).padStart(6, '0')}-${version}`;
  if (!Number.isInteger(epoch) || epoch < 0 || !form.test(text)) throw new RangeError('this is no source position');
  return text as SourcePosition;
}

export const isSourcePosition = (text: string): text is SourcePosition => form.test(text);

export const epochOf = (position: SourcePosition): number => Number(position.slice(1, 7));
