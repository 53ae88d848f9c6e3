import {
  type AttributeMapping,
  type Attributes,
  type DesiredUser,
  type DeviceSlot,
  deviceSlots,
  factorKindOf,
  type Profile,
  type SlotValue,
} from '@tallystick/devices-domain';
import { err, ok, type Result } from '@tallystick/kernel-core';
import { slotTargets } from './attribute-mapping.ts';
import { normaliseEmail } from './normalise-email.ts';
import { normaliseSms, normaliseVoice } from './normalise-phone.ts';
import { type MappedText, readAttribute } from './read-attribute.ts';

export type PresentUser = Extract<DesiredUser, { kind: 'present' }>;

/**
 * Why a record names no user to reconcile. Nothing may be done for it: the caller parks or reports it.
 * - `username-…`: no name; more than 250 characters (d.3); not in the event; control characters or broken text in it
 * - `enabled-…`: the attribute is mapped, and empty without a default, not in the event, or no yes or no. It is never guessed: one
 *   guess would suspend a company, the other let its leavers in.
 */
export type UnmappableReason =
  | 'username-missing'
  | 'username-too-long'
  | 'username-unknown'
  | 'username-not-text'
  | 'enabled-missing'
  | 'enabled-unknown'
  | 'enabled-not-boolean';

export interface MappingContext {
  /** ISO 3166, two letters: for numbers in national spelling whose record has no country of its own. */
  readonly defaultCountry?: string | undefined;
}

/** The user that the datastore wants, from the attributes of one record. Total; every value that can't be used is named with its reason. */
export function mapRecord(
  attributes: Attributes,
  mapping: AttributeMapping,
  { defaultCountry }: MappingContext,
): Result<PresentUser, UnmappableReason> {
  const username = usernameOf(readAttribute(attributes, mapping.userName));
  if (!username.ok) return username;
  const enabled = mapping.enabled ? enabledOf(readAttribute(attributes, mapping.enabled)) : ok(true);
  if (!enabled.ok) return enabled;
  const country = readAttribute(attributes, mapping.country);
  const slot = (it: DeviceSlot): SlotValue =>
    slotValueOf(it, readAttribute(attributes, mapping[slotTargets[it]]), country, defaultCountry);
  return ok({
    kind: 'present',
    username: username.value,
    enabled: enabled.value,
    profile: profileOf(attributes, mapping),
    slots: Object.fromEntries(deviceSlots.map((it) => [it, slot(it)])) as Record<DeviceSlot, SlotValue>,
  });
}

const longestUsername = 250;

function usernameOf(mapped: MappedText): Result<string, UnmappableReason> {
  if (mapped.kind !== 'text') return err(mapped.kind === 'absent' ? 'username-missing' : 'username-unknown');
  if (mapped.text.length > longestUsername) return err('username-too-long');
  // Half of a surrogate pair would be sent as another character, and name somebody else.
  return /\p{Cc}|\p{Cs}/u.test(mapped.text) ? err('username-not-text') : ok(mapped.text);
}

const yes = new Set(['true', 't', '1']);
const no = new Set(['false', 'f', '0']);

function enabledOf(mapped: MappedText): Result<boolean, UnmappableReason> {
  if (mapped.kind !== 'text') return err(mapped.kind === 'absent' ? 'enabled-missing' : 'enabled-unknown');
  const word = mapped.text.trim().toLowerCase();
  return yes.has(word) ? ok(true) : no.has(word) ? ok(false) : err('enabled-not-boolean');
}

/** A profile e-mail that is none is left out, as an empty one is: the directory keeps what it has (P27). */
function profileOf(attributes: Attributes, mapping: AttributeMapping): Profile {
  const text = (mapped: MappedText): string | undefined => (mapped.kind === 'text' ? mapped.text : undefined);
  const address = normaliseEmail(text(readAttribute(attributes, mapping.email)) ?? '');
  const firstName = text(readAttribute(attributes, mapping.fName));
  const lastName = text(readAttribute(attributes, mapping.lName));
  return {
    ...(address.ok && { email: address.value.address }),
    ...(firstName !== undefined && { firstName }),
    ...(lastName !== undefined && { lastName }),
  };
}

function slotValueOf(slot: DeviceSlot, mapped: MappedText, country: MappedText, defaultCountry: string | undefined): SlotValue {
  if (mapped.kind !== 'text') return { kind: mapped.kind };
  const kind = factorKindOf(slot);
  if (kind === 'email') return valueOf(normaliseEmail(mapped.text));
  const normalise = kind === 'sms' ? normaliseSms : normaliseVoice;
  if (country.kind !== 'unknown') return valueOf(normalise(mapped.text, country.kind === 'text' ? country.text : defaultCountry));
  // The country is not in the event: only a number that needs none can be read.
  const value = mapped.text.normalize('NFKC').trim().startsWith('+') ? valueOf(normalise(mapped.text)) : undefined;
  return value ?? { kind: 'unknown' };
}

const valueOf = (result: ReturnType<typeof normaliseEmail | typeof normaliseSms | typeof normaliseVoice>): SlotValue =>
  result.ok ? { kind: 'value', address: result.value } : { kind: 'invalid', reason: result.error };
