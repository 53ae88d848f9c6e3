import { setTimeout as pause } from 'node:timers/promises';
import type { UserRef } from '@tallystick/devices-domain';
import { reconcileUserWorkflowId } from '@tallystick/devices-workflow-api';
import { grpcCodeOf, grpcCodes, type TemporalClient } from '@tallystick/platform-temporal';
import { WorkflowNotFoundError } from '@temporalio/client';
import { asAway } from '../passes/engine-away.ts';
import type { UserRuns } from './erase-user.ts';

const withinMs = 5_000;
/** The server deletes by and by, and a run that has just ended takes longest; what it lists lags behind as well. */
const [goneWithinMs, lookEveryMs, askAgainAfterMs] = [20_000, 250, 3_000];
/** temporal.api.enums.v1.PendingActivityState: a worker has it; `SCHEDULED` only waits, as between two attempts. */
const started = 2;

/** `forget` needs the right to delete workflows in the namespace. */
export class TemporalUserRuns implements UserRuns {
  readonly #temporal: TemporalClient;
  constructor(temporal: TemporalClient) {
    this.#temporal = temporal;
  }

  readonly isBusy = async (user: UserRef): Promise<boolean> => {
    const described = await this.#newest(user);
    if (described?.status.name !== 'RUNNING') return false;
    return (described.raw.pendingActivities ?? []).some(({ state }) => Number(state) === started);
  };

  readonly end = async (user: UserRef): Promise<void> => {
    const { client, withDeadline } = this.#temporal;
    try {
      await withDeadline(withinMs, () =>
        client.workflow.getHandle(reconcileUserWorkflowId(user)).terminate('the person is erased'),
      );
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw asAway(error, 'change');
    }
  };

  readonly forget = async (user: UserRef): Promise<{ readonly runs: number; readonly remaining: number }> => {
    const askedAt = new Map<string, number>();
    for (let waitedMs = 0; ; waitedMs += lookEveryMs) {
      const there = await this.#runsOf(user);
      for (const run of there)
        if (waitedMs - (askedAt.get(run) ?? -Infinity) >= askAgainAfterMs) {
          await this.#delete(user, run);
          askedAt.set(run, waitedMs);
        }
      if (there.size === 0 || waitedMs >= goneWithinMs) return { runs: askedAt.size, remaining: there.size };
      await pause(lookEveryMs);
    }
  };

  /** Those that are listed, and the newest, which may not be listed yet. */
  async #runsOf(user: UserRef): Promise<ReadonlySet<string>> {
    const { client, withDeadline } = this.#temporal;
    try {
      const runs = await withDeadline(withinMs, async () => {
        const listed = new Set<string>();
        // An id is made of names and a hash: there is nothing in it to escape.
        for await (const { runId } of client.workflow.list({ query: `WorkflowId = '${reconcileUserWorkflowId(user)}'` }))
          listed.add(runId);
        return listed;
      });
      const newest = await this.#newest(user);
      return newest ? runs.add(newest.runId) : runs;
    } catch (error) {
      throw asAway(error, 'read');
    }
  }

  async #newest(user: UserRef) {
    const { client, withDeadline } = this.#temporal;
    try {
      return await withDeadline(withinMs, () => client.workflow.getHandle(reconcileUserWorkflowId(user)).describe());
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return undefined;
      throw asAway(error, 'read');
    }
  }

  async #delete(user: UserRef, runId: string): Promise<void> {
    const { client, withDeadline } = this.#temporal;
    const workflowExecution = { workflowId: reconcileUserWorkflowId(user), runId };
    try {
      await withDeadline(withinMs, () =>
        client.workflowService.deleteWorkflowExecution({ namespace: client.options.namespace, workflowExecution }),
      );
    } catch (error) {
      if (grpcCodeOf(error) !== grpcCodes.notFound) throw asAway(error, 'change');
    }
  }
}
