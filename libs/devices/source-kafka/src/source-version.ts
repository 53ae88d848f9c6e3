import { err, ok, type Result } from '@tallystick/kernel-core';
import { readJson } from './read-json.ts';
import type { SourceVersion, UnusableReason } from './source-event.ts';

const digits = 20;

/** A whole number, as number or text, as a version. */
export function versionOf(value: unknown): Result<SourceVersion, UnusableReason> {
  if (value === undefined || value === null || value === '') return err('no-version');
  const text = typeof value === 'number' || typeof value === 'string' ? String(value).trim() : '';
  if (!/^\d+$/.test(text)) return err('bad-version');
  const number = text.replace(/^0+(?=\d)/, '');
  return number.length > digits ? err('bad-version') : ok(number.padStart(digits, '0') as SourceVersion);
}

/**
 * From `source.sequence`, `["<last commit>","<this change>"]` as text: the second number grows per row, also inside one transaction,
 * and unlike `lsn` incremental snapshots have it too. `lsn` is the same number where there is no sequence.
 */
export function versionOfSequence(sequence: unknown, lsn: unknown): Result<SourceVersion, UnusableReason> {
  if (sequence === undefined || sequence === null) return versionOf(lsn);
  const pair = typeof sequence === 'string' ? readJson(sequence) : undefined;
  if (!pair?.ok || !Array.isArray(pair.value) || pair.value.length !== 2) return err('bad-version');
  return versionOf(pair.value[1]);
}
