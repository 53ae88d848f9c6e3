import type {
  AccountStatus,
  DeviceId,
  DeviceSlot,
  DirectoryFault,
  FactorAddress,
  MfaDirectory,
  ObservedDevice,
  ObservedUser,
  Profile,
} from '@tallystick/devices-domain';
import { err, ok, type Result } from '@tallystick/kernel-core';

/** One call of the port, as the log of {@link ModelDirectory} keeps it. `observe` is the only one that writes nothing. */
export interface DirectoryCall {
  readonly method: keyof MfaDirectory;
  readonly username: string;
  readonly device?: DeviceId;
  readonly slot?: DeviceSlot;
  readonly address?: FactorAddress;
  readonly profile?: Profile;
  readonly enabled?: boolean;
}

/** Returns a fault to be answered, or nothing. It may throw: the caller then "crashes" at this very place. */
export type CallHook = (call: DirectoryCall) => DirectoryFault | undefined;

export interface ModelDirectoryOptions {
  /** Devices per user, 20 unless told (P53). */
  readonly deviceLimit?: number;
  /** How long a device that was paired stays out of `observe`, in milliseconds of `now`; 0 unless told. */
  readonly visibilityDelayMs?: number;
  /** The model's clock, in milliseconds; stands still at 0 unless told. */
  readonly now?: () => number;
  /** Who is primary after the primary was unpaired: nobody (P44, the default), or the oldest of the rest (PR7 leaves it open). */
  readonly afterPrimaryUnpaired?: 'none' | 'oldest';
  /** Runs before the call has any effect: a fault means that it never happened. */
  readonly beforeCall?: CallHook;
  /** Runs after the call took effect: a fault means that its answer got lost. */
  readonly afterCall?: CallHook;
}

interface ModelDevice extends ObservedDevice {
  readonly visibleFrom: number;
}

interface ModelUser {
  readonly status: AccountStatus;
  readonly profile: Profile;
  readonly devices: readonly ModelDevice[];
}

/** Beyond 2^53 and odd, so that an id that passed through a JavaScript number is found out (P57). */
const firstId = 1_216_975_380_183_657_001n;

const automaticName = { email: 'Email', sms: 'Mobile', voice: 'Phone' } as const;
const deviceType = { email: 'Email', sms: 'SMS', voice: 'Voice' } as const;
const beforeFirstDevice: readonly AccountStatus[] = ['not-active', 'pending', 'pending-activation', 'pending-change-device'];

/**
 * An {@link MfaDirectory} in memory with PingID's manners (b.4, P53–P56): account states, automatic nicknames, the first device is
 * primary, a device limit, ids of 64 bits. Passes `mfaDirectoryConformance`. Every call is logged before its hooks run.
 */
export class ModelDirectory implements MfaDirectory {
  readonly calls: DirectoryCall[] = [];
  private readonly users = new Map<string, ModelUser>();
  private options: ModelDirectoryOptions;
  private paired = 0n;

  constructor(options: ModelDirectoryOptions = {}) {
    this.options = options;
  }

  /** Changes some options and keeps the rest, and all accounts. */
  configure(options: ModelDirectoryOptions): void {
    this.options = { ...this.options, ...options };
  }

  /** Removes every account and forgets the calls; ids go on. */
  clear(): void {
    this.users.clear();
    this.calls.length = 0;
  }

  /** Puts an account where the test wants it, bypassing every rule; `absent` removes it. No call is logged. */
  put(username: string, user: ObservedUser): void {
    if (user.kind === 'absent') this.users.delete(username);
    else this.users.set(username, { ...user, devices: user.devices.map((it) => ({ ...it, visibleFrom: 0 })) });
  }

  /** Adds a device as its user would (an app, a key), under a nickname of their choice. The account must exist. */
  addForeignDevice(
    username: string,
    device: { readonly type: string; readonly nickname: string; readonly address?: FactorAddress },
  ): DeviceId {
    const user = this.users.get(username);
    if (!user) throw new RangeError('put a device on an account that exists');
    const added = this.newDevice(user, device.type, device.nickname, device.address, 0);
    this.users.set(username, withDevices(user, [...user.devices, added]));
    return added.id;
  }

  /** The account as it really is: nothing is hidden by delayed visibility, no call is logged. */
  peek(username: string): ObservedUser {
    return this.show(username, Number.POSITIVE_INFINITY);
  }

  /** The calls that were meant to change something. */
  get writes(): readonly DirectoryCall[] {
    return this.calls.filter((it) => it.method !== 'observe');
  }

  observe(username: string): Promise<Result<ObservedUser, DirectoryFault>> {
    return this.call({ method: 'observe', username }, () => ok(this.show(username, this.now())));
  }

  createUser(username: string, profile: Profile, enabled: boolean): Promise<Result<void, DirectoryFault>> {
    return this.call({ method: 'createUser', username, profile, enabled }, () => {
      if (this.users.has(username)) return err({ kind: 'already-exists' });
      if (username.length === 0 || username.length > 250) return err({ kind: 'refused', code: '400' });
      this.users.set(username, { status: enabled ? 'pending-activation' : 'not-active', profile: { ...profile }, devices: [] });
      return ok(undefined);
    });
  }

  editUser(username: string, profile: Profile): Promise<Result<void, DirectoryFault>> {
    return this.change({ method: 'editUser', username, profile }, (user) => ok({ ...user, profile: { ...profile } }));
  }

  activateUser(username: string): Promise<Result<void, DirectoryFault>> {
    return this.change({ method: 'activateUser', username }, (user) => {
      if (user.status === 'suspended')
        return ok({ ...user, status: user.devices.length > 0 ? 'active' : 'pending-change-device' });
      if (!beforeFirstDevice.includes(user.status)) return err({ kind: 'status-conflict' });
      return ok({ ...user, status: user.status === 'not-active' ? 'pending-activation' : user.status });
    });
  }

