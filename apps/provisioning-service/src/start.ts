import { outsideEnvironments } from '@tallystick/devices-domain';
import { RedisConnectionStore, warningsOf } from '@tallystick/devices-store-connections';
import {
  createIdentities,
  devicesLayout,
  RedisConnectionRests,
  RedisGuardStore,
  RedisParkedStore,
  RedisSourceRecordStore,
} from '@tallystick/devices-store-redis';
import { instant } from '@tallystick/kernel-core';
import { Ending } from '@tallystick/platform-config';
import { auditKeysOf, RefusedAttempts } from '@tallystick/platform-audit';
import { closeHttpApp, createHttpApp, listeningOf, tokenVerifierOf } from '@tallystick/platform-http';
import {
  createKafka,
  createOffsetReader,
  createProducer,
  ensureTopics,
  kafkaAddressOf,
  missingTopics,
  runConsumer,
} from '@tallystick/platform-kafka';
import { createMetrics, type Logger } from '@tallystick/platform-observability';
import { connectRedis, keepLayout, redisAddressOf, watchDurability } from '@tallystick/platform-redis';
import { readKeyRing } from '@tallystick/platform-secrets';
import { addCodecRoutes, connectTemporal, temporalAddressOf } from '@tallystick/platform-temporal';
import { startPublishingAudit } from './audit/publish-audit.ts';
import type { Audit } from './audit/audit.ts';
import { noteRefusals } from './audit/note-refusals.ts';
import { openAuditTrail } from './audit/audit-trail.ts';
import { appNeedsOf } from './app-needs.ts';
import { AppModule } from './app.module.ts';
import { type BridgeNeeds, handleBatch } from './bridge/bridge.ts';
import { startFollowing } from './bridge/follow.ts';
import { FollowedConnections } from './bridge/followed-connections.ts';
import { FollowedTopics } from './bridge/followed-topics.ts';
import { createParking } from './bridge/parking.ts';
import { startReadingAnew } from './bridge/read-anew.ts';
import { mountedConnections, sourceOf } from './bridge/source-of.ts';
import { createSourceMetrics, startMeasuring } from './bridge/source-metrics.ts';
import { SourceWatch } from './bridge/source-watch.ts';
import { startSweeping, sweep } from './bridge/sweep.ts';
import { createWake } from './bridge/wake.ts';
import type { ProvisioningConfig } from './config.ts';
import { createHoldMetrics } from './holds/hold-metrics.ts';
import { startWakingExpired } from './holds/wake-expired.ts';
import { declareConnectionMetrics, declareDurabilityMetrics, declareRecordMetrics } from './provisioning-metrics.ts';
import { startForgettingParked } from './parking/forget-old.ts';
import { auditTopicsOf, ownTopics } from './topics.ts';

const parkedContentRoute = 'PUT /v1/environments/:environment/connections/:connection/parked-records/:id/content';
const measureEveryMs = 15_000;
/** How long news of a saved document may take; the workers' is the same. */
const followEveryMs = 1_000;

