import type {
  BudgetLane,
  ConnectionDocument,
  ConnectionRef,
  GuardStore,
  Outcome,
  Pass,
  PassStore,
  SourceRecordStore,
  UserIndex,
  UserRef,
} from '@tallystick/devices-domain';
import type { LookNeeds } from '../inspect/look-needs.ts';
import type { ReconcileConnection } from '../reconcile-connection.ts';

/** What the activities of passes, previews and samples need of the world. */
export interface PassNeeds extends LookNeeds {
  /** The connection as its saved document is now. */
  readonly connectionOf: (ref: ConnectionRef) => Promise<ReconcileConnection | undefined>;
  /** The same made from a document that is not saved, with its own client; undefined when it can't be used (a secret is missing). */
  readonly candidateOf: (document: ConnectionDocument) => Promise<ReconcileConnection | undefined>;
  readonly passes: PassStore;
  readonly users: UserIndex;
  /** A source that was stopped or raised to a new epoch since the last pass makes this one wait for a person (R46). */
  readonly source: Pick<SourceRecordStore, 'source'>;
  readonly guards: Pick<GuardStore, 'hold' | 'read' | 'settled' | 'cancel'>;
  /** Signal-with-start of the user's workflow, whose provider calls are to be made in this lane. */
  readonly wake: (user: UserRef, lane: BudgetLane) => Promise<void>;
  readonly lastOutcome: (user: UserRef) => Promise<Outcome | undefined>;
  /** How many users a sample draws. */
  readonly sampleSize: number;
  /** So long a user's outcome is waited for before the pass goes on without it, in milliseconds. */
  readonly outcomeWaitMs: number;
  /** For figures: told at least once for each pass that has ended. */
  readonly ended: (pass: Pass) => void;
  /** Where an unexpected error goes with its cause; a history must not show it. */
  readonly report: (ref: ConnectionRef, error: unknown) => void;
}

/** The pass can't be gone on with, by anybody, at any time: it ends as `failed`. */
export class PassOver extends Error {
  override readonly name = 'PassOver';
  readonly reason:
    | 'no-pass'
    | 'no-connection'
    | 'connection-changed'
    | 'candidate-not-saved'
    /** A candidate is of no use at its directory. */
    | 'credentials-refused'
    | 'method-disabled';
  constructor(reason: PassOver['reason'], message: string) {
    super(message);
    this.reason = reason;
  }
}
