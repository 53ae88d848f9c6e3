import {
  type Account,
  type Device,
  type DeviceFacts,
  type DeviceType,
  findDevice,
  newAccount,
  type PrimaryAfterUnpair,
  withDevice,
  withDeviceAt,
  withNickname,
  withoutDevice,
} from './account.ts';
import { type Command, type DeviceChange, type PairingType } from './command.ts';
import { automaticNickname, readEmail, readPhone, uniqueKey } from './device-facts.ts';
import { type Decided, done, type Refusal, refuse } from './refusals.ts';

/** Values that nobody can guess, drawn before deciding. */
export interface Draws {
  /** Not the id of a device that exists. */
  readonly deviceId: bigint;
  readonly userId: number;
  /** 12 digits. */
  readonly activationCode: string;
  readonly sessionId: string;
  readonly picUrl: string;
  /** A UUID that no user has. */
  readonly guid: string;
}

/** All that a decision rests on, besides the account and the command. */
export interface Given {
  /** Epoch milliseconds. */
  readonly now: number;
  readonly draws: Draws;
  readonly deviceLimit: number;
  readonly primaryAfterUnpair: PrimaryAfterUnpair;
  /** Whether any user has a device with this {@link uniqueKey}. */
  readonly isTaken: (key: string) => boolean;
  /** Whether a user may have two devices with one {@link uniqueKey}. */
  readonly duplicateDevices: 'allowed' | 'refused';
  /** Methods that are switched off for the whole organization (P55). */
  readonly disabledMethods: readonly PairingType[];
}

/** What the answer carries besides the fields of every answer. */
export type Answer =
  | { readonly kind: 'plain' }
  | { readonly kind: 'user'; readonly activationCode?: string }
  | { readonly kind: 'activated'; readonly activationCode?: string }
  | { readonly kind: 'paired'; readonly device: Device; readonly sessionId: string };

/** The account afterwards (`undefined`: there is none), and the answer or why it was refused. */
export interface Outcome {
  readonly account: Account | undefined;
  readonly answer: Decided<Answer>;
}

/**
 * Decides one operation for one account. Pure and total: same input, same outcome; a refusal changes nothing.
 *
 * ```
 * adduser(false) ─▶ NOT_ACTIVE ──activate──▶ PENDING_ACTIVATION ──first pairing──▶ ACTIVE ──suspend──▶ SUSPENDED
 * adduser(true) ──────────────────────────────────▲   (pairing activates every status but SUSPENDED)   │
 *      ACTIVE ◀──────────────── activate, with devices ────────────────────────────────────────────────┤
 *      ACTIVE ──last unpair──▶ PENDING_CHANGE_DEVICE ◀── activate, without devices ────────────────────┘
 * ```
 */
export function decide(account: Account | undefined, command: Command, given: Given): Outcome {
  if (command.op === 'adduser') return addUser(account, command, given);
  if (!account) return { account, answer: refuse('user-unknown') };
  switch (command.op) {
    case 'getuserdetails':
      return { account, answer: done({ kind: 'user' }) };
    case 'edituser':
      return editUser(account, command, given);
    case 'deleteuser':
      return { account: undefined, answer: done({ kind: 'plain' }) };
    case 'suspenduser':
      if (account.status !== 'ACTIVE') return { account, answer: refuse('suspension-refused') };
      return { account: { ...account, status: 'SUSPENDED' }, answer: done({ kind: 'plain' }) };
    case 'activateuser':
      return activateUser(account, given);
    case 'offlinepairing':
      return pairOffline(account, command, given);
    case 'unpairdevice':
      return unpair(account, command.deviceId, given);
    case 'updatedeviceattr':
      return changeDevice(account, command.deviceId, command.change);
  }
}

const refused = (account: Account | undefined, refusal: Refusal): Outcome => ({ account, answer: { ok: false, refusal } });

function addUser(
  account: Account | undefined,
  command: Extract<Command, { op: 'adduser' | 'edituser' }>,
  { draws, now }: Given,
): Outcome {
  if (account) return { account, answer: refuse('user-exists') };
  return {
    account: newAccount({
      username: command.username,
      ...command.profile,
      guid: draws.guid,
      userId: draws.userId,
      status: command.activate ? 'PENDING_ACTIVATION' : 'NOT_ACTIVE',
      picUrl: draws.picUrl,
      now,
    }),
    answer: done(command.activate ? { kind: 'user', activationCode: draws.activationCode } : { kind: 'user' }),
  };
}

