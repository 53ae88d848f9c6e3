import type { InvalidAddressReason, SlotValue } from './desired-user.ts';
import { type DeviceSlot, factorKindOf } from './device-slot.ts';
import { type FactorAddress, sameAddress } from './factor-address.ts';
import type { RefusedPair } from './intent.ts';
import type { DeviceId, ObservedDevice } from './observed-user.ts';
import type { Finding, Step } from './plan.ts';
import type { ReconcileOptions } from './reconcile-options.ts';
import type { FactorDevice, SlotDevices } from './sort-devices.ts';

type PairStep = Extract<Step, { kind: 'pair' }>;
type UnpairStep = Extract<Step, { kind: 'unpair' }>;

/** What becomes of one slot, were it the only thing to decide. */
export interface SlotVerdict {
  readonly slot: DeviceSlot;
  /** The device that the slot keeps; still to be named when it is in another slot or none (A11, `adopts`). */
  readonly keep?: FactorDevice;
  /** `keep` was the user's own until now (P47). */
  readonly adopts?: true;
  readonly pair?: PairStep;
  readonly unpair: readonly UnpairStep[];
  /** The one among `unpair` whose place `pair` or `keep` takes (T5). */
  readonly replaces?: FactorDevice;
  /** Devices whose value was cleared (T6), to be unpaired unless one is the user's last. */
  readonly cleared: readonly FactorDevice[];
  /** A device of the slot that is unpaired has the primary role. */
  readonly losesPrimary: boolean;
  readonly waitsUntil?: number;
}

/** What judging a slot needs beyond it. */
export interface SlotContext {
  /** Devices under other names, oldest first (P40). */
  readonly unmanaged: readonly ObservedDevice[];
  /** Those of them that a slot takes (`sameValue`), so that no other does; grows from slot to slot. */
  readonly taken: DeviceId[];
  readonly options: ReconcileOptions;
  /** What is not to be tried again (P53). */
  readonly refused: readonly RefusedPair[];
}

const none: readonly never[] = [];

/** T2–T8, T10, T15, P41–P49: one slot under Merge or Overwrite. Appends what it notes to `findings`. */
export function judgeSlot(
  slot: DeviceSlot,
  wanted: SlotValue,
  there: SlotDevices,
  context: SlotContext,
  findings: Finding[],
): SlotVerdict {
  const { devices, wrongType, waitsUntil } = there;
  if (wanted.kind === 'create-only') return asItIs(slot, there, context.options, findings);
  for (const { id, type } of wrongType) findings.push({ kind: 'nickname-on-other-type', slot, deviceId: id, type });
  if (waitsUntil !== undefined) {
    findings.push({ kind: 'pair-outcome-unknown', slot });
    return { ...untouched(slot, devices[0]), waitsUntil };
  }
  // P48. Not even T5 for a device beside it: after its unpair the slot would hold the other one only, and never get its device back.
  if (wrongType.length > 0) return untouched(slot, devices[0]);

  const value = usable(slot, wanted);
  if (value.kind === 'value') return give(slot, value.address, there, context, findings);
  if (value.kind === 'invalid') findings.push({ kind: 'value-invalid', slot, reason: value.reason }); // T15
  if (value.kind === 'unknown') findings.push({ kind: 'value-unknown', slot });
  const [keep, ...others] = devices;
  if (!keep) {
    const isEmptied = value.kind === 'absent' && context.options.onCleared === 'remove';
    return there.replaced && !isEmptied ? givenBack(slot, there.replaced) : untouched(slot); // T2
  }
  if (value.kind === 'absent') {
    if (context.options.onCleared === 'remove') {
      return { slot, unpair: none, cleared: devices, losesPrimary: devices.some((it) => it.primary) };
    }
    findings.push({ kind: 'value-cleared-device-kept', slot }); // T6, P41
  }
  // A replacement that was interrupted is finished, also when the datastore has nothing to say any more.
  const successor = others.length > 0 && there.beside && devices.find(({ id }) => id === there.beside?.by);
  if (successor) return keepMatch(slot, successor, there, context.options, findings);
  const unpair = duplicates(slot, others, context.options, findings);
  return { slot, keep, unpair, cleared: none, losesPrimary: isPrimaryAmong(others, unpair) };
}

/**
 * P14: nothing is begun. What is under way ends: a pairing that was broken off gets its name, since nobody else would find it (A11), an old device whose
 * successor is there goes, and one that went first, for a successor that did not come, is given back.
 */
