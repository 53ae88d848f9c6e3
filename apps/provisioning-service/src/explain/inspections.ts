import type { ConnectionDocument, ConnectionRef, Inspection, InspectionId, InspectionStore } from '@tallystick/devices-domain';
import {
  devicesTaskQueue,
  type InspectRequest,
  inspectType,
  inspectWorkflowId,
  userAttributes,
} from '@tallystick/devices-workflow-api';
import type { EnvironmentId } from '@tallystick/kernel-core';
import type { TemporalClient } from '@tallystick/platform-temporal';
import { asAway } from '../passes/engine-away.ts';

/** Asks a worker to look, and waits for what it saw. `candidate`: the document that is looked at, which is not saved. @throws EngineAway when Temporal can't be reached */
export type Inspect = (
  ref: ConnectionRef,
  what: InspectRequest['what'],
  candidate?: ConnectionDocument,
) => Promise<Inspection | 'unanswered' | 'too-many'>;

export interface InspectionsNeeds {
  /** Starts the workflow; the answer comes through the store. */
  readonly start: (request: InspectRequest) => Promise<void>;
  readonly answers: Pick<InspectionStore, 'take' | 'putDocument'>;
  readonly newId: () => InspectionId;
  readonly pause: (ms: number) => Promise<unknown>;
  /** Milliseconds of a clock that only goes on. */
  readonly elapsedMs: () => number;
  readonly waitMs: number;
}

const [firstLookMs, longestLookMs] = [50, 500];

/** At a time, of one environment: a look takes a place of a worker from everybody's users, and every viewer may ask for one. */
const mostLooks = 8;

export function createInspect(needs: InspectionsNeeds): Inspect {
  const looks = new Map<EnvironmentId, number>();
  return async (ref, what, candidate) => {
    const { environment } = ref;
    const underWay = looks.get(environment) ?? 0;
    if (underWay >= mostLooks) return 'too-many';
    looks.set(environment, underWay + 1);
    try {
      return await look(needs, ref, what, candidate);
    } finally {
      const left = (looks.get(environment) ?? 1) - 1;
      if (left > 0) looks.set(environment, left);
      else looks.delete(environment);
    }
  };
}

const look = async (
  { start, answers, newId, pause, elapsedMs, waitMs }: InspectionsNeeds,
  { environment, connection }: ConnectionRef,
  what: InspectRequest['what'],
  candidate: ConnectionDocument | undefined,
): Promise<Inspection | 'unanswered'> => {
  const id = newId();
  const begun = elapsedMs();
  if (candidate) await answers.putDocument(id, candidate);
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
