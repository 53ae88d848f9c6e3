import type {
  DeviceId,
  DeviceSlot,
  DirectoryCapabilities,
  DirectoryCheck,
  DirectoryFault,
  FactorAddress,
  MfaDirectory,
  ObservedDevice,
  ObservedUser,
  PairedDevice,
  Profile,
} from '@tallystick/devices-domain';
import { err, ok, type Result } from '@tallystick/kernel-core';
import {
  automaticName,
  beforeFirstDevice,
  deviceType,
  firstId,
  hasDevice,
  inOrder,
  isReachable,
  type ModelDevice,
  type ModelUser,
  nextName,
  uuid,
} from './model-directory-account.ts';
import { asListedBy, pingIdManners } from './model-directory-manners.ts';

/** One call of the port, as the log of {@link ModelDirectory} keeps it. `observe` is the only one that writes nothing. */
export interface DirectoryCall {
  readonly method: keyof MfaDirectory;
  readonly username: string;
  readonly device?: DeviceId;
  readonly slot?: DeviceSlot;
  readonly address?: FactorAddress;
  readonly profile?: Profile;
  readonly renamed?: string;
  readonly enabled?: boolean;
}

/** Returns a fault to be answered, or nothing. It may throw: the caller then "crashes" at this very place. */
export type CallHook = (call: DirectoryCall) => DirectoryFault | undefined;

export interface ModelDirectoryOptions {
  /** Whose manners it has; those of PingID unless told. */
  readonly manners?: DirectoryCapabilities;
  /** Devices per user, 20 unless told (P53). */
  readonly deviceLimit?: number;
  /** How long a device that was paired stays out of `observe`, in milliseconds of `now`; 0 unless told. */
  readonly visibilityDelayMs?: number;
  /** The model's clock, in milliseconds; stands still at 0 unless told. */
  readonly now?: () => number;
  /** Who is primary after the primary was unpaired (PR7): as its manners say unless told, nobody (P44), or the next in order. */
  readonly afterPrimaryUnpaired?: 'none' | 'oldest';
  /** Runs before the call has any effect: a fault means that it never happened. */
  readonly beforeCall?: CallHook;
  /** Runs after the call took effect: a fault means that its answer got lost. */
  readonly afterCall?: CallHook;
}

/**
 * An {@link MfaDirectory} in memory, with PingID's manners (b.4, P53–P56): account states, automatic nicknames, the first device is
 * primary, a device limit, ids of 64 bits; or with PingOne's (c.4): no states but enabled and disabled, nicknames by the pairing call,
 * the first in order is primary, UUIDs. Passes `mfaDirectoryConformance`. Every call is logged before its hooks run.
 */
export class ModelDirectory implements MfaDirectory {
  readonly calls: DirectoryCall[] = [];
  private readonly users = new Map<string, ModelUser>();
  private options: ModelDirectoryOptions;
  private paired = 0n;

  constructor(options: ModelDirectoryOptions = {}) {
    this.options = options;
  }

  get capabilities(): DirectoryCapabilities {
    return this.options.manners ?? pingIdManners;
  }

  private get pingOne(): boolean {
    return this.capabilities.kind === 'pingone';
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
    else this.users.set(username, { ...this.newId(), ...user, devices: user.devices.map((it) => ({ ...it, visibleFrom: 0 })) });
  }

