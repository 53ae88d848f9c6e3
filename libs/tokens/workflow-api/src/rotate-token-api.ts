import type { EnvironmentId, Instant } from '@tallystick/kernel-core';
import {
  type AdoptionReading,
  type RotationRequest,
  type RotationStatus,
  type Segment,
  segmentName,
  type TokenAdministration,
  type TokenId,
} from '@tallystick/tokens-domain';
import { defineQuery, defineUpdate } from '@temporalio/workflow';

/** Frozen once deployed: running workflows wait on this queue. */
export const tokensTaskQueue = 'tokens';

/** Frozen once deployed: `rotateToken(request)` carries out one rotation; started under {@link rotationWorkflowId}. */
export const rotateTokenType = 'rotateToken';

/** Frozen once deployed: what a schedule starts, because Temporal adds the time to the ids of what a schedule starts. It starts the rotation. */
export const scheduledRotationType = 'scheduledRotation';

/** Temporal makes it the lock: one rotation per segment, whoever asks for it. */
export const rotationWorkflowId = (environment: EnvironmentId, segment: Segment): string =>
  `rotation/${environment}/${segmentName(segment)}`;

/** How a rotation is started, by whom ever: `client.workflow.start(rotateTokenType, { ...rotationIdentity(request), args: [request] })`. */
export const rotationIdentity = (request: Pick<RotationRequest, 'environment' | 'segment' | 'label'>) => ({
  workflowId: rotationWorkflowId(request.environment, request.segment),
  taskQueue: tokensTaskQueue,
  staticSummary: `rotation of ${request.environment}, ${segmentName(request.segment)}`,
});

/** `at`: when the command was given, in milliseconds: a rotation knows no other time than what it is told. */
export interface Timed {
  readonly at: Instant;
  /** The rotation that is meant, and what makes a repeated command the same one; left out by services of before. */
  readonly rotation?: string;
  readonly id?: string;
}
/** `by`: an identity without personal data (the subject of the caller's token); it stands in the history. */
export interface OperatorWord extends Timed {
  readonly by: string;
  readonly reason: string;
}
export type ApproveRotation = OperatorWord;
export interface ExtendRotation extends OperatorWord {
  /** Above 0, at most 8760. */
  readonly hours: number;
}
export interface ConfirmSlot extends Timed {
  readonly by: string;
  readonly slot: string;
  /** The value that is meant, so that a late "done" is never taken for another one's. */
  readonly token: TokenId;
  readonly result: 'done' | 'refused';
  /** Needed for `refused`. */
  readonly reason?: string;
}

export interface RedeliverSlot extends OperatorWord {
  readonly slot: string;
  /** The value that is meant. */
  readonly token: TokenId;
}

// Each is refused by its validator with one sentence for the operator, and leaves no trace in the history then; else it answers with the
// status that it made.
export const approveUpdate = defineUpdate<RotationStatus, [ApproveRotation]>('approve');
export const pauseUpdate = defineUpdate<RotationStatus, [OperatorWord]>('pause');
export const resumeUpdate = defineUpdate<RotationStatus, [OperatorWord]>('resume');
export const extendUpdate = defineUpdate<RotationStatus, [ExtendRotation]>('extend');
export const confirmSlotUpdate = defineUpdate<RotationStatus, [ConfirmSlot]>('confirmSlot');
export const redeliverUpdate = defineUpdate<RotationStatus, [RedeliverSlot]>('redeliver');
export const rollBackUpdate = defineUpdate<RotationStatus, [OperatorWord]>('rollBack');
/**
 * What a run answers itself. Asked only of runs that do not keep their status where it is read without a worker, under {@link statusMemo}: a
 * process that first hears of a run by a question may go on with it in an order that no replay has (temporalio/sdk-rust#1509).
 */
export const rotationStatusQuery = defineQuery<RotationStatus>('rotationStatus');

/** Frozen once deployed: where a run's memo has its {@link RotationStatus}, as of its last step or command. */
export const statusMemo = 'status';

/** The failure type of an update that a validator refused. */
export const rotationRefusedType = 'rotation-refused';

/** The failure type of an activity that will not get better by trying again; its first detail is the reason, kebab-case. */
export const administrationRefusalType = 'TokenAdministrationRefusal';

/** What `rotateToken` results in: `finished` or `rolled-back`. */
export interface RotationOutcome {
  readonly kind: 'finished' | 'rolled-back';
  readonly rotation: string;
  readonly token?: TokenId;
  readonly replaced: readonly TokenId[];
  readonly figures?: AdoptionReading;
}

export type ScheduledRotationOutcome = RotationOutcome | { readonly kind: 'already-rotating' };

/** What an activity answers, and when this attempt was asked for, by the clock of Temporal's server. */
export interface Answered<R> {
  readonly answer: R;
  readonly askedAt: Instant;
}

/** What the worker registers. Arguments and results stand in histories: token ids, figures, reasons; never a value or a digest. */
export type RotationActivities = {
  readonly [Call in keyof TokenAdministration]: (
    input: Parameters<TokenAdministration[Call]>[0],
  ) => Promise<Answered<Awaited<ReturnType<TokenAdministration[Call]>>>>;
};
