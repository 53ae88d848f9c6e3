import { createHash } from 'node:crypto';
import { type EnvironmentId, type Instant, instant } from '@tallystick/kernel-core';
import { attributeOf, cursorOf, pageToken, type TemporalClient, timeOf } from '@tallystick/platform-temporal';
import type { RotationCommand, RotationRequest, RotationStatus, Segment } from '@tallystick/tokens-domain';
import {
  approveUpdate,
  confirmSlotUpdate,
  environmentAttribute,
  extendUpdate,
  pauseUpdate,
  redeliverUpdate,
  resumeUpdate,
  rollBackUpdate,
  rotateTokenType,
  rotationIdentity,
  rotationRefusedType,
  rotationStatusQuery,
  rotationWorkflowId,
  segmentAttribute,
  stageAttribute,
  statusMemo,
} from '@tallystick/tokens-workflow-api';
import { WorkflowUpdateFailedError, WorkflowUpdateRPCTimeoutOrCancelledError } from '@temporalio/client';
import {
  ApplicationFailure,
  type UpdateDefinition,
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
} from '@temporalio/common';
import type {
  Commanded,
  Page,
  PageAsked,
  rotationEnds,
  Rotations,
  RotationSummary,
  StartAttempt,
  Started,
} from './rotations.port.ts';
import { asAway } from './temporal-answers.ts';

const withinMs = 5_000;
/** For a moment Temporal keeps asking the worker that had the rotation in memory, also when that one is dead. */
const statusWithinMs = 12_000;
const endsWithinMs = 2_000;
/** A worker has to take the command up. */
const commandWithinMs = 15_000;

/** By `temporal.api.enums.v1.WorkflowExecutionStatus`. */
const states: readonly (RotationSummary['state'] | undefined)[] = [
  undefined,
  'running',
  ...(['completed', 'failed', 'cancelled', 'terminated'] satisfies (typeof rotationEnds)[number][]),
  undefined, // carried on in another run
  'timed-out',
];

/** Rotations as workflows of Temporal. Nothing is connected before the first call. */
export class TemporalRotations implements Rotations {
  readonly #temporal: TemporalClient;
  readonly #nowMs: () => number;
  constructor(temporal: TemporalClient, nowMs: () => number) {
    this.#temporal = temporal;
    this.#nowMs = nowMs;
  }

