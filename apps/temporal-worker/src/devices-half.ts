import { fileURLToPath } from 'node:url';
import { createDeviceActivities } from '@tallystick/devices-activities';
import { loadConnections } from '@tallystick/devices-store-file';
import { createIdentities, RedisReconciliationStore } from '@tallystick/devices-store-redis';
import { devicesTaskQueue } from '@tallystick/devices-workflow-api';
import { instant } from '@tallystick/kernel-core';
import { createKafka, createProducer } from '@tallystick/platform-kafka';
import { connectRedis } from '@tallystick/platform-redis';
import { readKeyRing } from '@tallystick/platform-secrets';
import { runWorker } from '@tallystick/platform-temporal';
import type { DevicesConfig } from './config.ts';
import { connectionsOf } from './connections.ts';
import type { HalfNeeds, RunningHalf } from './half.ts';

/** Reconciles users with the directories of their connections. */
export async function startDevices(config: DevicesConfig, { common, logger, metrics }: HalfNeeds): Promise<RunningHalf> {
  const connections = loadConnections(config.WORKER_CONNECTIONS_FILE, (warning, { environment, connection }) =>
    logger.warn({ environment, connection, warning }, 'a setting of this connection does what few people want'),
  );
  const connectionOf = connectionsOf(connections, config.WORKER_CALL_TIMEOUT);
  const { accountOf } = createIdentities(readKeyRing(config.WORKER_IDENTITY_KEY_FILE));
  const sealKeys = readKeyRing(config.WORKER_SEAL_KEYS_FILE);
  const outcomes = metrics.counter('tallystick_reconciliations_total', 'Finished reconciliations of one user', [
    'environment',
    'connection',
    'kind',
  ]);

  const redis = await connectRedis({ url: config.WORKER_REDIS_URL, name: 'temporal-worker', logger });
  const producer = createProducer(createKafka({ brokers: config.WORKER_KAFKA_BROKERS, clientId: 'tallystick-worker', logger }));
  const worker = await runWorker({
    address: common.WORKER_TEMPORAL_ADDRESS,
    namespace: common.WORKER_TEMPORAL_NAMESPACE,
    taskQueue: devicesTaskQueue,
    logger,
    workflowBundlePath: fileURLToPath(import.meta.resolve('@tallystick/devices-workflows/bundle')),
    maxConcurrentActivities: config.WORKER_MAX_CONCURRENT_USERS,
    activities: createDeviceActivities({
      connectionOf,
      store: new RedisReconciliationStore(redis, sealKeys),
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
  logger.info({ connections: connections.length }, 'users are reconciled');
  return {
    worker,
    readiness: [{ name: 'redis', check: async () => void (await redis.ping()) }],
    close: async () => {
      await producer.close();
      await redis.close();
    },
  };
}
