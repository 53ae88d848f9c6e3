import type { ChangeCounts } from './change-counts.ts';
import type { GuardLimit, GuardSettings } from './guard-settings.ts';
import type { GuardReason } from './hold.ts';

/** Below so many users a share says nothing: one of five is twenty per cent. */
export const fewestForShares = 20;

/** What is let through in one window (ADR 5.9). `users`: size of the connection. */
export function limitOf({ atLeast, share, atMost }: GuardLimit, users: number): number {
  if (!(users >= fewestForShares)) return atLeast;
  return Math.max(atLeast, Math.min(atMost, Math.floor(share * users + 1e-9)));
}

/**
 * What the guards of a window count, with the reason of each. The first one is what a person is told: worst first, but for a new kind, which
 * comes last, since stores count in this order.
 */
export const guardedKinds = [
  ['deletions', 'too-many-deletions'],
  ['suspensions', 'too-many-suspensions'],
  ['removals', 'too-many-removals'],
  ['replacements', 'too-many-replacements'],
  ['accountChanges', 'too-many-account-changes'],
] as const satisfies readonly (readonly [keyof ChangeCounts, GuardReason])[];

/** R25: the limit that `counts` would pass on top of what the window let through before; a kind that is not asked for passes none. */
export function exceeds(
  counts: ChangeCounts,
  inWindow: ChangeCounts,
  settings: GuardSettings,
  users: number,
): GuardReason | undefined {
  if (!settings.enabled) return undefined;
  for (const [kind, because] of guardedKinds) {
    if (counts[kind] > 0 && inWindow[kind] + counts[kind] > limitOf(settings[kind], users)) return because;
  }
  return undefined;
}
