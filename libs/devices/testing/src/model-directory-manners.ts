import { type DeviceSlot, type DirectoryCapabilities, deviceSlots, type ObservedDevice } from '@tallystick/devices-domain';

const once = {
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
} as const;

/** The manners of classic PingID (b.4, P40, P53–P56). */
export const pingIdManners: DirectoryCapabilities = {
  kind: 'pingid',
  nicknames: Object.fromEntries(deviceSlots.map((slot) => [slot, slot])) as Record<DeviceSlot, string>,
  namesWhilePairing: false,
  heirOfPrimary: 'nobody',
  renamesUsers: false,
  calls: { ...once, renameUser: 0, deviceLimit: 0 },
};

/** The manners of PingOne MFA (c.4, P60). */
export const pingOneManners: DirectoryCapabilities = {
  kind: 'pingone',
  nicknames: Object.fromEntries(deviceSlots.map((slot) => [slot, slot.replace(' Number', '')])) as Record<DeviceSlot, string>,
  namesWhilePairing: true,
  heirOfPrimary: 'next-in-order',
  renamesUsers: true,
  calls: once,
};

/** The device as a directory with these manners lists it: it is managed exactly when its nickname is one of theirs. */
export function asListedBy({ nicknames }: DirectoryCapabilities, { slot: _, ...device }: ObservedDevice): ObservedDevice {
  const slot = deviceSlots.find((it) => nicknames[it] === device.nickname);
  return { ...device, ...(slot && { slot }) };
}
