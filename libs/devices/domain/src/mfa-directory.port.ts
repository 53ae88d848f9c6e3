import type { Result } from '@tallystick/kernel-core';
import type { DeviceSlot } from './device-slot.ts';
import type { Profile } from './desired-user.ts';
import type { FactorAddress } from './factor-address.ts';
import type { DeviceId, ObservedUser } from './observed-user.ts';

/** Why the directory did not do what was asked. Closed: activities turn each into a retry or a finding by one exhaustive table. */
export type DirectoryFault =
  /** Network, 5xx, 429, `10551`: may or may not have happened; look before repeating (R29). `retryAfterMs` when the directory said so. */
  | { readonly kind: 'unavailable'; readonly retryAfterMs?: number }
  /** Wrong signature, wrong key, unknown organisation: a fault of the connection, not of this user (R32). */
  | { readonly kind: 'credentials-refused' }
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
  /** Any other refusal; `code` is the directory's error id, never its free text. */
  | { readonly kind: 'refused'; readonly code: string };

/**
 * The MFA provider as this product needs it, one account at a time. Every method makes one provider call unless it says otherwise,
 * within the call time-out of the adapter; none retries by itself. Implementations pass `mfaDirectoryConformance`.
 */
export interface MfaDirectory {
  /** The account and all its devices, or `absent`. */
  observe(username: string): Promise<Result<ObservedUser, DirectoryFault>>;
  /** `enabled: false` creates it without activating it (P25). Absent profile fields stay unset. */
  createUser(username: string, profile: Profile, enabled: boolean): Promise<Result<void, DirectoryFault>>;
  /** Replaces the whole profile: what is not in `profile` becomes empty (P28), so overlay first. */
  editUser(username: string, profile: Profile): Promise<Result<void, DirectoryFault>>;
  activateUser(username: string): Promise<Result<void, DirectoryFault>>;
  suspendUser(username: string): Promise<Result<void, DirectoryFault>>;
  deleteUser(username: string): Promise<Result<void, DirectoryFault>>;
  /** Pairs without the user (P54). The device gets an automatic nickname; name it next. */
  pair(username: string, address: FactorAddress): Promise<Result<DeviceId, DirectoryFault>>;
  nameDevice(username: string, device: DeviceId, slot: DeviceSlot): Promise<Result<void, DirectoryFault>>;
  /** The id is mandatory and checked: without one PingID removes *all* devices of the user (P56). */
  unpair(username: string, device: DeviceId): Promise<Result<void, DirectoryFault>>;
  setPrimary(username: string, device: DeviceId): Promise<Result<void, DirectoryFault>>;
}
