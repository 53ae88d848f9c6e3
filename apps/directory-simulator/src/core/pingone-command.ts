import { type DeviceFacts } from './account.ts';
import { pairingTypes, type PairingType } from './command.ts';
import { isExtension, readEmail, readPhone } from './device-facts.ts';
import { deviceIdOfGuid } from './pingone-ids.ts';
import { deny, granted, type MfaDecided } from './pingone-refusals.ts';

export interface MfaProfile {
  readonly email: string | null;
  readonly fname: string | null;
  readonly lname: string | null;
}

/** What PATCH changes; a field that is not there stays. */
export type MfaChange = Partial<MfaProfile> & { readonly username?: string; readonly population?: string };

export interface NewDevice {
  readonly type: PairingType;
  readonly facts: DeviceFacts;
  readonly nickname: string;
  readonly status: 'ACTIVE' | 'ACTIVATION_REQUIRED';
}

const uuid = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i;

type Fields = Readonly<Record<string, unknown>>;

/** A text, `null` to clear it, or `undefined` where it is left out. */
function textOf(fields: Fields, name: string, target: string, most: number): MfaDecided<string | null | undefined> {
  const value = fields[name];
  if (value === undefined || value === null) return granted(value);
  if (typeof value !== 'string') return deny('invalid-value', target);
  return [...value].length > most ? deny('too-long', target, { maximumValue: most }) : granted(value);
}

function flagOf(fields: Fields, name: string): MfaDecided<boolean | undefined> {
  const value = fields[name];
  return value === undefined || typeof value === 'boolean' ? granted(value) : deny('invalid-value', name);
}

function usernameOf(fields: Fields): MfaDecided<string | undefined> {
  const username = textOf(fields, 'username', 'username', 128);
  if (!username.ok) return username;
  if (username.value === undefined) return granted(undefined);
  return username.value === null || username.value.trim() === '' ? deny('required-value', 'username') : granted(username.value);
}

function populationOf(fields: Fields): MfaDecided<string | undefined> {
  const population = fields['population'];
  if (population === undefined) return granted(undefined);
  const id = isFields(population) ? population['id'] : undefined;
  return typeof id === 'string' && uuid.test(id) ? granted(id) : deny('invalid-value', 'population.id');
}

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);

function profileOf(fields: Fields): MfaDecided<Partial<MfaProfile>> {
  const email = textOf(fields, 'email', 'email', 256);
  if (!email.ok) return email;
  if (typeof email.value === 'string' && !readEmail(email.value)) return deny('invalid-value', 'email');
  const name = fields['name'] === null ? { given: null, family: null } : (fields['name'] ?? {});
  if (!isFields(name)) return deny('invalid-value', 'name');
  const given = textOf(name, 'given', 'name.given', 256);
  if (!given.ok) return given;
  const family = textOf(name, 'family', 'name.family', 256);
  if (!family.ok) return family;
  return granted({
    ...(email.value !== undefined && { email: email.value }),
    ...(given.value !== undefined && { fname: given.value }),
    ...(family.value !== undefined && { lname: family.value }),
  });
}

/** Body of `POST /users`. */
export function readNewUser(fields: Fields) {
  const username = usernameOf(fields);
  if (!username.ok) return username;
  if (username.value === undefined) return deny('required-value', 'username');
  const profile = profileOf(fields);
  if (!profile.ok) return profile;
  const population = populationOf(fields);
  if (!population.ok) return population;
  const enabled = flagOf(fields, 'enabled');
  if (!enabled.ok) return enabled;
  const mfaEnabled = flagOf(fields, 'mfaEnabled');
  if (!mfaEnabled.ok) return mfaEnabled;
  return granted({
    username: username.value,
    profile: { email: null, fname: null, lname: null, ...profile.value },
    population: population.value ?? null,
    enabled: enabled.value ?? true,
    ...(mfaEnabled.value !== undefined && { mfaEnabled: mfaEnabled.value }),
  });
}

