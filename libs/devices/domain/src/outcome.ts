import type { Instant } from '@tallystick/kernel-core';
import type { QuarantineReason } from './budget/budget.port.ts';
import type { DeviceSlot } from './device-slot.ts';
import type { GuardReason, HoldId } from './guards/hold.ts';
import type { Finding, Step, StepReason } from './plan.ts';
import type { DeviceId } from './observed-user.ts';
import type { UserRef } from './user-ref.ts';

/** What became of one step: without address, profile or username, so it may be read by operators. */
export interface StepOutcome {
  readonly kind: Step['kind'] | 'restore-pair';
  readonly reason: StepReason;
  readonly slot?: DeviceSlot;
  readonly deviceId?: DeviceId;
  readonly result: 'done' | 'device-limit' | 'address-refused' | 'refused' | 'skipped';
  /** The directory's error id when it refused. */
  readonly code?: string;
}

/** Why a user was not planned at all. */
export type NotPlanned =
  /** No record of this user is stored. */
  | 'no-record'
  /** The person goes on under another source key, which owns the account now (R23). */
  | 'moved'
  /** Another user of the datastore owns the directory account of this username. */
  | 'account-owned-by-another'
  /** The connection names the account as one that is never touched (P15). */
  | 'protected-username'
  /** The person is gone from the datastore, and this product never managed the account of that name: a person decides. */
  | 'account-not-managed'
  /** The record names no user that could be reconciled; `detail` says why (no username, no readable enabled flag, …). */
  | 'record-unmappable'
  /** What is kept of the user can't be opened: is its sealing key still in the key ring? Only a look says so; a run tries again. */
  | 'record-unreadable';

export interface Outcome extends UserRef {
  /**
   * `in-sync`: nothing to do · `changed`: every step done · `partial`: some steps refused for good · `not-planned`: see `because` ·
   * `held`: a guard stopped the plan, nothing was written, and a person decides · `quarantined`: the directory is sick, nothing was
   * written, and the user stays pending until it heals.
   */
  readonly kind: 'in-sync' | 'changed' | 'partial' | 'not-planned' | 'held' | 'quarantined';
  readonly because?: NotPlanned | GuardReason | QuarantineReason | 'rejected-by-a-person';
  /** Of `held`: what the user waits in. */
  readonly hold?: HoldId;
  /** A kebab-case reason from a closed list of the mapping, never a value. */
  readonly detail?: string;
  /** Version of the source record that was reconciled; empty when there was none. */
  readonly version: string;
  readonly steps: readonly StepOutcome[];
  readonly findings: readonly Finding[];
  readonly at: Instant;
}
