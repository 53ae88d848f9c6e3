import { type DeviceSlot, deviceSlots, type DirectoryCapabilities, slotNaming } from '@tallystick/devices-domain';

/** The classic API as data (b.4, b.5): slots are named after themselves (P40), and a username is never changed (P20). */
export const pingIdCapabilities: DirectoryCapabilities = {
  kind: 'pingid',
  nicknames: Object.fromEntries(deviceSlots.map((slot) => [slot, slot])) as Record<DeviceSlot, string>,
  namesWhilePairing: false,
  heirOfPrimary: 'nobody',
  renamesUsers: false,
  calls: {
    observe: 1,
    createUser: 1,
    editUser: 2,
    renameUser: 0,
    activateUser: 1,
    suspendUser: 1,
    deleteUser: 1,
    pair: 1,
    nameDevice: 2,
    unpair: 2,
    setPrimary: 2,
    deviceLimit: 0,
    check: 1,
  },
};

/** The slot that a nickname stands for: exactly this text, or none (P40, P45). */
export const slotOf = slotNaming(pingIdCapabilities);