  /** Adds a device as its user would (an app, a key), under a nickname of their choice. The account must exist. */
  addForeignDevice(
    username: string,
    device: { readonly type: string; readonly nickname: string; readonly address?: FactorAddress },
  ): DeviceId {
    const user = this.users.get(username);
    if (!user) throw new RangeError('put a device on an account that exists');
    const added = this.newDevice(user, device.type, device.nickname, device.address, 0);
    this.users.set(username, this.withDevices(user, [...user.devices, added]));
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
      const [open, closed] = this.pingOne ? (['active', 'suspended'] as const) : (['pending-activation', 'not-active'] as const);
      this.users.set(username, { ...this.newId(), status: enabled ? open : closed, profile: { ...profile }, devices: [] });
      return ok(undefined);
    });
  }

  editUser(username: string, profile: Profile): Promise<Result<void, DirectoryFault>> {
    return this.change({ method: 'editUser', username, profile }, (user) => ok({ ...user, profile: { ...profile } }));
  }

  renameUser(username: string, renamed: string): Promise<Result<void, DirectoryFault>> {
    return this.call({ method: 'renameUser', username, renamed }, () => {
      if (!this.capabilities.renamesUsers) return err({ kind: 'refused', code: 'not-supported' });
      const user = this.users.get(username);
      if (!user) return err({ kind: 'not-found' });
      if (this.users.has(renamed)) return err({ kind: 'already-exists' });
      this.users.delete(username);
      this.users.set(renamed, user);
      return ok(undefined);
    });
  }

  activateUser(username: string): Promise<Result<void, DirectoryFault>> {
    return this.change({ method: 'activateUser', username }, (user) => {
      if (this.pingOne) return ok({ ...user, status: user.status === 'suspended' ? 'active' : user.status });
      if (user.status === 'suspended')
        return ok({ ...user, status: user.devices.length > 0 ? 'active' : 'pending-change-device' });
      if (!beforeFirstDevice.includes(user.status)) return err({ kind: 'status-conflict' });
      return ok({ ...user, status: user.status === 'not-active' ? 'pending-activation' : user.status });
    });
  }

  suspendUser(username: string): Promise<Result<void, DirectoryFault>> {
    return this.change({ method: 'suspendUser', username }, (user) =>
      user.status === 'active' || this.pingOne ? ok({ ...user, status: 'suspended' }) : err({ kind: 'status-conflict' }),
    );
  }

  deleteUser(username: string): Promise<Result<void, DirectoryFault>> {
    return this.call({ method: 'deleteUser', username }, () =>
      this.users.delete(username) ? ok(undefined) : err({ kind: 'not-found' }),
    );
  }

  pair(username: string, address: FactorAddress, slot: DeviceSlot): Promise<Result<PairedDevice, DirectoryFault>> {
    return this.call({ method: 'pair', username, address, slot }, () => {
      const user = this.users.get(username);
      if (!user) return err({ kind: 'not-found' });
      if (!isReachable(address)) return err({ kind: 'address-refused' });
      if (user.devices.length >= this.limit) return err({ kind: 'device-limit' });
      const named = this.capabilities.namesWhilePairing;
      const visibleFrom = this.now() + (this.options.visibilityDelayMs ?? 0);
      const added = this.newDevice(
        user,
        deviceType[address.kind],
        named ? this.capabilities.nicknames[slot] : nextName(user, automaticName[address.kind]),
        address,
        visibleFrom,
      );
      this.users.set(username, this.withDevices(user, [...user.devices, added]));
      return ok({ device: added.id, named });
    });
  }

  nameDevice(username: string, device: DeviceId, slot: DeviceSlot): Promise<Result<void, DirectoryFault>> {
    return this.change({ method: 'nameDevice', username, device, slot }, (user) =>
      hasDevice(user, device)
        ? ok(
            this.withDevices(
              user,
              user.devices.map((it) => (it.id === device ? { ...it, nickname: this.capabilities.nicknames[slot] } : it)),
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
      const passedOn = this.options.afterPrimaryUnpaired ?? (this.capabilities.heirOfPrimary === 'nobody' ? 'none' : 'oldest');
      const heir = removed.primary && passedOn === 'oldest' ? rest[0]?.id : undefined;
      return ok(
        this.withDevices(
          user,
          rest.map((it) => (it.id === heir ? { ...it, primary: true } : it)),
        ),
      );
    });
  }

  setPrimary(username: string, device: DeviceId): Promise<Result<void, DirectoryFault>> {
    return this.change({ method: 'setPrimary', username, device }, (user) =>
      hasDevice(user, device)
        ? ok(this.withDevices(user, inOrder(user.devices, device, this.pingOne)))
        : err({ kind: 'not-found' }),
    );
  }

  deviceLimit(): Promise<Result<number | undefined, DirectoryFault>> {
    return this.call({ method: 'deviceLimit', username: '' }, () => ok(this.pingOne ? this.limit : undefined));
  }

  async check(): Promise<readonly DirectoryCheck[]> {
    const tried = await this.call({ method: 'check', username: '' }, () => ok(undefined));
    if (tried.ok) return (['reach', 'credentials', 'read', 'device-limit'] as const).map((part) => ({ part, result: 'passed' }));
    const failed = tried.error.kind === 'credentials-refused' ? 'credentials' : 'reach';
    return [{ part: failed, result: 'failed', fault: tried.error }];
  }

  private get limit(): number {
    return this.options.deviceLimit ?? 20;
  }

  private now(): number {
    return this.options.now?.() ?? 0;
  }

  private show(username: string, at: number): ObservedUser {
    const user = this.users.get(username);
    if (!user) return { kind: 'absent' };
    const devices: ObservedDevice[] = [];
    for (const { visibleFrom, ...device } of user.devices) {
      if (visibleFrom <= at) devices.push(asListedBy(this.capabilities, device));
    }
    const { id, status, profile } = user;
    return { kind: 'present', ...(id !== undefined && { id }), status, profile: { ...profile }, devices };
  }

  /** Of an account, where the directory has such. */
  private newId(): { readonly id?: string } {
    return this.pingOne ? { id: uuid(this.paired++) } : {};
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
      id: (this.pingOne ? uuid(number) : String(firstId + number)) as DeviceId,
      nickname,
      type,
      ...(address && { address }),
      primary: user.devices.length === 0,
      enrolledAt: `9000-${String(number).padStart(12, '0')}`,
      visibleFrom,
    };
  }

  /** The first device makes an account active, the loss of the last one takes that away; a suspended or locked one stays as it is. */
  private withDevices(user: ModelUser, devices: readonly ModelDevice[]): ModelUser {
    if (this.pingOne) return { ...user, devices };
    if (devices.length === 0 && user.status === 'active') return { ...user, status: 'pending-change-device', devices };
    if (devices.length > 0 && beforeFirstDevice.includes(user.status)) return { ...user, status: 'active', devices };
    return { ...user, devices };
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
