import type { DeviceSlot } from './device-slot.ts';
import type { FactorAddress } from './factor-address.ts';

/** What the datastore wants in one slot, after mapping and normalisation. */
export type SlotValue =
  | { readonly kind: 'value'; readonly address: FactorAddress }
  /** No source attribute, or it is empty (T2, T6). */
  | { readonly kind: 'absent' }
  /** The attribute has a text that is no address (T15); `reason` says which rule it breaks. */
  | { readonly kind: 'invalid'; readonly reason: InvalidAddressReason }
  /** The event did not carry the attribute (Debezium's placeholder for an unchanged large column) and no earlier record has it. */
  | { readonly kind: 'unknown' }
  /** Used when the account is created (P14), and this one was there before: whatever is in the slot stays. Made by `withoutCreateOnly`. */
  | { readonly kind: 'create-only' };

export type InvalidAddressReason =
  | 'email-syntax'
  | 'phone-not-a-number'
  | 'phone-no-country'
  | 'phone-length'
  | 'phone-not-possible'
  | 'extension-syntax'
  | 'too-long';

/** Profile attributes that have a value. A missing one is never written: attributes are not cleared (P27), unmapped ones survive (P28). */
export interface Profile {
  readonly email?: string;
  readonly firstName?: string;
  readonly lastName?: string;
}

export type CreateOnlyPart = DeviceSlot | keyof Profile;

/** The mapped source record: what this user should be at the directory. */
export type DesiredUser =
  | {
      readonly kind: 'present';
      readonly username: string;
      /** False when the datastore has the account disabled. */
      readonly enabled: boolean;
      readonly profile: Profile;
      readonly slots: Readonly<Record<DeviceSlot, SlotValue>>;
      /** What is used when the account is created, and not looked at afterwards (P14). */
      readonly createOnly?: readonly CreateOnlyPart[];
    }
  /** Deleted in the datastore, or out of scope (P9, P24); the username is the last one known. Or only this account of theirs: they have another (P20). */
  | { readonly kind: 'gone'; readonly username: string; readonly because?: 'username-changed' };
