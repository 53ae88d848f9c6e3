import type { DesiredUser } from './desired-user.ts';
import { deviceSlots } from './device-slot.ts';
import { sameAddress } from './factor-address.ts';
import type { DeviceId, ObservedDevice } from './observed-user.ts';
import type { ReconciliationInput } from './plan-reconciliation.ts';
import type { Finding, Step } from './plan.ts';

/**
 * The devices of the account without those of its former owner (ADR 5.13), which are unpaired first, under Merge too and whatever is spared
 * else: with each of them another person could sign in here. A device stays when it has an address that the datastore gives to this user.
 * Appends to `steps` and `findings`.
 */
export function withoutFormerOwners(
  { slots }: Extract<DesiredUser, { kind: 'present' }>,
  observed: readonly ObservedDevice[],
  { intent, options }: Pick<ReconciliationInput, 'intent' | 'options'>,
  steps: Step[],
  findings: Finding[],
): readonly ObservedDevice[] {
  const theirs = intent?.handedOver?.devices;
  if (!theirs || theirs.length === 0) return observed;
  const isWanted = ({ address }: ObservedDevice): boolean =>
    address !== undefined &&
    deviceSlots.some((slot) => {
      const wanted = slots[slot];
      return wanted.kind === 'value' && sameAddress(wanted.address, address);
    });
  const going = new Map<DeviceId, ObservedDevice>();
  for (const device of observed)
    if (theirs.includes(device.id) && device.id.trim() !== '' && !isWanted(device)) going.set(device.id, device);
  if (options.manageDevices === 'do-not-manage') {
    for (const deviceId of [...going.keys()].sort()) findings.push({ kind: 'former-owners-device-kept', deviceId });
    return observed;
  }
  for (const { id, slot } of [...going.values()].sort((a, b) => (a.id < b.id ? -1 : 1)))
    steps.push({ kind: 'unpair', deviceId: id, ...(slot && { slot }), reason: 'account-handed-over' });
  return observed.filter(({ id }) => !going.has(id));
}
