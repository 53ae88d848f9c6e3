import { setTimeout as pause } from 'node:timers/promises';
import type { DataConverter } from '@temporalio/common';
import { NativeConnection, Runtime, Worker, type WorkerOptions } from '@temporalio/worker';
import { type Logger, temporalLogger } from '@tallystick/platform-observability';
import type { TemporalAddress } from './connect-temporal.ts';

export type TemporalWorkerOptions = TemporalAddress & {
  readonly taskQueue: string;
  readonly logger: Logger;
  /** The file that `nx bundle` made. Left out: the worker runs activities only. */
  readonly workflowBundlePath?: string;
  readonly activities?: object;
  readonly dataConverter?: DataConverter;
  /** How long the first connection is tried. Default 60 000. */
  readonly connectDeadlineMs?: number;
  /** After this long in a stop, running activities are cancelled. Default 10 000. */
  readonly shutdownGraceMs?: number;
  /** After this long the stop ends in any case, and `done` rejects. Default 30 000. */
  readonly shutdownForceMs?: number;
  readonly maxConcurrentActivities?: number;
  /** A cached workflow costs about 190 kB. Default 1 000. */
  readonly maxCachedWorkflows?: number;
};

export type RunningWorker = {
  /** Resolves after a stop. Rejects when the worker ended for another reason, or did not drain: end the process then. */
  readonly done: Promise<void>;
  /** Takes no new tasks, lets running ones end within the limits above, and disconnects. Never rejects; look at `done`. */
  readonly stop: () => Promise<void>;
};

// Measured on the development server and on PostgreSQL: with the SDK's few default pollers tasks wait in one of the queue's
// partitions while the server idles; with twenty of each kind the rate is about 1.6 times higher.
const pollers = { type: 'simple-maximum', maximum: 20 } as const satisfies WorkerOptions['workflowTaskPollerBehavior'];

let installed = false;
/** Once per process and before any worker: the process keeps its signals, and the native core logs through `logger`. */
function installRuntime(logger: Logger): void {
  if (installed) return;
  Runtime.install({
    shutdownSignals: [],
    logger: temporalLogger(logger),
    telemetryOptions: { logging: { filter: { core: 'WARN', other: 'ERROR' }, forward: {} } },
  });
  installed = true;
}

async function connect({
  address,
  tls,
  apiKey,
  logger,
  connectDeadlineMs = 60_000,
}: TemporalWorkerOptions): Promise<NativeConnection> {
  const deadline = performance.now() + connectDeadlineMs;
  for (let delayMs = 100; ; delayMs = Math.min(delayMs * 2, 2_000)) {
    try {
      return await NativeConnection.connect({
        address,
        ...(tls === undefined ? {} : { tls }),
        ...(apiKey === undefined ? {} : { apiKey }),
      });
    } catch (error) {
      if (performance.now() + delayMs > deadline)
        throw new Error(`no Temporal server at ${address} within ${connectDeadlineMs} ms`, { cause: error });
      logger.warn({ address, err: error }, 'Temporal can not be reached yet');
      await pause(delayMs);
    }
  }
}

/**
 * Connects, trying until the deadline, and runs one worker for one task queue.
 * @throws Error when there is no server in time, or when it refuses the worker.
 */
export async function runWorker(options: TemporalWorkerOptions): Promise<RunningWorker> {
  const { namespace, taskQueue, workflowBundlePath, activities, dataConverter, logger } = options;
  const {
    shutdownGraceMs = 10_000,
    shutdownForceMs = 30_000,
    maxConcurrentActivities = 200,
    maxCachedWorkflows = 1_000,
  } = options;
  installRuntime(logger);
  const connection = await connect(options);
  const worker = await Worker.create({
    connection,
    namespace,
    taskQueue,
    ...(workflowBundlePath === undefined ? {} : { workflowBundle: { codePath: workflowBundlePath } }),
    ...(activities === undefined ? {} : { activities }),
    ...(dataConverter === undefined ? {} : { dataConverter }),
    workflowTaskPollerBehavior: pollers,
    activityTaskPollerBehavior: pollers,
    maxConcurrentWorkflowTaskExecutions: 200,
    maxConcurrentActivityTaskExecutions: maxConcurrentActivities,
    maxCachedWorkflows,
    shutdownGraceTime: shutdownGraceMs,
    shutdownForceTime: shutdownForceMs,
  }).catch(async (error: unknown) => {
    await connection.close();
    throw error;
  });
  const done = worker.run().finally(() => connection.close());
  done.catch((error: unknown) => logger.error({ taskQueue, err: error }, 'the Temporal worker has ended'));
  return {
    done,
    stop: async () => {
      if (worker.getState() === 'RUNNING') worker.shutdown();
      await done.catch(() => undefined);
    },
  };
}
