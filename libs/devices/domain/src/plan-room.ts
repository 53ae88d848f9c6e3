import { type SlotVerdict, withoutReplacement } from './judge-slot.ts';
import type { ObservedDevice } from './observed-user.ts';
import type { Finding } from './plan.ts';
import type { ReconcileOptions } from './reconcile-options.ts';

/** Devices that a user may have, as far as that is known (P53). */
export type DeviceLimit = { readonly kind: 'known'; readonly limit: number } | { readonly kind: 'unknown' };

/**
 * How the replacements of a plan fit under the limit.
 * - `free`: each new device can come before the old one goes
 * - `after-removals`: so they can once what the plan removes anyway is gone
 * - `none`: an old device has to make room for its own successor
 */
export interface Room {
  readonly kind: 'free' | 'after-removals' | 'none';
  readonly verdicts: readonly SlotVerdict[];
}

/**
 * P52, R31: looks for the room that replacements need. Replacements are made one by one, so one place is enough for them all; devices
 * for empty slots come after. A limit that is not known is tried: a pairing that is refused takes nothing from anybody when the old
 * device is still there. Where even an unpair would make no room, because the user has more devices than the limit allows, nothing is
 * replaced, in either order.
 */
export function roomFor(
  verdicts: readonly SlotVerdict[],
  removed: readonly ObservedDevice[],
  count: number,
  deviceLimit: DeviceLimit,
  order: ReconcileOptions['order'],
  findings: Finding[],
): Room {
  if (deviceLimit.kind === 'unknown') return { kind: 'free', verdicts };
  let replacements = 0;
  let recreated = 0;
  let additions = 0;
  let finished = 0;
  let removals = removed.length;
  for (const { pair, replaces, unpair, cleared } of verdicts) {
    if (pair && replaces) replacements += 1;
    else if (pair) additions += 1;
    removals += cleared.length;
    if (unpair.length === 0) continue;
    for (const { deviceId, reason } of unpair) {
      if (reason === 'duplicate-nickname') removals += 1;
      else if (reason === 'same-value-recreated') recreated += 1;
      else if (!pair || deviceId !== replaces?.id) finished += 1;
    }
  }
  additions -= recreated; // each makes its own room
  const room = deviceLimit.limit - count + finished;
  if (replacements + recreated === 0) return { kind: room < additions && removals > 0 ? 'after-removals' : 'free', verdicts };
  if (room + removals < 0) {
    return {
      kind: 'after-removals',
      verdicts: verdicts.map((it) => {
        if (!it.pair || (!it.replaces && it.pair.reason !== 'same-value-recreated')) return it;
        findings.push({ kind: 'over-device-limit', slot: it.slot });
        return withoutReplacement(it);
      }),
    };
  }
  if (replacements === 0 || room >= Math.max(1, additions)) return { kind: 'free', verdicts };
  if (room + removals >= 1) return { kind: removals > 0 ? 'after-removals' : 'free', verdicts };
  if (order === 'remove-first') return { kind: 'free', verdicts };
  for (const { slot, pair, replaces } of verdicts) if (pair && replaces) findings.push({ kind: 'no-headroom', slot });
  return { kind: 'none', verdicts };
}
