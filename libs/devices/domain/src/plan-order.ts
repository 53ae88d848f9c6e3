import type { SlotVerdict } from './judge-slot.ts';
import type { ObservedDevice } from './observed-user.ts';
import type { Room } from './plan-room.ts';
import type { Step } from './plan.ts';

type SetPrimary = Extract<Step, { kind: 'set-primary' }>;

/** P52: unpairs, the nicknames that devices lack, pairs in the order of the slots, the primary role. */
export function removeFirst(
  all: readonly SlotVerdict[],
  removed: readonly ObservedDevice[],
  primary: SetPrimary | undefined,
): readonly Step[] {
  const steps: Step[] = [];
  const verdicts = all.filter(hasWork);
  for (const { slot, unpair, cleared } of verdicts) {
    for (const step of unpair) steps.push(step);
    for (const device of cleared) steps.push(clearStep(slot, device));
  }
  for (const { id } of removed) steps.push({ kind: 'unpair', deviceId: id, reason: 'not-managed' });
  for (const verdict of verdicts) if (lacksName(verdict)) steps.push(nameStep(verdict));
  for (const { pair } of verdicts) if (pair) steps.push(pair);
  if (primary) steps.push(primary);
  return steps;
}

/**
 * Nobody has less at any moment than before (T5, PR8):
 *
 *   leftovers of a broken attempt ─▶ replacements, one by one: pair or rename ─▶ primary role ─▶ unpair ─▶ empty slots ─▶ removals
 *
 * Removals come before the replacements where only they make room. Without any room an old device goes right before its successor comes,
 * and a person has to allow that (`no-headroom`).
 */
export function addFirst(
  { kind, verdicts: all }: Room,
  removed: readonly ObservedDevice[],
  primary: SetPrimary | undefined,
): readonly Step[] {
  const steps: Step[] = [];
  const verdicts = all.filter(hasWork);
  let role = primary;
  // Whatever an interrupted pairing has left comes before the next one, which takes its place in the intent.
  for (const { slot, unpair, cleared, replaces } of verdicts) {
    for (const step of unpair) {
      const isOver = step.reason === 'value-changed' && step.deviceId !== replaces?.id; // its successor is there
      if (step.reason === 'pair-unfinished' || isOver) steps.push(step);
    }
    for (const device of cleared) if (device.slot !== slot) steps.push(clearStep(slot, device));
  }
  for (const verdict of verdicts) {
    if (verdict.replaces || !lacksName(verdict)) continue;
    steps.push(nameStep(verdict)); // a name takes nothing from anybody, and it may be what makes the device a managed one
  }
  const removals: Step[] = kind === 'after-removals' ? steps : [];
  for (const { slot, unpair, cleared } of verdicts) {
    for (const step of unpair) if (step.reason === 'duplicate-nickname') removals.push(step);
    for (const device of cleared) if (device.slot === slot) removals.push(clearStep(slot, device));
  }
  for (const { id } of removed) removals.push({ kind: 'unpair', deviceId: id, reason: 'not-managed' });
  const replace = (verdict: SlotVerdict): void => {
    const { slot, replaces, pair, unpair } = verdict;
    if (unpair.length === 0 && !replaces) return;
    const recreated = unpair.find(({ reason }) => reason === 'same-value-recreated');
    if (!replaces && !recreated) return;
    if (recreated) steps.push(recreated);
    const goes = unpair.find(({ deviceId }) => deviceId === replaces?.id);
    if (goes && pair && kind === 'none') steps.push(goes);
    if (lacksName(verdict)) steps.push({ ...nameStep(verdict), ...(replaces && { beside: replaces.id }) });
    if (pair) steps.push(replaces && kind !== 'none' ? { ...pair, beside: replaces.id } : pair);
    if (role?.slot === slot && role.reason === 'primary-restored') {
      steps.push(role);
      role = undefined;
    }
    if (goes && !(pair && kind === 'none')) steps.push(goes);
  };
  for (const verdict of verdicts) if (!verdict.pair) replace(verdict); // the new device is there already
  for (const verdict of verdicts) if (verdict.pair) replace(verdict);
  for (const { pair, replaces, unpair } of verdicts) {
    if (pair && !replaces && !unpair.some(({ reason }) => reason === 'same-value-recreated')) steps.push(pair);
  }
  if (removals !== steps) for (const step of removals) steps.push(step);
  if (role) steps.push(role);
  return steps;
}

/** False for a slot that stays as it is: most of them, in most plans. */
export const hasWork = (verdict: SlotVerdict): boolean =>
  verdict.pair !== undefined || verdict.unpair.length > 0 || verdict.cleared.length > 0 || lacksName(verdict);

const clearStep = (slot: SlotVerdict['slot'], { id }: ObservedDevice): Step => ({
  kind: 'unpair',
  deviceId: id,
  slot,
  reason: 'value-cleared',
});

const lacksName = ({ slot, keep, waitsUntil }: SlotVerdict): boolean =>
  waitsUntil === undefined && keep !== undefined && keep.slot !== slot;

function nameStep({ slot, keep, adopts }: SlotVerdict): Extract<Step, { kind: 'name-device' }> {
  return { kind: 'name-device', deviceId: keep!.id, slot, reason: adopts ? 'adopted' : 'pair-unfinished' };
}
