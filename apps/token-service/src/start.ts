import { Ending, SettingsError } from '@tallystick/platform-config';
import { auditKeysOf, RefusedAttempts } from '@tallystick/platform-audit';
import { breakGlassOf, closeHttpApp, createHttpApp, listeningOf, tokenVerifierOf } from '@tallystick/platform-http';
import { kafkaAddressOf } from '@tallystick/platform-kafka';
import { createMetrics, type Logger } from '@tallystick/platform-observability';
import { checkNodes, connectRedis, optionalRedisAddressOf, redisAddressOf, redisFacts } from '@tallystick/platform-redis';
import { readKeyRing } from '@tallystick/platform-secrets';
import { temporalAddressOf } from '@tallystick/platform-temporal';
import { RedisAuditOutbox, RedisTokenRingStore } from '@tallystick/tokens-store-redis';
import { AppModule } from './app.module.ts';
import { auditAndRecovery } from './audit/audit-and-recovery.ts';
import { BreakGlassAlarm } from './audit/break-glass-alarm.ts';
import { createBreakGlassLimit } from './audit/break-glass-limit.ts';
import { noteRefusals } from './audit/note-refusals.ts';
import { keepRequestIds } from './audit/request-context.ts';
import { tellingStore } from './audit/telling-store.ts';
import type { TokenServiceConfig } from './config.ts';
import { connectDelivery } from './delivery/connect-delivery.ts';
import { addWebhookRoute, webhookPaths } from './delivery/webhook-route.ts';
import { DateSweep } from './dates/date-sweep.ts';
import { answerInPingOneShape } from './http/compatible/ping-one-errors.ts';
import { monotonicClock } from './propagation/clock.ts';
import { RegistryWatch } from './propagation/registry-watch.ts';
import { ServerChecks } from './propagation/server-checks.ts';
import { ServerSafety } from './propagation/server-safety.ts';
import { ShardRecovery } from './recovery/shards.controller.ts';
import { AuditNotes } from './rings/audit-notes.ts';
import { createChangeLimits } from './rings/change-limits.ts';
import { ChangeRings } from './rings/change-rings.ts';
import { SealedAnswers, SealedValues } from './rings/sealed-answers.ts';
import { Peppers } from './rings/token-values.ts';
import { connectRotations } from './rotations/connect-rotations.ts';
import { declareBreakGlassMetrics, declareDurabilityMetrics, declareRevokeMetrics } from './token-metrics.ts';
import { ForgetSightings } from './sightings/forget-sightings.ts';
import { connectSecondRedis } from './sightings/second-redis.ts';
import { auditTopicsOf } from './topics.ts';

/** The longest silence of the store that is still called slow, in milliseconds. */
const commandTimeoutMs = 2_000;

/**
 * Puts the service together and starts it. It needs the ring Redis and nothing else: without the second Redis adoption is unknown, which the
 * guards take for too many. `stop` lets requests under way end, and so does `ending`, also of a start that is not over.
 */
