import type { Attributes } from '@tallystick/devices-domain';

/** So much of a record is kept whole; names and texts, counted as UTF-16 units. */
const mostSize = 32 * 1024;

/**
 * What of a record is kept (ADR 5.4): with `all` the whole record up to 32 KiB, so that another mapping can be previewed; with `mapped`,
 * and above that size, only the attributes that the saved document reads. An attribute that the event did not carry counts as well:
 * it keeps its value.
 */
export function keptAttributes(attributes: Attributes, keep: 'all' | 'mapped', wanted: ReadonlySet<string>): Attributes {
  if (keep === 'all' && sizeOf(attributes) <= mostSize) return attributes;
  return Object.fromEntries(Object.entries(attributes).filter(([name]) => wanted.has(name)));
}

function sizeOf(attributes: Attributes): number {
  let size = 0;
  for (const name in attributes) {
    const value = attributes[name];
    size += name.length + (typeof value === 'string' ? value.length : 8);
  }
  return size;
}
