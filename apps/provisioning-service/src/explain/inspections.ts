import type { ConnectionRef, Inspection, InspectionId, InspectionStore } from '@tallystick/devices-domain';
import {
  devicesTaskQueue,
  type InspectRequest,
  inspectType,
  inspectWorkflowId,
  userAttributes,
} from '@tallystick/devices-workflow-api';
import type { TemporalClient } from '@tallystick/platform-temporal';
import { asAway } from '../passes/engine-away.ts';

/** Asks a worker to look, and waits for what it saw. @throws EngineAway when Temporal can't be reached */
export type Inspect = (ref: ConnectionRef, what: InspectRequest['what']) => Promise<Inspection | 'unanswered'>;

export interface InspectionsNeeds {
  /** Starts the workflow; the answer comes through the store. */
  readonly start: (request: InspectRequest) => Promise<void>;
  readonly answers: Pick<InspectionStore, 'take'>;
  readonly newId: () => InspectionId;
  readonly pause: (ms: number) => Promise<unknown>;
  /** Milliseconds of a clock that only goes on. */
  readonly elapsedMs: () => number;
  readonly waitMs: number;
}

const [firstLookMs, longestLookMs] = [50, 500];

export const createInspect =
  ({ start, answers, newId, pause, elapsedMs, waitMs }: InspectionsNeeds): Inspect =>
  async ({ environment, connection }, what) => {
    const id = newId();
    const begun = elapsedMs();
    await start({ environment, connection, id, what });
    for (let pauseMs = firstLookMs; ; pauseMs = Math.min(pauseMs * 1.5, longestLookMs)) {
      const answer = await answers.take(id);
      if (answer) return answer;
      if (elapsedMs() - begun >= waitMs) return 'unanswered';
      await pause(pauseMs);
    }
  };

const startWithinMs = 5_000;

/** One that no worker takes up is over before somebody could have an answer of it. */
export const startInspection =
  ({ client, withDeadline }: TemporalClient): InspectionsNeeds['start'] =>
  async (request) => {
    try {
      await withDeadline(startWithinMs, () =>
        client.workflow.start(inspectType, {
          workflowId: inspectWorkflowId(request),
          taskQueue: devicesTaskQueue,
          args: [request],
          workflowExecutionTimeout: '1 minute',
          staticSummary: `${request.environment}/${request.connection}: ${request.what.kind}`,
          typedSearchAttributes: userAttributes(request),
        }),
      );
    } catch (error) {
      throw asAway(error, 'read'); // whether it was started or not, nothing was changed
    }
  };
