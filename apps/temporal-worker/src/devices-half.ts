import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as pause } from 'node:timers/promises';
import {
  ConnectionPlaces,
  type ConnectionPlacesSettings,
  createDeviceActivities,
  createInspectActivities,
  createPassActivities,
} from '@tallystick/devices-activities';
import { compileMapping } from '@tallystick/devices-source-mapping';
import { openConnectionsFile, RedisConnectionStore, warningsOf } from '@tallystick/devices-store-connections';
import { type ConnectionDocument, type ConnectionRef, DeviceLimits, type DirectoryName } from '@tallystick/devices-domain';
import {
  createIdentities,
  devicesLayout,
  RedisConnectionRests,
  RedisDirectoryBudget,
  RedisGuardLooks,
  RedisGuardStore,
  RedisInspectionStore,
  RedisPassStore,
  RedisReconciliationStore,
  RedisSourceRecordStore,
  RedisUserIndex,
  RedisUserLooks,
} from '@tallystick/devices-store-redis';
import {
  bulkTaskQueue,
  deviceSearchAttributes,
  devicesTaskQueue,
  reconcileUserType,
  wakeDeadlineMs,
  wakeUp,
} from '@tallystick/devices-workflow-api';
import { instant } from '@tallystick/kernel-core';
import { createKafka, createProducer, kafkaAddressOf } from '@tallystick/platform-kafka';
import { connectRedis, keepLayout, optionalRedisAddressOf, redisAddressOf } from '@tallystick/platform-redis';
import { createSecretResolver, readKeyRing } from '@tallystick/platform-secrets';
import { connectTemporal, runWorker } from '@tallystick/platform-temporal';
import { notedPasses, openAuditTrail } from './audit-of-passes.ts';
import type { DevicesConfig } from './config.ts';
import { ConnectionSizes } from './connection-sizes.ts';
import { Connections } from './connections.ts';
import { DirectoryOutbounds } from './directory-outbounds.ts';
import type { HalfNeeds, RunningHalf } from './half.ts';
import { temporalOptions } from './temporal-options.ts';
import { countedBudget, declareReconciliationMetrics } from './worker-metrics.ts';