  async start(request: RotationRequest, attempt: StartAttempt): Promise<Started> {
    const started = await this.#begin(request, attempt);
    // One that says that it is over may have a last notice to give: who saw that begins the next one all the same.
    return started.kind === 'already-rotating' && (await this.#ends(request)) ? this.#begin(request, attempt) : started;
  }

  async #begin(request: RotationRequest, { at, key }: StartAttempt): Promise<Started> {
    const { client, withDeadline } = this.#temporal;
    const mark = key === undefined ? undefined : { key: digestOf(key), request: digestOf(request) };
    const before = mark && (await this.#startedBy(request, mark)); // its id is free again once it is over
    if (before) return before;
    try {
      const options = { ...rotationIdentity(request), args: [request], ...(mark ? { memo: { ...mark, at } } : {}) };
      const handle = await withDeadline(withinMs, () => client.workflow.start(rotateTokenType, options));
      return { kind: 'started', rotation: handle.firstExecutionRunId, at };
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw asAway(error, 'change');
    }
    return (mark && (await this.#startedBy(request, mark))) ?? { kind: 'already-rotating' };
  }

  /** True when the segment's rotation was over but for its last notice, and has ended meanwhile. */
  async #ends({ environment, segment }: RotationRequest): Promise<boolean> {
    const { client, withDeadline } = this.#temporal;
    const handle = client.workflow.getHandle(rotationWorkflowId(environment, segment));
    try {
      const status = await this.status(environment, segment, endsWithinMs);
      if (status?.stage !== 'finished' && status?.stage !== 'rolled-back') return false;
      await withDeadline(endsWithinMs, () => handle.result());
      return true;
    } catch {
      return false; // nobody there to tell: then it is as it was
    }
  }

  /** What was answered to this key, if the segment's last rotation was started with it. */
  async #startedBy({ environment, segment }: RotationRequest, mark: Mark): Promise<Started | undefined> {
    const { client, withDeadline } = this.#temporal;
    const handle = client.workflow.getHandle(rotationWorkflowId(environment, segment));
    try {
      const { memo = {}, runId, raw } = await withDeadline(withinMs, () => handle.describe());
      const kept = memo as Partial<Mark & { readonly at: Instant }>;
      if (kept.key !== mark.key || kept.at === undefined) return undefined;
      if (kept.request !== mark.request) return { kind: 'key-reused' };
      // One that was carried on has other runs since.
      return { kind: 'started', rotation: raw.workflowExecutionInfo?.firstRunId || runId, at: kept.at };
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return undefined;
      throw asAway(error, 'read');
    }
  }

  /** From the server alone, whether a worker is there or not; only a run that has told nothing yet, or is of before it did, is asked itself. */
  async status(environment: EnvironmentId, segment: Segment, patienceMs = statusWithinMs): Promise<RotationStatus | undefined> {
    const { client, withDeadline } = this.#temporal;
    const handle = client.workflow.getHandle(rotationWorkflowId(environment, segment));
    try {
      const { memo } = await withDeadline(Math.min(withinMs, patienceMs), () => handle.describe());
      const told = memo?.[statusMemo] as RotationStatus | undefined;
      return told ?? (await withDeadline(patienceMs, () => handle.query(rotationStatusQuery)));
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return undefined;
      throw asAway(error, 'read');
    }
  }

  async list(
    environment: EnvironmentId,
    { limit, cursor, state }: PageAsked & { readonly state?: 'running' | 'over' },
  ): Promise<Page<RotationSummary>> {
    const { client, withDeadline } = this.#temporal;
    const which = state === undefined ? '' : ` AND ExecutionStatus ${state === 'running' ? '=' : '!='} 'Running'`;
    const query = `${environmentAttribute.name} = '${environment}' AND WorkflowType = '${rotateTokenType}' AND ExecutionStatus != 'ContinuedAsNew'${which}`;
    const asked = { namespace: client.options.namespace, query, pageSize: limit, nextPageToken: pageToken(cursor) };
    const call = withDeadline(withinMs, () => client.workflowService.listWorkflowExecutions(asked));
    const { executions, nextPageToken } = await call.catch((error: unknown) => {
      throw asAway(error, 'read');
    });
    const items = (executions ?? []).flatMap(({ status, searchAttributes, startTime, closeTime }): RotationSummary[] => {
      const [segmentName, stage, is] = [
        attributeOf(searchAttributes, segmentAttribute.name),
        attributeOf(searchAttributes, stageAttribute.name),
        states[status ?? 0],
      ];
      if (segmentName === undefined || is === undefined) return [];
      return [
        {
          segmentName,
          stage: stage ?? 'minting',
          state: is,
          startedAt: timeOf(startTime) ?? instant(0),
          ...(is === 'running' || !closeTime ? {} : { endedAt: timeOf(closeTime) ?? instant(0) }),
        },
      ];
    });
    return { items, ...cursorOf(nextPageToken) };
  }

  async command(environment: EnvironmentId, segment: Segment, command: RotationCommand, key?: string): Promise<Commanded> {
    const { client, withDeadline } = this.#temporal;
    const handle = client.workflow.getHandle(rotationWorkflowId(environment, segment));
    const { kind, ...said } = command;
    // The id of an update is of one run of the workflow: its own memory of it goes on from run to run.
    const id = key === undefined ? undefined : idOf(key, command);
    const timed = { ...said, at: instant(this.#nowMs()), ...(id !== undefined && { id }) }; // it knows no other time than what it is told
    const options = { args: [timed] as [object], ...(id !== undefined && { updateId: id }) };
    try {
      const status = await withDeadline(commandWithinMs, () => handle.executeUpdate(updates[kind], options));
      return { kind: 'done', status };
    } catch (error) {
      if (error instanceof WorkflowUpdateFailedError) return refusalOf(error);
      if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) throw asAway(error, 'change');
      if (!(error instanceof WorkflowNotFoundError)) throw asAway(error, 'change');
    }
    // One that is over takes no updates, and can be asked still.
    const last = await this.status(environment, segment);
    return last ? { kind: 'refused', sentence: `the rotation is over: it is ${last.stage}` } : { kind: 'no-rotation' };
  }
}

const updates = {
  approve: approveUpdate,
  redeliver: redeliverUpdate,
  pause: pauseUpdate,
  resume: resumeUpdate,
  extend: extendUpdate,
  'confirm-slot': confirmSlotUpdate,
  'roll-back': rollBackUpdate,
} as unknown as Readonly<Record<RotationCommand['kind'], UpdateDefinition<RotationStatus, [object]>>>;

/** What a rotation keeps of the request that started it, for who repeats it. */
interface Mark {
  readonly key: string;
  readonly request: string;
}

const digestOf = (what: unknown): string => createHash('sha256').update(JSON.stringify(what)).digest('base64url');

/** Another command with the same key is another one. */
const idOf = (key: string, command: RotationCommand): string => digestOf([key, command]);

function refusalOf({ cause }: WorkflowUpdateFailedError): Commanded {
  if (cause instanceof ApplicationFailure && cause.type === rotationRefusedType)
    return { kind: 'refused', sentence: cause.message };
  // The workflow ended while it had the update.
  return { kind: 'refused', sentence: 'the rotation has ended' };
}
