import type { DesiredUser } from './desired-user.ts';
import { deviceSlots, isDeviceSlot } from './device-slot.ts';
import { judgePrimary } from './judge-primary.ts';
import { judgeSlot, type SlotVerdict } from './judge-slot.ts';
import { judgeUnmanaged } from './judge-unmanaged.ts';
import type { ObservedDevice } from './observed-user.ts';
import type { ReconciliationInput } from './plan-reconciliation.ts';
import type { Finding, Plan, Step } from './plan.ts';
import { type FactorDevice, sortDevices, type SortedDevices, type Waiting } from './sort-devices.ts';

/**
 * The device steps of an enabled account, in the order of P52: unpairs, the nickname that an interrupted pair still lacks, pairs, the
 * primary role. `created`: the account is made by this run, so that PR1–PR3 apply.
 */
export function planDevices(
  desired: Extract<DesiredUser, { kind: 'present' }>,
  observed: readonly ObservedDevice[],
  created: boolean,
  { options, intent, firstSight, now, visibilityWindowMs }: Omit<ReconciliationInput, 'desired' | 'observed'>,
): Plan {
  const findings: Finding[] = [];
  if (options.manageDevices === 'do-not-manage') {
    if (created && options.primaryDevice !== 'do-not-manage') findings.push({ kind: 'primary-without-devices' }); // PR9
    return { steps: [], findings }; // T1
  }
  const sorted = sortDevices(observed, intent, now, visibilityWindowMs);
  if (sorted.openPair) return waitFor(sorted.openPair);
  if (firstSight && !created) noteAdoptions(sorted, findings);
  const judged = deviceSlots.map((slot, i) =>
    judgeSlot(slot, desired.slots[slot], sorted.slots[i]!, sorted.unmanaged, options, findings),
  );
  const removable = judgeUnmanaged(sorted.unmanaged, options, findings);
  const { verdicts, removed } = options.allowStripToZero
    ? { verdicts: judged, removed: removable }
    : keepOneFactor(judged, removable, sorted.count, findings);
  const primary = judgePrimary(created, verdicts, options, intent, findings);

  const steps: Step[] = [];
  for (const { slot, unpair, cleared } of verdicts) {
    steps.push(...unpair);
    for (const { id } of cleared) steps.push({ kind: 'unpair', deviceId: id, slot, reason: 'value-cleared' });
  }
  for (const { id } of removed) steps.push({ kind: 'unpair', deviceId: id, reason: 'not-managed' });
  let replanAt: number | undefined;
  for (const { slot, keep, waitsUntil } of verdicts) {
    if (waitsUntil !== undefined) replanAt = Math.min(replanAt ?? waitsUntil, waitsUntil);
    else if (keep && keep.nickname !== slot)
      steps.push({ kind: 'name-device', deviceId: keep.id, slot, reason: 'pair-unfinished' });
  }
  for (const { pair } of verdicts) if (pair) steps.push(pair);
  if (primary) steps.push(primary);
  return { steps, findings, ...(replanAt !== undefined && { replanAt }) };
}

/**
 * R30: no device step at all until the open pair is visible or its time is over. Another pair would take its place in the intent, its
 * device could not be told from one with the same address, and the order of pairs decides who becomes primary (PR6) and who fits under
 * the device limit (P53); an unpair without its pair would leave the user with less.
 */
const waitFor = ({ slot, until }: Waiting): Plan => ({
  steps: [],
  findings: [{ kind: 'pair-outcome-unknown', slot }],
  replanAt: until,
});

/** P46: devices that look managed before we ever finished here may be the user's own, named so by the directory itself. */
function noteAdoptions({ slots, ours }: SortedDevices, findings: Finding[]): void {
  for (const { devices } of slots) {
    for (const { id, nickname } of devices) {
      if (isDeviceSlot(nickname) && !ours.has(id)) findings.push({ kind: 'adoption-candidate', slot: nickname, deviceId: id });
    }
  }
}

/**
 * P51: a plan that would leave the user without any device keeps the unmanaged ones; where there are none, one of the devices whose
 * value was cleared: the primary, else the first. A slot that waits for its device is no device yet.
 */
function keepOneFactor(
  judged: readonly SlotVerdict[],
  removable: readonly ObservedDevice[],
  count: number,
  findings: Finding[],
): { readonly verdicts: readonly SlotVerdict[]; readonly removed: readonly ObservedDevice[] } {
  let left = count - removable.length;
  for (const { unpair, cleared, pair } of judged) left += (pair ? 1 : 0) - unpair.length - cleared.length;
  if (left > 0) return { verdicts: judged, removed: removable };
  if (removable.length > 0) {
    findings.push({ kind: 'overwrite-would-strip-all', devices: removable.length });
    return { verdicts: judged, removed: [] };
  }
  const last = lastFactor(judged);
  if (!last) return { verdicts: judged, removed: [] };
  const verdicts = judged.map((it): SlotVerdict => {
    if (!it.cleared.includes(last)) return it;
    findings.push({ kind: 'last-device-kept', slot: it.slot, deviceId: last.id });
    const cleared = it.cleared.filter((device) => device !== last);
    return { ...it, keep: last, cleared, losesPrimary: cleared.some((device) => device.primary) };
  });
  return { verdicts, removed: [] };
}

function lastFactor(judged: readonly SlotVerdict[]): FactorDevice | undefined {
  let first: FactorDevice | undefined;
  for (const { cleared } of judged) {
    for (const device of cleared) {
      if (device.primary) return device;
      first ??= device;
    }
  }
  return first;
}
