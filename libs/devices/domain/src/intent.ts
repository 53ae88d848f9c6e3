import type { Instant } from '@tallystick/kernel-core';
import type { DeviceSlot } from './device-slot.ts';
import type { FactorAddress } from './factor-address.ts';
import type { DeviceId } from './observed-user.ts';

/**
 * What an attempt was about to do, durable before its first write and closed after its last, so that the next attempt (after a crash,
 * a time-out, a take-over) can tell its own unfinished work from somebody else's devices.
 *
 *   open ──▶ first write ──▶ … pair: openPair set ──▶ offlinepairing ──▶ NICKNAME ──▶ openPair cleared ──▶ … ──▶ closed (removed)
 */
export interface Intent {
  /** The account was created by this unfinished run: primary-on-create still applies (PR2) though the account now exists. */
  readonly createdByUs: boolean;
  /** Slots whose replaced device was primary, still to get the role back (PR8, `preservePrimary`). */
  readonly primaryOwedTo?: DeviceSlot;
  /**
   * Devices that this run unpairs to make room in their slots (T5), each noted before its unpair and dropped once the slot's new device
   * is named. All unpairs of a plan come before its pairs (P52), so there can be several.
   */
  readonly replacedDevices?: readonly ReplacedDevice[];
  /** A pairing whose answer may be lost: the device may exist under an automatic nickname (P54, A11). */
  readonly openPair?: OpenPair;
  /**
   * Devices that this run paired and named, until an observation has shown them: without these an attempt inside the visibility window
   * would take their slots for empty and pair twice (R30).
   */
  readonly unseenPairs?: readonly UnseenPair[];
}

export interface ReplacedDevice {
  readonly slot: DeviceSlot;
  readonly deviceId: DeviceId;
  readonly address: FactorAddress;
}

export interface UnseenPair {
  readonly slot: DeviceSlot;
  readonly deviceId: DeviceId;
  readonly pairedAt: Instant;
}

export interface OpenPair {
  readonly slot: DeviceSlot;
  readonly address: FactorAddress;
  /** Ids of all devices of the user right before the pair call: a device with the address that is not among them is ours. */
  readonly idsBefore: readonly DeviceId[];
  readonly openedAt: Instant;
}
