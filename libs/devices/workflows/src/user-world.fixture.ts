// Users of one test on a real Temporal: workers of a queue of their own, wake-ups as every client sends them, and what the histories have.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BudgetLane, Outcome, UserHash, UserRef } from '@tallystick/devices-domain';
import { reconcileUserType, wakeUp } from '@tallystick/devices-workflow-api';
import { connectionId, environmentId, instant } from '@tallystick/kernel-core';
import { createLogger } from '@tallystick/platform-observability';
import {
  connectTemporal,
  type RunningWorker,
  runWorker,
  type TemporalClient,
  type TemporalWorkerOptions,
} from '@tallystick/platform-temporal';
import { endpoints, uniqueName } from '@tallystick/platform-testing';
import type { WorkflowHandle } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';

const logger = createLogger({ service: 'workflows-int', level: 'silent' });

/** How many events of each kind a history has. */
export interface Counted {
  readonly events: number;
  readonly signals: number;
  readonly activities: number;
  readonly timers: number;
  /** Tasks that failed: because the code is not that of the history, and for any other fault. */
  readonly undetermined: number;
  readonly faulty: number;
}

export class UserWorld {
  readonly environment = environmentId(uniqueName('acme'));
  readonly temporal: TemporalClient = connectTemporal({ address: endpoints().temporal, namespace: 'default', logger });
  readonly #taskQueue = uniqueName('devices');
  readonly #folder = mkdtempSync(join(tmpdir(), 'user-world-'));
  readonly #workers = new Set<RunningWorker>();
  #users = 0;

  /** @param file of this folder. @returns the path of its bundle. */
  async bundle(file: string): Promise<string> {
    const workflowsPath = join(import.meta.dirname, file);
    const { code } = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('WARN') });
    const bundle = join(this.#folder, `${file}.cjs`);
    writeFileSync(bundle, code);
    return bundle;
  }

  async work(options: Partial<TemporalWorkerOptions>): Promise<RunningWorker> {
    const usual = { address: endpoints().temporal, namespace: 'default', taskQueue: this.#taskQueue, logger };
    const worker = await runWorker({ ...usual, shutdownGraceMs: 100, shutdownForceMs: 5_000, ...options });
    this.#workers.add(worker);
    return worker;
  }

  newUser(): UserRef {
    const user = (this.#users += 1).toString(16).padStart(32, '0') as UserHash;
    return { environment: this.environment, connection: connectionId('hr'), user };
  }

  wake(user: UserRef, lane?: BudgetLane): Promise<WorkflowHandle> {
    return this.temporal.client.workflow.signalWithStart(reconcileUserType, {
      ...wakeUp(user, lane),
      taskQueue: this.#taskQueue,
    });
  }

  async close(): Promise<void> {
    await Promise.all([...this.#workers].map((worker) => worker.stop()));
    await this.temporal.close();
    rmSync(this.#folder, { recursive: true });
  }
}

export async function countedEvents(handle: WorkflowHandle): Promise<Counted> {
  const events = (await handle.fetchHistory()).events ?? [];
  const causes = events.flatMap(({ workflowTaskFailedEventAttributes: failed }) => (failed ? [Number(failed.cause)] : []));
  return {
    events: events.length,
    signals: events.filter((it) => it.workflowExecutionSignaledEventAttributes).length,
    activities: events.filter((it) => it.activityTaskScheduledEventAttributes).length,
    timers: events.filter((it) => it.timerStartedEventAttributes).length,
    undetermined: causes.filter((cause) => cause === nonDeterminism).length,
    faulty: causes.filter((cause) => cause !== nonDeterminism && cause !== unhandledCommand).length,
  };
}

/** Of the API's WorkflowTaskFailedCause. The first is no fault: a signal came as the workflow was about to end, and must not be lost. */
const [unhandledCommand, nonDeterminism] = [1, 24];

/** What a pass came to that met this version of the source. */
export const outcomeAt = (user: UserRef, version: number): Outcome => ({
  ...user,
  kind: 'changed',
  version: String(version).padStart(20, '0'),
  steps: [],
  findings: [],
  at: instant(version),
});

/** A gate that is shut until it is opened. */
export function gate() {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}
