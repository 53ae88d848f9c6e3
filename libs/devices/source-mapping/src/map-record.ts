import {
  type Attributes,
  type DesiredUser,
  type DeviceSlot,
  deviceSlots,
  factorKindOf,
  type Profile,
  type SlotValue,
} from '@tallystick/devices-domain';
import { err, ok, type Result } from '@tallystick/kernel-core';
import { type CompiledMapping, slotTargets } from './compile-mapping.ts';
import { judgeScope } from './judge-scope.ts';
import { normaliseEmail } from './normalise-email.ts';
import { normaliseSms, normaliseVoice } from './normalise-phone.ts';
import { type MappedText, readRule } from './read-rule.ts';

export type PresentUser = Extract<DesiredUser, { kind: 'present' }>;

/**
 * Why a record names no user to reconcile. Nothing may be done for it: the caller parks or reports it.
 * - `username-…`: no name; more than 250 characters (d.3); not in the event; its expression failed; control characters or broken text
 * - `enabled-…`: it is mapped, and empty without a default, not in the event, failed, or no yes or no. It is never guessed: one
 *   guess would suspend a company, the other let its leavers in.
 * - `scope-…`: nobody knows whether the user belongs to the connection
 */
export type UnmappableReason =
  | 'username-missing'
  | 'username-too-long'
  | 'username-unknown'
  | 'username-failed'
  | 'username-not-text'
  | 'enabled-missing'
  | 'enabled-unknown'
  | 'enabled-failed'
  | 'enabled-not-boolean'
  | 'scope-unknown'
  | 'scope-failed';

/** The user that the datastore wants: gone when the record is deleted or out of scope (P9, P24). Total. */
export function mapUser(
  { attributes, deleted }: { readonly attributes: Attributes; readonly deleted: boolean },
  mapping: CompiledMapping,
): Result<DesiredUser, UnmappableReason> {
  const scope = deleted ? 'out' : judgeScope(attributes, mapping);
  if (scope === 'unknown' || scope === 'failed') return err(`scope-${scope}` as const);
  if (scope === 'in') return mapRecord(attributes, mapping);
  // Of somebody who is gone only the name matters: an unreadable flag must not keep a leaver's account open.
  const username = usernameOf(readRule(attributes, mapping.rules.userName));
  return username.ok ? ok({ kind: 'gone', username: username.value }) : username;
}

/** A record that is in scope, as the user that the datastore wants. Total; every value that can't be used is named with its reason. */
export function mapRecord(attributes: Attributes, mapping: CompiledMapping): Result<PresentUser, UnmappableReason> {
  const { rules, defaultCountry } = mapping;
  const username = usernameOf(readRule(attributes, rules.userName));
  if (!username.ok) return username;
  const enabled = enabledOf(attributes, mapping);
  if (!enabled.ok) return enabled;
  const country = readRule(attributes, rules.country);
  const slot = (it: DeviceSlot): SlotValue =>
    slotValueOf(it, readRule(attributes, rules[slotTargets[it]]), country, defaultCountry);
  return ok({
    kind: 'present',
    username: username.value,
    enabled: enabled.value,
    profile: profileOf(attributes, mapping),
    slots: Object.fromEntries(deviceSlots.map((it) => [it, slot(it)])) as Record<DeviceSlot, SlotValue>,
    ...(mapping.createOnly.length > 0 && { createOnly: mapping.createOnly }),
  });
}

const longestUsername = 250;

export function usernameOf(mapped: MappedText): Result<string, UnmappableReason> {
  if (mapped.kind !== 'text') return err(mapped.kind === 'absent' ? 'username-missing' : (`username-${mapped.kind}` as const));
  if (mapped.text.length > longestUsername) return err('username-too-long');
  // Half of a surrogate pair would be sent as another character, and name somebody else.
  return /\p{Cc}|\p{Cs}/u.test(mapped.text) ? err('username-not-text') : ok(mapped.text);
}

const yes = new Set(['true', 't', '1']);
const no = new Set(['false', 'f', '0']);

/** From the expression, else from the rule; everybody is enabled where there is neither. */
export function enabledOf(attributes: Attributes, { enabled, rules }: CompiledMapping): Result<boolean, UnmappableReason> {
  if (enabled) {
    const result = enabled.evaluate(attributes);
    if (result.kind !== 'value') return err(`enabled-${result.kind}` as const);
    return typeof result.value === 'boolean' ? ok(result.value) : err('enabled-not-boolean');
  }
  if (!rules.enabled) return ok(true);
  const mapped = readRule(attributes, rules.enabled);
  if (mapped.kind !== 'text') return err(mapped.kind === 'absent' ? 'enabled-missing' : (`enabled-${mapped.kind}` as const));
  const word = mapped.text.trim().toLowerCase();
  return yes.has(word) ? ok(true) : no.has(word) ? ok(false) : err('enabled-not-boolean');
}

/** A profile e-mail that is none is left out, as an empty one is: the directory keeps what it has (P27). */
function profileOf(attributes: Attributes, { rules }: CompiledMapping): Profile {
  const text = (mapped: MappedText): string | undefined => (mapped.kind === 'text' ? mapped.text : undefined);
  const address = normaliseEmail(text(readRule(attributes, rules.email)) ?? '');
  const firstName = text(readRule(attributes, rules.fName));
  const lastName = text(readRule(attributes, rules.lName));
  return {
    ...(address.ok && { email: address.value.address }),
    ...(firstName !== undefined && { firstName }),
    ...(lastName !== undefined && { lastName }),
  };
}

function slotValueOf(slot: DeviceSlot, mapped: MappedText, country: MappedText, defaultCountry: string | undefined): SlotValue {
  // An expression that failed says nothing about the slot: as if the event had not carried it, so no device goes for it.
  if (mapped.kind !== 'text') return { kind: mapped.kind === 'absent' ? 'absent' : 'unknown' };
  const kind = factorKindOf(slot);
  if (kind === 'email') return valueOf(normaliseEmail(mapped.text));
  const normalise = kind === 'sms' ? normaliseSms : normaliseVoice;
  if (country.kind === 'text' || country.kind === 'absent')
    return valueOf(normalise(mapped.text, country.kind === 'text' ? country.text : defaultCountry));
  // The country is not known: only a number that needs none can be read.
  const value = mapped.text.normalize('NFKC').trim().startsWith('+') ? valueOf(normalise(mapped.text)) : undefined;
  return value ?? { kind: 'unknown' };
}

const valueOf = (result: ReturnType<typeof normaliseEmail | typeof normaliseSms | typeof normaliseVoice>): SlotValue =>
  result.ok ? { kind: 'value', address: result.value } : { kind: 'invalid', reason: result.error };
