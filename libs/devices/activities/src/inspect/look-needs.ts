import type {
  AccountHash,
  Attributes,
  ChangeCounts,
  ConnectionDocument,
  ConnectionRef,
  DeviceLimits,
  DirectoryBudget,
  DirectoryName,
  ExplainedTarget,
  GuardSettings,
  HoldId,
  InspectionFault,
  InspectionStore,
  OpenWork,
  Outcome,
  PlanHash,
  Reservation,
  SourceRecord,
  UserRef,
} from '@tallystick/devices-domain';
import type { Instant } from '@tallystick/kernel-core';
import type { ReconcileConnection } from '../reconcile-connection.ts';

/** What `begin` would give, without beginning. */
export interface UserMemory {
  /** What an earlier attempt or run has left. */
  readonly work?: OpenWork;
  /** An attempt began and did not end. */
  readonly underWay: boolean;
  readonly firstSight: boolean;
}

/** What `claimAccount` would find. `left-to-this-user`: its owner moved to this user's key (R23). `left`: its owner is gone for good. */
export type AccountOwner = 'this-user' | 'nobody' | 'left-to-this-user' | 'left' | 'another-user';

/**
 * The users as the stores know them, to look at: no fence, no claim, no intent, no mark (trap of a preview that throws a running attempt
 * out). Throws when the store can't be reached.
 */
export interface UserLooks {
  record(user: UserRef): Promise<SourceRecord | undefined>;
  memory(user: UserRef): Promise<UserMemory>;
  ownerOf(user: UserRef, account: AccountHash): Promise<AccountOwner>;
  /** Whoever has the account now. */
  holderOf(account: AccountHash): Promise<UserRef | undefined>;
  /** A change of the user's record that nobody has acted on yet. */
  pending(user: UserRef): Promise<boolean>;
  /** Newest first. */
  outcomes(user: UserRef): Promise<readonly Outcome[]>;
}

/** What the guards would say, without counting it. */
export interface GuardLooks {
  /** As `GuardStore.reserve` would answer now. `waitsIn`: the open hold that has exactly this plan of the user. */
  look(
    user: UserRef,
    plan: PlanHash,
    counts: ChangeCounts,
    limits: { readonly settings: GuardSettings; readonly users: number },
  ): Promise<{ readonly reservation: Reservation; readonly waitsIn?: HoldId }>;
}

/** What a look at a user needs; nothing in it can write but the budget, which has to know of every call (I10). */
export interface LookNeeds {
  readonly looks: UserLooks;
  readonly accountOf: (directoryId: string, username: string) => AccountHash;
  /** There is no document of this connection any more; throws when that can't be told. */
  readonly isRemoved: (connection: ConnectionRef) => Promise<boolean>;
  readonly budget: DirectoryBudget;
  /** The one of the process. */
  readonly limits: DeviceLimits;
  /** The same as for reconciling: an approval is about its result. */
  readonly hashPlan: (text: string) => PlanHash;
  readonly directoryChanged: (directory: DirectoryName, change: 'quarantined' | 'healed') => void;
  readonly now: () => Instant;
}

/** A connection that can also say why a user is mapped as they are. */
export interface ExplainedConnection extends ReconcileConnection {
  readonly trace: (record: { readonly attributes: Attributes; readonly deleted: boolean }) => readonly ExplainedTarget[];
}

export interface InspectNeeds extends LookNeeds {
  /** As the document is now, or why there is none that works. */
  readonly connectionOf: (
    ref: ConnectionRef,
  ) => Promise<ExplainedConnection | Extract<InspectionFault, 'no-connection' | 'secret-missing'>>;
  /** Made from a document that is not saved, with its own client; undefined when its secret can't be read or it can't be used. */
  readonly candidateOf: (document: ConnectionDocument) => Promise<ExplainedConnection | undefined>;
  readonly guards: GuardLooks;
  readonly answers: InspectionStore;
  /** Where an unexpected error goes with its cause; the answer only says that there was one. */
  readonly report: (ref: ConnectionRef, error: unknown) => void;
}
