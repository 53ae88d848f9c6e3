import { setTimeout as pause } from 'node:timers/promises';
import { NativeConnection, Runtime, Worker, type WorkerOptions } from '@temporalio/worker';
import { isTracing, type Logger, temporalLogger } from '@tallystick/platform-observability';
import type { TemporalAddress } from './connect-temporal.ts';
import { dataConverterOf, type PayloadKeys } from './payload-keys.ts';
import { requireSearchAttributes } from './search-attributes.ts';
import { tracedActivities } from './trace-calls.ts';
import { usualVersioningBehavior, type WorkerVersion } from './worker-version.ts';

export type TemporalWorkerOptions = TemporalAddress &
  PayloadKeys & {
    readonly taskQueue: string;
    readonly logger: Logger;
    /** The file that `nx bundle` made. Left out: the worker runs activities only. */
    readonly workflowBundlePath?: string;
    readonly activities?: object;
    /** Keywords that its workflows set. A workflow that sets one that the server does not know stands still, so the worker does not begin. */
    readonly searchAttributes?: readonly { readonly name: string }[];
    /** Left out: the worker takes any work of its queue at once, as in development and tests. */
    readonly version?: WorkerVersion | undefined;
    /** How long the first connection is tried. Default 60 000. */
    readonly connectDeadlineMs?: number;
    /** After this long in a stop, running activities are cancelled. Default 10 000. */
    readonly shutdownGraceMs?: number;
    /** After this long the stop ends in any case, and `done` rejects. Default 30 000. */
    readonly shutdownForceMs?: number;
    readonly maxConcurrentActivities?: number;
    /** A cached workflow costs about 190 kB. Default 1 000. */
    readonly maxCachedWorkflows?: number;
    /** So long a task waits for the worker that has its workflow in memory, before any other may take it. Default 10 000. */
    readonly stickyMs?: number;
    /**
     * `host:port` where the SDK's own metrics are served, at `/metrics`: slots, pollers, latencies of the queues. One for the process: the first
     * worker's counts. Left out: they are not kept.
     */
    readonly metricsAddress?: string | undefined;
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
function installRuntime({ logger, metricsAddress }: TemporalWorkerOptions): void {
  if (installed) return;
  // In seconds and with the endings of Prometheus, as all other metrics here.
  const form = { countersTotalSuffix: true, unitSuffix: true, useSecondsForDurations: true };
  Runtime.install({
    shutdownSignals: [],
    logger: temporalLogger(logger),
    telemetryOptions: {
      logging: { filter: { core: 'WARN', other: 'ERROR' }, forward: {} },
      ...(metricsAddress === undefined ? {} : { metrics: { prometheus: { bindAddress: metricsAddress, ...form } } }),
    },
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

const deploymentOptionsOf = ({
  deployment: deploymentName,
  buildId,
}: WorkerVersion): NonNullable<WorkerOptions['workerDeploymentOptions']> => ({
  useWorkerVersioning: true,
  version: { deploymentName, buildId },
  defaultVersioningBehavior: usualVersioningBehavior,
});

/**
 * Connects, trying until the deadline, and runs one worker for one task queue.
 * @throws Error when the keys file has a fault, when there is no server in time, when it lacks a search attribute, or when it refuses the worker.
 */
export async function runWorker(options: TemporalWorkerOptions): Promise<RunningWorker> {
  const { namespace, taskQueue, workflowBundlePath, activities, version, logger } = options;
  const {
    shutdownGraceMs = 10_000,
    shutdownForceMs = 30_000,
    maxConcurrentActivities = 200,
    maxCachedWorkflows = 1_000,
    stickyMs = 10_000,
  } = options;
  const dataConverter = dataConverterOf(options, logger);
  installRuntime(options);
  const connection = await connect(options);
  const create = () =>
    Worker.create({
      connection,
      namespace,
      taskQueue,
      ...(workflowBundlePath === undefined ? {} : { workflowBundle: { codePath: workflowBundlePath } }),
      ...(activities === undefined ? {} : { activities }),
      ...(version === undefined ? {} : { workerDeploymentOptions: deploymentOptionsOf(version) }),
      ...(isTracing() ? { interceptors: { activity: [tracedActivities] } } : {}),
      dataConverter,
      workflowTaskPollerBehavior: pollers,
      activityTaskPollerBehavior: pollers,
      maxConcurrentWorkflowTaskExecutions: 200,
      maxConcurrentActivityTaskExecutions: maxConcurrentActivities,
      maxCachedWorkflows,
      stickyQueueScheduleToStartTimeout: stickyMs,
      shutdownGraceTime: shutdownGraceMs,
      shutdownForceTime: shutdownForceMs,
    });
  const worker = await requireSearchAttributes(connection, options)
    .then(create)
    .catch(async (error: unknown) => {
      await connection.close();
      throw error;
    });
  if (version)
    logger.info({ taskQueue, ...version }, 'this worker takes work once its build is the current one of its deployment');
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