function asItIs(slot: DeviceSlot, there: SlotDevices, options: ReconcileOptions, findings: Finding[]): SlotVerdict {
  const { devices, wrongType, replaced, beside } = there;
  const successor = devices.length > 1 && beside && devices.find(({ id }) => id === beside.by);
  if (successor) return keepMatch(slot, successor, there, options, findings);
  const keep = devices.find((it) => it.slot === slot) ?? devices[0];
  return keep || !replaced || wrongType.length > 0 ? untouched(slot, keep) : givenBack(slot, replaced);
}

/** T3, T4, T5, T8, T12: the slot shall reach its user at `address`. */
function give(
  slot: DeviceSlot,
  address: FactorAddress,
  there: SlotDevices,
  context: SlotContext,
  findings: Finding[],
): SlotVerdict {
  const { devices } = there;
  const [first] = devices;
  if (devices.length === 1 && first && sameAddress(first.address, address))
    return { slot, keep: first, unpair: none, cleared: none, losesPrimary: false }; // T4
  const matches = devices.filter((it) => sameAddress(it.address, address));
  const match = matches.find((it) => it.slot === slot) ?? matches[0];
  if (!match) return fill(slot, address, there, context, findings);
  return keepMatch(slot, match, there, context.options, findings);
}

/** T4, where the slot has others beside the right device. */
function keepMatch(
  slot: DeviceSlot,
  match: FactorDevice,
  { devices, beside }: SlotDevices,
  options: ReconcileOptions,
  findings: Finding[],
): SlotVerdict {
  const unpair: UnpairStep[] = [];
  const rest: FactorDevice[] = [];
  let replaces: FactorDevice | undefined;
  for (const it of devices) {
    if (it === match) continue;
    // The second half of a replacement that was interrupted: its old device is no duplicate (P49).
    if (beside?.old === it.id && beside.by === match.id) replaces = it;
    else if (isOurs(slot, it, beside)) unpair.push({ kind: 'unpair', deviceId: it.id, slot, reason: 'pair-unfinished' });
    // Adopted for a value that is not wanted any more (P47): as the slot's device it goes with that, and the guards count it.
    else if (beside?.old === match.id && beside.by === it.id)
      unpair.push({ kind: 'unpair', deviceId: it.id, slot, reason: 'value-changed' });
    else rest.push(it);
  }
  if (replaces) unpair.push({ kind: 'unpair', deviceId: replaces.id, slot, reason: 'value-changed' });
  unpair.push(...duplicates(slot, rest, options, findings));
  const losesPrimary = isPrimaryAmong(devices, unpair);
  return { slot, keep: match, unpair, cleared: none, losesPrimary, ...(replaces && { replaces }) };
}

/**
 * Paired by us, and not what the slot is to hold: without its name nobody would find it again (A11), and beside the device that it was to
 * replace it is one too many.
 */
const isOurs = (slot: DeviceSlot, { id, slot: named }: FactorDevice, beside: SlotDevices['beside']): boolean =>
  named !== slot || (beside?.ours === true && beside.by === id);

