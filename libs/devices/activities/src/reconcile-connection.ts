import type {
  AccountHash,
  Attributes,
  DesiredUser,
  MfaDirectory,
  Outcome,
  ReconcileOptions,
  ReconciliationStore,
  UserRef,
} from '@tallystick/devices-domain';
import type { Instant, Result } from '@tallystick/kernel-core';

/** A connection as the activity needs it: settings, directory and mapping, put together once by the composition root. */
export interface ReconcileConnection {
  readonly options: ReconcileOptions;
  readonly directory: MfaDirectory;
  /** Names the directory (its organisation, not the connection), so that two connections onto one directory meet in one owner. */
  readonly directoryId: string;
  /** Upper bound of one provider call; a successor of a broken attempt waits this long. */
  readonly callTimeoutMs: number;
  /** How long a device that was paired may stay unlisted (R30). */
  readonly visibilityWindowMs: number;
  /**
   * Maps and normalises. Refuses only a record that names no user, with a kebab-case reason; anything else becomes a slot value with its
   * reason. Of a deleted record only the username counts: nothing else may stand in the way of a removal.
   */
  readonly map: (attributes: Attributes, deleted: boolean) => Result<Extract<DesiredUser, { kind: 'present' }>, string>;
}

/** What the device activities need of the world. */
export interface DeviceActivityNeeds {
  readonly connectionOf: (user: UserRef) => ReconcileConnection | undefined;
  readonly store: ReconciliationStore;
  readonly accountOf: (directoryId: string, username: string) => AccountHash;
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
  /** Tells the engine that the attempt lives; called after every provider call. */
  readonly heartbeat: (progress: { readonly calls: number }) => void;
  /** Ends early by throwing when the attempt is cancelled. */
  readonly pause: (ms: number) => Promise<void>;
  readonly cancelled: () => boolean;
}