  suspendUser(username: string): Promise<Result<void, DirectoryFault>> {
    return this.change({ method: 'suspendUser', username }, (user) =>
      user.status === 'active' ? ok({ ...user, status: 'suspended' }) : err({ kind: 'status-conflict' }),
    );
  }

  deleteUser(username: string): Promise<Result<void, DirectoryFault>> {
    return this.call({ method: 'deleteUser', username }, () =>
      this.users.delete(username) ? ok(undefined) : err({ kind: 'not-found' }),
    );
  }

  pair(username: string, address: FactorAddress): Promise<Result<DeviceId, DirectoryFault>> {
    return this.call({ method: 'pair', username, address }, () => {
      const user = this.users.get(username);
      if (!user) return err({ kind: 'not-found' });
      if (!isReachable(address)) return err({ kind: 'address-refused' });
      if (user.devices.length >= (this.options.deviceLimit ?? 20)) return err({ kind: 'device-limit' });
      const visibleFrom = this.now() + (this.options.visibilityDelayMs ?? 0);
      const added = this.newDevice(
        user,
        deviceType[address.kind],
        nextName(user, automaticName[address.kind]),
        address,
        visibleFrom,
      );
      this.users.set(username, withDevices(user, [...user.devices, added]));
      return ok(added.id);
    });
  }

  nameDevice(username: string, device: DeviceId, slot: DeviceSlot): Promise<Result<void, DirectoryFault>> {
    return this.change({ method: 'nameDevice', username, device, slot }, (user) =>
      hasDevice(user, device)
        ? ok(
            withDevices(
              user,
              user.devices.map((it) => (it.id === device ? { ...it, nickname: slot } : it)),
            ),
          )
        : err({ kind: 'not-found' }),
    );
  }

  unpair(username: string, device: DeviceId): Promise<Result<void, DirectoryFault>> {
    return this.change({ method: 'unpair', username, device }, (user) => {
      const removed = user.devices.find((it) => it.id === device);
      if (!removed) return err({ kind: 'not-found' });
      const rest = user.devices.filter((it) => it.id !== device);
      const heir = removed.primary && this.options.afterPrimaryUnpaired === 'oldest' ? rest[0]?.id : undefined;
      return ok(
        withDevices(
          user,
          rest.map((it) => (it.id === heir ? { ...it, primary: true } : it)),
        ),
      );
    });
  }

  setPrimary(username: string, device: DeviceId): Promise<Result<void, DirectoryFault>> {
    return this.change({ method: 'setPrimary', username, device }, (user) =>
      hasDevice(user, device)
        ? ok(
            withDevices(
              user,
              user.devices.map((it) => ({ ...it, primary: it.id === device })),
            ),
          )
        : err({ kind: 'not-found' }),
    );
  }

  private now(): number {
    return this.options.now?.() ?? 0;
  }

  private show(username: string, at: number): ObservedUser {
    const user = this.users.get(username);
    if (!user) return { kind: 'absent' };
    const devices: ObservedDevice[] = [];
    for (const { visibleFrom, ...device } of user.devices) if (visibleFrom <= at) devices.push(device);
    return { kind: 'present', status: user.status, profile: { ...user.profile }, devices };
  }

  private newDevice(
    user: ModelUser,
    type: string,
    nickname: string,
    address: FactorAddress | undefined,
    visibleFrom: number,
  ): ModelDevice {
    const number = this.paired++;
    return {
      id: String(firstId + number) as DeviceId,
      nickname,
      type,
      ...(address && { address }),
      primary: user.devices.length === 0,
      enrolledAt: `9000-${String(number).padStart(12, '0')}`,
      visibleFrom,
    };
  }

  private change(
    call: DirectoryCall,
    next: (user: ModelUser) => Result<ModelUser, DirectoryFault>,
  ): Promise<Result<void, DirectoryFault>> {
    return this.call(call, () => {
      const user = this.users.get(call.username);
      if (!user) return err({ kind: 'not-found' });
      const changed = next(user);
      if (!changed.ok) return changed;
      this.users.set(call.username, changed.value);
      return ok(undefined);
    });
  }

  private async call<T>(call: DirectoryCall, effect: () => Result<T, DirectoryFault>): Promise<Result<T, DirectoryFault>> {
    await Promise.resolve();
    this.calls.push(call);
    const refused = this.options.beforeCall?.(call);
    if (refused) return err(refused);
    const result = effect();
    const lost = this.options.afterCall?.(call);
    return lost ? err(lost) : result;
  }
}

const hasDevice = (user: ModelUser, device: DeviceId): boolean => user.devices.some((it) => it.id === device);

/** The first device makes an account active, the loss of the last one takes that away; a suspended or locked one stays as it is. */
function withDevices(user: ModelUser, devices: readonly ModelDevice[]): ModelUser {
  if (devices.length === 0 && user.status === 'active') return { ...user, status: 'pending-change-device', devices };
  if (devices.length > 0 && beforeFirstDevice.includes(user.status)) return { ...user, status: 'active', devices };
  return { ...user, devices };
}

/** `Email 1`, or the next number that no device of the user carries: also the names that the product manages (P46). */
function nextName(user: ModelUser, word: string): string {
  for (let n = 1; ; n++) if (!user.devices.some((it) => it.nickname === `${word} ${n}`)) return `${word} ${n}`;
}

const isReachable = (address: FactorAddress): boolean =>
  address.kind === 'email' ? /^[^@\s]+@[^@\s]+$/.test(address.address) : /^\+\d{7,15}$/.test(address.number);
