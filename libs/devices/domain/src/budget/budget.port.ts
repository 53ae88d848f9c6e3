import type { Instant } from '@tallystick/kernel-core';

/** Names the directory that calls go to (its organisation or environment there, with the vendor), so that all its connections share. */
export type DirectoryName = string;

/** Live: one user changed or a person waits. Bulk: passes, previews, samples; leaves a tenth of the rate to live. */
export type BudgetLane = 'live' | 'bulk';

export interface BudgetSettings {
  /** Provider calls a second, over all workers and connections of the directory. */
  readonly callsPerSecond: number;
  /** Calls that may come at once after a quiet time; at least 1. */
  readonly burst: number;
  /** Calls under way at one time (b.5: PingID has one by default). */
  readonly inFlight: number;
}

export const usualBudget: BudgetSettings = { callsPerSecond: 20, burst: 20, inFlight: 8 };

export type Grant =
  | { readonly kind: 'granted'; readonly lease: string }
  /** Ask again at this moment, not before. */
  | { readonly kind: 'later'; readonly at: Instant }
  | { readonly kind: 'quarantined'; readonly why: QuarantineReason; readonly until: Instant };

export type QuarantineReason = 'credentials-refused' | 'method-disabled' | 'directory-failing';

/** One allowance per directory. Throws when the store can't be reached: then no provider call is made. Implementations pass `budgetConformance`. */
export interface DirectoryBudget {
  /** Charges `calls`; the lease counts as in flight until `done`, or until `leaseMs` are over. In quarantine one caller gets the probe. */
  acquire(
    directory: DirectoryName,
    ask: { readonly lane: BudgetLane; readonly calls: number; readonly leaseMs: number; readonly settings: BudgetSettings },
    now: Instant,
  ): Promise<Grant>;
  /**
   * The call is over. `refused-all`: 429 or a `Retry-After`: nobody calls before `notBefore` (at most an hour away). `sick`: credentials refused or
   * method disabled: quarantine at once. `failed`: network, 5xx; after 20 in a row quarantine. `ok`: ends a quarantine.
   * @returns what changed for the directory, told to exactly one caller
   */
  done(
    directory: DirectoryName,
    lease: string,
    result:
      | { readonly kind: 'ok' }
      | { readonly kind: 'failed' }
      | { readonly kind: 'refused-all'; readonly notBefore: Instant }
      | { readonly kind: 'sick'; readonly why: QuarantineReason },
    now: Instant,
  ): Promise<'nothing' | 'quarantined' | 'healed'>;
  state(directory: DirectoryName, now: Instant): Promise<BudgetState>;
}

export interface BudgetState {
  readonly inFlight: number;
  readonly notBefore?: Instant;
  readonly quarantine?: { readonly why: QuarantineReason; readonly since: Instant; readonly probeAt: Instant };
}
