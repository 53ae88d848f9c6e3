import { err, ok, type Result } from '@tallystick/kernel-core';
import { readJson } from './read-json.ts';
import type { SourceVersion, UnusableReason } from './source-event.ts';

export type VersionRead = Result<SourceVersion, UnusableReason>;
type Part = Result<string, UnusableReason>;

/** Widest whole number of a version: offsets, log numbers and counters of 64 bits fit. */
const widest = 20;

/** A whole number, as number or text, as a version. */
export const versionOf = (value: unknown): VersionRead => digitsOf(value, widest) as VersionRead;

/** A whole number as decimal digits of that width. */
export function digitsOf(value: unknown, width: number): Part {
  if (value === undefined || value === null || value === '') return err('no-version');
  const text = typeof value === 'number' || typeof value === 'string' ? String(value).trim() : '';
  if (!/^\d+$/.test(text)) return err('bad-version');
  const number = text.replace(/^0+(?=\d)/, '');
  return number.length > width ? err('bad-version') : ok(number.padStart(width, '0'));
}

/** Parts of fixed width as one version, the one that decides first in front. */
export function joined(...parts: readonly Part[]): VersionRead {
  const texts: string[] = [];
  for (const part of parts) {
    if (!part.ok) return part;
    texts.push(part.value);
  }
  return ok(texts.join(':') as SourceVersion);
}

/**
 * From `source.sequence`, `["<last commit>","<this change>"]` as text: the second number grows per row, also inside one transaction,
 * and unlike `lsn` incremental snapshots have it too. `lsn` is the same number where there is no sequence.
 */
export function versionOfSequence(sequence: unknown, lsn: unknown): VersionRead {
  if (sequence === undefined || sequence === null) return versionOf(lsn);
  const pair = typeof sequence === 'string' ? readJson(sequence) : undefined;
  if (!pair?.ok || !Array.isArray(pair.value) || pair.value.length !== 2) return err('bad-version');
  return versionOf(pair.value[1]);
}
