import { parseSourceMessage } from '@tallystick/devices-source-kafka';
import type { ConnectionDocument } from '@tallystick/devices-domain';
import { compileMapping } from '@tallystick/devices-source-mapping';
import {
  type FileConnectionStore,
  openConnectionsFile,
  RedisConnectionStore,
  warningsOf,
} from '@tallystick/devices-store-connections';
import {
  createIdentities,
  type Identities,
  indexStoredRecords,
  RedisConnectionRests,
  RedisParkedStore,
  RedisSourceRecordStore,
} from '@tallystick/devices-store-redis';
import { instant } from '@tallystick/kernel-core';
import { closeHttpApp, createHttpApp, tokenVerifierOf } from '@tallystick/platform-http';
import {
  createKafka,
  createOffsetReader,
  createProducer,
  ensureTopics,
  type KafkaRecord,
  missingTopics,
  runConsumer,
} from '@tallystick/platform-kafka';
import { createMetrics, type Logger } from '@tallystick/platform-observability';
import { checkDurability, connectRedis } from '@tallystick/platform-redis';
import { readKeyRing } from '@tallystick/platform-secrets';
import { addCodecRoutes, connectTemporal } from '@tallystick/platform-temporal';
import { appNeedsOf } from './app-needs.ts';
import { AppModule } from './app.module.ts';
import { type BridgeNeeds, handleBatch, type Source } from './bridge/bridge.ts';
import { startFollowing } from './bridge/follow.ts';
import { FollowedConnections } from './bridge/followed-connections.ts';
import { FollowedTopics } from './bridge/followed-topics.ts';
import { keptAttributes } from './bridge/keep-attributes.ts';
import { orderOfSource } from './bridge/order-of-source.ts';
import { createParking } from './bridge/parking.ts';
import { createSourceMetrics, startMeasuring } from './bridge/source-metrics.ts';
import { SourceWatch } from './bridge/source-watch.ts';
import { startSweeping, sweep } from './bridge/sweep.ts';
import { createWake } from './bridge/wake.ts';
import type { ProvisioningConfig } from './config.ts';
import { startWakingExpired } from './holds/wake-expired.ts';

const measureEveryMs = 15_000;
/** How long news of a saved document may take; the workers' is the same. */
const followEveryMs = 1_000;

