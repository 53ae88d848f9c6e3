import { closeHttpApp, createHttpApp, tokenVerifierOf } from '@tallystick/platform-http';
import { createMetrics, type Logger } from '@tallystick/platform-observability';
import { checkDurability, connectRedis, type Redis } from '@tallystick/platform-redis';
import { readKeyRing } from '@tallystick/platform-secrets';
import { RedisAuditOutbox, RedisTokenRingStore } from '@tallystick/tokens-store-redis';
import { AppModule } from './app.module.ts';
import { auditAndRecovery } from './audit/audit-and-recovery.ts';
import { tellingStore } from './audit/telling-store.ts';
import type { TokenServiceConfig } from './config.ts';
import { connectDelivery } from './delivery/connect-delivery.ts';
import { addWebhookRoute, webhookPaths } from './delivery/webhook-route.ts';
import { DateSweep } from './dates/date-sweep.ts';
import { answerInPingOneShape } from './http/compatible/ping-one-errors.ts';
import { askUntilKnown } from './propagation/ask-until-known.ts';
import { monotonicClock } from './propagation/clock.ts';
import { RegistryWatch } from './propagation/registry-watch.ts';
import { ServerSafety } from './propagation/server-safety.ts';
import { ShardRecovery } from './recovery/shards.controller.ts';
import { AuditNotes } from './rings/audit-notes.ts';
import { createChangeLimits } from './rings/change-limits.ts';
import { ChangeRings } from './rings/change-rings.ts';
import { SealedAnswers, SealedValues } from './rings/sealed-answers.ts';
import { Peppers } from './rings/token-values.ts';
import { connectRotations } from './rotations/connect-rotations.ts';
import { ForgetSightings } from './sightings/forget-sightings.ts';
import { connectSecondRedis } from './sightings/second-redis.ts';

/** The longest silence of the store that is still called slow, in milliseconds. */
const commandTimeoutMs = 2_000;

/**
 * Puts the service together and starts it. It needs the ring Redis and nothing else: without the second Redis adoption is unknown, which the
 * guards take for too many. `stop` lets requests under way end.
 */
