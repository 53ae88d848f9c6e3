import type { InvalidAddressReason, SlotValue } from './desired-user.ts';
import { type DeviceSlot, factorKindOf } from './device-slot.ts';
import { type FactorAddress, sameAddress } from './factor-address.ts';
import type { ObservedDevice } from './observed-user.ts';
import type { Finding, Step } from './plan.ts';
import type { ReconcileOptions } from './reconcile-options.ts';
import type { FactorDevice, SlotDevices } from './sort-devices.ts';

type PairStep = Extract<Step, { kind: 'pair' }>;
type UnpairStep = Extract<Step, { kind: 'unpair' }>;

/** What becomes of one slot, were it the only thing to decide. */
export interface SlotVerdict {
  readonly slot: DeviceSlot;
  /** The device that the slot keeps; still to be named when its nickname is another (A11). */
  readonly keep?: FactorDevice;
  readonly pair?: PairStep;
  readonly unpair: readonly UnpairStep[];
  /** Devices whose value was cleared (T6), to be unpaired unless one is the user's last. */
  readonly cleared: readonly FactorDevice[];
  /** A device of the slot that is unpaired has the primary role. */
  readonly losesPrimary: boolean;
  readonly waitsUntil?: number;
}

const none: readonly never[] = [];

/** T2–T8, T10, T15, P41–P49: one slot under Merge or Overwrite. Appends what it notes to `findings`. */
export function judgeSlot(
  slot: DeviceSlot,
  wanted: SlotValue,
  { devices, wrongType, waitsUntil, replaced }: SlotDevices,
  unmanaged: readonly ObservedDevice[],
  options: ReconcileOptions,
  findings: Finding[],
): SlotVerdict {
  for (const { id, type } of wrongType) findings.push({ kind: 'nickname-on-other-type', slot, deviceId: id, type });
  if (waitsUntil !== undefined) {
    findings.push({ kind: 'pair-outcome-unknown', slot });
    return { ...untouched(slot, devices[0]), waitsUntil };
  }
  // P48. Not even T5 for a device beside it: after its unpair the slot would hold the other one only, and never get its device back.
  if (wrongType.length > 0) return untouched(slot, devices[0]);

  const value = usable(slot, wanted);
  if (value.kind === 'value') return give(slot, value.address, devices, replaced, unmanaged, options, findings);
  if (value.kind === 'invalid') findings.push({ kind: 'value-invalid', slot, reason: value.reason }); // T15
  if (value.kind === 'unknown') findings.push({ kind: 'value-unknown', slot });
  const [keep, ...others] = devices;
  if (!keep) return untouched(slot); // T2
  if (value.kind === 'absent') {
    if (options.onCleared === 'remove') {
      return { slot, unpair: none, cleared: devices, losesPrimary: devices.some((it) => it.primary) };
    }
    findings.push({ kind: 'value-cleared-device-kept', slot }); // T6, P41
  }
  const unpair = duplicates(slot, others, options, findings);
  return { slot, keep, unpair, cleared: none, losesPrimary: isPrimaryAmong(others, unpair) };
}

/** T3, T4, T5: the slot shall reach its user at `address`. */
function give(
  slot: DeviceSlot,
  address: FactorAddress,
  devices: readonly FactorDevice[],
  replacedBefore: FactorAddress | undefined,
  unmanaged: readonly ObservedDevice[],
  options: ReconcileOptions,
  findings: Finding[],
): SlotVerdict {
  const matches = devices.filter((it) => sameAddress(it.address, address));
  const match = matches.find((it) => it.nickname === slot) ?? matches[0];
  if (match) {
    if (devices.length === 1) return { slot, keep: match, unpair: none, cleared: none, losesPrimary: false }; // T4
    const others = devices.filter((it) => it !== match);
    const unpair = [...superfluous(slot, others), ...duplicates(slot, others, options, findings)];
    return { slot, keep: match, unpair, cleared: none, losesPrimary: isPrimaryAmong(others, unpair) };
  }
  for (const it of unmanaged) {
    if (it.address && sameAddress(it.address, address)) findings.push({ kind: 'same-value-unmanaged', slot, deviceId: it.id }); // T8, T12, P47
  }
  if (replacedBefore || devices.length === 0) {
    // T3, or the second half of a T5 that was interrupted: what is left in the slot now are the others of P49.
    const unpair = duplicates(slot, devices, options, findings);
    const pair: PairStep = replacedBefore
      ? { kind: 'pair', slot, address, reason: 'value-changed', replaces: replacedBefore }
      : { kind: 'pair', slot, address, reason: 'slot-empty' };
    return { slot, pair, unpair, cleared: none, losesPrimary: isPrimaryAmong(devices, unpair) };
  }
  const [replaced, ...others] = devices as [FactorDevice, ...FactorDevice[]]; // T5
  const unpair: readonly UnpairStep[] = [
    { kind: 'unpair', deviceId: replaced.id, slot, reason: 'value-changed' },
    ...duplicates(slot, others, options, findings),
  ];
  const pair: PairStep = { kind: 'pair', slot, address, reason: 'value-changed', replaces: replaced.address };
  return { slot, pair, unpair, cleared: none, losesPrimary: isPrimaryAmong(devices, unpair) };
}

/**
 * A11: somebody else filled the slot while our own device had no name yet. Without one nobody would find that device again, so it goes;
 * the slot has what it wants.
 */
const superfluous = (slot: DeviceSlot, others: readonly FactorDevice[]): readonly UnpairStep[] =>
  others
    .filter((it) => it.nickname !== slot)
    .map(({ id }) => ({ kind: 'unpair', deviceId: id, slot, reason: 'pair-unfinished' }));

/** P49: only Overwrite removes the others that carry the nickname. */
function duplicates(
  slot: DeviceSlot,
  others: readonly FactorDevice[],
  { manageDevices }: ReconcileOptions,
  findings: Finding[],
): readonly UnpairStep[] {
  const unpair: UnpairStep[] = [];
  for (const { id, nickname } of others) {
    if (nickname !== slot) continue;
    if (manageDevices === 'overwrite') unpair.push({ kind: 'unpair', deviceId: id, slot, reason: 'duplicate-nickname' });
    else findings.push({ kind: 'duplicate-managed-nickname', slot, deviceId: id });
  }
  return unpair;
}

/** A value of another kind than the slot's can't be paired there: it would sit in the slot as a conflict (P48) for ever. */
function usable(slot: DeviceSlot, wanted: SlotValue): SlotValue {
  if (wanted.kind !== 'value') return wanted;
  const kind = factorKindOf(slot);
  if (wanted.address.kind === kind) return wanted;
  const reason: InvalidAddressReason = kind === 'email' ? 'email-syntax' : 'phone-not-a-number';
  return { kind: 'invalid', reason };
}

const untouched = (slot: DeviceSlot, keep?: FactorDevice): SlotVerdict => ({
  slot,
  ...(keep && { keep }),
  unpair: none,
  cleared: none,
  losesPrimary: false,
});

const isPrimaryAmong = (devices: readonly FactorDevice[], unpair: readonly UnpairStep[]): boolean =>
  devices.some((it) => it.primary && unpair.some(({ deviceId }) => deviceId === it.id));