/** Puts the service together and starts it. What it opens is added to `ending`, which drains: HTTP first, then the consumer, then the stores. `done` rejects when a newer version has taken over the data. */
export async function startProvisioningService(
  config: ProvisioningConfig,
  logger: Logger,
  ending = new Ending(),
): Promise<{ readonly stop: () => Promise<void>; readonly done: Promise<never> }> {
  const redisAddress = redisAddressOf('PROVISIONING', config);
  const kafkaAddress = kafkaAddressOf('PROVISIONING', config);
  const temporalAddress = temporalAddressOf('PROVISIONING', config);
  const auditKeys = auditKeysOf(config, { neededBecause: 'PROVISIONING_KAFKA_BROKERS' });
  const listening = listeningOf(config, { host: config.PROVISIONING_HOST, logger });
  const mounted = mountedConnections(config);
  const sealKeys = readKeyRing(config.PROVISIONING_SEAL_KEYS_FILE);
  const identities = createIdentities(readKeyRing(config.PROVISIONING_IDENTITY_KEY_FILE));
  const metrics = createMetrics({ service: 'provisioning-service' });

  const redis = await connectRedis({ ...redisAddress, name: 'provisioning-service', logger });
  ending.add('Redis', () => redis.close());
  const layout = await keepLayout(redis, devicesLayout, { logger, migrates: true });
  ending.add('the layout of the data', () => layout.stop());
  // A record that Redis loses after it was signalled is lost until its user changes again.
  const durability = declareDurabilityMetrics(metrics);
  const onChecked = (faults: number): void => durability.set({ store: 'source-records' }, faults);
  const checking = await watchDurability(redis, { of: 'the source records', logger, onChecked });
  ending.add('checking Redis', () => Promise.resolve(checking.stop()));
  const documents = mounted ?? new RedisConnectionStore(redis);
  const unreadable = declareConnectionMetrics(metrics);
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
    ...temporalAddress,
    payloadKeysFile: config.PROVISIONING_PAYLOAD_KEYS_FILE,
    logger,
  });
  ending.add('Temporal', () => temporal.close());
  const kafka = createKafka({ ...kafkaAddress, clientId: 'tallystick-provisioning', logger });
  if (config.PROVISIONING_CREATE_TOPICS) await ensureTopics(kafka, ownTopics(config));
  const producer = createProducer(kafka);
  ending.add('the Kafka producer', () => producer.close());
  const store = new RedisSourceRecordStore(redis, sealKeys);
  const parked = new RedisParkedStore(redis, sealKeys, config.PROVISIONING_PARKED_RETENTION);
  const offsets = createOffsetReader(kafka);
  ending.add('the reader of offsets', () => offsets.close());
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

  const { handled, retried } = declareRecordMetrics(metrics);
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
  ending.add('the Kafka consumer', () => topics.stop());
  await topics.follow(followed.topics());
  const measure = createSourceMetrics({ metrics, store, watch, parked });
  const guards = new RedisGuardStore({ redis, ring: sealKeys });
  const measureHolds = createHoldMetrics({ metrics, guards, now: () => instant(Date.now()) });
  const measured = () =>
    followed
      .documents()
      .filter(({ source }) => topics.reads(source.topic)) // else the question for one that is gone stands in the way of the others
      .map(({ environment, connection, source }) => ({ ref: { environment, connection }, topic: source.topic }));
  const measureAll = async (): Promise<void> =>
    void (await Promise.all([measure(measured()), measureHolds(followed.documents())]));
  const measuring = startMeasuring(measureAll, measureEveryMs, logger);
  ending.add('measuring', () => measuring.stop());
  const sweeping = startSweeping(() => sweep(needs, followed.documents()), config.PROVISIONING_SWEEP_INTERVAL, logger);
  ending.add('sweeping', () => sweeping.stop());
  const forgetting = startForgettingParked({
    ...{ index: parked, connections: () => followed.documents(), logger },
    keepMs: config.PROVISIONING_PARKED_RETENTION,
    now: () => instant(Date.now()),
  });
  ending.add('forgetting parked records', () => forgetting.stop());
  if (auditKeys.signer) {
    const { signer } = auditKeys;
    const publishing = startPublishingAudit({ redis, kafka, producer, topics: auditTopicsOf(config), signer, metrics, logger });
    ending.add('the audit', () => publishing.stop());
  }
  const replicas = config.PROVISIONING_REDIS_REPLICAS;
  const trail = await openAuditTrail(
    { redis, address: redisAddress, replicas, digest: auditKeys.digest, metrics, logger },
    ending,
  );
  const appNeeds = appNeedsOf(config, {
    ...{ redis, sealKeys, identities, documents, temporal, store, parked, trail, watch, logger },
    ...{ wake: needs.wake, sourceOf: (ref) => followed.of(ref) },
  });
  const wakingExpired = startWakingExpired(
    appNeeds.holds,
    () => followed.documents(),
    config.PROVISIONING_SWEEP_INTERVAL,
    logger,
  );
  ending.add('waking for expired holds', () => wakingExpired.stop());
  const following = startFollowing({ followed, topics, retire: appNeeds.retire, logger }, followEveryMs);
  ending.add('following connections', () => following.stop());
  const sources = () =>
    followed.topics().flatMap((topic) => {
      const source = followed.ofTopic(topic);
      return source ? [{ topic, source }] : [];
    });
  const readingAnew = startReadingAnew({ watch, topics, sources, logger }, followEveryMs);
  ending.add('reading anew', () => readingAnew.stop());

  const app = await createHttpApp(AppModule.of(appNeeds), {
    service: 'provisioning-service',
    logger,
    metrics,
    bodyLimit: 262_144,
    bodyLimits: { [parkedContentRoute]: 4_194_304 }, // the bytes of a parked record, in base64
    openapi: { title: 'Tallystick provisioning', description: 'Connections, passes and holds, and what became of each user.' },
    auth: tokenVerifierOf(config, logger),
    listening,
    readiness: [
      { name: 'redis', check: async () => void (await redis.ping()) },
      {
        name: 'kafka',
        check: () => topics.joined(),
      },
    ],
  });
  ending.add('HTTP', () => closeHttpApp(app, { announceMs: config.HTTP_ANNOUNCE_MS }));
  noteRefusals(app.getHttpAdapter().getInstance(), {
    trail,
    attempts: new RefusedAttempts({ nowMs: () => performance.now() }),
    isThere: (environment) => followed.documents().some((document) => document.environment === environment),
  });
  addCodec(app, config, appNeeds.audit, logger);
  await app.listen(config.PROVISIONING_PORT, config.PROVISIONING_HOST);
  logger.info({ url: await app.getUrl(), connections: connections.length }, 'the provisioning service listens');

  return { stop: () => ending.end(), done: layout.refused };
}

/** Lets Temporal's UI show payloads; there is nothing to open where they are not sealed. */
function addCodec(
  app: Awaited<ReturnType<typeof createHttpApp>>,
  config: ProvisioningConfig,
  audit: Audit,
  logger: Logger,
): void {
  const { PROVISIONING_PAYLOAD_KEYS_FILE: file, PROVISIONING_TEMPORAL_UI_URL: ui } = config;
  if (file === undefined) return;
  addCodecRoutes(app.getHttpAdapter().getInstance(), {
    keys: readKeyRing(file),
    namespace: config.PROVISIONING_TEMPORAL_NAMESPACE,
    uiOrigins: ui === undefined ? [] : [ui],
    // A payload does not say whose it is.
    onOpening: ({ payloads, ...caller }) =>
      audit.reading(caller, { environment: outsideEnvironments, action: 'open-payloads', facts: { payloads } }),
    logger,
  });
}
