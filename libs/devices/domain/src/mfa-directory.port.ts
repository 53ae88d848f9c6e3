import type { Result } from '@tallystick/kernel-core';
import type { DirectoryCapabilities } from './directory-capabilities.ts';
import type { DeviceSlot } from './device-slot.ts';
import type { Profile } from './desired-user.ts';
import type { FactorAddress } from './factor-address.ts';
import type { DeviceId, ObservedUser } from './observed-user.ts';

/** Why the directory did not do what was asked. Closed: activities turn each into a retry or a finding by one exhaustive table. */
export type DirectoryFault =
  /** Network, 5xx, 429, `10551`: may or may not have happened; look before repeating (R29). `retryAfterMs` when the directory said so. */
  | {
      readonly kind: 'unavailable';
      readonly retryAfterMs?: number;
      /** 429, or any answer that told a time to wait: it is meant for everybody who calls this directory (R28). */
      readonly rateLimited?: true;
    }
  /**
   * Wrong signature, wrong key, unknown organisation: a fault of the connection, not of this user (R32). `mayBeDone`: it is the answer that can't be
   * believed, and what was asked may have been done.
   */
  | { readonly kind: 'credentials-refused'; readonly mayBeDone?: true }
  /** `20562`: the user has as many devices as the tenant allows (P53). */
  | { readonly kind: 'device-limit' }
  /** `20559` and its like: the directory does not accept this address. */
  | { readonly kind: 'address-refused' }
  /** `10564`, or a device that is not there (any more). */
  | { readonly kind: 'not-found' }
  /** `10556`: somebody created the account since it was observed. */
  | { readonly kind: 'already-exists' }
  /** `10561`, `10562`: the account's status does not allow it; look again. */
  | { readonly kind: 'status-conflict' }
  /** The tenant does not allow this method at all: a fault of its settings, not of this user (P55). */
  | { readonly kind: 'method-disabled' }
  /** Any other refusal; `code` is the directory's error id, never its free text. */
  | { readonly kind: 'refused'; readonly code: string };

/** A device that was paired. `named`: it carries the nickname of the slot already (`namesWhilePairing`). */
export interface PairedDevice {
  readonly device: DeviceId;
  readonly named: boolean;
}

/** One part of a connection test (P30): what was tried, and what a person can do when it failed. */
export interface DirectoryCheck {
  readonly part: 'reach' | 'credentials' | 'read' | 'device-limit';
  readonly result: 'passed' | 'failed' | 'not-tried';
  readonly fault?: DirectoryFault;
}

/**
 * The MFA provider as this product needs it, one account at a time. A method makes at most `capabilities.calls` provider calls, within the
 * call time-out of the adapter; none repeats a write by itself (R29). Implementations pass `mfaDirectoryConformance`.
 */
export interface MfaDirectory {
  readonly capabilities: DirectoryCapabilities;
  /** The account and all its devices, or `absent`. */
  observe(username: string): Promise<Result<ObservedUser, DirectoryFault>>;
  /** `enabled: false` creates it without activating it (P25). Absent profile fields stay unset. */
  createUser(username: string, profile: Profile, enabled: boolean): Promise<Result<void, DirectoryFault>>;
  /** Replaces the whole profile: what is not in `profile` becomes empty where the provider works so (P28), so overlay first. */
  editUser(username: string, profile: Profile): Promise<Result<void, DirectoryFault>>;
  /** Only where `capabilities.renamesUsers`; elsewhere `refused` with code `not-supported`. */
  renameUser(username: string, renamed: string): Promise<Result<void, DirectoryFault>>;
  activateUser(username: string): Promise<Result<void, DirectoryFault>>;
  suspendUser(username: string): Promise<Result<void, DirectoryFault>>;
  deleteUser(username: string): Promise<Result<void, DirectoryFault>>;
  /** Pairs without the user (P54). Unless `named`, the device has an automatic nickname; name it next. */
  pair(username: string, address: FactorAddress, slot: DeviceSlot): Promise<Result<PairedDevice, DirectoryFault>>;
  nameDevice(username: string, device: DeviceId, slot: DeviceSlot): Promise<Result<void, DirectoryFault>>;
  /** The id is mandatory and checked: without one PingID removes *all* devices of the user (P56). */
  unpair(username: string, device: DeviceId): Promise<Result<void, DirectoryFault>>;
  setPrimary(username: string, device: DeviceId): Promise<Result<void, DirectoryFault>>;
  /** Devices that a user may have, where the provider tells; `undefined` where it does not. */
  deviceLimit(): Promise<Result<number | undefined, DirectoryFault>>;
  /** Tries the connection part by part without writing (P30). */
  check(): Promise<readonly DirectoryCheck[]>;
}