/** Body of `PATCH /users/{id}`. `enabled` and `mfaEnabled` have their own paths (c.2). */
export function readChange(fields: Fields): MfaDecided<MfaChange> {
  for (const field of ['id', 'enabled', 'mfaEnabled']) if (fields[field] !== undefined) return deny('invalid-value', field);
  const username = usernameOf(fields);
  if (!username.ok) return username;
  const profile = profileOf(fields);
  if (!profile.ok) return profile;
  const population = populationOf(fields);
  if (!population.ok) return population;
  return granted({
    ...profile.value,
    ...(username.value !== undefined && { username: username.value }),
    ...(population.value !== undefined && { population: population.value }),
  });
}

/** The one flag of `PUT /users/{id}/enabled` and `…/mfaEnabled`. */
export function readFlag(fields: Fields, name: 'enabled' | 'mfaEnabled'): MfaDecided<boolean> {
  const flag = flagOf(fields, name);
  if (!flag.ok) return flag;
  return flag.value === undefined ? deny('required-value', name) : granted(flag.value);
}

/** A nickname of at most 100 characters; the empty one clears it (c.3). */
export function readNickname(fields: Fields): MfaDecided<string> {
  const nickname = textOf(fields, 'nickname', 'nickname', 100);
  if (!nickname.ok) return nickname;
  return typeof nickname.value === 'string' ? granted(nickname.value) : deny('required-value', 'nickname');
}

/** Body of `POST /users/{id}/devices`, sent by a worker: ACTIVE is allowed (c.3). */
export function readNewDevice(fields: Fields, phoneExtensions: boolean): MfaDecided<NewDevice> {
  if (fields['type'] === undefined) return deny('required-value', 'type');
  const type = pairingTypes.find((known) => known === fields['type']);
  if (!type) return deny('invalid-value', 'type', { allowedValues: pairingTypes });
  const facts = factsOf(type, fields, phoneExtensions);
  if (!facts.ok) return facts;
  const nickname = fields['nickname'] === undefined ? granted('') : readNickname(fields);
  if (!nickname.ok) return nickname;
  const status = fields['status'] ?? 'ACTIVATION_REQUIRED';
  if (status !== 'ACTIVE' && status !== 'ACTIVATION_REQUIRED') return deny('invalid-value', 'status');
  const policy = fields['policy'];
  if (policy !== undefined && !(isFields(policy) && typeof policy['id'] === 'string' && uuid.test(policy['id'])))
    return deny('invalid-value', 'policy.id');
  return granted({ type, facts: facts.value, nickname: nickname.value, status });
}

function factsOf(type: PairingType, fields: Fields, phoneExtensions: boolean): MfaDecided<DeviceFacts> {
  const target = type === 'EMAIL' ? 'email' : 'phone';
  const value = fields[target];
  if (value === undefined || value === null || value === '') return deny('required-value', target);
  if (typeof value !== 'string') return deny('invalid-value', target);
  const facts = type === 'EMAIL' ? readEmail(value) : readPhone(value, 'refused');
  if (!facts) return deny('invalid-value', target);
  const extension = fields['extension'];
  if (extension === undefined || extension === null || extension === '') return granted(facts);
  if (type !== 'VOICE' || !phoneExtensions || facts.kind !== 'phone') return deny('invalid-value', 'extension');
  if (typeof extension !== 'string' || !isExtension(extension))
    return deny('invalid-value', 'extension', { allowedPattern: '[0-9,#*]+' });
  return granted({ ...facts, extension });
}

/** Ids of devices in the body of a reorder; an id that no device can have is refused. */
export function readOrder(fields: Fields): MfaDecided<readonly bigint[]> {
  const order = fields['order'];
  if (!Array.isArray(order) || order.length === 0) return deny('required-value', 'order');
  const ids: bigint[] = [];
  for (const entry of order as unknown[]) {
    const id = isFields(entry) && typeof entry['id'] === 'string' ? deviceIdOfGuid(entry['id']) : undefined;
    if (id === undefined) return deny('invalid-value', 'order.id');
    ids.push(id);
  }
  return granted(ids);
}

/** A passcode of six digits. Which ones are right is up to the simulator: all but `000000`. */
export function readPasscode(fields: Fields): MfaDecided<string> {
  const otp = fields['otp'];
  if (otp === undefined) return deny('required-value', 'otp');
  return typeof otp === 'string' && /^\d{6}$/.test(otp) && otp !== '000000' ? granted(otp) : deny('invalid-value', 'otp');
}
