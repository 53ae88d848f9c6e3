import { roles, type Role } from './account.ts';
import { type Decided, done, refuse } from './refusals.ts';

export const pairingTypes = ['SMS', 'VOICE', 'EMAIL'] as const;
export type PairingType = (typeof pairingTypes)[number];

export interface Profile {
  readonly role: Role;
  readonly email: string | null;
  readonly fname: string | null;
  readonly lname: string | null;
}

/** One operation of the classic API, its body read and checked for form. */
export type Command =
  | { readonly op: 'adduser' | 'edituser'; readonly username: string; readonly activate: boolean; readonly profile: Profile }
  | { readonly op: 'getuserdetails' | 'deleteuser' | 'suspenduser' | 'activateuser'; readonly username: string }
  | {
      readonly op: 'offlinepairing';
      readonly username: string;
      readonly type: PairingType;
      readonly data: string;
      readonly unique: boolean;
    }
  | { readonly op: 'unpairdevice'; readonly username: string; readonly deviceId: bigint | 'all' }
  | { readonly op: 'updatedeviceattr'; readonly username: string; readonly deviceId: bigint; readonly change: DeviceChange };

export type DeviceChange =
  | { readonly attribute: 'NICKNAME'; readonly nickname: string }
  | { readonly attribute: 'SET_PRIMARY' }
  | { readonly attribute: 'ORDER'; readonly position: number };

export type Operation = Command['op'];

export const operations = [
  'adduser',
  'getuserdetails',
  'edituser',
  'deleteuser',
  'suspenduser',
  'activateuser',
  'offlinepairing',
  'unpairdevice',
  'updatedeviceattr',
] as const satisfies readonly Operation[];

export const isOperation = (word: string): word is Operation => operations.some((operation) => operation === word);

/** A request body; integers beyond 2^53 are bigints in it. */
export type RequestBody = Readonly<Record<string, unknown>>;

/** A field, whatever the case of its key (`userName`, `username`); null and absent are one. */
export function field(body: RequestBody, name: string): unknown {
  for (const [key, value] of Object.entries(body))
    if (key.toLowerCase() === name && value !== null && value !== undefined) return value;
  return undefined;
}

/** A text; a number is taken as its digits. */
export function textField(body: RequestBody, name: string): string | undefined {
  const value = field(body, name);
  return typeof value === 'string'
    ? value
    : typeof value === 'number' || typeof value === 'bigint'
      ? value.toString()
      : undefined;
}

function flagField(body: RequestBody, name: string): boolean | 'malformed' {
  const value = field(body, name) ?? false;
  if (typeof value === 'boolean') return value;
  const word = typeof value === 'string' ? value.toLowerCase() : '';
  return word === 'true' ? true : word === 'false' ? false : 'malformed';
}

/** `absent` for a missing, null or empty id: the provider's JSON reader does not tell them apart either. */
function deviceIdField(body: RequestBody): bigint | 'absent' | 'malformed' {
  const text = textField(body, 'deviceid');
  if (text === undefined) return field(body, 'deviceid') === undefined ? 'absent' : 'malformed';
  if (text.trim() === '') return 'absent';
  return /^-?\d{1,20}$/.test(text.trim()) ? BigInt(text.trim()) : 'malformed';
}

/** Reads the body of one operation, with every leniency that official clients need. Pure; never throws. */
export function readCommand(op: Operation, body: RequestBody): Decided<Command> {
  const username = textField(body, 'username');
  if (username === undefined || username === '') return refuse('invalid-input', 'username is required');
  if ([...username].length > 250) return refuse('invalid-input', 'username has more than 250 characters');
  switch (op) {
    case 'getuserdetails':
    case 'deleteuser':
    case 'suspenduser':
    case 'activateuser':
      return done({ op, username });
    case 'adduser':
    case 'edituser':
      return readProfile(op, username, body);
    case 'offlinepairing':
      return readPairing(username, body);
    case 'unpairdevice': {
      const deviceId = deviceIdField(body);
      if (deviceId === 'malformed') return refuse('invalid-input', 'deviceId must be an integer');
      return done({ op, username, deviceId: deviceId === 'absent' ? 'all' : deviceId });
    }
    case 'updatedeviceattr':
      return readDeviceChange(username, body);
  }
}

function readProfile(op: 'adduser' | 'edituser', username: string, body: RequestBody): Decided<Command> {
  const activate = flagField(body, 'activateuser');
  if (activate === 'malformed') return refuse('invalid-input', 'activateUser must be true or false');
  const word = textField(body, 'role') ?? 'REGULAR';
  const role = roles.find((known) => known === word);
  if (!role) return refuse('invalid-input', 'role must be REGULAR or ADMIN');
  const text = (name: string) => textField(body, name) ?? null;
  return done({ op, username, activate, profile: { role, email: text('email'), fname: text('fname'), lname: text('lname') } });
}

function readPairing(username: string, body: RequestBody): Decided<Command> {
  const type = pairingTypes.find((known) => known === field(body, 'type'));
  if (!type) return refuse('invalid-input', 'type must be SMS, VOICE or EMAIL');
  const data = textField(body, 'pairingdata');
  if (data === undefined || data.trim() === '') return refuse('invalid-input', 'pairingData is required');
  const unique = flagField(body, 'validateuniquedevice');
  if (unique === 'malformed') return refuse('invalid-input', 'validateUniqueDevice must be true or false');
  return done({ op: 'offlinepairing', username, type, data, unique });
}

function readDeviceChange(username: string, body: RequestBody): Decided<Command> {
  const deviceId = deviceIdField(body);
  if (typeof deviceId === 'string') return refuse('invalid-input', 'deviceId must be an integer');
  const change = readChange(field(body, 'attributename'), field(body, 'attributevalue'));
  return change.ok ? done({ op: 'updatedeviceattr', username, deviceId, change: change.value }) : change;
}

function readChange(attribute: unknown, value: unknown): Decided<DeviceChange> {
  switch (attribute) {
    case 'NICKNAME':
      if (typeof value !== 'string' || value.trim() === '' || [...value].length > 100) return refuse('nickname-invalid');
      return done({ attribute, nickname: value });
    case 'SET_PRIMARY':
      return value === true || value === 'true'
        ? done({ attribute })
        : refuse('invalid-input', 'attributeValue of SET_PRIMARY must be "true"');
    case 'ORDER': {
      const position =
        typeof value === 'number' || (typeof value === 'string' && /^\d{1,3}$/.test(value)) ? Number(value) : Number.NaN;
      return Number.isInteger(position) && position >= 1
        ? done({ attribute, position })
        : refuse('invalid-input', 'attributeValue of ORDER must be an integer from 1 to the number of devices');
    }
    default:
      return refuse('invalid-input', 'attributeName must be NICKNAME, SET_PRIMARY or ORDER');
  }
}
