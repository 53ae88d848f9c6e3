import { type DeviceSlot, deviceSlots, type DirectoryCapabilities, slotNaming } from '@tallystick/devices-domain';

/**
 * PingOne MFA as data (c.2–c.4, P60). `calls` counts those to the API, whose rate is limited; a login goes to another host, about once an hour.
 * Nearly every operation looks the user up by name first: ids of users are not kept, so a renamed or re-created user is never mistaken.
 * `pair`, `activateUser`: one more where MFA has to be switched on. `setPrimary`: one more to read the order that it changes.
 */
export const pingOneCapabilities: DirectoryCapabilities = {
  kind: 'pingone',
  nicknames: Object.fromEntries(deviceSlots.map((slot) => [slot, slot.replace(' Number', '')])) as Record<DeviceSlot, string>,
  namesWhilePairing: true,
  heirOfPrimary: 'next-in-order',
  renamesUsers: true,
  calls: {
    observe: 2,
    createUser: 1,
    editUser: 2,
    renameUser: 2,
    activateUser: 3,
    suspendUser: 2,
    deleteUser: 2,
    pair: 3,
    nameDevice: 2,
    unpair: 2,
    setPrimary: 3,
    deviceLimit: 1,
    check: 2,
  },
};

/** The slot that a nickname stands for here: `SMS 1`, and not `SMS Number 1`, which is somebody's own name for a device (P60). */
export const slotOf = slotNaming(pingOneCapabilities);
