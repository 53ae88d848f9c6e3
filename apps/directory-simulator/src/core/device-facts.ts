import { parsePhoneNumberFromString } from 'libphonenumber-js';
import { type Device, type DeviceFacts, type DeviceType } from './account.ts';

/**
 * Reads an international phone number, with or without "+" (`13035551234`, `+12025550123`). Spaces, dots, hyphens and
 * parentheses are ignored. The country calling code must exist and the length must be possible in that country; ranges
 * are not checked, since the numbers that are reserved for examples lie outside every allocated range.
 * With `extension: 'allowed'` (voice) everything after the first comma is the extension: digits, `#`, `*` and commas.
 */
export function readPhone(text: string, extension: 'allowed' | 'refused'): Extract<DeviceFacts, { kind: 'phone' }> | undefined {
  const [, main = '', tail] = /^([^,]*)(?:,(.*))?$/s.exec(text) ?? [];
  if (tail !== undefined && (extension === 'refused' || !isExtension(tail))) return undefined;
  const digits = main.trim().replaceAll(/[\s().-]/g, '');
  if (!/^\+?\d{5,15}$/.test(digits)) return undefined;
  const parsed = parsePhoneNumberFromString(digits.startsWith('+') ? digits : `+${digits}`, { extract: false });
  if (!parsed?.isPossible()) return undefined;
  const phone = { kind: 'phone', countryCode: parsed.countryCallingCode, number: parsed.nationalNumber } as const;
  return tail === undefined ? phone : { ...phone, extension: tail };
}

/** Digits, `#`, `*` and commas (a pause each), and not commas alone. */
export const isExtension = (text: string): boolean => /^[\d#*,]*[\d#*][\d#*,]*$/.test(text);

/** Reads an e-mail address: one "@", something before it, a domain with a dot after it, no blanks, at most 254 characters. */
export function readEmail(text: string): Extract<DeviceFacts, { kind: 'email' }> | undefined {
  const address = text.trim();
  return address.length <= 254 && /^[^\s@]+@[^\s@.]+(?:\.[^\s@.]+)+$/.test(address) ? { kind: 'email', address } : undefined;
}

/** How getuserdetails shows a phone number: the extension stays with the number, behind its comma. */
export const phoneNumberText = (phone: Extract<DeviceFacts, { kind: 'phone' }>): string =>
  phone.extension === undefined ? phone.number : `${phone.number},${phone.extension}`;

/** Equal for two devices exactly if `validateUniqueDevice` treats them as one. */
export function uniqueKey(type: DeviceType, facts: DeviceFacts): string | undefined {
  switch (facts.kind) {
    case 'email':
      return `${type}:${facts.address.toLowerCase()}`;
    case 'phone':
      return `${type}:${facts.countryCode}${phoneNumberText(facts)}`;
    case 'token':
      return facts.serial === null ? undefined : `${type}:${facts.serial}`;
    case 'app':
      return undefined;
  }
}

/** The name a device gets when nobody names it (P46): numbered by kind, the lowest number that is free; an app by its model. */
export function automaticNickname(devices: readonly Device[], type: DeviceType, facts: DeviceFacts): string {
  if (facts.kind === 'app' && facts.model !== '') return facts.model;
  if (type === 'YubiKey') return type;
  const stem = type === 'SMS' ? 'Mobile' : type === 'Voice' ? 'Phone' : type;
  for (let number = 1; ; number += 1) {
    const nickname = `${stem} ${number}`;
    if (!devices.some((device) => device.nickname === nickname)) return nickname;
  }
}
