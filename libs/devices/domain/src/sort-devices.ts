import { type DeviceSlot, deviceSlots, type FactorKind, factorKindOf } from './device-slot.ts';
import { type FactorAddress, sameAddress } from './factor-address.ts';
import type { Intent, OpenPair } from './intent.ts';
import type { DeviceId, ObservedDevice } from './observed-user.ts';

/** A device that is managed or could be: its type is one of the three, so that it has an address. */
export type FactorDevice = ObservedDevice & { readonly address: NonNullable<ObservedDevice['address']> };

/** The devices that concern one slot. */
export interface SlotDevices {
  /**
   * Our own unfinished device, if there is one and it still carries another name (A11); then the devices of the slot's kind that carry
   * its nickname, oldest first. More than one: P49.
   */
  readonly devices: readonly FactorDevice[];
  /** Devices that carry the nickname and are something else (P48), oldest first. */
  readonly wrongType: readonly ObservedDevice[];
  /** The address of the slot's device that this run has unpaired to replace it (T5), and not yet replaced. */
  readonly replaced?: FactorAddress;
  /** The device that another one is to replace while it is still there (`order: add-first`), and that other one as far as it is known. */
  readonly beside?: Beside;
  /** The device that was paired and named for the slot may become visible until this moment: hands off (R30). */
  readonly waitsUntil?: number;
}

/** The devices of one user, each in exactly one place. */
export interface SortedDevices {
  /** In the order of `deviceSlots`. */
  readonly slots: readonly SlotDevices[];
  /** Devices under any other nickname (P40), oldest first. */
  readonly unmanaged: readonly ObservedDevice[];
  /** Devices that this unfinished run paired itself. */
  readonly ours: ReadonlySet<DeviceId>;
  /** Every device once, oldest first. */
  readonly all: readonly ObservedDevice[];
  /** All devices, also those that can't be named by an id. */
  readonly count: number;
  /** Devices that were paired and are not listed yet: they take a place under the limit. */
  readonly hidden: number;
  /** The open pair, while its device may still become visible. */
  readonly openPair?: Waiting;
}

export interface Beside {
  readonly old: DeviceId;
  /** Takes the place of `old`. */
  readonly by?: DeviceId;
  /** `by` was paired by us; else it was the user's own until it was adopted. */
  readonly ours: boolean;
}

export interface Waiting {
  readonly slot: DeviceSlot;
  readonly until: number;
}

const kinds: readonly FactorKind[] = deviceSlots.map(factorKindOf);
const nothing: readonly never[] = [];
const noneOurs: ReadonlySet<DeviceId> = new Set();

/**
 * Says of every device what it is to us: in a slot by its exact nickname (P40), ours by an open pair (A11), or unmanaged. The order of
 * `observed` does not matter, and an id that is listed twice counts once.
 */
export function sortDevices(
  observed: readonly ObservedDevice[],
  intent: Intent | undefined,
  now: number,
  visibilityWindowMs: number,
): SortedDevices {
  const devices = eachOnce(observed);
  const named: FactorDevice[][] = [];
  const wrongType: ObservedDevice[][] = [];
  const unmanaged: ObservedDevice[] = [];
  const claims = intent && claim(devices, intent, visibilityWindowMs);
  for (const device of devices) {
    const unfinished = claims?.unfinished?.device === device.id ? claims.unfinished : undefined;
    const slot = unfinished?.slot ?? (device.slot ? deviceSlots.indexOf(device.slot) : -1);
    if (slot < 0) {
      if (canBeNamed(device)) unmanaged.push(device);
    } else if (!isFactor(device, slot)) (wrongType[slot] ??= []).push(device);
    else if (unfinished) (named[slot] ??= []).unshift(device);
    else (named[slot] ??= []).push(device);
  }
  const slots = deviceSlots.map((name, slot): SlotDevices => {
    const mine = named[slot] ?? nothing;
    if (!claims) return { devices: mine, wrongType: wrongType[slot] ?? nothing };
    const beside = besideIn(name, devices, intent, claims);
    const waitsUntil = latest(claims.unseen, name);
    const replaced = !mine.some((it) => claims.ours.has(it.id)) && replacedIn(name, devices, intent);
    return {
      devices: mine,
      wrongType: wrongType[slot] ?? nothing,
      ...(replaced && { replaced }),
      ...(beside && { beside }),
      ...(waitsUntil !== undefined && now < waitsUntil && { waitsUntil }),
    };
  });
  const openPair = claims?.openPair && now < claims.openPair.until ? { openPair: claims.openPair } : undefined;
  return {
    slots,
    unmanaged,
    all: devices,
    ours: claims?.ours ?? noneOurs,
    count: devices.length,
    hidden: claims?.unseen.length ?? 0,
    ...openPair,
  };
}

