import type {
  AccountHash,
  Attributes,
  AuditTrail,
  BudgetLane,
  BudgetSettings,
  ConnectionRef,
  DesiredUser,
  DeviceLimits,
  DirectoryBudget,
  DirectoryName,
  GuardSettings,
  GuardStore,
  MfaDirectory,
  Outcome,
  PlanHash,
  ReconcileOptions,
  ReconciliationStore,
  UserRef,
} from '@tallystick/devices-domain';
import type { Instant, Result } from '@tallystick/kernel-core';

/** A connection as the activity needs it: settings, directory and mapping, put together once by the composition root. */
export interface ReconcileConnection {
  /** Of the saved document that all of this was made from. */
  readonly version: number;
  readonly options: ReconcileOptions;
  readonly directory: MfaDirectory;
  /** Names the directory (its organisation, not the connection), so that two connections onto one directory meet in one owner. */
  readonly directoryId: string;
  /** The name under which all connections of the directory share one budget and one quarantine. */
  readonly directoryName: DirectoryName;
  readonly budget: BudgetSettings;
  readonly guards: GuardSettings;
  /** How many users the connection has that are {@link DeviceActivityNeeds.wanted}, for the shares of its guards. */
  readonly users: () => Promise<number>;
  /** Upper bound of one provider call; a successor of a broken attempt waits this long. */
  readonly callTimeoutMs: number;
  /** How long a device that was paired may stay unlisted (R30). */
  readonly visibilityWindowMs: number;
  /** Whether the user belongs to the connection (P7, P9); everybody without it. Refuses with a kebab-case reason when that can't be told. */
  readonly scope?: (attributes: Attributes) => Result<boolean, string>;
  /** Whether the account of this username is never touched (P15). */
  readonly protects: (username: string) => boolean;
  /**
   * Maps and normalises. Refuses only a record that names no user, with a kebab-case reason; anything else becomes a slot value with its
   * reason. Of a deleted record only the username counts: nothing else may stand in the way of a removal.
   */
  readonly map: (attributes: Attributes, deleted: boolean) => Result<Extract<DesiredUser, { kind: 'present' }>, string>;
}

/** What the device activities need of the world. */
export interface DeviceActivityNeeds {
  /** The connection as its document is now. */
  readonly connectionOf: (user: UserRef) => Promise<ReconcileConnection | undefined>;
  /** There is no document of this connection any more; throws when that can't be told. One that can't be used is not removed. */
  readonly isRemoved: (connection: ConnectionRef) => Promise<boolean>;
  readonly store: ReconciliationStore;
  readonly accountOf: (directoryId: string, username: string) => AccountHash;
  readonly guards: GuardStore;
  /** Where what is done to a person is noted before it is done (R43). */
  readonly audit: AuditTrail;
  readonly budget: DirectoryBudget;
  /** Made once for a process. */
  readonly limits: DeviceLimits;
  /** Keyed: what it hashes names addresses. */
  readonly hashPlan: (text: string) => PlanHash;
  /** Marks the user to be woken by a later sweep. `restMs`: the directory is in quarantine, and nobody of the connection is woken so long. */
  readonly remind: (user: UserRef, restMs?: number) => Promise<void>;
  /** The directory went into quarantine or came out of it: told once for all workers, so it is the alarm. */
  readonly directoryChanged: (directory: DirectoryName, change: 'quarantined' | 'healed') => void;
  /** Whether the datastore wants the user to have a usable account: told by each run that can tell, for the size of the connection. */
  readonly wanted: (user: UserRef, isWanted: boolean) => Promise<void>;
  /** Makes the outcome known (at least once). */
  readonly publish: (outcome: Outcome) => Promise<void>;
  readonly now: () => Instant;
  /** Where an unexpected error goes with its cause; a history must not show it. */
  readonly report: (user: UserRef, error: unknown) => void;
}

/** What surrounds one attempt: the activity context in production. */
export interface AttemptContext {
  /** 1 for the first. */
  readonly attempt: number;
  /** `live` unless told: `bulk` for what a pass sends. */
  readonly lane?: BudgetLane;
  /** Tells the engine that the attempt lives; called after every provider call. */
  readonly heartbeat: (progress: { readonly calls: number }) => void;
  /** Ends early by throwing when the attempt is cancelled. */
  readonly pause: (ms: number) => Promise<void>;
  readonly cancelled: () => boolean;
}