/** Replaces the whole profile: a field that the request left out is null afterwards (P28). */
function editUser(account: Account, command: Extract<Command, { op: 'adduser' | 'edituser' }>, { draws }: Given): Outcome {
  const edited = { ...account, ...command.profile };
  if (!command.activate || account.status !== 'NOT_ACTIVE') return { account: edited, answer: done({ kind: 'user' }) };
  return {
    account: { ...edited, status: 'PENDING_ACTIVATION' },
    answer: done({ kind: 'user', activationCode: draws.activationCode }),
  };
}

function activateUser(account: Account, { draws }: Given): Outcome {
  switch (account.status) {
    case 'ACTIVE':
    case 'PENDING_CHANGE_DEVICE':
      return { account, answer: refuse('activation-refused') };
    case 'SUSPENDED':
      return {
        account: { ...account, status: account.devices.length > 0 ? 'ACTIVE' : 'PENDING_CHANGE_DEVICE' },
        answer: done({ kind: 'activated' }),
      };
    case 'NOT_ACTIVE':
    case 'PENDING':
    case 'PENDING_ACTIVATION':
      return {
        account: { ...account, status: 'PENDING_ACTIVATION' },
        answer: done({ kind: 'activated', activationCode: draws.activationCode }),
      };
  }
}

function pairOffline(account: Account, command: Extract<Command, { op: 'offlinepairing' }>, given: Given): Outcome {
  if (given.disabledMethods.includes(command.type)) return { account, answer: refuse('method-disabled') };
  const facts =
    command.type === 'EMAIL'
      ? readEmail(command.data)
      : readPhone(command.data, command.type === 'VOICE' ? 'allowed' : 'refused');
  if (!facts)
    return {
      account,
      answer:
        command.type === 'EMAIL' ? refuse('invalid-input', 'pairingData is not an e-mail address') : refuse('phone-invalid'),
    };
  const type = command.type === 'EMAIL' ? 'Email' : command.type === 'SMS' ? 'SMS' : 'Voice';
  const paired = pairDevice(account, { type, facts, unique: command.unique }, given);
  if (!paired.ok) return refused(account, paired.refusal);
  return {
    account: paired.value.account,
    answer: done({ kind: 'paired', device: paired.value.device, sessionId: given.draws.sessionId }),
  };
}

export interface Pairing {
  readonly type: DeviceType;
  readonly facts: DeviceFacts;
  /** The automatic name (P46) when left out. */
  readonly nickname?: string;
  readonly unique?: boolean;
}

/** Whether one of the devices has this {@link uniqueKey}. */
export const hasDeviceLike = (devices: readonly Device[], key: string | undefined): boolean =>
  key !== undefined && devices.some((device) => uniqueKey(device.type, device.facts) === key);

/** Pairs one device of any type, within the limit (P53). The id is `given.draws.deviceId`. */
export function pairDevice(
  account: Account,
  pairing: Pairing,
  given: Given,
): Decided<{ readonly account: Account; readonly device: Device }> {
  if (account.devices.length >= given.deviceLimit) return refuse('device-limit');
  const key = uniqueKey(pairing.type, pairing.facts);
  if (given.duplicateDevices === 'refused' && hasDeviceLike(account.devices, key)) return refuse('device-not-unique');
  if (pairing.unique && key !== undefined && given.isTaken(key)) return refuse('device-not-unique');
  const device: Device = {
    id: given.draws.deviceId,
    type: pairing.type,
    nickname: pairing.nickname ?? automaticNickname(account.devices, pairing.type, pairing.facts),
    enrolledAt: given.now,
    facts: pairing.facts,
  };
  return done({ account: withDevice(account, device), device });
}

/** Without an id it unpairs every device of the user (P56). */
function unpair(account: Account, deviceId: bigint | 'all', { primaryAfterUnpair }: Given): Outcome {
  if (deviceId !== 'all' && !findDevice(account, deviceId)) return { account, answer: refuse('device-unknown') };
  const doomed = deviceId === 'all' ? account.devices.map((device) => device.id) : [deviceId];
  const left = doomed.reduce((rest, id) => withoutDevice(rest, id, primaryAfterUnpair), account);
  return { account: left, answer: done({ kind: 'plain' }) };
}

function changeDevice(account: Account, id: bigint, change: DeviceChange): Outcome {
  if (!findDevice(account, id)) return { account, answer: refuse('device-unknown') };
  const plain = done({ kind: 'plain' } as const);
  switch (change.attribute) {
    case 'NICKNAME':
      return { account: withNickname(account, id, change.nickname), answer: plain };
    case 'SET_PRIMARY':
      return { account: withDeviceAt(account, id, 1), answer: plain };
    case 'ORDER':
      if (change.position > account.devices.length) {
        return {
          account,
          answer: refuse('invalid-input', 'attributeValue of ORDER must be an integer from 1 to the number of devices'),
        };
      }
      return { account: withDeviceAt(account, id, change.position), answer: plain };
  }
}
