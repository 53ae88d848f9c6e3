import type { Branded } from './brand.ts';

/** A moment: whole milliseconds since 1970-01-01T00:00:00Z. Pure code gets it as an argument; only composition roots read a clock. */
export type Instant = Branded<number, 'Instant'>;

/** @throws RangeError unless `ms` is a whole, finite number of milliseconds. */
export function instant(ms: number): Instant {
  if (!Number.isSafeInteger(ms)) throw new RangeError('an instant is a whole number of milliseconds');
  return ms as Instant;
}

/** ISO 8601 in UTC with milliseconds, e.g. `2026-11-22T02:42:53.000Z`. */
export const isoOf = (at: Instant): string => new Date(at).toISOString();

/** Reads ISO 8601 with an explicit zone; undefined for anything else, also for a local time without a zone and a day that no calendar has. */
export function instantOf(iso: string): Instant | undefined {
  const day = /^(\d{4}-\d\d-\d\d)T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d)$/.exec(iso)?.[1];
  if (day === undefined) return undefined;
  // 30 February is read as 2 March, and must not be.
  const midnight = Date.parse(`${day}T00:00:00Z`);
  if (Number.isNaN(midnight) || !new Date(midnight).toISOString().startsWith(day)) return undefined;
  const ms = Date.parse(iso);
  return Number.isNaN(ms) ? undefined : (ms as Instant);
}
