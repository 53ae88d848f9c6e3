import type { DesiredUser } from './desired-user.ts';
import { deviceSlots } from './device-slot.ts';
import type { RefusedPair } from './intent.ts';
import { judgePrimary } from './judge-primary.ts';
import { judgeSlot, type SlotVerdict } from './judge-slot.ts';
import { judgeUnmanaged } from './judge-unmanaged.ts';
import type { DeviceId, ObservedDevice } from './observed-user.ts';
import { workingFactorLost } from './plan-needs.ts';
import { addFirst, hasWork, removeFirst } from './plan-order.ts';
import type { ReconciliationInput } from './plan-reconciliation.ts';
import { roomFor, type Room } from './plan-room.ts';
import type { Finding, Plan, PlanNeed } from './plan.ts';
import { type FactorDevice, sortDevices, type SortedDevices, type Waiting } from './sort-devices.ts';

/** A limit that refused may be another one tomorrow (P53). */
const refusalLastsMs = 24 * 3_600_000;

const noneRefused: readonly RefusedPair[] = [];

/**
 * The device steps of an enabled account, in the order that the connection asks for (P52). `created`: the account is made by this run,
 * so that PR1–PR3 apply.
 */
export function planDevices(
  desired: Extract<DesiredUser, { kind: 'present' }>,
  observed: readonly ObservedDevice[],
  created: boolean,
  input: Omit<ReconciliationInput, 'desired' | 'observed'>,
): Plan {
  const { options, capabilities, intent, firstSight, now, visibilityWindowMs } = input;
  const findings: Finding[] = [];
  if (options.manageDevices === 'do-not-manage') {
    if (created && options.primaryDevice !== 'do-not-manage') findings.push({ kind: 'primary-without-devices' }); // PR9
    return { steps: [], findings }; // T1
  }
  const sorted = sortDevices(observed, intent, now, visibilityWindowMs);
  if (sorted.openPair) return waitFor(sorted.openPair);
  if (firstSight && !created) noteAdoptions(sorted, desired, findings);
  const taken: DeviceId[] = [];
  const context = { unmanaged: sorted.unmanaged, taken, options, refused: stillRefused(input, sorted) };
  const judged = deviceSlots.map((slot, i) => judgeSlot(slot, desired.slots[slot], sorted.slots[i]!, context, findings));
  const free = taken.length === 0 ? sorted.unmanaged : sorted.unmanaged.filter(({ id }) => !taken.includes(id));
  const removable = judgeUnmanaged(free, options, capabilities, findings);
  if (!created && !intent?.primaryOwedTo && removable.length === 0 && judged.every(staysAsItIs)) return { steps: [], findings };
  const kept = options.allowStripToZero
    ? { verdicts: judged, removed: removable }
    : keepOneFactor(judged, removable, sorted, options.keepWorkingFactor, findings);
  const room = roomFor(kept.verdicts, kept.removed, sorted.count + sorted.hidden, input.deviceLimit, options.order, findings);
  const primary = judgePrimary(created, room.verdicts, options, intent, findings);
  const steps =
    options.order === 'add-first' ? addFirst(room, kept.removed, primary) : removeFirst(room.verdicts, kept.removed, primary);

  let replanAt: number | undefined;
  for (const { waitsUntil } of room.verdicts) {
    if (waitsUntil !== undefined) replanAt = Math.min(replanAt ?? waitsUntil, waitsUntil);
  }
  const needs = needsOf(room, options.keepWorkingFactor ? workingFactorLost(sorted.all, steps, findings) : false);
  if (!needs && replanAt === undefined) return { steps, findings };
  return { steps, findings, ...(needs && { needs }), ...(replanAt !== undefined && { replanAt }) };
}

const staysAsItIs = (verdict: SlotVerdict): boolean => verdict.waitsUntil === undefined && !hasWork(verdict);

function needsOf({ kind }: Room, lastWorking: boolean): readonly PlanNeed[] | undefined {
  if (kind === 'none') return lastWorking ? ['no-headroom', 'last-working-factor'] : ['no-headroom'];
  return lastWorking ? ['last-working-factor'] : undefined;
}

/** P53: what was refused and has no better chance now. */
function stillRefused(
  { intent, now, deviceLimit }: Pick<ReconciliationInput, 'intent' | 'now' | 'deviceLimit'>,
  { count }: SortedDevices,
): readonly RefusedPair[] {
  if (!intent?.refusedPairs) return noneRefused;
  return intent.refusedPairs.filter(
    ({ because, devices, at }) =>
      because === 'address-refused' ||
      (now < at + refusalLastsMs && count >= devices && !(deviceLimit.kind === 'known' && count < deviceLimit.limit)),
  );
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
function noteAdoptions(
  { slots, ours }: SortedDevices,
  desired: Extract<DesiredUser, { kind: 'present' }>,
  findings: Finding[],
): void {
  for (const { devices } of slots) {
    for (const { id, slot } of devices) {
      if (slot && desired.slots[slot].kind !== 'create-only' && !ours.has(id))
        findings.push({ kind: 'adoption-candidate', slot, deviceId: id });
    }
  }
}

/**
 * P51: a plan that would leave the user without any device keeps the unmanaged ones; where there are none, one of the devices whose
 * value was cleared: the primary, else the first, those that work before those that do not. A slot that waits for its device is no
 * device yet. With `working` only devices count with which the user can sign in.
 */
function keepOneFactor(
  judged: readonly SlotVerdict[],
  removable: readonly ObservedDevice[],
  { all, count }: SortedDevices,
  working: boolean,
  findings: Finding[],
): { readonly verdicts: readonly SlotVerdict[]; readonly removed: readonly ObservedDevice[] } {
  const counts = (device: ObservedDevice | undefined): number => (working && device?.unusable ? 0 : 1);
  let left = count;
  if (working) for (const device of all) left -= device.unusable ? 1 : 0;
  for (const device of removable) left -= counts(device);
  for (const { unpair, cleared, pair } of judged) {
    if (pair) left += 1;
    if (unpair.length > 0) for (const { deviceId } of unpair) left -= working ? counts(all.find(({ id }) => id === deviceId)) : 1;
    if (cleared.length > 0) for (const device of cleared) left -= counts(device);
  }
  if (left > 0) return { verdicts: judged, removed: removable };
  if (removable.some((device) => counts(device) > 0)) {
    findings.push({ kind: 'overwrite-would-strip-all', devices: removable.length });
    return { verdicts: judged, removed: [] };
  }
  const last = lastFactor(judged);
  if (!last) return { verdicts: judged, removed: removable };
  const verdicts = judged.map((it): SlotVerdict => {
    if (!it.cleared.includes(last)) return it;
    findings.push({ kind: 'last-device-kept', slot: it.slot, deviceId: last.id });
    const cleared = it.cleared.filter((device) => device !== last);
    return { ...it, keep: last, cleared, losesPrimary: cleared.some((device) => device.primary) };
  });
  return { verdicts, removed: removable };
}

function lastFactor(judged: readonly SlotVerdict[]): FactorDevice | undefined {
  let best: FactorDevice | undefined;
  const rank = (device: FactorDevice): number => (device.unusable ? 0 : 2) + (device.primary ? 1 : 0);
  for (const { cleared } of judged) {
    for (const device of cleared) if (!best || rank(device) > rank(best)) best = device;
  }
  return best;
}
