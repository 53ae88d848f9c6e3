import { type Account, type Device, type DeviceCondition, findDevice, newAccount, withDevice, withoutDevice } from './account.ts';
import { type PairingType } from './command.ts';
import { hasDeviceLike, type Draws } from './decide.ts';
import { uniqueKey } from './device-facts.ts';
import { type MfaChange, type MfaProfile, type NewDevice } from './pingone-command.ts';
import { deny, granted, type MfaDecided } from './pingone-refusals.ts';

/** Devices that nobody activated are gone after this time (c.3). */
export const activationLifeMs = 24 * 3_600_000;
/** So many devices of one user may wait for their activation (c.3). */
export const pendingLimit = 50;

/** One change of one account of the PingOne dialect, its body read and checked for form. */
export type MfaCommand =
  | { readonly op: 'update-user'; readonly change: MfaChange }
  | { readonly op: 'delete-user' }
  | { readonly op: 'set-enabled'; readonly enabled: boolean }
  | { readonly op: 'set-mfa-enabled'; readonly mfaEnabled: boolean }
  | { readonly op: 'create-device'; readonly device: NewDevice }
  | { readonly op: 'set-nickname'; readonly deviceId: bigint; readonly nickname: string }
  | {
      readonly op: 'delete-device' | 'activate-device' | 'block-device' | 'unblock-device' | 'unlock-device';
      readonly deviceId: bigint;
    }
  | { readonly op: 'reorder-devices'; readonly order: readonly bigint[] }
  | { readonly op: 'remove-device-order' };

export interface NewMfaUser {
  readonly username: string;
  readonly profile: MfaProfile;
  readonly population: string | null;
  readonly enabled: boolean;
  readonly mfaEnabled?: boolean;
}

/** All that a decision rests on, besides the account and the command. */
export interface MfaGiven {
  /** Epoch milliseconds. */
  readonly now: number;
  readonly draws: Draws;
  /** `pairing.maxAllowedDevices`. */
  readonly maxAllowedDevices: number;
  readonly newUsersMfaEnabled: boolean;
  readonly duplicateDevices: 'allowed' | 'refused';
  readonly disabledMethods: readonly PairingType[];
  /** Whether a user other than the one in question has this name, without case. */
  readonly isNameTaken: (username: string) => boolean;
}

/** The account afterwards (`undefined`: there is none), and the device that the answer shows, or why it was refused. */
export interface MfaOutcome {
  readonly account: Account | undefined;
  readonly answer: MfaDecided<Device | undefined>;
}

const types = { EMAIL: 'Email', SMS: 'SMS', VOICE: 'Voice' } as const;

/** Creates a user: enabled unless told otherwise, and without MFA until it is turned on (c.2). */
export function createMfaUser(user: NewMfaUser, given: MfaGiven): MfaDecided<Account> {
  if (given.isNameTaken(user.username)) return deny('username-taken', 'username');
  const { guid, userId, picUrl } = given.draws;
  return granted(
    newAccount({
      username: user.username,
      ...user.profile,
      guid,
      userId,
      picUrl,
      role: 'REGULAR',
      status: user.enabled ? 'NOT_ACTIVE' : 'SUSPENDED',
      mfaEnabled: user.mfaEnabled ?? given.newUsersMfaEnabled,
      population: user.population,
      now: given.now,
    }),
  );
}

/** The account without the devices whose time to be activated is over. */
export function withoutExpired(account: Account, now: number): Account {
  if (!account.pending?.some((device) => isExpired(device, now))) return account;
  return withPending(
    account,
    account.pending.filter((device) => !isExpired(device, now)),
  );
}

const isExpired = (device: Device, now: number) => now - device.enrolledAt >= activationLifeMs;

function withPending(account: Account, pending: readonly Device[]): Account {
  const { pending: _before, ...rest } = account;
  return pending.length === 0 ? rest : { ...rest, pending };
}

/**
 * Decides one change of one account. Pure and total: same input, same outcome; a refusal changes nothing. Active devices are
 * those of {@link Account.devices}, the first the default one (c.3); the devices that wait for their activation are apart.
 */
export function decideMfa(before: Account, command: MfaCommand, given: MfaGiven): MfaOutcome {
  const account = withoutExpired(before, given.now);
  const changed = (after: Account, device?: Device): MfaOutcome => ({
    account: { ...after, updatedAt: given.now },
    answer: granted(device),
  });
  const refused = (answer: ReturnType<typeof deny>): MfaOutcome => ({ account, answer });
  switch (command.op) {
    case 'update-user':
      if (command.change.username !== undefined && given.isNameTaken(command.change.username))
        return refused(deny('username-taken', 'username'));
      return changed({ ...account, ...command.change });
    case 'delete-user':
      return { account: undefined, answer: granted(undefined) };
    case 'set-enabled':
      return changed(withEnabled(account, command.enabled));
    case 'set-mfa-enabled':
      return changed({ ...account, mfaEnabled: command.mfaEnabled });
    case 'create-device': {
      const created = createDevice(account, command.device, given);
      return created.ok ? changed(created.value.account, created.value.device) : refused(created);
    }
    case 'reorder-devices': {
      const devices = reordered(account.devices, command.order);
      return devices ? changed({ ...account, devices, primary: 'first' }) : refused(deny('invalid-value', 'order'));
    }
    case 'remove-device-order':
      return changed({ ...account, primary: 'none' });
    default:
      return onDevice(account, command, given, changed, refused);
  }
}