interface Claims {
  /** Our unfinished device, while it carries another nickname than `slot`, the index of the slot it was paired for. */
  readonly unfinished?: { readonly device: DeviceId; readonly slot: number };
  /** The device of the open pair, whatever its name. */
  readonly paired?: { readonly device: DeviceId; readonly slot: DeviceSlot };
  readonly ours: ReadonlySet<DeviceId>;
  readonly unseen: readonly Waiting[];
  readonly openPair?: Waiting;
}

/** Finds the device of the open pair: the one that was not there before and has the address, whatever its automatic nickname (P54). */
function claim(devices: readonly ObservedDevice[], intent: Intent, visibilityWindowMs: number): Claims {
  const ours = new Set<DeviceId>();
  const unseen: Waiting[] = [];
  for (const { slot, deviceId, pairedAt } of intent.unseenPairs ?? nothing) {
    ours.add(deviceId);
    if (!devices.some((it) => it.id === deviceId)) unseen.push({ slot, until: pairedAt + visibilityWindowMs });
  }
  const open = intent.openPair;
  if (!open) return { ours, unseen };
  const slot = deviceSlots.indexOf(open.slot);
  const device = deviceOf(open, devices, ours);
  if (!device) return { ours, unseen, openPair: { slot: open.slot, until: open.openedAt + visibilityWindowMs } };
  ours.add(device.id);
  const paired = { device: device.id, slot: open.slot };
  if (device.slot === open.slot) return { paired, ours, unseen };
  return { unfinished: { device: device.id, slot }, paired, ours, unseen };
}

/** The device of the open pair, if it is listed; `others` were paired as well, and are known. */
export function deviceOf(
  { slot, address, idsBefore }: OpenPair,
  devices: readonly ObservedDevice[],
  others: ReadonlySet<DeviceId>,
): ObservedDevice | undefined {
  const place = deviceSlots.indexOf(slot);
  const isIt = (it: ObservedDevice): boolean =>
    !others.has(it.id) && !idsBefore.includes(it.id) && isFactor(it, place) && sameAddress(it.address, address);
  return devices.find((it) => it.slot === slot && isIt(it)) ?? devices.find(isIt);
}

function latest(unseen: Claims['unseen'], slot: DeviceSlot): number | undefined {
  let until: number | undefined;
  for (const it of unseen) if (it.slot === slot) until = Math.max(until ?? it.until, it.until);
  return until;
}

function replacedIn(slot: DeviceSlot, devices: readonly ObservedDevice[], intent: Intent): FactorAddress | undefined {
  return intent.replacedDevices?.find(
    (it) => it.slot === slot && it.until === undefined && !devices.some(({ id }) => id === it.deviceId),
  )?.address;
}

function besideIn(slot: DeviceSlot, devices: readonly ObservedDevice[], intent: Intent, { paired }: Claims): Beside | undefined {
  const entry = intent.replacedDevices?.find(
    (it) => it.slot === slot && it.until !== undefined && devices.some(({ id }) => id === it.deviceId),
  );
  if (!entry) return undefined;
  const ours = entry.until === 'paired';
  const by = entry.by ?? (ours && paired?.slot === slot ? paired.device : undefined);
  return { old: entry.deviceId, ours, ...(by !== undefined && { by }) };
}

/** Without an id a device can't be unpaired alone (P56), so it is never a candidate for a step. */
const canBeNamed = (device: ObservedDevice): boolean => device.id.trim() !== '';

const isFactor = (device: ObservedDevice, slot: number): device is FactorDevice =>
  device.address !== undefined && device.address.kind === kinds[slot] && canBeNamed(device);

function eachOnce(observed: readonly ObservedDevice[]): readonly ObservedDevice[] {
  if (isInOrder(observed)) return observed;
  const seen = new Set<DeviceId>();
  const once: ObservedDevice[] = [];
  for (const device of [...observed].sort(byAge)) {
    if (!seen.has(device.id)) once.push(device);
    seen.add(device.id);
  }
  return once;
}

/** Directories mostly list the devices so: then nothing has to be copied. */
function isInOrder(observed: readonly ObservedDevice[]): boolean {
  for (let i = 1; i < observed.length; i += 1) {
    if (byAge(observed[i - 1]!, observed[i]!) >= 0) return false;
    for (let k = 0; k < i; k += 1) if (observed[k]!.id === observed[i]!.id) return false;
  }
  return true;
}

/** Oldest first, then the lower id (P49); the rest only decides between two entries for one id. */
function byAge(a: ObservedDevice, b: ObservedDevice): number {
  return (
    compare(a.enrolledAt, b.enrolledAt) ||
    a.id.length - b.id.length ||
    compare(a.id, b.id) ||
    compare(a.nickname, b.nickname) ||
    compare(a.type, b.type) ||
    Number(b.primary) - Number(a.primary) ||
    compare(addressText(a), addressText(b))
  );
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function addressText({ address }: ObservedDevice): string {
  if (!address) return '';
  if (address.kind === 'email') return `email ${address.address}`;
  return `${address.kind} ${address.number},${address.kind === 'voice' ? (address.extension ?? '') : ''}`;
}
