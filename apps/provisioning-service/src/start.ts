import { parseSourceMessage } from '@tallystick/devices-source-kafka';
import { attributesOf } from '@tallystick/devices-source-mapping';
import { type Connection, loadConnections } from '@tallystick/devices-store-file';
import {
  createIdentities,
  type Identities,
  RedisReconciliationStore,
  RedisSourceRecordStore,
} from '@tallystick/devices-store-redis';
import { closeHttpApp, createHttpApp, tokenVerifierOf } from '@tallystick/platform-http';
import { createKafka, createProducer, ensureTopics, type KafkaRecord, runConsumer } from '@tallystick/platform-kafka';
import { createMetrics, type Logger } from '@tallystick/platform-observability';
import { checkDurability, connectRedis } from '@tallystick/platform-redis';
import { readKeyRing } from '@tallystick/platform-secrets';
import { connectTemporal } from '@tallystick/platform-temporal';
import { AppModule } from './app.module.ts';
import { type BridgeNeeds, handleBatch, type Source } from './bridge/bridge.ts';
import { createParking } from './bridge/parking.ts';
import { startSweeping, sweep } from './bridge/sweep.ts';
import { createWake } from './bridge/wake.ts';
import type { ProvisioningConfig } from './config.ts';

/** Puts the service together and starts it. `stop` drains: HTTP first, then the consumer, then the stores. */
export async function startProvisioningService(
  config: ProvisioningConfig,
  logger: Logger,
): Promise<{ readonly stop: () => Promise<void> }> {
  const connections = loadConnections(config.PROVISIONING_CONNECTIONS_FILE, (warning, { environment, connection }) =>
    logger.warn({ environment, connection, warning }, 'a setting of this connection does what few people want'),
  );
  const sealKeys = readKeyRing(config.PROVISIONING_SEAL_KEYS_FILE);
  const identities = createIdentities(readKeyRing(config.PROVISIONING_IDENTITY_KEY_FILE));
  const metrics = createMetrics({ service: 'provisioning-service' });

  const redis = await connectRedis({ url: config.PROVISIONING_REDIS_URL, name: 'provisioning-service', logger });
  // A record that Redis loses after it was signalled is lost until its user changes again.
  for (const fault of await checkDurability(redis)) logger.warn({ fault }, 'the Redis of the source records is not durable');
  const temporal = connectTemporal({
    address: config.PROVISIONING_TEMPORAL_ADDRESS,
    namespace: config.PROVISIONING_TEMPORAL_NAMESPACE,
    logger,
  });
  const kafka = createKafka({ brokers: config.PROVISIONING_KAFKA_BROKERS, clientId: 'tallystick-provisioning', logger });
  if (config.PROVISIONING_CREATE_TOPICS) await ensureTopics(kafka, topicsOf(config, connections));
  const producer = createProducer(kafka);
  const store = new RedisSourceRecordStore(redis, sealKeys);

  const sources = new Map(connections.map((connection) => [connection.source.topic, sourceOf(connection, identities)]));
  const handled = metrics.counter('tallystick_source_records_total', 'Source records by what became of them', [
    'environment',
    'connection',
    'what',
  ]);
  const retried = metrics.counter(
    'tallystick_source_batches_retried_total',
    'Batches that came again because a store or the engine was away',
  );
  const needs: BridgeNeeds & { store: RedisSourceRecordStore } = {
    sourceOf: (topic) => sources.get(topic),
    store,
    wake: createWake(temporal),
    park: createParking(producer, config.PROVISIONING_PARKING_TOPIC, () => new Date()),
    count: ({ environment, connection }, what, records) => handled.inc({ environment, connection, what }, records),
  };

  const consumer = runConsumer({
    kafka,
    groupId: config.PROVISIONING_KAFKA_GROUP,
    topics: [...sources.keys()],
    fromBeginning: true,
    logger,
    concurrency: 4,
    retryDelayMs: { first: 250, max: 5_000 },
    onRetry: ({ topic, partition, attempt, delayMs, error }) => {
      retried.inc();
      logger.warn({ topic, partition, attempt, delayMs, err: error }, 'a batch could not be handled and comes again');
    },
    handleBatch: (records) => handleBatch(needs, records),
  });
  const sweeping = startSweeping(() => sweep(needs, connections), config.PROVISIONING_SWEEP_INTERVAL, logger);

  const app = await createHttpApp(
    AppModule.of({ connections, identities, outcomes: new RedisReconciliationStore(redis, sealKeys) }),
    {
      service: 'provisioning-service',
      logger,
      metrics,
      openapi: { title: 'Tallystick provisioning', description: 'Connections, and what became of each user.' },
      auth: tokenVerifierOf(config, logger),
      readiness: [
        { name: 'redis', check: async () => void (await redis.ping()) },
        { name: 'kafka', check: () => (consumer.assignedPartitions().length > 0 ? Promise.resolve() : consumer.joined) },
      ],
    },
  );
  await app.listen(config.PROVISIONING_PORT, config.PROVISIONING_HOST);
  logger.info({ url: await app.getUrl(), connections: connections.length }, 'the provisioning service listens');

  return {
    stop: async () => {
      await closeHttpApp(app);
      await sweeping.stop();
      await consumer.stop();
      await producer.close();
      await temporal.close();
      await redis.close();
    },
  };
}

const topicsOf = (config: ProvisioningConfig, connections: readonly Connection[]) => [
  ...connections.map(({ source }) => ({ topic: source.topic, numPartitions: 3 })),
  // Larger than the broker's limit for a record: what is parked has headers on top of it.
  {
    topic: config.PROVISIONING_PARKING_TOPIC,
    numPartitions: 1,
    config: { 'max.message.bytes': '4194304', 'retention.ms': '-1' },
  },
  { topic: config.PROVISIONING_OUTCOMES_TOPIC, numPartitions: 3 },
];

/** The source of one connection. Attributes that its mapping does not read are dropped here: what isn't needed isn't kept. */
function sourceOf({ environment, connection, source, mapping }: Connection, identities: Identities): Source {
  const wanted = attributesOf(mapping);
  return {
    environment,
    connection,
    userOf: (sourceKey) => identities.userOf(environment, connection, sourceKey),
    parse: (record: KafkaRecord) => {
      const event = parseSourceMessage(record, source.format);
      if (event.kind !== 'record') return event;
      return { ...event, attributes: Object.fromEntries(Object.entries(event.attributes).filter(([name]) => wanted.has(name))) };
    },
  };
}
