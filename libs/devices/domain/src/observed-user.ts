import type { Branded } from '@tallystick/kernel-core';
import type { DeviceSlot } from './device-slot.ts';
import type { FactorAddress } from './factor-address.ts';
import type { Profile } from './desired-user.ts';

/** A device's id at the directory: decimal digits of a 64-bit number at PingID (P57), a UUID at PingOne. Never a JavaScript number. */
export type DeviceId = Branded<string, 'DeviceId'>;

/** The directory's own states of an account (b.4); `other` for one that this version does not know: it is left alone like NOT_ACTIVE. */
export type AccountStatus =
  'active' | 'not-active' | 'pending' | 'pending-activation' | 'suspended' | 'pending-change-device' | 'locked' | 'other';

export interface ObservedDevice {
  readonly id: DeviceId;
  readonly nickname: string;
  /** The slot that the nickname stands for at this provider (`capabilities.nicknames`, exact text, P40, P60); absent: not managed. */
  readonly slot?: DeviceSlot;
  /** The directory's own word (`Email`, `SMS`, `Voice`, `iPhone`, `YubiKey`, …), for findings and `keepDeviceTypes`. */
  readonly type: string;
  /** Present exactly when `type` is one of the three that can be managed. */
  readonly address?: FactorAddress;
  readonly primary: boolean;
  /** Locked, blocked, or not activated: it is there and takes a place under the limit, but nobody can sign in with it. */
  readonly unusable?: true;
  /** Sorts devices of one user by age, oldest first, as text; empty when the directory does not say. */
  readonly enrolledAt: string;
}

/** One account as the directory shows it now. */
export type ObservedUser =
  | { readonly kind: 'absent' }
  | {
      readonly kind: 'present';
      /** The account's own, which another name does not change; absent where the directory has none, or can't rename. */
      readonly id?: string;
      readonly status: AccountStatus;
      readonly profile: Profile;
      readonly devices: readonly ObservedDevice[];
    };