/** Reconciles users with the directories of their connections. */
export async function startDevices(config: DevicesConfig, needs: HalfNeeds): Promise<RunningHalf> {
  const { common, temporal: temporalAddress, runs, stores, logger, metrics } = needs;
  const redisAddress = redisAddressOf('WORKER', config);
  const budgetAddress = optionalRedisAddressOf('WORKER_BUDGET', config);
  const kafkaAddress = kafkaAddressOf('WORKER', config);
  const { WORKER_CONNECTIONS_FILE: file } = config;
  const mounted = file === undefined ? undefined : openConnectionsFile(file, instant(Date.now()), faultsOfExpressions);
  const { accountOf, planOf } = createIdentities(readKeyRing(config.WORKER_IDENTITY_KEY_FILE));
  const sealKeys = readKeyRing(config.WORKER_SEAL_KEYS_FILE);
  const { outcomes, quarantines, passes } = declareReconciliationMetrics(metrics);

  const redis = await connectRedis({ ...redisAddress, name: 'temporal-worker', logger });
  stores.add('Redis', () => redis.close());
  const layout = await keepLayout(redis, devicesLayout, { logger });
  stores.add('the layout of the data', () => layout.stop());
  const budgetRedis = budgetAddress ? await connectRedis({ ...budgetAddress, name: 'temporal-worker', logger }) : redis;
  if (budgetRedis !== redis) stores.add('the Redis of the allowances', () => budgetRedis.close());
  const store = mounted ?? new RedisConnectionStore(redis);
  const documents = (await store.list(undefined, () => undefined)).map(({ document }) => document);
  for (const document of documents) {
    const { environment, connection } = document;
    for (const warning of warningsOf(document, documents))
      logger.warn({ environment, connection, warning }, 'a setting of this connection does what few people want');
  }
  const folder = config.WORKER_SECRETS_FOLDER ?? (file === undefined ? undefined : dirname(resolve(file)));
  const outbounds = new DirectoryOutbounds(() => instant(Date.now()));
  stores.add('calls of directories', () => outbounds.close());
  const users = new RedisUserIndex(redis);
  const sizes = new ConnectionSizes({ index: users, elapsedMs: () => performance.now() });
  const connections = new Connections({
    store,
    callTimeoutMs: config.WORKER_CALL_TIMEOUT,
    resolveSecret: createSecretResolver({ folder, variables: config.secretVariables }),
    outbounds,
    insecureHosts: config.WORKER_INSECURE_HOSTS,
    usersOf: (connection) => sizes.of(connection),
    logger,
  });
  const records = new RedisSourceRecordStore(redis, sealKeys);
  const rests = new RedisConnectionRests(redis);
  const temporal = connectTemporal({
    ...temporalAddress,
    payloadKeysFile: common.WORKER_PAYLOAD_KEYS_FILE,
    logger,
  });
  stores.add('Temporal', () => temporal.close());
  const producer = createProducer(createKafka({ ...kafkaAddress, clientId: 'tallystick-worker', logger }));
  stores.add('the Kafka producer', () => producer.close());
  const now = () => instant(Date.now());
  const reconciliations = new RedisReconciliationStore(redis, sealKeys);
  const guards = new RedisGuardStore({ redis, ring: sealKeys });
  const trail = await openAuditTrail(
    { redis, address: redisAddress, replicas: config.WORKER_REDIS_REPLICAS, metrics, logger },
    stores,
  );
  const shared = {
    accountOf,
    isRemoved: async (ref: ConnectionRef) => (await store.read(ref)) === undefined, // as of now, and not what was read some time ago
    budget: countedBudget(new RedisDirectoryBudget({ redis: budgetRedis }), metrics),
    limits: new DeviceLimits(),
    hashPlan: planOf,
    directoryChanged: (directory: DirectoryName, change: 'quarantined' | 'healed') => {
      quarantines.inc({ change });
      if (change === 'healed') return logger.info({ directory }, 'the directory is well again');
      logger.error({ directory }, 'a directory is in quarantine: nobody of it is reconciled until a probe succeeds');
    },
    now,
  };
  const looks = { ...shared, looks: new RedisUserLooks(redis, sealKeys) };
  const working = async (ref: ConnectionRef) => {
    const connection = await connections.of(ref);
    return typeof connection === 'string' ? undefined : connection;
  };
  const candidateOf = (document: ConnectionDocument) => {
    const built = connections.candidate(document);
    return Promise.resolve(built.ok ? built.value : undefined);
  };
  const failed = (ref: ConnectionRef, error: unknown): void =>
    logger.error(
      { environment: ref.environment, connection: ref.connection, err: error },
      'work on a connection failed unexpectedly',
    );
  const atOnce = config.WORKER_MAX_CONCURRENT_USERS;
  const slots = slotsPerPlace * atOnce;
  const reconciling = createDeviceActivities(
    {
      ...shared,
      connectionOf: working,
      store: reconciliations,
      guards,
      audit: trail,
      remind: async (user, restMs) => {
        await records.remind(user);
        if (restMs !== undefined) await rests.rest(user, restMs);
      },
      wanted: (user, isWanted) => sizes.told(user, isWanted),
      publish: async (outcome) => {
        const { environment, connection, user, kind, because: reason = 'none' } = outcome;
        await producer.send(config.WORKER_OUTCOMES_TOPIC, [
          { key: `${environment}/${connection}/${user}`, value: JSON.stringify(outcome) },
        ]);
        outcomes.inc({ environment, connection, kind, reason });
      },
      report: ({ environment, connection, user }, error) =>
        logger.error({ environment, connection, user, err: error }, 'a reconciliation failed unexpectedly'),
    },
    placesOf(atOnce, {
      ...{ all: atOnce, inside: { each: atLeastOne(slots / 2), environment: atLeastOne((3 * slots) / 4) } },
      longestWaitMs: 5_000,
    }),
  );
  const inspecting = createInspectActivities(
    {
      ...looks,
      connectionOf: (ref) => connections.of(ref),
      candidateOf,
      guards: new RedisGuardLooks({ redis }),
      answers: new RedisInspectionStore({ redis, ring: sealKeys }),
      report: failed,
    },
    placesOf(atOnce / 8, { longestWaitMs: 400 }),
  );
  const passing = createPassActivities(
    {
      ...looks,
      connectionOf: working,
      candidateOf,
      passes: notedPasses(new RedisPassStore({ redis, ring: sealKeys }), { audit: trail, guards }),
      users,
      source: records,
      guards,
      wake: async (user, lane) => {
        await temporal.withDeadline(wakeDeadlineMs, () =>
          temporal.client.workflow.signalWithStart(reconcileUserType, wakeUp(user, lane)),
        );
      },
      lastOutcome: (user) => reconciliations.lastOutcome(user),
      sampleSize: 200,
      outcomeWaitMs: 600_000,
      ended: ({ environment, connection, kind, stage }) => passes.inc({ environment, connection, kind, stage }),
      report: failed,
    },
    placesOf(mostPages, { longestWaitMs: 0 }),
  );
  const ofHalf = {
    ...temporalOptions(common, temporalAddress, 'devices'),
    searchAttributes: deviceSearchAttributes,
    logger,
    workflowBundlePath: fileURLToPath(import.meta.resolve('@tallystick/devices-workflows/bundle')),
  };
  const worker = await runWorker({
    ...ofHalf,
    taskQueue: devicesTaskQueue,
    maxConcurrentActivities: slots,
    activities: { ...reconciling, ...inspecting },
  });
  runs(worker);
  // Passes have slots of their own, so that none of them stands in the way of one user's change.
  runs(await runWorker({ ...ofHalf, taskQueue: bulkTaskQueue, maxConcurrentActivities: mostPages, activities: passing }));
  logger.info({ connections: documents.length }, 'users are reconciled');
  return { readiness: [{ name: 'redis', check: async () => void (await redis.ping()) }], refused: layout.refused };
}

/** ADR 5.8: of so many places at most half are one connection's, and three quarters all of one environment's. */
const placesOf = (places: number, more: Pick<ConnectionPlacesSettings, 'all' | 'inside' | 'longestWaitMs'>): ConnectionPlaces =>
  new ConnectionPlaces({
    ...{ each: atLeastOne(places / 2), environment: atLeastOne((3 * places) / 4) },
    pause: (ms) => pause(ms, undefined, { ref: false }),
    ...more,
  });
const atLeastOne = (places: number): number => Math.max(1, Math.floor(places));

/** Slots for each place of a user: those who wait for one are at hand when it becomes free (R47). */
const slotsPerPlace = 10;

/** Pages of passes that this process works on at a time. */
const mostPages = 20;

function faultsOfExpressions(document: ConnectionDocument): readonly string[] {
  const compiled = compileMapping(document);
  return compiled.ok ? [] : compiled.error.map(({ path, fault }) => `${path}: ${fault}`);
}
