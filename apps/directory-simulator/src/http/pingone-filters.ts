import { deny, granted, type MfaDecided } from '../core/pingone-refusals.ts';

/** The username of `username eq "…"` (brackets around it and `\"` in it allowed), or `undefined` without a filter. */
export function readUserFilter(filter: unknown): MfaDecided<string | undefined> {
  if (filter === undefined) return granted(undefined);
  const [, quoted] =
    typeof filter === 'string' ? (/^\s*\(?\s*username\s+eq\s+("(?:[^"\\]|\\.)*")\s*\)?\s*$/is.exec(filter) ?? []) : [];
  if (quoted === undefined) return deny('invalid-filter', 'filter');
  try {
    return granted(JSON.parse(quoted) as string);
  } catch {
    return deny('invalid-filter', 'filter');
  }
}

type Filtered = { readonly status: string; readonly type: string };

/** What a device has to be for `(status eq "ACTIVE")` or `(type eq "SMS")`; everything is kept without a filter. */
export function readDeviceFilter(filter: unknown): MfaDecided<(device: Filtered) => boolean> {
  if (filter === undefined) return granted(() => true);
  const [, field, value] =
    typeof filter === 'string' ? (/^\s*\(?\s*(status|type)\s+eq\s+"(\w+)"\s*\)?\s*$/i.exec(filter) ?? []) : [];
  if (field === undefined) return deny('invalid-filter', 'filter');
  return granted((device) => (field.toLowerCase() === 'status' ? device.status : device.type) === value);
}

/** `limit` (1 to 1000, 100 when left out) and `cursor` (of a `next` link). */
export function readPage(
  query: Readonly<Record<string, unknown>>,
): MfaDecided<{ readonly limit: number; readonly cursor: number }> {
  const number = (name: string, preset: number) => {
    const text = query[name];
    return text === undefined ? preset : typeof text === 'string' && /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  };
  const limit = number('limit', 100);
  if (!(limit >= 1 && limit <= 1000)) return deny('invalid-value', 'limit', { rangeMinimumValue: 1, rangeMaximumValue: 1000 });
  const cursor = number('cursor', 0);
  return Number.isNaN(cursor) ? deny('invalid-value', 'cursor') : granted({ limit, cursor });
}
