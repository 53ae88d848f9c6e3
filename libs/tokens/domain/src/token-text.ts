import { crc32 } from './checksum.ts';

// tsk_ 0aB…(43)…Z 1f9Kq2
//  │   │            └ checksum: CRC-32 of the 43 characters, base62
//  │   └ 256 random bits, base62
//  └ lets secret scanners and people recognise it
//
// Letters, digits and "_" pass every MDM unharmed: XML, plist, JSON, forms, shells, and all their variable syntaxes;
// the prefix keeps a value from being retyped as a number.

const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const prefix = 'tsk_';
const secretBytes = 32;
const secretLength = 43; // 62^43 > 2^256
const checksumLength = 6; // 62^6 > 2^32
const form = new RegExp(`^${prefix}([0-9A-Za-z]{${secretLength}})([0-9A-Za-z]{${checksumLength}})$`);

function base62(number: bigint, length: number): string {
  let text = '';
  for (let rest = number; text.length < length; rest /= 62n) text = digits.charAt(Number(rest % 62n)) + text;
  return text;
}

const checksumOf = (secret: string): string => base62(BigInt(crc32(secret)), checksumLength);

/**
 * The text of a token made from 32 random bytes: `tsk_`, 43 characters, 6 characters of checksum.
 * @throws RangeError on another number of bytes.
 */
export function formatToken(bytes: Uint8Array): string {
  if (bytes.length !== secretBytes) throw new RangeError(`a token is made from ${secretBytes} bytes`);
  const secret = base62(
    bytes.reduce((number, byte) => number * 256n + BigInt(byte), 0n),
    secretLength,
  );
  return `${prefix}${secret}${checksumOf(secret)}`;
}

/**
 * Whether a text is a token as {@link formatToken} writes them: `valid`; `mistyped` when it only looks like one (a character was lost,
 * added or changed); `other` when it does not claim to be one, e.g. a UUID. Says nothing about whether the token is active.
 */
export function checkToken(text: string): 'valid' | 'mistyped' | 'other' {
  if (!text.startsWith(prefix)) return 'other';
  const [, secret, checksum] = form.exec(text) ?? [];
  if (secret === undefined || checksumOf(secret) !== checksum) return 'mistyped';
  const number = [...secret].reduce((sum, digit) => sum * 62n + BigInt(digits.indexOf(digit)), 0n);
  return number < 1n << BigInt(8 * secretBytes) ? 'valid' : 'mistyped';
}
