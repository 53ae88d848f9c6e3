import { type Account, type Device, primaryDevice } from './account.ts';
import { phoneNumberText } from './device-facts.ts';

/** The provider writes enrollment times in U.S. Mountain Standard Time, UTC-7 all year, without saying so. */
const mountainStandardTimeMs = -7 * 3_600_000;

/** `2019-04-03 10:54:34.536`, in U.S. MST, no zone in the text. */
export const enrollmentText = (epochMs: number): string =>
  new Date(epochMs + mountainStandardTimeMs).toISOString().replace('T', ' ').replace('Z', '');

/** The 64 bits of the id as hex, written twice, in the form of a UUID (P57). */
export function deviceUuid(id: bigint): string {
  const hex = id.toString(16).padStart(16, '0').repeat(2);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** How a user is shown: which devices are visible yet, and how "no devices" is written. */
export interface Presentation {
  /** Devices enrolled after this instant (epoch ms) are not listed yet; `Infinity` lists all. */
  readonly enrolledUntil: number;
  /** Both are seen in recorded traffic. */
  readonly emptyDeviceList: 'array' | 'null';
}

/** `userDetails` of getuserdetails, adduser and edituser. Device ids are bigints: write them as bare JSON numbers. */
export function userDetails(account: Account, presentation: Presentation) {
  const listed = account.devices.filter((device) => device.enrolledAt <= presentation.enrolledUntil);
  const primary = primaryDevice(account);
  const shown = listed.map((device) => deviceDetails(device, device.id === primary?.id, account.devices.indexOf(device) + 1));
  return {
    userName: account.username,
    email: account.email,
    fname: account.fname,
    lname: account.lname,
    userId: account.userId,
    role: account.role,
    status: account.status,
    userEnabled: account.status === 'ACTIVE',
    userInBypass: false,
    bypassExpiration: null,
    lastLogin: account.lastLogin,
    picURL: account.picUrl,
    spList: [],
    lastTransactions: [],
    deviceDetails: shown.find((device) => device.deviceRole === 'PRIMARY') ?? null,
    devicesDetails: shown.length === 0 && presentation.emptyDeviceList === 'null' ? null : shown,
  };
}

function deviceDetails(device: Device, isPrimary: boolean, order: number) {
  const { facts } = device;
  const phone = facts.kind === 'phone' ? { countryCode: facts.countryCode, number: phoneNumberText(facts) } : null;
  const app = facts.kind === 'app' ? facts : null;
  const serial = facts.kind === 'token' ? facts.serial : null;
  const email = facts.kind === 'email' ? facts.address : null;
  return {
    deviceId: device.id,
    deviceUuid: deviceUuid(device.id),
    deviceRole: isPrimary ? 'PRIMARY' : 'SECONDARY',
    nickname: device.nickname,
    type: device.type,
    email,
    phoneNumber: phone?.number ?? null,
    countryCode: phone?.countryCode ?? null,
    displayID: email ?? (phone ? `${phone.countryCode}${phone.number}` : (app?.model ?? serial)),
    enrollment: enrollmentText(device.enrolledAt),
    pushEnabled: device.type === 'Android' || device.type === 'iPhone',
    hasWatch: false,
    osVersion: app?.osVersion ?? null,
    appVersion: app?.appVersion ?? null,
    deviceModel: app?.model ?? null,
    sentNotClaimedSms: -1,
    sentClaimedSms: -1,
    availableNotClaimedSms: 0,
    availableClaimedSms: 0,
    order,
    oathSerialNumber: device.type === 'Hardware Token' ? serial : null,
    oathTokenType: device.type === 'Hardware Token' ? 'TOTP' : null,
    publicKey: null,
    credentialId: null,
    userHandle: null,
    transports: null,
    authenticatorAttachment: null,
  };
}
