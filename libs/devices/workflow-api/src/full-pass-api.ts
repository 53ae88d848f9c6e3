import type { ConnectionRef, HoldId, HoldState, PassId, PassKind, PassStage } from '@tallystick/devices-domain';
import { defineSignal, defineUpdate } from '@temporalio/workflow';

/** Frozen once deployed: the queue of work that must not stand in the way of a single user's change. */
export const bulkTaskQueue = 'devices-bulk';

/** Frozen once deployed. */
export const fullPassType = 'fullPass';

/** Identity only; everything else is in the pass's record. */
export interface PassRequest extends ConnectionRef {
  readonly pass: PassId;
  readonly kind: PassKind;
  /** Nobody opened its record before: `openPass` does. Set by `scheduledPass`. */
  readonly scheduled?: true;
}

/** Frozen once deployed: what a schedule starts. */
export const scheduledPassType = 'scheduledPass';

/** What a schedule says each time: the pass gets an id of its own. */
export type ScheduledPassRequest = Pick<PassRequest, 'environment' | 'connection' | 'kind'>;

/** `already-running`: a pass of this connection was under way, and none was started. */
export type ScheduledPassOutcome = PassStage | 'already-running';

/** One pass of a connection at a time, by Temporal; previews and samples as many as there are ids. */
export const fullPassWorkflowId = ({ environment, connection, pass, kind }: PassRequest): string =>
  kind === 'pass' ? `${environment}/${connection}/pass` : `${environment}/${connection}/${kind}/${pass}`;

/**
 * Starts no other page, and answers with `paused` once none is under way; they can take minutes. Rejected unless users are planned or applied.
 */
export const pausePassUpdate = defineUpdate<PassStage>('pausePass');
/** Answers with the stage that goes on. Rejected unless the pass is paused. */
export const resumePassUpdate = defineUpdate<PassStage>('resumePass');
/** "Somebody answered the hold": the workflow reads what was said. */
export const holdAnsweredSignal = defineSignal('holdAnswered');

/** A page of a shard: users in an order that does not change. */
export interface PassPage {
  readonly shard: string;
  readonly number: number;
  /** Absent for the first. */
  readonly cursor?: string;
}

/** The shard of a sample: users are drawn at random, and there is one page. */
export const sampleShard = 'sample';

export type PassVerdict =
  | { readonly kind: 'finished' } // a preview, a sample, or nothing differs
  | { readonly kind: 'apply' }
  | { readonly kind: 'held'; readonly hold: HoldId };

/**
 * Nothing personal in arguments and results: they are readable in histories. Every one may be repeated. They fail for good (and the pass
 * with them) when the pass is not there any more or the saved document is another one than it began with.
 */
export interface PassActivities {
  /** Fixes the document's version and counts users. `missing`: there is no such pass, or no such connection. */
  openPass(request: PassRequest): Promise<{ readonly shards: readonly string[]; readonly users: number } | 'missing'>;
  /** Observes and plans the users of a page, writes only the pass's own results. `next`: cursor of the page behind it. */
  planPage(request: PassRequest, page: PassPage): Promise<{ readonly next?: string; readonly users: number }>;
  /** The sums meet the guards. */
  judgePass(request: PassRequest): Promise<PassVerdict>;
  /** What became of the hold. */
  holdState(request: PassRequest, hold: HoldId): Promise<HoldState>;
  /**
   * Wakes the users of a page of results that differ, in the bulk lane, and waits until each has an outcome of its own. `appliedBefore`: of
   * all pages before, for the record. `users`: how many the page had.
   */
  applyPage(
    request: PassRequest,
    cursor: string | undefined,
    appliedBefore: number,
  ): Promise<{ readonly next?: string; readonly applied: number; readonly users: number }>;
  /** Where the pass is now, for those who look at its record; nothing when there is none any more. */
  stagePass(request: PassRequest, stage: PassStage): Promise<void>;
  /** Nothing when there is no such pass (any more). */
  closePass(request: PassRequest, stage: PassStage): Promise<void>;
}
