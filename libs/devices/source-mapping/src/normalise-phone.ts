import type { FactorAddress, InvalidAddressReason } from '@tallystick/devices-domain';
import { err, ok, type Result } from '@tallystick/kernel-core';
import {
  type CountryCode,
  isSupportedCountry,
  Metadata,
  ParseError,
  type PhoneNumber,
  parsePhoneNumberWithError,
} from 'libphonenumber-js';

export type PhoneReason = Exclude<InvalidAddressReason, 'email-syntax'>;

/** More than any number with separators, and any extension, needs. */
const longestNumber = 64;
const longestExtension = 64;

/**
 * A phone number in any common spelling as E.164 (P58): `+44 (7700) 900-456`, `0044…`, `13035551234`, and in national spelling when the
 * country is known. `country` is an ISO 3166 code of two letters. Checks that such a number is possible, not that it is assigned. Total.
 *
 * A number without a plus sign that may well be of the given country and as well international is refused (`phone-no-country`): a guess
 * would send a one-time code to a stranger.
 */
export function normaliseSms(text: string, country?: string): Result<Extract<FactorAddress, { kind: 'sms' }>, PhoneReason> {
  if (text.includes(',')) return err('extension-syntax'); // an SMS reaches no extension
  const number = normaliseNumber(text, country);
  return number.ok ? ok({ kind: 'sms', number: number.value }) : number;
}

/** As {@link normaliseSms}; what follows the first comma is the extension: digits, `#`, `*` and commas, each comma a pause (b.4). */
export function normaliseVoice(text: string, country?: string): Result<Extract<FactorAddress, { kind: 'voice' }>, PhoneReason> {
  const [spelling = '', ...rest] = text.split(',');
  const number = normaliseNumber(spelling, country);
  if (!number.ok) return number;
  if (rest.length === 0) return ok({ kind: 'voice', number: number.value });
  const extension = rest.join(',').replace(/\s/g, '');
  if (extension.length > longestExtension) return err('too-long');
  if (!/^[\d#*,]*[\d#*]$/.test(extension)) return err('extension-syntax');
  return ok({ kind: 'voice', number: number.value, extension });
}

type Reading = Result<PhoneNumber, PhoneReason>;

function normaliseNumber(text: string, country: string | undefined): Result<string, PhoneReason> {
  const spelling = text.normalize('NFKC').trim();
  if (spelling.length > longestNumber) return err('too-long');
  if (/\p{L}/u.test(spelling) || !/\p{Nd}/u.test(spelling)) return err('phone-not-a-number');
  const known = countryOf(country);
  const reading = spelling.startsWith('+') ? read(spelling) : readWithoutPlus(spelling, known);
  if (!reading.ok) return reading;
  const number = reading.value.number;
  if (!/^\+\d{7,15}$/.test(number)) return err('phone-length');
  // Some plans strip digits that belong to the number: what does not stay the same when read again is not dialled.
  const again = read(number);
  return again.ok && again.value.number === number ? ok(number) : err('phone-not-possible');
}

const countryOf = (country: string | undefined): CountryCode | undefined => {
  const code = country?.trim().toUpperCase() ?? '';
  return isSupportedCountry(code) ? code : undefined;
};

function readWithoutPlus(spelling: string, country: CountryCode | undefined): Reading {
  const international = read(`+${spelling.replace(/^00/, '')}`);
  if (!country) return international.ok ? international : err('phone-no-country');
  const national = read(spelling, country);
  if (!national.ok) return international.ok ? international : national;
  if (!international.ok || national.value.number === international.value.number) return national;
  const clear = national.value.isValid() && (hasOneLength(country) || !international.value.isValid());
  return clear ? national : err('phone-no-country');
}

/** Where all numbers are of one length (US: ten digits), one of that length is national. Where they vary (DE, CN), nearly any digits would be. */
function hasOneLength(country: CountryCode): boolean {
  const metadata = new Metadata();
  metadata.selectNumberingPlan(country);
  return metadata.numberingPlan?.possibleLengths().length === 1;
}

function read(spelling: string, country?: CountryCode): Reading {
  try {
    const number = parsePhoneNumberWithError(spelling, { extract: false, ...(country && { defaultCountry: country }) });
    if (number.ext) return err('extension-syntax');
    return number.isPossible() ? ok(number) : err('phone-length');
  } catch (cause) {
    if (!(cause instanceof ParseError)) throw cause;
    return err(reasons.get(cause.message) ?? 'phone-not-possible');
  }
}

const reasons: ReadonlyMap<string, PhoneReason> = new Map([
  ['NOT_A_NUMBER', 'phone-not-a-number'],
  ['INVALID_COUNTRY', 'phone-not-possible'],
  ['TOO_SHORT', 'phone-length'],
  ['TOO_LONG', 'phone-length'],
  ['INVALID_LENGTH', 'phone-length'],
]);
