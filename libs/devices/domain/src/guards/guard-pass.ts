import type { PassSums } from '../passes/pass.ts';
import { noChanges } from './change-counts.ts';
import { exceeds, fewestForShares } from './guard-changes.ts';
import type { GuardSettings } from './guard-settings.ts';
import type { GuardReason } from './hold.ts';

type Seen = Pick<PassSums, 'users' | 'filled'>;

/**
 * Whether what a pass is about to do must wait for a person, and why (R24): the source lost users since the last pass, or one of their
 * attributes; else the sums themselves pass a limit (`exceeds`). `before`: the last pass that was done, if there was one. Shares need
 * {@link fewestForShares} users; below that only a loss of everything counts.
 */
export function guardPass(
  sums: Seen & Pick<PassSums, 'counts'>,
  before: Seen | undefined,
  settings: GuardSettings,
): GuardReason | undefined {
  if (!settings.enabled) return undefined;
  if (before && hasShrunk(sums.users, before.users, settings.shrinkage)) return 'source-shrank';
  if (before && sums.users > 0 && Object.keys(before.filled).some((target) => isEmptied(target, sums, before, settings)))
    return 'attribute-emptied';
  return exceeds(sums.counts, noChanges, settings, sums.users);
}

function hasShrunk(users: number, before: number, share: number): boolean {
  if (before === 0) return false;
  if (users === 0) return true;
  return before >= fewestForShares && before - users > share * before + 1e-9;
}

function isEmptied(target: string, now: Seen, before: Seen, { fillRateDrop }: GuardSettings): boolean {
  const [had, has] = [before.filled[target] ?? 0, now.filled[target] ?? 0];
  if (before.users === 0) return false;
  if (before.users < fewestForShares || now.users < fewestForShares) return had > 1 && has === 0;
  return had / before.users - has / now.users > fillRateDrop + 1e-9;
}