/** Puts the service together and starts it. `stop` drains: HTTP first, then the consumer, then the stores. */
export async function startProvisioningService(
  config: ProvisioningConfig,
  logger: Logger,
): Promise<{ readonly stop: () => Promise<void> }> {
  const mounted = mountedConnections(config);
  const sealKeys = readKeyRing(config.PROVISIONING_SEAL_KEYS_FILE);
  const identities = createIdentities(readKeyRing(config.PROVISIONING_IDENTITY_KEY_FILE));
  const metrics = createMetrics({ service: 'provisioning-service' });

  const redis = await connectRedis({ url: config.PROVISIONING_REDIS_URL, name: 'provisioning-service', logger });
  // A record that Redis loses after it was signalled is lost until its user changes again.
  const faults = await checkDurability(redis).catch((error: unknown) => {
    logger.warn({ err: error }, 'the settings of the Redis of the source records can not be read');
    return [];
  });
  for (const fault of faults) logger.warn({ fault }, 'the Redis of the source records is not durable');
  const documents = mounted ?? new RedisConnectionStore(redis);
  const unreadable = metrics.gauge(
    'tallystick_connections_unreadable',
    '1 while the saved document of a connection can not be read: it is at rest',
    ['environment', 'connection'],
  );
  const followed = new FollowedConnections({
    store: documents,
    sourceOf: (document) => sourceOf(document, identities),
    onUnreadable: ({ environment, connection, because }) => {
      unreadable.set({ environment, connection }, 1);
      logger.error(
        { environment, connection, because },
        'the saved document of a connection can not be read: it is at rest; run the version that wrote it, or save it again',
      );
    },
    onReadable: ({ environment, connection }) => unreadable.set({ environment, connection }, 0),
  });
  await followed.look();
  const connections = followed.documents();
  for (const document of connections) {
    const { environment, connection } = document;
    for (const warning of warningsOf(document, connections))
      logger.warn({ environment, connection, warning }, 'a setting of this connection does what few people want');
  }
  const temporal = connectTemporal({
    address: config.PROVISIONING_TEMPORAL_ADDRESS,
    namespace: config.PROVISIONING_TEMPORAL_NAMESPACE,
    payloadKeysFile: config.PROVISIONING_PAYLOAD_KEYS_FILE,
    logger,
  });
  const kafka = createKafka({ brokers: config.PROVISIONING_KAFKA_BROKERS, clientId: 'tallystick-provisioning', logger });
  if (config.PROVISIONING_CREATE_TOPICS) await ensureTopics(kafka, ownTopics(config));
  const producer = createProducer(kafka);
  const store = new RedisSourceRecordStore(redis, sealKeys);
  const parked = new RedisParkedStore(redis, sealKeys);
  const offsets = createOffsetReader(kafka);
  const watch = new SourceWatch({
    store,
    offsetsOf: offsets.read,
    now: () => instant(Date.now()),
    onStop: ({ environment, connection }, stop) =>
      logger.error(
        { environment, connection, ...stop },
        'the source is another one than was read and is stopped: raise its epoch',
      ),
    onGap: ({ environment, connection }, gap) =>
      logger.error(
        { environment, connection, ...gap },
        'records were lost before they were read: take a new snapshot of the source',
      ),
  });

  const handled = metrics.counter('tallystick_source_records_total', 'Source records by what became of them', [
    'environment',
    'connection',
    'what',
  ]);
  const retried = metrics.counter(
    'tallystick_source_batches_retried_total',
    'Batches that came again because a store or the engine was away',
  );
  const needs: BridgeNeeds & { store: RedisSourceRecordStore; rests: RedisConnectionRests } = {
    rests: new RedisConnectionRests(redis),
    sourceOf: (topic) => followed.ofTopic(topic),
    store,
    watch,
    wake: createWake(temporal),
    park: createParking({ producer, topic: config.PROVISIONING_PARKING_TOPIC, index: parked, now: () => new Date() }),
    count: ({ environment, connection }, what, records) => handled.inc({ environment, connection, what }, records),
  };

  const topics = new FollowedTopics({
    consume: (names) =>
      runConsumer({
        kafka,
        groupId: config.PROVISIONING_KAFKA_GROUP,
        topics: names,
        fromBeginning: true,
        onJoin: () => watch.joined(),
        logger,
        concurrency: 4,
        retryDelayMs: { first: 250, max: 5_000 },
        onRetry: ({ topic, partition, attempt, delayMs, error }) => {
          retried.inc();
          logger.warn({ topic, partition, attempt, delayMs, err: error }, 'a batch could not be handled and comes again');
        },
        handleBatch: async (records, { seekTo }) => {
          const { rewindTo } = await handleBatch(needs, records);
          if (rewindTo !== undefined) seekTo(rewindTo);
        },
      }),
    prepare: async (topic) => {
      if (config.PROVISIONING_CREATE_TOPICS) await ensureTopics(kafka, [{ topic, numPartitions: 3 }]);
      else if ((await missingTopics(kafka, [topic])).length > 0) throw new Error('the topic is not there, or may not be read');
    },
    missing: (names) => missingTopics(kafka, names),
    onMissing: (topic, error) =>
      logger.error(
        { topic, err: error },
        'the topic of a connection can not be read; the others are, and it is looked for again',
      ),
    elapsedMs: () => performance.now(),
  });
  await topics.follow(followed.topics());
  const measure = createSourceMetrics({ metrics, store, watch, parked });
  const measured = () =>
    followed
      .documents()
      .filter(({ source }) => topics.reads(source.topic)) // else the question for one that is gone stands in the way of the others
      .map(({ environment, connection, source }) => ({ ref: { environment, connection }, topic: source.topic }));
  const measuring = startMeasuring(() => measure(measured()), measureEveryMs, logger);
  void indexStoredRecords(redis).then(
    (indexed) => indexed !== undefined && logger.info({ indexed }, 'the records of before are in the index of users'),
    (error: unknown) =>
      logger.warn({ err: error }, 'the records of before are not all in the index of users; the next start goes on'),
  );
  const sweeping = startSweeping(() => sweep(needs, followed.documents()), config.PROVISIONING_SWEEP_INTERVAL, logger);
  const appNeeds = appNeedsOf(config, {
    ...{ redis, sealKeys, identities, documents, temporal, store, parked, watch, logger },
    ...{ wake: needs.wake, sourceOf: (ref) => followed.of(ref) },
  });
  const wakingExpired = startWakingExpired(
    appNeeds.holds,
    () => followed.documents(),
    config.PROVISIONING_SWEEP_INTERVAL,
    logger,
  );
  const following = startFollowing({ followed, topics, retire: appNeeds.retire, logger }, followEveryMs);

  const app = await createHttpApp(AppModule.of(appNeeds), {
    service: 'provisioning-service',
    logger,
    metrics,
    bodyLimit: 4_194_304, // the bytes of a parked record, in base64; no body is read before its sender is known
    openapi: { title: 'Tallystick provisioning', description: 'Connections, passes and holds, and what became of each user.' },
    auth: tokenVerifierOf(config, logger),
    readiness: [
      { name: 'redis', check: async () => void (await redis.ping()) },
      {
        name: 'kafka',
        check: () => topics.joined(),
      },
    ],
  });
  addCodec(app, config, logger);
  await app.listen(config.PROVISIONING_PORT, config.PROVISIONING_HOST);
  logger.info({ url: await app.getUrl(), connections: connections.length }, 'the provisioning service listens');

  return {
    stop: async () => {
      await closeHttpApp(app);
      await following.stop();
      await sweeping.stop();
      await wakingExpired.stop();
      await measuring.stop();
      await topics.stop();
      await producer.close();
      await offsets.close();
      await temporal.close();
      await redis.close();
    },
  };
}

