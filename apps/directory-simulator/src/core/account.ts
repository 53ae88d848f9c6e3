/** PingID's user statuses that this directory can be in. */
export const statuses = ['ACTIVE', 'NOT_ACTIVE', 'PENDING', 'PENDING_ACTIVATION', 'SUSPENDED', 'PENDING_CHANGE_DEVICE'] as const;
export type Status = (typeof statuses)[number];

export const roles = ['REGULAR', 'ADMIN'] as const;
export type Role = (typeof roles)[number];

/** The type strings of getuserdetails. */
export const deviceTypes = [
  'Android',
  'iPhone',
  'SMS',
  'Voice',
  'Email',
  'YubiKey',
  'Desktop',
  'Security Key',
  'FIDO2 Biometrics',
  'Hardware Token',
  'Authenticator App',
] as const;
export type DeviceType = (typeof deviceTypes)[number];

/** What a device is reached by, or known by. Phone parts are digits; `extension` is what stood after the first comma. */
export type DeviceFacts =
  | { readonly kind: 'email'; readonly address: string }
  | { readonly kind: 'phone'; readonly countryCode: string; readonly number: string; readonly extension?: string }
  | { readonly kind: 'app'; readonly model: string; readonly osVersion: string | null; readonly appVersion: string | null }
  | { readonly kind: 'token'; readonly serial: string | null };

export interface Device {
  /** 63 bits, positive; on the wire a bare JSON number (P57). */
  readonly id: bigint;
  readonly type: DeviceType;
  readonly nickname: string;
  /** Epoch milliseconds. */
  readonly enrolledAt: number;
  readonly facts: DeviceFacts;
  /** What only PingOne shows; absent: neither locked nor blocked, and never changed. */
  readonly condition?: DeviceCondition;
}

export interface DeviceCondition {
  /** Epoch milliseconds. Locked until then, after too many wrong passcodes. */
  readonly lockedUntil?: number;
  /** Epoch milliseconds. An administrator blocked it. */
  readonly blockedAt?: number;
  /** Epoch milliseconds of the last change. */
  readonly updatedAt?: number;
}

/** One user of the directory, for both dialects. The place of a device in `devices` is its ORDER, counted from 1. */
export interface Account {
  /** The id of the user at PingOne: a UUID. */
  readonly guid: string;
  readonly username: string;
  readonly email: string | null;
  readonly fname: string | null;
  readonly lname: string | null;
  readonly userId: number;
  readonly role: Role;
  readonly status: Status;
  readonly picUrl: string;
  /** Epoch milliseconds. */
  readonly lastLogin: number | null;
  readonly devices: readonly Device[];
  /** The first device, or none: since the primary one was unpaired nobody has chosen again (P44, PR5). */
  readonly primary: 'first' | 'none';
  /** PingOne's devices that nobody has activated yet, oldest first. PingID does not know them. */
  readonly pending?: readonly Device[];
  /** PingOne: false until somebody turns it on. */
  readonly mfaEnabled: boolean;
  /** PingOne: UUID of the population; null is the default one. */
  readonly population: string | null;
  /** Epoch milliseconds. */
  readonly createdAt: number;
  /** Epoch milliseconds of the last change through PingOne. */
  readonly updatedAt: number;
}

/** What a new account starts with, whoever creates it. */
export interface NewAccount extends Pick<
  Account,
  'guid' | 'username' | 'email' | 'fname' | 'lname' | 'userId' | 'role' | 'picUrl'
> {
  readonly status: Status;
  /** Epoch milliseconds. */
  readonly now: number;
  readonly mfaEnabled?: boolean;
  readonly population?: string | null;
  /** At least one, where it is there; the first is primary. */
  readonly devices?: readonly [Device, ...Device[]];
}

/** Every field is written out: accounts of one shape are small and quick, and there may be a million of them. */
export function newAccount(given: NewAccount): Account {
  return {
    guid: given.guid,
    username: given.username,
    email: given.email,
    fname: given.fname,
    lname: given.lname,
    userId: given.userId,
    role: given.role,
    status: given.status,
    picUrl: given.picUrl,
    lastLogin: null,
    devices: given.devices ?? noDevices,
    primary: given.devices === undefined ? 'none' : 'first',
    mfaEnabled: given.mfaEnabled ?? false,
    population: given.population ?? null,
    createdAt: given.now,
    updatedAt: given.now,
  };
}

const noDevices: readonly Device[] = [];

/** What happens to the primary role when its device is unpaired (PR7: undocumented, so it is a setting). */
export type PrimaryAfterUnpair = 'none' | 'next';

export const primaryDevice = (account: Account): Device | undefined =>
  account.primary === 'first' ? account.devices[0] : undefined;

export const findDevice = (account: Account, id: bigint): Device | undefined =>
  account.devices.find((device) => device.id === id);

/**
 * Appends a device. A user's only device is PRIMARY (PR6); beside other devices it is SECONDARY, also when none of them is
 * PRIMARY. Every status but SUSPENDED becomes ACTIVE.
 */
export function withDevice(account: Account, device: Device): Account {
  return {
    ...account,
    devices: [...account.devices, device],
    primary: account.devices.length === 0 ? 'first' : account.primary,
    status: account.status === 'SUSPENDED' ? 'SUSPENDED' : 'ACTIVE',
  };
}

/** Removes a device; the others keep their relative order. An ACTIVE user without devices is PENDING_CHANGE_DEVICE. */
export function withoutDevice(account: Account, id: bigint, primaryAfterUnpair: PrimaryAfterUnpair): Account {
  const devices = account.devices.filter((device) => device.id !== id);
  const losesPrimary = primaryDevice(account)?.id === id && primaryAfterUnpair === 'none';
  return {
    ...account,
    devices,
    primary: devices.length === 0 || losesPrimary ? 'none' : account.primary,
    status: devices.length === 0 && account.status === 'ACTIVE' ? 'PENDING_CHANGE_DEVICE' : account.status,
  };
}

/**
 * Moves a device to `position` (1..n). The device that is first afterwards is PRIMARY, except where nobody was PRIMARY
 * and the move was to another place than the first: ORDER 1 and SET_PRIMARY are the same.
 */
export function withDeviceAt(account: Account, id: bigint, position: number): Account {
  const moved = findDevice(account, id);
  if (!moved) return account;
  const devices = account.devices.filter((device) => device.id !== id);
  devices.splice(position - 1, 0, moved);
  return { ...account, devices, primary: position === 1 ? 'first' : account.primary };
}

export function withNickname(account: Account, id: bigint, nickname: string): Account {
  return { ...account, devices: account.devices.map((device) => (device.id === id ? { ...device, nickname } : device)) };
}