/** Off is SUSPENDED; on again is ACTIVE with devices, as PingID's activateuser has it. */
function withEnabled(account: Account, enabled: boolean): Account {
  if (enabled === (account.status !== 'SUSPENDED')) return account;
  if (!enabled) return { ...account, status: 'SUSPENDED' };
  return { ...account, status: account.devices.length > 0 ? 'ACTIVE' : 'PENDING_CHANGE_DEVICE' };
}

function createDevice(
  account: Account,
  { type, facts, nickname, status }: NewDevice,
  given: MfaGiven,
): MfaDecided<{ readonly account: Account; readonly device: Device }> {
  if (given.disabledMethods.includes(type)) return deny('method-disabled', 'type');
  const { pending = [] } = account;
  const key = uniqueKey(types[type], facts);
  if (given.duplicateDevices === 'refused' && hasDeviceLike([...account.devices, ...pending], key))
    return deny('device-duplicate', type === 'EMAIL' ? 'email' : 'phone');
  const device: Device = { id: given.draws.deviceId, type: types[type], nickname, enrolledAt: given.now, facts };
  if (status === 'ACTIVE') {
    if (account.devices.length >= given.maxAllowedDevices) return atLimit(given);
    return granted({ account: withDevice(account, device), device });
  }
  if (pending.length >= pendingLimit) return deny('pending-limit', undefined, { maximumAllowed: pendingLimit });
  return granted({ account: withPending(account, [...pending, device]), device });
}

const atLimit = ({ maxAllowedDevices }: MfaGiven) => deny('device-limit', undefined, { maximumAllowed: maxAllowedDevices });

/** The devices in this order; `undefined` unless it names each exactly once. */
function reordered(devices: readonly Device[], order: readonly bigint[]): readonly Device[] | undefined {
  if (order.length !== devices.length || new Set(order).size !== order.length) return undefined;
  const sorted = order.map((id) => devices.find((device) => device.id === id));
  return sorted.every((device) => device !== undefined) ? sorted : undefined;
}

type OnDevice = Extract<MfaCommand, { readonly deviceId: bigint }>;

function onDevice(
  account: Account,
  command: OnDevice,
  given: MfaGiven,
  changed: (after: Account, device?: Device) => MfaOutcome,
  refused: (answer: ReturnType<typeof deny>) => MfaOutcome,
): MfaOutcome {
  const waiting = account.pending?.find((device) => device.id === command.deviceId);
  const device = waiting ?? findDevice(account, command.deviceId);
  if (!device) return refused(deny('not-found'));
  const pending = account.pending?.filter((other) => other !== waiting) ?? [];
  const put = (after: Device) => changed(withDeviceChanged(account, after), after);
  switch (command.op) {
    case 'set-nickname':
      return put(conditioned({ ...device, nickname: command.nickname }, { ...device.condition, updatedAt: given.now }));
    case 'delete-device':
      return changed(waiting ? withPending(account, pending) : withoutDevice(account, device.id, 'next'));
    case 'activate-device': {
      if (!waiting) return changed(account, device);
      if (account.devices.length >= given.maxAllowedDevices) return refused(atLimit(given));
      const active = conditioned(device, { ...device.condition, updatedAt: given.now });
      return changed(withDevice(withPending(account, pending), active), active);
    }
    case 'block-device':
      return put(conditioned(device, { ...device.condition, blockedAt: given.now, updatedAt: given.now }));
    case 'unblock-device': {
      const { blockedAt: _blockedAt, ...rest } = device.condition ?? {};
      return put(conditioned(device, { ...rest, updatedAt: given.now }));
    }
    case 'unlock-device': {
      const { lockedUntil: _lockedUntil, ...rest } = device.condition ?? {};
      return put(conditioned(device, { ...rest, updatedAt: given.now }));
    }
  }
}

const conditioned = (device: Device, condition: DeviceCondition): Device => ({ ...device, condition });

function withDeviceChanged(account: Account, after: Device): Account {
  const replace = (device: Device) => (device.id === after.id ? after : device);
  return {
    ...account,
    devices: account.devices.map(replace),
    ...(account.pending && { pending: account.pending.map(replace) }),
  };
}