export async function startTokenService(
  config: TokenServiceConfig,
  logger: Logger,
  ending = new Ending(),
): Promise<{ readonly url: string; readonly stop: () => Promise<void> }> {
  const { peppers, answers, seals, auth, listening, keys, kafka, temporal, signer, digest } = readSecrets(config, logger);
  const metrics = createMetrics({ service: 'token-service' });
  const prefix = config.TOKENS_REDIS_PREFIX;

  const { address, secondAddress, electable } = redisPlaces(config, logger);
  const redis = await connectRedis({ ...address, name: 'token-service', logger, commandTimeoutMs });
  ending.add('the Redis of the rings', () => redis.close());
  // Of their own: a change waits for replicas, which blocks its connection, and must not hold up what shows who has applied it.
  const looking = await connectRedis({ ...address, name: 'token-service-looks', logger, commandTimeoutMs });
  ending.add('the looks at the rings', () => looking.close());
  if (secondAddress === undefined)
    logger.warn(
      'sightings and witness are on the Redis of the rings: filling it would block revocations, and losing it would go unnoticed; set TOKENS_SIGHTINGS_REDIS_URL',
    );
  const second = connectSecondRedis({ address: secondAddress ?? address, prefix, logger });
  ending.add('the Redis of the sightings', () => second.close());
  const minReplicas = config.TOKENS_MIN_REPLICAS;
  const store = new RedisTokenRingStore({ client: redis, prefix, minReplicas, replicas: electable ?? 0 });
  const safety = new ServerSafety({ electable });
  const durability = declareDurabilityMetrics(metrics);
  const { revoked } = declareRevokeMetrics(metrics);
  const checks = new ServerChecks({
    check: () => checkNodes(looking),
    safety,
    electable,
    knownReplicas: () => redisFacts(looking).mostReplicas,
    clock: monotonicClock,
    logger,
    onChecked: (faults) => durability.set({ store: 'rings' }, faults),
    isWanted: () => looking.isOpen,
  });
  const watch = new RegistryWatch({
    store: new RedisTokenRingStore({ client: looking, prefix }),
    clock: monotonicClock,
    logger,
    onLook: (look) => checks.seen(look),
  });
  const { sightings, witness, journalOf } = second;
  const shared = { digest, store, sightings, watch, peppers, answers, seals, logger, nowMs: Date.now };
  const topics = auditTopicsOf(config);
  const audit = auditAndRecovery({
    ...shared,
    kafka: kafka && signer && { address: kafka, topics, createTopics: config.TOKENS_CREATE_TOPICS, signer },
    outbox: new RedisAuditOutbox({ client: redis, prefix }),
    witness,
    clock: monotonicClock,
    metrics,
  });
  const changing = { ...shared, store: tellingStore(store, audit.wake) };
  const limiting = { recovery: audit.recovery, limits: createChangeLimits(config.TOKENS_CHANGES_PER_MINUTE) };
  const parted = () => [redis, looking].forEach((client) => redisFacts(client).renew());
  const changes = new ChangeRings({ ...changing, ...limiting, witness, clock: monotonicClock, safety, revoked, parted });
  const notes = new AuditNotes({ ...changing, ...limiting });
  const rotations = connectRotations({ address: temporal, payloadKeysFile: config.TOKENS_PAYLOAD_KEYS_FILE }, logger);
  if (rotations) ending.add('Temporal', () => rotations.close());
  const delivery = connectDelivery(config, { ...shared, redis, prefix, journalOf, metrics, keys });
  ending.add('deliveries', () => delivery.close());

  const alarm = new BreakGlassAlarm({ redis, prefix, tell: declareBreakGlassMetrics(metrics).used, logger });
  const breakGlassLimit = createBreakGlassLimit(config.AUTH_BREAK_GLASS_PER_MINUTE, () => performance.now());
  const breakGlass = breakGlassOf(config, { auth, logger, onUse: (at) => alarm.used(at) });
  if (breakGlass && !listening.tls)
    logger.warn('the break-glass credential is accepted from this machine only, for HTTP_TLS_CERT_FILE is not set');
  const app = await createHttpApp(
    AppModule.of(
      { ...shared, changes, notes, metrics, breakGlassLimit },
      new ShardRecovery(audit.recovery),
      delivery.api,
      rotations?.port,
    ),
    {
      service: 'token-service',
      logger,
      metrics,
      openapi: {
        title: 'Tallystick tokens',
        description:
          'Managed-device tokens: requirement, tokens, revocation that is true everywhere. Every change needs an Idempotency-Key and a reason, which is in the audit; only the compatible API does without.',
        paths: webhookPaths,
      },
      auth,
      breakGlass,
      listening,
      readiness: [
        {
          name: 'rings',
          check: () => (watch.isUsable ? Promise.resolve() : Promise.reject(new Error('no shard can be read'))),
        },
      ],
    },
  );
  keepRequestIds(app.getHttpAdapter().getInstance());
  const attempts = new RefusedAttempts({ nowMs: () => monotonicClock.nowMs() });
  noteRefusals(app.getHttpAdapter().getInstance(), { notes, attempts, logger });
  answerInPingOneShape(app.getHttpAdapter().getInstance());
  addWebhookRoute(app.getHttpAdapter().getInstance(), delivery.webhooks, logger);
  const sweep = new DateSweep({ ...shared, clock: monotonicClock, metrics });
  const forgetting = new ForgetSightings({ ...shared, clock: monotonicClock, random: Math.random });
  ending.add('the watch of the validators', () => watch.stop());
  ending.add('the audit', () => audit.stop());
  ending.add('forgetting', () => forgetting.stop());
  ending.add('the sweep of dates', () => sweep.stop());
  ending.add('HTTP', () => closeHttpApp(app, { announceMs: config.HTTP_ANNOUNCE_MS }));
  await alarm.start();
  await watch.start();
  await audit.start();
  await app.listen(config.TOKENS_PORT, config.TOKENS_HOST);
  sweep.start();
  forgetting.start();
  const url = await app.getUrl();
  logger.info({ url, port: Number(new URL(url).port) }, 'the token service listens');

  return {
    url,
    stop: () => ending.end(),
  };
}

