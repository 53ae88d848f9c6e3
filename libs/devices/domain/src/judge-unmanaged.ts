import { type DeviceSlot, deviceSlots } from './device-slot.ts';
import type { DirectoryCapabilities } from './directory-capabilities.ts';
import type { ObservedDevice } from './observed-user.ts';
import type { Finding } from './plan.ts';
import type { ReconcileOptions } from './reconcile-options.ts';

/**
 * T9, T11, P45, P50: the unmanaged devices that may be unpaired, oldest first; none under Merge. Appends what it notes to `findings`.
 */
export function judgeUnmanaged(
  unmanaged: readonly ObservedDevice[],
  { manageDevices, keepDeviceTypes }: ReconcileOptions,
  { nicknames }: DirectoryCapabilities,
  findings: Finding[],
): readonly ObservedDevice[] {
  const removable: ObservedDevice[] = [];
  for (const device of unmanaged) {
    const slot = nearMiss(device.nickname, nicknames);
    if (slot) findings.push({ kind: 'near-miss-nickname', slot, deviceId: device.id });
    if (manageDevices !== 'overwrite') continue;
    if (isKept(device.type, keepDeviceTypes)) findings.push({ kind: 'device-type-kept', deviceId: device.id, type: device.type });
    else removable.push(device);
  }
  return removable;
}

/** A list of words that spares devices must not fail by a capital letter. */
const isKept = (type: string, kept: readonly string[]): boolean =>
  kept.length > 0 && kept.some((it) => it.toLowerCase() === type.toLowerCase());

const fold = (nickname: string): string => nickname.replace(/\s/g, '').toLowerCase();

/** The slot that the nickname would be but for capitals and spaces (P45): `email1`, `SMS  number 1`. */
function nearMiss(nickname: string, nicknames: DirectoryCapabilities['nicknames']): DeviceSlot | undefined {
  // Most other nicknames can be told by their last character, without folding anything.
  const last = nickname.trimEnd().slice(-1);
  if (last !== '1' && last !== '2' && last !== '3') return undefined;
  const folded = fold(nickname);
  return deviceSlots.find((slot) => fold(nicknames[slot]) === folded);
}
