import type { Instant } from '@tallystick/kernel-core';
import type { DeviceSlot } from './device-slot.ts';
import type { PlanHash } from './guards/hold.ts';
import type { FactorAddress } from './factor-address.ts';
import type { DeviceId } from './observed-user.ts';
import type { PlanNeed } from './plan.ts';
import type { AccountHash } from './reconciliation-store.port.ts';
import type { UserHash } from './user-ref.ts';

/**
 * What an attempt was about to do, durable before its first write and closed after its last, so that the next attempt (after a crash,
 * a time-out, a take-over) can tell its own unfinished work from somebody else's devices.
 *
 *   open ──▶ first write ──▶ … pair: openPair set ──▶ offlinepairing ──▶ NICKNAME ──▶ openPair cleared ──▶ … ──▶ closed (removed)
 */
export interface Intent {
  /** The account was created by this unfinished run: primary-on-create still applies (PR2) though the account now exists. */
  readonly createdByUs: boolean;
  /** The account was created disabled, or disabled while it was created: its create-only slots (P14) wait for the user to be enabled. */
  readonly createdDisabled?: true;
  /** The account was another living user's until a person gave it to this one (ADR 5.13), and is not rid of that user's devices yet. */
  readonly handedOver?: HandedOver;
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
  /** Pairings that the directory refused for good, so that not every event asks again (P53, T5). */
  readonly refusedPairs?: readonly RefusedPair[];
  /** What the guards have let this unfinished run take away, so that a crash in the middle asks nobody again (R26). */
  readonly granted?: GrantedPlan;
  /** The plan that is in the audit already, so that an attempt that goes on with it is not noted again. */
  readonly noted?: NotedPlan;
  /** The last run ended as held: what it waits in has to be told when that is over. */
  readonly held?: true;
  /** What is under way at other accounts of this user, which left them for another username: it goes on when they are back, or with its account's new name. */
  readonly elsewhere?: readonly { readonly account: AccountHash; readonly intent: UnderWay }[];
  /** The account is being renamed so; the answer may be lost. Without `from`: the one of `managed`. `id`: the account's own, where it has one. */
  readonly renaming?: { readonly from?: string; readonly to: string; readonly id?: string };
  /** The account that a finished run left behind, to notice that it is gone (A13) or that the username is another (P20). */
  readonly managed?: { readonly username: string };
  /**
   * Accounts that are to be closed when this user has another one (P20): a run has made or activated them, or they were handed over, and no run has
   * finished there; or they could not be closed. Not one that was only linked: it was active before us, and may be somebody's.
   */
  readonly begun?: readonly BegunAccount[];
  /** Accounts of these usernames are being deleted by us: that one is missing is our doing (A13). */
  readonly deleting?: readonly string[];
}

/** What of an {@link Intent} is about one account. */
export type UnderWay = Omit<Intent, 'managed' | 'begun' | 'deleting' | 'renaming' | 'held' | 'elsewhere'>;

export interface BegunAccount {
  readonly username: string;
  /**
   * `claimed`: nobody else may write to it, and nothing else was done; it is given up, and not looked at. `linked`: it was there, and we have written
   * to it; it may be somebody's, so it is left as it is. `activated`: so it was, and suspended; it is suspended again, and nothing more. Absent: made by
   * us, or managed.
   */
  readonly how?: 'claimed' | 'linked' | 'activated';
  /** It may be taken over from this key of the same person (R23), whose open work at it is this user's then. Until that is read nothing is done. */
  readonly from?: UserHash;
}

export interface NotedPlan {
  readonly as: 'applied' | 'held';
  readonly plan: PlanHash;
}

export interface HandedOver {
  readonly at: Instant;
  /** All devices that the account had then, once nothing of the former owner can still come to light (R30): whatever came later is this user's. */
  readonly devices?: readonly DeviceId[];
  /** No run has finished since. */
  readonly isNew?: true;
}

/** Kept until the slot wants another address; for `device-limit` also until room is seen, or {@link RefusedPair.at} is a day ago. */
export interface RefusedPair {
  readonly slot: DeviceSlot;
  readonly address: FactorAddress;
  readonly because: 'address-refused' | 'device-limit';
  /** Devices that the user had then. */
  readonly devices: number;
  readonly at: Instant;
}

/** The part of a plan that takes something, under the versions that it was made from. */
export interface GrantedPlan {
  readonly connectionVersion: number;
  readonly recordVersion: string;
  readonly unpairs: readonly DeviceId[];
  readonly account?: 'suspend-user' | 'delete-user' | 'rename-user' | 'activate-user';
  /** The account that `account` is done to. */
  readonly of?: AccountHash;
  readonly needs: readonly PlanNeed[];
  /** By a person. */
  readonly approved?: true;
}

export interface ReplacedDevice {
  readonly slot: DeviceSlot;
  readonly deviceId: DeviceId;
  readonly address: FactorAddress;
  /**
   * The device stays until the other one is in the slot (`order: add-first`): the two are no duplicates (P49), and the entry ends with the
   * unpair. Absent: it goes first.
   */
  readonly until?: 'paired' | 'adopted';
  /** The run that it made room for ended without a successor, for the user was disabled: void once somebody else's device is in the slot. */
  readonly kept?: true;
  /** The device that takes its place, once its id is known. */
  readonly by?: DeviceId;
}

export interface UnseenPair {
  readonly slot: DeviceSlot;
  readonly deviceId: DeviceId;
  readonly pairedAt: Instant;
}

export interface OpenPair {
  readonly slot: DeviceSlot;
  readonly address: FactorAddress;
  /**
   * Ids of all devices of the user right before the pair call, also of those that are not listed yet: a device with the address that is not
   * among them is ours.
   */
  readonly idsBefore: readonly DeviceId[];
  readonly openedAt: Instant;
}
