import { fileURLToPath } from 'node:url';
import { Module } from '@nestjs/common';
import { createDeviceActivities } from '@tallystick/devices-activities';
import { loadConnections } from '@tallystick/devices-store-file';
import { createIdentities, RedisReconciliationStore } from '@tallystick/devices-store-redis';
import { devicesTaskQueue } from '@tallystick/devices-workflow-api';
import { instant } from '@tallystick/kernel-core';
import { closeHttpApp, createHttpApp } from '@tallystick/platform-http';
import { createKafka, createProducer } from '@tallystick/platform-kafka';
import { createMetrics, type Logger } from '@tallystick/platform-observability';
import { connectRedis } from '@tallystick/platform-redis';
import { readKeyRing } from '@tallystick/platform-secrets';
import { runWorker } from '@tallystick/platform-temporal';
import type { WorkerConfig } from './config.ts';
import { connectionsOf } from './connections.ts';

@Module({})
class OperationalModule {}

/** Only health and metrics are served, and those are public: nobody's token opens anything here. */
const nobody = { verify: () => Promise.resolve({ kind: 'refused', reason: 'invalid' } as const), cached: () => undefined };

/** Puts the worker together and starts it. `done` settles when it has ended, for whatever reason. */
export async function startWorker(
  config: WorkerConfig,
  logger: Logger,
): Promise<{ readonly stop: () => Promise<void>; readonly done: Promise<void> }> {
  const connections = loadConnections(config.WORKER_CONNECTIONS_FILE, (warning, { environment, connection }) =>
    logger.warn({ environment, connection, warning }, 'a setting of this connection does what few people want'),
  );
  const connectionOf = connectionsOf(connections, config.WORKER_CALL_TIMEOUT);
  const { accountOf } = createIdentities(readKeyRing(config.WORKER_IDENTITY_KEY_FILE));
  const metrics = createMetrics({ service: 'temporal-worker' });
  const outcomes = metrics.counter('tallystick_reconciliations_total', 'Finished reconciliations of one user', [
    'environment',
    'connection',
    'kind',
  ]);

  const redis = await connectRedis({ url: config.WORKER_REDIS_URL, name: 'temporal-worker', logger });
  const producer = createProducer(createKafka({ brokers: config.WORKER_KAFKA_BROKERS, clientId: 'tallystick-worker', logger }));
  const worker = await runWorker({
    address: config.WORKER_TEMPORAL_ADDRESS,
    namespace: config.WORKER_TEMPORAL_NAMESPACE,
    taskQueue: devicesTaskQueue,
    logger,
    workflowBundlePath: fileURLToPath(import.meta.resolve('@tallystick/devices-workflows/bundle')),
    maxConcurrentActivities: config.WORKER_MAX_CONCURRENT_USERS,
    activities: createDeviceActivities({
      connectionOf,
      store: new RedisReconciliationStore(redis, readKeyRing(config.WORKER_SEAL_KEYS_FILE)),
      accountOf,
      publish: async (outcome) => {
        const { environment, connection, user, kind } = outcome;
        await producer.send(config.WORKER_OUTCOMES_TOPIC, [
          { key: `${environment}/${connection}/${user}`, value: JSON.stringify(outcome) },
        ]);
        outcomes.inc({ environment, connection, kind });
      },
      now: () => instant(Date.now()),
      report: ({ environment, connection, user }, error) =>
        logger.error({ environment, connection, user, err: error }, 'a reconciliation failed unexpectedly'),
    }),
  });

  const app = await createHttpApp(OperationalModule, {
    service: 'temporal-worker',
    logger,
    metrics,
    openapi: { title: 'Tallystick worker', description: 'Health and metrics only.' },
    auth: nobody,
    readiness: [{ name: 'redis', check: async () => void (await redis.ping()) }],
  });
  await app.listen(config.WORKER_HTTP_PORT, config.WORKER_HTTP_HOST);
  logger.info({ url: await app.getUrl(), connections: connections.length }, 'the Temporal worker runs');

  const done = worker.done.finally(async () => {
    await closeHttpApp(app);
    await producer.close();
    await redis.close();
  });
  return { stop: worker.stop, done };
}
