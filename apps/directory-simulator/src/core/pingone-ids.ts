import { type DeviceType } from './account.ts';

/** PingOne's words for the types of devices. */
export const pingoneTypes = {
  Email: 'EMAIL',
  SMS: 'SMS',
  Voice: 'VOICE',
  Android: 'MOBILE',
  iPhone: 'MOBILE',
  Desktop: 'PINGID_DESKTOP',
  YubiKey: 'YUBIKEY',
  'Security Key': 'SECURITY_KEY',
  'FIDO2 Biometrics': 'FIDO2',
  'Hardware Token': 'OATH_TOKEN',
  'Authenticator App': 'TOTP',
} as const satisfies Record<DeviceType, string>;

/** Fills what the id leaves free of its UUID, so that it looks like a drawn one. */
const scatter = 0x1d8af066f5b17e4fn;
const modulus = 1n << 63n;

/**
 * The UUID under which PingOne shows a device: a version 4 one by its form. The 63 bits of the id stand in it, and the rest
 * follows from them, so that only UUIDs made here are read back by {@link deviceIdOfGuid}.
 */
export function deviceGuid(id: bigint): string {
  const hex = id.toString(16).padStart(16, '0');
  const rest = ((id * scatter) % modulus).toString(16).padStart(16, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(12, 15)}-8${hex.slice(15)}${rest.slice(0, 2)}-${rest.slice(2, 14)}`;
}

/** The id of the device with this UUID; `undefined` for any other text. */
export function deviceIdOfGuid(guid: string): bigint | undefined {
  const [, a = '', b = '', c = '', d = ''] =
    /^([\da-f]{8})-([\da-f]{4})-4([\da-f]{3})-8([\da-f])[\da-f]{2}-[\da-f]{12}$/.exec(guid) ?? [];
  if (a === '') return undefined;
  const id = BigInt(`0x${a}${b}${c}${d}`);
  return deviceGuid(id) === guid ? id : undefined;
}

/** A version 4 UUID from 16 bytes. */
export function guidOf(bytes: Buffer): string {
  const hex = bytes.toString('hex', 0, 16);
  const variant = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant.toString(16)}${hex.slice(18, 20)}-${hex.slice(20, 32)}`;
}

/** How PingOne's usernames are compared: without case. */
export const foldUsername = (username: string): string => username.toLowerCase();