/** T3, T5, T8, T12: no device of the slot has the address. */
function fill(
  slot: DeviceSlot,
  address: FactorAddress,
  { devices, replaced: replacedBefore, beside }: SlotDevices,
  context: SlotContext,
  findings: Finding[],
): SlotVerdict {
  const { options } = context;
  const unpair: UnpairStep[] = [];
  // A replacement that was interrupted is finished, not undone: its device stands until the next one has come, and if that is refused for good.
  const over = devices.some((it) => it.id === beside?.by && it.slot === slot) ? beside?.old : undefined;
  let standing = devices;
  if (over !== undefined) {
    standing = devices.filter((it) => it.id !== over && it.slot === slot);
    for (const it of devices) {
      if (it.slot !== slot) unpair.push({ kind: 'unpair', deviceId: it.id, slot, reason: 'pair-unfinished' });
      else if (it.id === over) unpair.push({ kind: 'unpair', deviceId: it.id, slot, reason: 'value-changed' });
    }
    standing = [...standing].sort((a, b) => Number(b.id === beside?.by) - Number(a.id === beside?.by));
  } else if ((beside || options.order === 'add-first') && devices.some((it) => isOurs(slot, it, beside))) {
    // Gone before the next pairing, whose memory takes the place of its own.
    standing = devices.filter((it) => !isOurs(slot, it, beside));
    for (const it of devices) {
      if (!standing.includes(it)) unpair.push({ kind: 'unpair', deviceId: it.id, slot, reason: 'pair-unfinished' });
    }
  }
  const same = sameValue(slot, address, context, findings);
  const refused = !same && !replacedBefore && context.refused.find((it) => it.slot === slot && sameAddress(it.address, address));
  if (refused) {
    findings.push({ kind: 'refused-before', slot, because: refused.because });
    unpair.push(...duplicates(slot, standing.slice(1), options, findings));
    const keep = standing[0];
    return { slot, ...(keep && { keep }), unpair, cleared: none, losesPrimary: isPrimaryAmong(devices, unpair) };
  }
  // With `replacedBefore` it is the second half of a T5 that was interrupted: what is left in the slot now are the others of P49.
  const replaces = replacedBefore ? undefined : standing[0];
  if (replaces) unpair.push({ kind: 'unpair', deviceId: replaces.id, slot, reason: 'value-changed' });
  if (standing.length > (replaces ? 1 : 0))
    unpair.push(...duplicates(slot, replaces ? standing.slice(1) : standing, options, findings));
  const recreated = options.sameValue === 'recreate' ? same : undefined;
  if (recreated) unpair.push({ kind: 'unpair', deviceId: recreated.id, slot, reason: 'same-value-recreated' });
  const losesPrimary = recreated?.primary === true || isPrimaryAmong(devices, unpair);
  // Written out, not spread: this is where most plans that change something spend their time.
  const verdict: Growing = { slot, unpair, cleared: none, losesPrimary };
  if (replaces) verdict.replaces = replaces;
  if (same && !recreated) {
    verdict.keep = same;
    verdict.adopts = true;
    return verdict;
  }
  const old = replacedBefore ?? replaces?.address;
  verdict.pair = old
    ? { kind: 'pair', slot, address, reason: 'value-changed', replaces: old }
    : { kind: 'pair', slot, address, reason: same ? 'same-value-recreated' : 'slot-empty' };
  return verdict;
}

type Growing = { -readonly [K in keyof SlotVerdict]: SlotVerdict[K] };

/** P47, T8, T12: the device under another name that has the address, if the connection does something about it: primary, else oldest. */
function sameValue(
  slot: DeviceSlot,
  address: FactorAddress,
  { unmanaged, taken, options }: SlotContext,
  findings: Finding[],
): FactorDevice | undefined {
  let chosen: FactorDevice | undefined;
  for (const it of unmanaged) {
    if (!hasAddress(it) || !sameAddress(it.address, address) || taken.includes(it.id)) continue;
    // To adopt a device with which nobody can sign in would be to give less.
    if (options.sameValue === 'pair' || (options.sameValue === 'adopt' && it.unusable))
      findings.push({ kind: 'same-value-unmanaged', slot, deviceId: it.id });
    else if (!chosen || (it.primary && !chosen.primary)) chosen = it;
  }
  if (chosen) taken.push(chosen.id);
  return chosen;
}

const hasAddress = (device: ObservedDevice): device is FactorDevice => device.address !== undefined;

/** P49: only Overwrite removes the others that carry the nickname. */
function duplicates(
  slot: DeviceSlot,
  others: readonly FactorDevice[],
  { manageDevices }: ReconcileOptions,
  findings: Finding[],
): readonly UnpairStep[] {
  if (others.length === 0) return none;
  const unpair: UnpairStep[] = [];
  for (const { id, slot: named } of others) {
    if (named !== slot) continue;
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

/** The datastore has no value any more for which an interrupted run made room: better the old factor than one less. */
const givenBack = (slot: DeviceSlot, address: FactorAddress): SlotVerdict => ({
  ...untouched(slot),
  pair: { kind: 'pair', slot, address, reason: 'value-changed', replaces: address },
});

const untouched = (slot: DeviceSlot, keep?: FactorDevice): SlotVerdict => ({
  slot,
  ...(keep && { keep }),
  unpair: none,
  cleared: none,
  losesPrimary: false,
});

/** R31: the replacement is not made, and the slot stays as it is. */
export function withoutReplacement(verdict: SlotVerdict): SlotVerdict {
  const { slot, replaces, unpair } = verdict;
  const rest = unpair.filter((it) => it.deviceId !== replaces?.id && it.reason !== 'same-value-recreated');
  const losesPrimary = verdict.losesPrimary && replaces?.primary !== true;
  return { slot, ...(replaces && { keep: replaces }), unpair: rest, cleared: none, losesPrimary };
}

const isPrimaryAmong = (devices: readonly FactorDevice[], unpair: readonly UnpairStep[]): boolean =>
  unpair.length > 0 && devices.some((it) => it.primary && unpair.some(({ deviceId }) => deviceId === it.id));
