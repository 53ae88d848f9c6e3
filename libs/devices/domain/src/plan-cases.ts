// Builders for the tables of the planner's rules; used by specs only.
import { instant } from '@tallystick/kernel-core';
import type { DesiredUser, Profile, SlotValue } from './desired-user.ts';
import { type DeviceSlot, deviceSlots, factorKindOf, isDeviceSlot } from './device-slot.ts';
import type { DirectoryCapabilities } from './directory-capabilities.ts';
import type { FactorAddress } from './factor-address.ts';
import type { DeviceId, ObservedDevice, ObservedUser } from './observed-user.ts';
import { planReconciliation, type ReconciliationInput } from './plan-reconciliation.ts';
import type { Plan } from './plan.ts';
import { parityOptions, type ReconcileOptions } from './reconcile-options.ts';

export const now = instant(1_000_000);
export const visibilityWindowMs = 30_000;
export const profile: Profile = { email: 'ada@work.example', firstName: 'Ada', lastName: 'Lovelace' };

const calls = {
  observe: 1,
  createUser: 1,
  editUser: 1,
  renameUser: 1,
  activateUser: 1,
  suspendUser: 1,
  deleteUser: 1,
  pair: 1,
  nameDevice: 1,
  unpair: 1,
  setPrimary: 1,
  deviceLimit: 1,
  check: 1,
};

/** A directory that calls the slots what we call them. */
export const capabilities: DirectoryCapabilities = {
  kind: 'pingid',
  nicknames: Object.fromEntries(deviceSlots.map((slot) => [slot, slot])) as Record<DeviceSlot, string>,
  namesWhilePairing: false,
  heirOfPrimary: 'nobody',
  renamesUsers: false,
  calls,
};

export const email = (address: string): FactorAddress => ({ kind: 'email', address });
export const sms = (number: string): FactorAddress => ({ kind: 'sms', number });
export const voice = (number: string, extension?: string): FactorAddress => ({
  kind: 'voice',
  number,
  ...(extension && { extension }),
});
export const invalid: SlotValue = { kind: 'invalid', reason: 'phone-length' };
export const unknown: SlotValue = { kind: 'unknown' };
export const id = (text: string | number): DeviceId => String(text) as DeviceId;

/** An enabled user; slots that are not named are absent, a text is a value. */
export function user(
  values: Partial<Record<DeviceSlot, string | SlotValue>> = {},
  more: Partial<Extract<DesiredUser, { kind: 'present' }>> = {},
) {
  const slots = Object.fromEntries(
    deviceSlots.map((slot) => {
      const value = values[slot] ?? { kind: 'absent' };
      return [slot, typeof value === 'string' ? { kind: 'value', address: addressFor(slot, value) } : value];
    }),
  ) as Record<DeviceSlot, SlotValue>;
  return { kind: 'present', username: 'ada', enabled: true, profile, slots, ...more } as const;
}

function addressFor(slot: DeviceSlot, text: string): FactorAddress {
  const kind = factorKindOf(slot);
  return kind === 'email' ? email(text) : kind === 'sms' ? sms(text) : voice(text);
}

/** A device under `nickname`; a text in the place of an address is a type without one (`iPhone`). */
export function device(
  deviceId: number,
  nickname: string,
  is: FactorAddress | string,
  more: Partial<ObservedDevice> = {},
): ObservedDevice {
  const type = typeof is === 'string' ? is : { email: 'Email', sms: 'SMS', voice: 'Voice' }[is.kind];
  return {
    id: id(deviceId),
    nickname,
    ...(isDeviceSlot(nickname) && { slot: nickname }),
    type,
    ...(typeof is !== 'string' && { address: is }),
    primary: false,
    enrolledAt: '',
    ...more,
  };
}

export const account = (
  devices: readonly ObservedDevice[] = [],
  more: Partial<Extract<ObservedUser, { kind: 'present' }>> = {},
): Extract<ObservedUser, { kind: 'present' }> => ({ kind: 'present', status: 'active', profile, devices, ...more });

export const absent: ObservedUser = { kind: 'absent' };

/** A plan of an account that was reconciled before, with the options of the reference but for `options`. */
export const plan = (
  desired: DesiredUser,
  observed: ObservedUser,
  options: Partial<ReconcileOptions> = {},
  more: Partial<ReconciliationInput> = {},
): Plan =>
  planReconciliation({
    desired,
    observed,
    options: { ...parityOptions, ...options },
    firstSight: false,
    visibilityWindowMs,
    now,
    capabilities,
    deviceLimit: { kind: 'unknown' },
    managedBefore: false,
    ...more,
  });

export const nothing: Plan = { steps: [], findings: [] };
