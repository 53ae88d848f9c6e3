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

/** Reads ISO 8601 with an explicit zone; undefined for anything else, also for a local time without a zone. */
export function instantOf(iso: string): Instant | undefined {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d)$/.test(iso)) return undefined;
  const ms = Date.parse(iso);
  return Number.isNaN(ms) ? undefined : (ms as Instant);
}