export async function startTokenService(
  config: TokenServiceConfig,
  logger: Logger,
): Promise<{ readonly url: string; readonly stop: () => Promise<void> }> {
  const { peppers, answers, seals, auth, keys } = readSecrets(config, logger);
  const metrics = createMetrics({ service: 'token-service' });
  const prefix = config.TOKENS_REDIS_PREFIX;

  const redis = await connectRedis({ url: config.TOKENS_REDIS_URL, name: 'token-service', logger, commandTimeoutMs });
  if (config.TOKENS_SIGHTINGS_REDIS_URL === undefined)
    logger.warn(
      'sightings and witness are on the Redis of the rings: filling it would block revocations, and losing it would go unnoticed; set TOKENS_SIGHTINGS_REDIS_URL',
    );
  const second = connectSecondRedis({ url: config.TOKENS_SIGHTINGS_REDIS_URL ?? config.TOKENS_REDIS_URL, prefix, logger });
  const minReplicas = config.TOKENS_MIN_REPLICAS;
  const store = new RedisTokenRingStore({ client: redis, prefix, minReplicas });
  const safety = new ServerSafety();
  const watch = new RegistryWatch({
    store,
    clock: monotonicClock,
    logger,
    onLook: (look) => safety.seen(look),
    onServer: (serverId) =>
      void askUntilKnown({
        ask: () => isDurable(redis, logger, minReplicas),
        onFailure: (error) => logger.error({ err: error }, 'the settings of the Redis of the token rings can not be read yet'),
        isWanted: () => redis.isOpen,
      }).then((durable) => safety.checked(serverId, durable === true)),
  });
  const { sightings, witness, journalOf } = second;
  const shared = { store, sightings, watch, peppers, answers, seals, logger, nowMs: Date.now };
  const brokers = config.TOKENS_KAFKA_BROKERS;
  const topics = { audit: config.TOKENS_AUDIT_TOPIC, revocations: config.TOKENS_REVOCATIONS_TOPIC };
  const audit = auditAndRecovery({
    ...shared,
    kafka: brokers && { brokers, topics, createTopics: config.TOKENS_CREATE_TOPICS },
    outbox: new RedisAuditOutbox({ client: redis, prefix }),
    witness,
    clock: monotonicClock,
    metrics,
  });
  const changing = { ...shared, store: tellingStore(store, audit.wake) };
  const limiting = { recovery: audit.recovery, limits: createChangeLimits(config.TOKENS_CHANGES_PER_MINUTE) };
  const changes = new ChangeRings({ ...changing, ...limiting, witness, clock: monotonicClock, safety });
  const notes = new AuditNotes({ ...changing, ...limiting });
  const rotations = connectRotations(config, logger);
  const delivery = connectDelivery(config, { ...shared, redis, prefix, journalOf, metrics, keys });

  const app = await createHttpApp(
    AppModule.of({ ...shared, changes, notes, metrics }, new ShardRecovery(audit.recovery), delivery.api, rotations?.port),
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
      readiness: [
        {
          name: 'rings',
          check: () => (watch.isUsable ? Promise.resolve() : Promise.reject(new Error('no shard can be read'))),
        },
      ],
    },
  );
  answerInPingOneShape(app.getHttpAdapter().getInstance());
  addWebhookRoute(app.getHttpAdapter().getInstance(), delivery.webhooks, logger);
  const sweep = new DateSweep({ ...shared, clock: monotonicClock, metrics });
  const forgetting = new ForgetSightings({ ...shared, clock: monotonicClock, random: Math.random });
  await watch.start();
  await audit.start();
  await app.listen(config.TOKENS_PORT, config.TOKENS_HOST);
  sweep.start();
  forgetting.start();
  const url = await app.getUrl();
  logger.info({ url, port: Number(new URL(url).port) }, 'the token service listens');

  return {
    url,
    stop: async () => {
      await closeHttpApp(app);
      await sweep.stop();
      await forgetting.stop();
      await audit.stop();
      await watch.stop();
      await rotations?.close();
      await delivery.close();
      await second.close();
      await redis.close();
    },
  };
}

/** Reads everything that a setting points to, and tells all that is wrong with it together. @throws Error that never quotes a secret. */
function readSecrets(config: TokenServiceConfig, logger: Logger) {
  const faults: string[] = [];
  const attempt = <T>(place: string, make: () => T): T | undefined => {
    try {
      return make();
    } catch (error) {
      faults.push(`${place}${error instanceof Error ? error.message : 'unknown fault'}`);
      return undefined;
    }
  };
  const peppers = attempt('TOKENS_PEPPERS_FILE: ', () => new Peppers(readKeyRing(config.TOKENS_PEPPERS_FILE)));
  const keys = attempt('TOKENS_SEAL_KEYS_FILE: ', () => readKeyRing(config.TOKENS_SEAL_KEYS_FILE));
  const auth = attempt('', () => tokenVerifierOf(config, logger));
  if (!peppers || !keys || !auth) throw new Error(`the configuration has faults: ${faults.join('; ')}`);
  return { peppers, answers: new SealedAnswers(keys, Date.now), seals: new SealedValues(keys), auth, keys };
}

/** Whether nothing was found that could lose rings; what was found is said, in words for the operator. */
async function isDurable(redis: Redis, logger: Logger, minReplicas: number): Promise<boolean> {
  const faults = await checkDurability(redis);
  for (const fault of faults) logger.error({ fault }, 'the Redis of the token rings is not set up to keep them');
  const replicas = Number(/connected_slaves:(\d+)/.exec(await redis.info('replication'))?.[1] ?? 0);
  if (replicas > minReplicas)
    logger.error(
      { replicas, minReplicas },
      'a fail-over of the token rings is not covered: a replica may be promoted that lacks a revocation; TOKENS_MIN_REPLICAS should count them all',
    );
  return faults.length === 0;
}
