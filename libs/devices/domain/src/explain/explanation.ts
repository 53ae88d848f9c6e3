import type { ConnectionDocument } from '../connection/connection-document.ts';
import type { Branded, Instant, Result } from '@tallystick/kernel-core';
import type { ChangeCounts } from '../guards/change-counts.ts';
import type { GuardReason, HoldId, PlanHash } from '../guards/hold.ts';
import type { DesiredUser } from '../desired-user.ts';
import type { DirectoryCheck, DirectoryFault } from '../mfa-directory.port.ts';
import type { ObservedUser } from '../observed-user.ts';
import type { NotPlanned, Outcome } from '../outcome.ts';
import type { Plan } from '../plan.ts';
import type { Attributes } from '../source-record.port.ts';
import type { UserRef } from '../user-ref.ts';

/** How one target got its value, or why it has none. */
export interface ExplainedTarget {
  readonly target: string;
  readonly result: 'value' | 'absent' | 'unknown' | 'failed' | 'invalid';
  /** `attribute <name>`, `expression` or `default`. */
  readonly from?: string;
  readonly raw?: string;
  readonly value?: string;
  readonly because?: string;
  /** Used when the account is created, and not looked at for one that is there (P14). */
  readonly createOnly?: true;
}

/**
 * Why a user is as they are: from the source record to the plan that would be made now. Made without a write of any kind: no fence, no
 * claim, no intent. Full of personal data; masked where it is shown, unless the role allows.
 */
export interface Explanation extends UserRef {
  readonly at: Instant;
  readonly connectionVersion: number;
  readonly record?: {
    readonly position: string;
    readonly deleted: boolean;
    readonly movedTo?: string;
    readonly attributes: Attributes;
    /** A change that nobody has acted on yet. */
    readonly pending: boolean;
  };
  readonly scope?: 'in' | 'out' | 'unreadable';
  readonly targets: readonly ExplainedTarget[];
  readonly desired?: Result<DesiredUser, string>;
  readonly owner?: 'this-user' | 'nobody' | 'another-user';
  readonly observed?: Result<ObservedUser, DirectoryFault>;
  /** Why there is no plan, though nothing is wrong with the directory. */
  readonly notPlanned?: NotPlanned;
  /** For the wanted account, then for each other one of the user that is closed beside it. */
  readonly plan?: Plan;
  /** Of the first part of it that the guards are asked about. */
  readonly planHash?: PlanHash;
  readonly counts?: ChangeCounts;
  /** What the guards would say now. */
  readonly guard?:
    | { readonly kind: 'pass' | 'approved' | 'rejected' }
    | { readonly kind: 'hold'; readonly because: GuardReason; readonly hold?: HoldId };
  /** An attempt is under way or was left unfinished. */
  readonly unfinished: boolean;
  /** Newest first. */
  readonly outcomes: readonly Outcome[];
}

/** Names one request to look: random, so that nobody finds another's answer. */
export type InspectionId = Branded<string, 'InspectionId'>;

/** Why there is nothing to show. */
export type InspectionFault = 'no-connection' | 'secret-missing' | 'quarantined' | 'budget' | 'failed';

export type Inspection =
  | { readonly kind: 'checks'; readonly checks: readonly DirectoryCheck[] }
  | { readonly kind: 'explanation'; readonly explanation: Explanation }
  | { readonly kind: 'fault'; readonly because: InspectionFault; readonly detail?: string };

/** Hands an answer from the worker to the service, sealed, for a minute; it is in no history. Throws when the store can't be reached. */
export interface InspectionStore {
  put(id: InspectionId, answer: Inspection): Promise<void>;
  take(id: InspectionId): Promise<Inspection | undefined>;
  /** The other way: a document that is not saved, for the worker to test. */
  putDocument(id: InspectionId, document: ConnectionDocument): Promise<void>;
  documentOf(id: InspectionId): Promise<ConnectionDocument | undefined>;
}
