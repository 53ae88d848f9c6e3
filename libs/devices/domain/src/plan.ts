import type { DeviceSlot } from './device-slot.ts';
import type { InvalidAddressReason, Profile } from './desired-user.ts';
import type { FactorAddress } from './factor-address.ts';
import type { AccountStatus, DeviceId } from './observed-user.ts';
import type { UserHash } from './user-ref.ts';

/** Why a step is taken. Closed; one sentence each in `reasons.ts`. */
export type StepReason =
  | 'user-missing' // P21: enabled in the datastore, absent at the directory
  | 'disabled-user-missing' // P25
  | 'profile-differs' // P28
  | 'enabled-in-datastore' // P29: suspended at the directory
  | 'disabled-in-datastore' // P24, P29
  | 'gone-from-datastore' // P24
  | 'slot-empty' // T3
  | 'value-changed' // T5
  | 'value-cleared' // T6 with onCleared: remove
  | 'not-managed' // T11
  | 'duplicate-nickname' // P49 under Overwrite
  | 'pair-unfinished' // A11: our own device, paired, not yet named; unpaired if the slot has another one by now
  | 'adopted' // P47, T8 with sameValue: adopt
  | 'same-value-recreated' // P60, T8 with sameValue: recreate
  | 'username-changed' // P20 with usernameChange: follow
  | 'account-handed-over' // ADR 5.13: the device of the account's former owner
  | 'primary-on-create' // PR2, PR3
  | 'primary-restored'; // PR8

/** Steps in the order in which they are to be done. `pair` can be two calls: pairing, then its nickname, with nothing between (P52). */
export type Step =
  | { readonly kind: 'create-user'; readonly enabled: boolean; readonly profile: Profile; readonly reason: StepReason }
  /** The account of the user's former username gets the wanted one; the rest is planned when that can be seen. */
  | { readonly kind: 'rename-user'; readonly from: string; readonly reason: StepReason }
  | { readonly kind: 'activate-user'; readonly reason: StepReason }
  /** `profile` is the whole overlaid profile: what is mapped over what was observed (P28). */
  | { readonly kind: 'edit-user'; readonly profile: Profile; readonly reason: StepReason }
  | { readonly kind: 'suspend-user'; readonly reason: StepReason }
  | { readonly kind: 'delete-user'; readonly reason: StepReason }
  | { readonly kind: 'unpair'; readonly deviceId: DeviceId; readonly slot?: DeviceSlot; readonly reason: StepReason }
  | {
      readonly kind: 'pair';
      readonly slot: DeviceSlot;
      readonly address: FactorAddress;
      readonly reason: StepReason;
      /** The address that this plan unpairs for it; paired again when the directory refuses the new one. */
      readonly replaces?: FactorAddress;
      /** The device that stays in the slot until this one is there, and must stay if it does not come (`order: add-first`). */
      readonly beside?: DeviceId;
    }
  | {
      readonly kind: 'name-device';
      readonly deviceId: DeviceId;
      readonly slot: DeviceSlot;
      readonly reason: StepReason;
      /** As for `pair`. */
      readonly beside?: DeviceId;
    }
  /** `deviceId` when the slot keeps a device that is there; without it the device is the one that this plan pairs for the slot. */
  | { readonly kind: 'set-primary'; readonly slot: DeviceSlot; readonly deviceId?: DeviceId; readonly reason: StepReason };

/** Things noted and not touched, each for a person to read. */
export type Finding =
  | { readonly kind: 'user-not-created'; readonly because: 'create-off' | 'provision-disabled-off' | 'delete-loop' } // P21, P25, P26
  | { readonly kind: 'user-not-updated' } // P22, T14: User Update is off and something would have changed
  | { readonly kind: 'user-not-removed' } // P23
  | { readonly kind: 'status-left'; readonly status: AccountStatus } // P29, A14
  | { readonly kind: 'value-cleared-device-kept'; readonly slot: DeviceSlot } // T6, P41
  | { readonly kind: 'value-invalid'; readonly slot: DeviceSlot; readonly reason: InvalidAddressReason } // T15
  | { readonly kind: 'value-unknown'; readonly slot: DeviceSlot } // kafka.md: placeholder without an earlier value
  | { readonly kind: 'nickname-on-other-type'; readonly slot: DeviceSlot; readonly deviceId: DeviceId; readonly type: string } // P48, T7
  | { readonly kind: 'duplicate-managed-nickname'; readonly slot: DeviceSlot; readonly deviceId: DeviceId } // P49
  | { readonly kind: 'near-miss-nickname'; readonly slot: DeviceSlot; readonly deviceId: DeviceId } // P45
  | { readonly kind: 'same-value-unmanaged'; readonly slot: DeviceSlot; readonly deviceId: DeviceId } // P47, T8, T12
  | { readonly kind: 'adoption-candidate'; readonly slot: DeviceSlot; readonly deviceId: DeviceId } // P46
  | { readonly kind: 'last-device-kept'; readonly slot: DeviceSlot; readonly deviceId: DeviceId } // T6 with onCleared: remove, P51
  | { readonly kind: 'overwrite-would-strip-all'; readonly devices: number } // P51
  | { readonly kind: 'device-type-kept'; readonly deviceId: DeviceId; readonly type: string } // keepDeviceTypes
  | { readonly kind: 'primary-demoted'; readonly slot: DeviceSlot } // P44, T5
  | { readonly kind: 'primary-slot-unavailable'; readonly slot: DeviceSlot; readonly instead?: DeviceSlot } // PR3
  | { readonly kind: 'primary-without-devices' } // PR9
  | { readonly kind: 'pair-outcome-unknown'; readonly slot: DeviceSlot } // R30: an open pair inside the visibility window
  | { readonly kind: 'no-headroom'; readonly slot: DeviceSlot } // never-less: the old device would have to go first
  | { readonly kind: 'over-device-limit'; readonly slot: DeviceSlot } // R31
  | { readonly kind: 'last-working-factor'; readonly deviceId: DeviceId } // keepWorkingFactor
  | { readonly kind: 'refused-before'; readonly slot: DeviceSlot; readonly because: 'address-refused' | 'device-limit' } // P53
  | { readonly kind: 'account-missing' } // A13 with missingAccount: report
  | { readonly kind: 'username-changed' } // P20, L4 with usernameChange: report
  | { readonly kind: 'account-of-another-user'; readonly owner: UserHash } // ADR 5.13, and the owner wants another one now
  | { readonly kind: 'former-owners-device-kept'; readonly deviceId: DeviceId }; // ADR 5.13 where devices are not managed

/**
 * What a person must allow before the first step of a plan is done; without it none is.
 * - `no-headroom`: a device would have to go before the one that replaces it (`order: add-first`)
 * - `last-working-factor`: at some moment the user could sign in with nothing (`keepWorkingFactor`)
 */
export type PlanNeed = 'no-headroom' | 'last-working-factor';

export interface Plan {
  readonly steps: readonly Step[];
  readonly findings: readonly Finding[];
  /** Each once; absent when the plan may be done as it is. The guards of the connection may ask for more. */
  readonly needs?: readonly PlanNeed[];
  /**
   * A device that was paired is not visible yet: plan again not before this moment (milliseconds since 1970). While that is the open
   * pair, the plan has no device step; while it is a named one (`unseenPairs`), only its slot waits.
   */
  readonly replanAt?: number;
}