/** Reads everything that a setting points to, and tells all that is wrong with it together. @throws Error that never quotes a secret. */
function readSecrets(config: TokenServiceConfig, logger: Logger) {
  const faults: string[] = [];
  const attempt = <T>(place: string, make: () => T): T | undefined => {
    try {
      return make();
    } catch (error) {
      if (error instanceof SettingsError)
        faults.push(...error.faults.map(({ variable, expected }) => `${variable}: ${expected}`));
      else faults.push(`${place}${error instanceof Error ? error.message : 'unknown fault'}`);
      return undefined;
    }
  };
  const peppers = attempt('TOKENS_PEPPERS_FILE: ', () => new Peppers(readKeyRing(config.TOKENS_PEPPERS_FILE)));
  const keys = attempt('TOKENS_SEAL_KEYS_FILE: ', () => readKeyRing(config.TOKENS_SEAL_KEYS_FILE));
  const auth = attempt('', () => tokenVerifierOf(config, logger));
  const listening = attempt('', () => listeningOf(config, { host: config.TOKENS_HOST, logger }));
  const kafka = attempt('', () => kafkaAddressOf('TOKENS', config));
  const temporal = attempt('', () => temporalAddressOf('TOKENS', config));
  const neededBecause = config.TOKENS_KAFKA_BROKERS && 'TOKENS_KAFKA_BROKERS';
  const { signer, digest } = attempt('', () => auditKeysOf(config, { neededBecause })) ?? {};
  if (!peppers || !keys || !auth || !listening || faults.length > 0)
    throw new Error(`the configuration has faults: ${faults.join('; ')}`);
  return {
    peppers,
    answers: new SealedAnswers(keys, Date.now),
    seals: new SealedValues(keys),
    auth,
    listening,
    keys,
    kafka,
    temporal,
    signer,
    digest,
  };
}

/** Where the two Redis are, and how many replicas of the first could be promoted. @throws SettingsError. */
function redisPlaces(config: TokenServiceConfig, logger: Logger) {
  const address = redisAddressOf('TOKENS', config);
  const secondAddress = optionalRedisAddressOf('TOKENS_SIGHTINGS', config);
  const electable = config.TOKENS_REDIS_REPLICAS;
  if (electable === undefined)
    logger.warn(
      'TOKENS_REDIS_REPLICAS is not set: nobody knows how many servers could take the place of this one, so no revocation will be called bounded; 0 says that a single server has none',
    );
  return { address, secondAddress, electable };
}