const ownTopics = (config: ProvisioningConfig) => [
  // Larger than the broker's limit for a record: what is parked has headers on top of it.
  {
    topic: config.PROVISIONING_PARKING_TOPIC,
    numPartitions: 1,
    config: { 'max.message.bytes': '4194304', 'retention.ms': '-1' },
  },
  { topic: config.PROVISIONING_OUTCOMES_TOPIC, numPartitions: 3 },
];

/** Lets Temporal's UI show payloads; there is nothing to open where they are not sealed. */
function addCodec(app: Awaited<ReturnType<typeof createHttpApp>>, config: ProvisioningConfig, logger: Logger): void {
  const { PROVISIONING_PAYLOAD_KEYS_FILE: file, PROVISIONING_TEMPORAL_UI_URL: ui } = config;
  if (file === undefined) return;
  addCodecRoutes(app.getHttpAdapter().getInstance(), {
    keys: readKeyRing(file),
    namespace: config.PROVISIONING_TEMPORAL_NAMESPACE,
    uiOrigins: ui === undefined ? [] : [ui],
    logger,
  });
}

/** @throws Error with all faults of the file, one to a line, those of the expressions with them */
function mountedConnections({ PROVISIONING_CONNECTIONS_FILE: file }: ProvisioningConfig): FileConnectionStore | undefined {
  if (file === undefined) return undefined;
  return openConnectionsFile(file, instant(Date.now()), (document) => {
    const compiled = compileMapping(document);
    return compiled.ok ? [] : compiled.error.map(({ path, fault }) => `${path}: ${fault}`);
  });
}

/** The source of one connection; of a record is kept what its document says. */
function sourceOf(document: ConnectionDocument, identities: Identities): Source {
  const { environment, connection, source, keepAttributes } = document;
  const compiled = compileMapping(document);
  // A saved document was checked; one that a later version refuses keeps all that it can, so that nothing is lost meanwhile.
  const wanted = compiled.ok ? compiled.value.attributes : new Set<string>();
  return {
    environment,
    connection,
    order: orderOfSource(source.format),
    userOf: (sourceKey) => identities.userOf(environment, connection, sourceKey),
    parse: (record: KafkaRecord) => {
      const event = parseSourceMessage(record, source.format);
      if (event.kind !== 'record') return event;
      return { ...event, attributes: keptAttributes(event.attributes, compiled.ok ? keepAttributes : 'all', wanted) };
    },
  };
}
