import type { AccountStatus, DeviceId, FactorAddress, ObservedDevice, ObservedUser, Profile } from '@tallystick/devices-domain';
import { z } from 'zod';
import { slotOf } from './pingid-capabilities.ts';

/** Numbers arrive as the text of their digits. Absent, null and `[]` are one: recorded answers have all three. */
const text = z.preprocess((value) => (typeof value === 'string' ? value : ''), z.string());
const deviceId = z.string().regex(/^[1-9]\d{0,18}$/);
const device = z.object({
  deviceId,
  deviceRole: text,
  nickname: text,
  type: text,
  email: text,
  phoneNumber: text,
  countryCode: text,
  displayID: text,
  enrollment: text,
});
const listed = z.preprocess((value): unknown[] => (Array.isArray(value) ? value : value ? [value] : []), z.array(device));
const userDetails = z.object({
  userName: text,
  email: text,
  fname: text,
  lname: text,
  role: text,
  status: text,
  deviceDetails: listed,
  devicesDetails: listed,
});

/** `userDetails` of getuserdetails, in the directory's words. */
export type UserDetails = z.infer<typeof userDetails>;
type Device = z.infer<typeof device>;

/**
 * Reads `userDetails` leniently, but for one thing: a device without a usable id makes the whole unreadable, since a plan over
 * half of a user's devices is wrong. Undefined then, and when the details are of another user than the one asked for.
 */
export function readUserDetails(value: unknown, username: string): UserDetails | undefined {
  const read = userDetails.safeParse(value);
  if (!read.success) return undefined;
  const answered = folded(read.data.userName);
  return answered === '' || answered === folded(username) ? read.data : undefined;
}

const folded = (username: string): string => username.normalize('NFKC').trim().toLowerCase();

/** A device id as the port has it; undefined for anything but the digits of a positive 64-bit number. */
export function readDeviceId(value: unknown): DeviceId | undefined {
  const read = deviceId.safeParse(value);
  return read.success ? (read.data as DeviceId) : undefined;
}

/** The account as the planner sees it. Devices of types that nobody knows yet are kept, without an address. */
export function observedUserOf(details: UserDetails): ObservedUser {
  const devices = devicesOf(details);
  const hasPrimary = devices.some(isPrimary);
  const byDefault = hasPrimary ? undefined : details.deviceDetails[0]?.deviceId;
  return {
    kind: 'present',
    status: statuses.get(details.status.toUpperCase()) ?? 'other',
    profile: profileOf(details),
    devices: devices.map((it) => observedDeviceOf(it, isPrimary(it) || it.deviceId === byDefault)),
  };
}

/** Each device once. deviceDetails, the default device, is in the list too, unless the list is missing. */
export function devicesOf({ devicesDetails, deviceDetails }: UserDetails): readonly Device[] {
  const all = new Map<string, Device>();
  for (const it of [...devicesDetails, ...deviceDetails]) if (!all.has(it.deviceId)) all.set(it.deviceId, it);
  return [...all.values()];
}

const isPrimary = (it: Device): boolean => it.deviceRole.toUpperCase() === 'PRIMARY';

const statuses: ReadonlyMap<string, AccountStatus> = new Map([
  ['ACTIVE', 'active'],
  ['NOT_ACTIVE', 'not-active'],
  ['PENDING', 'pending'],
  ['PENDING_ACTIVATION', 'pending-activation'],
  ['SUSPENDED', 'suspended'],
  ['PENDING_CHANGE_DEVICE', 'pending-change-device'],
  ['LOCKED', 'locked'],
  ['OTP_LOCKED', 'locked'],
]);

const profileOf = ({ email, fname, lname }: UserDetails): Profile => ({
  ...(email && { email }),
  ...(fname && { firstName: fname }),
  ...(lname && { lastName: lname }),
});

function observedDeviceOf(it: Device, primary: boolean): ObservedDevice {
  const address = addressOf(it);
  const slot = slotOf(it.nickname);
  return {
    id: it.deviceId as DeviceId,
    nickname: it.nickname,
    ...(slot && { slot }),
    type: it.type,
    ...(address && { address }),
    primary,
    enrolledAt: enrolledAtOf(it.enrollment),
  };
}

function addressOf(it: Device): FactorAddress | undefined {
  switch (it.type.toLowerCase()) {
    case 'email': {
      const address = (it.email || it.displayID).trim();
      return address ? { kind: 'email', address } : undefined;
    }
    case 'sms': {
      const phone = phoneOf(it);
      return phone && { kind: 'sms', number: phone.number };
    }
    case 'voice': {
      const phone = phoneOf(it);
      return phone && { kind: 'voice', ...phone };
    }
    default:
      return undefined;
  }
}

/**
 * E.164 from country code and number (P58). What an extension looks like here is not documented: the part after a comma is taken for it.
 * A number that carries its own plus is taken as it is; displayID is country code and number in one.
 */
function phoneOf({ countryCode, phoneNumber, displayID }: Device): { number: string; extension?: string } | undefined {
  const [number = '', ...rest] = (phoneNumber || displayID).split(',');
  const whole = !phoneNumber || number.trim().startsWith('+');
  const digits = (whole ? number : countryCode + number).replace(/\D/g, '');
  if (digits === '') return undefined;
  return { number: `+${digits}`, ...(rest.length > 0 && { extension: rest.join(',') }) };
}

/** The directory's text is sortable but for the length of its fraction; a time in milliseconds is brought to the same form. */
function enrolledAtOf(enrollment: string): string {
  const [, moment, fraction = ''] = /^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)(?:\.(\d{1,9}))?$/.exec(enrollment.trim()) ?? [];
  if (moment) return `${moment}.${fraction.padEnd(9, '0')}`;
  return /^\d{12,14}$/.test(enrollment)
    ? new Date(Number(enrollment)).toISOString().replace('T', ' ').replace('Z', '000000')
    : '';
}
