import type { ConnectionRef, PassId, PassStage } from '@tallystick/devices-domain';
import {
  bulkTaskQueue,
  fullPassType,
  fullPassWorkflowId,
  holdAnsweredSignal,
  type PassRequest,
  pausePassUpdate,
  resumePassUpdate,
  userAttributes,
} from '@tallystick/devices-workflow-api';
import type { TemporalClient } from '@tallystick/platform-temporal';
import { WorkflowUpdateFailedError, WorkflowUpdateRPCTimeoutOrCancelledError, WorkflowUpdateStage } from '@temporalio/client';
import { ApplicationFailure, WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError } from '@temporalio/common';
import { asAway, EngineAway } from './engine-away.ts';
import type { Commanded, PassEngine } from './pass-engine.port.ts';

const withinMs = 5_000;
/** For ten seconds Temporal keeps asking the worker that had the pass in memory, also when that one is dead. */
const takenUpWithinMs = 12_000;
/** How long the caller waits for pages under way; after that they learn that it was taken up. */
const doneWithinMs = 5_000;

/** Passes as workflows of Temporal. Nothing is connected before the first call. */
export class TemporalPasses implements PassEngine {
  readonly #temporal: TemporalClient;
  constructor(temporal: TemporalClient) {
    this.#temporal = temporal;
  }

  async start(request: PassRequest): Promise<'started' | 'already-running'> {
    const { client, withDeadline } = this.#temporal;
    try {
      await withDeadline(withinMs, () =>
        client.workflow.start(fullPassType, {
          workflowId: fullPassWorkflowId(request),
          workflowIdReusePolicy: request.kind === 'pass' ? 'ALLOW_DUPLICATE' : 'REJECT_DUPLICATE',
          taskQueue: bulkTaskQueue,
          args: [request],
          memo: { pass: request.pass },
          staticSummary: `${request.environment}/${request.connection}: ${request.kind}`,
          typedSearchAttributes: userAttributes(request),
        }),
      );
      return 'started';
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw asAway(error, 'change');
      return request.kind === 'pass' ? 'already-running' : 'started';
    }
  }

  async running({ environment, connection }: ConnectionRef): Promise<{ readonly pass?: PassId } | undefined> {
    const { client, withDeadline } = this.#temporal;
    const id = fullPassWorkflowId({ environment, connection, kind: 'pass', pass: '' as PassId });
    try {
      const { status, memo } = await withDeadline(withinMs, () => client.workflow.getHandle(id).describe());
      if (status.name !== 'RUNNING') return undefined;
      const pass = memo?.['pass'];
      return typeof pass === 'string' ? { pass: pass as PassId } : {};
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return undefined;
      throw asAway(error, 'read');
    }
  }

  async command(request: PassRequest, command: 'pause' | 'resume', id: string): Promise<Commanded> {
    const { client, withDeadline } = this.#temporal;
    const handle = client.workflow.getHandle(fullPassWorkflowId(request));
    const update = command === 'pause' ? pausePassUpdate : resumePassUpdate;
    const options = { updateId: `${command}-${id}`, waitForStage: WorkflowUpdateStage.ACCEPTED } as const;
    try {
      const taken = await withDeadline(takenUpWithinMs, () => handle.startUpdate(update, options));
      return await withDeadline(doneWithinMs, () => taken.result()).then(
        (stage: PassStage): Commanded => ({ kind: 'done', stage }),
        (error: unknown): Commanded => {
          if (error instanceof WorkflowUpdateFailedError) throw error;
          return { kind: 'accepted' };
        },
      );
    } catch (error) {
      if (error instanceof WorkflowUpdateFailedError) return refusalOf(error);
      if (error instanceof WorkflowNotFoundError) return { kind: 'not-running' };
      if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) throw new EngineAway('no-worker', error);
      throw asAway(error, 'change');
    }
  }

  cancel(request: PassRequest): Promise<'asked' | 'not-running'> {
    return this.#tell(request, 'asked', (handle) => handle.cancel());
  }

  holdAnswered(request: PassRequest): Promise<'told' | 'not-running'> {
    return this.#tell(request, 'told', (handle) => handle.signal(holdAnsweredSignal));
  }

  async #tell<T>(
    request: PassRequest,
    told: T,
    call: (handle: ReturnType<TemporalClient['client']['workflow']['getHandle']>) => Promise<unknown>,
  ): Promise<T | 'not-running'> {
    const { client, withDeadline } = this.#temporal;
    try {
      await withDeadline(withinMs, () => call(client.workflow.getHandle(fullPassWorkflowId(request))));
      return told;
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return 'not-running';
      throw asAway(error, 'change');
    }
  }
}

function refusalOf({ cause }: WorkflowUpdateFailedError): Commanded {
  if (cause instanceof ApplicationFailure) return { kind: 'refused', sentence: cause.message };
  return { kind: 'refused', sentence: 'the pass has ended' }; // while it had the update
}
