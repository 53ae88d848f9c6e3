import type { Style } from './style.ts';

/** `2027-01-31 08:00Z`: a moment, always in UTC, so that two people read the same. */
export const moment = (iso: string | undefined): string =>
  iso === undefined ? '–' : `${iso.slice(0, 10)} ${iso.slice(11, 16)}Z`;
export const day = (iso: string | undefined): string => (iso === undefined ? '–' : iso.slice(0, 10));
export const number = (value: number): string => value.toLocaleString('en');
export const share = (value: number): string => `${(value * 100).toFixed(1)} %`;
export const plural = (count: number, one: string, many = `${one}s`): string => `${number(count)} ${count === 1 ? one : many}`;

/** How long something has lasted, roughly. */
export function lasting(ms: number): string {
  const seconds = Math.round(ms / 1_000);
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 3_600)} h` : `${Math.round(seconds / 86_400)} days`;
}

export type Health = 'ok' | 'look' | 'broken' | 'unknown';

/** The word says it; the colour only helps. */
export const paintHealth = ({ colors }: Style, health: Health, text: string = health): string =>
  ({ ok: colors.green, look: colors.yellow, broken: colors.red, unknown: colors.dim })[health](text);

/** `name  value` lines, the names as wide as the widest. */
export function facts({ colors }: Style, entries: readonly (readonly [name: string, value: string | undefined])[]): string {
  const there = entries.filter((entry): entry is readonly [string, string] => entry[1] !== undefined);
  const width = Math.max(0, ...there.map(([name]) => name.length));
  return there.map(([name, value]) => `${colors.dim(name.padEnd(width))}  ${value}`).join('\n');
}
