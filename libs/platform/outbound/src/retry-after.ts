import type { Instant } from '@tallystick/kernel-core';

/** The longest wait that is believed, in milliseconds: a slip of the other side must not stop a tenant for longer. */
export const longestWaitMs = 3_600_000;

/**
 * `Retry-After` in seconds or as a date (R28), as milliseconds from now; undefined when it is absent or nonsense. A date is compared with the
 * other side's own clock (`date`, the header of the same answer) where it tells it, since the two clocks need not agree.
 */
export function retryAfterMsOf(header: string | undefined, date: string | undefined, now: Instant): number | undefined {
  const text = header?.trim() ?? '';
  if (/^\d{1,15}$/.test(text)) return Math.min(Number(text) * 1000, longestWaitMs);
  const at = readDate(text);
  return at === undefined ? undefined : Math.min(Math.max(at - (readDate(date ?? '') ?? now), 0), longestWaitMs);
}

/** An HTTP date begins with the name of its day; `Date.parse` alone takes many other texts for one. */
function readDate(text: string): number | undefined {
  const at = /^[A-Za-z]{3,9}, /.test(text.trim()) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? undefined : at;
}
