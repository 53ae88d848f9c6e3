import type { Branded, Instant } from '@tallystick/kernel-core';
import type { ConnectionRef } from '../connection/connection-document.ts';
import type { ChangeCounts } from '../guards/change-counts.ts';
import type { GuardReason, HoldId, PlanHash } from '../guards/hold.ts';
import type { RedactedPlan } from '../redact-plan.ts';
import type { UserHash } from '../user-ref.ts';

export type PassId = Branded<string, 'PassId'>;

/** `preview`: plans and writes nothing. `pass`: plans, meets the guards, then reconciles who differs. `sample`: a preview of some, drawn at random. */
export type PassKind = 'preview' | 'pass' | 'sample';

export type PassStage = 'planning' | 'held' | 'applying' | 'paused' | 'done' | 'cancelled' | 'rejected' | 'failed';

/** What a pass found for one user. */
export interface PassEntry {
  readonly user: UserHash;
  readonly result: 'in-sync' | 'differs' | 'not-planned' | 'unobservable';
  /** Why not planned or not observed: a kebab-case reason. */
  readonly because?: string;
  readonly planHash?: PlanHash;
  readonly counts?: ChangeCounts;
  readonly plan?: RedactedPlan;
}

export interface PassSums {
  /** Users of the connection when the pass began. */
  readonly users: number;
  readonly planned: number;
  readonly inSync: number;
  readonly differ: number;
  readonly notPlanned: number;
  readonly unobservable: number;
  readonly counts: ChangeCounts;
  /** How many users have each step reason, finding or not-planned reason. */
  readonly reasons: Readonly<Record<string, number>>;
  /** For how many users each mapped target had a value. */
  readonly filled: Readonly<Record<string, number>>;
}

export interface Pass extends ConnectionRef {
  readonly id: PassId;
  readonly kind: PassKind;
  readonly stage: PassStage;
  /** Version of the saved document that was planned with; 0: a candidate that is not saved. */
  readonly connectionVersion: number;
  readonly startedBy: string;
  readonly startedAt: Instant;
  readonly endedAt?: Instant;
  readonly sums: PassSums;
  readonly applied: number;
  readonly hold?: HoldId;
  readonly because?: GuardReason;
}
