import { closeHttpApp, createHttpApp, createTokenVerifier } from '@tallystick/platform-http';
import { createMetrics, type Logger } from '@tallystick/platform-observability';
import { checkDurability, connectRedis, type Redis } from '@tallystick/platform-redis';
import { readKeyRing } from '@tallystick/platform-secrets';
import { RedisTokenRingStore } from '@tallystick/tokens-store-redis';
import { AppModule } from './app.module.ts';
import type { TokenServiceConfig } from './config.ts';
import { monotonicClock } from './propagation/clock.ts';
import { RegistryWatch } from './propagation/registry-watch.ts';
import { ChangeRings } from './rings/change-rings.ts';
import { SealedAnswers } from './rings/sealed-answers.ts';
import { Peppers } from './rings/token-values.ts';

/** The longest silence of the store that is still called slow, in milliseconds. */
const commandTimeoutMs = 2_000;

/** Puts the service together and starts it. It needs the ring Redis and nothing else. `stop` lets requests under way end. */
export async function startTokenService(
  config: TokenServiceConfig,
  logger: Logger,
): Promise<{ readonly url: string; readonly stop: () => Promise<void> }> {
  const { peppers, answers, auth } = readSecrets(config);
  const metrics = createMetrics({ service: 'token-service' });

  const redis = await connectRedis({ url: config.TOKENS_REDIS_URL, name: 'token-service', logger, commandTimeoutMs });
  const minReplicas = config.TOKENS_MIN_REPLICAS;
  const store = new RedisTokenRingStore({ client: redis, prefix: config.TOKENS_REDIS_PREFIX, minReplicas });
  const watch = new RegistryWatch({
    store,
    clock: monotonicClock,
    logger,
    onServer: () => void sayFaults(redis, logger, minReplicas),
  });
  const changes = new ChangeRings({ store, watch, clock: monotonicClock, peppers, answers, nowMs: Date.now });

  const app = await createHttpApp(AppModule.of({ store, changes, watch, nowMs: Date.now }), {
    service: 'token-service',
    logger,
    metrics,
    openapi: {
      title: 'Tallystick tokens',
      description: 'Managed-device tokens: requirement, tokens, revocation that is true everywhere.',
    },
    auth,
    readiness: [
      {
        name: 'rings',
        check: () => (watch.isUsable ? Promise.resolve() : Promise.reject(new Error('no shard can be read'))),
      },
    ],
  });
  await watch.start();
  await app.listen(config.TOKENS_PORT, config.TOKENS_HOST);
  const url = await app.getUrl();
  logger.info({ url, port: Number(new URL(url).port) }, 'the token service listens');

  return {
    url,
    stop: async () => {
      await closeHttpApp(app);
      await watch.stop();
      await redis.close();
    },
  };
}

/** Reads everything that a setting points to, and tells all that is wrong with it together. @throws Error that never quotes a secret. */
function readSecrets(config: TokenServiceConfig) {
  const faults: string[] = [];
  const attempt = <T>(variable: string, make: () => T): T | undefined => {
    try {
      return make();
    } catch (error) {
      faults.push(`${variable}: ${error instanceof Error ? error.message : 'unknown fault'}`);
      return undefined;
    }
  };
  const peppers = attempt('TOKENS_PEPPERS_FILE', () => new Peppers(readKeyRing(config.TOKENS_PEPPERS_FILE)));
  const answers = attempt('TOKENS_SEAL_KEYS_FILE', () => new SealedAnswers(readKeyRing(config.TOKENS_SEAL_KEYS_FILE), Date.now));
  const auth = attempt('AUTH_JWKS', () =>
    createTokenVerifier({ jwks: config.AUTH_JWKS, issuer: config.AUTH_ISSUER, audience: config.AUTH_AUDIENCE }),
  );
  if (!peppers || !answers || !auth) throw new Error(`the configuration has faults: ${faults.join('; ')}`);
  return { peppers, answers, auth };
}

/** What could lose rings, in words for the operator; at the start, and again for every other server. */
async function sayFaults(redis: Redis, logger: Logger, minReplicas: number): Promise<void> {
  try {
    for (const fault of await checkDurability(redis))
      logger.error({ fault }, 'the Redis of the token rings is not set up to keep them');
    const replicas = Number(/connected_slaves:(\d+)/.exec(await redis.info('replication'))?.[1] ?? 0);
    if (replicas > minReplicas)
      logger.error(
        { replicas, minReplicas },
        'a fail-over of the token rings is not covered: a replica may be promoted that lacks a revocation; TOKENS_MIN_REPLICAS should count them all',
      );
  } catch (error) {
    logger.error({ err: error }, 'the settings of the Redis of the token rings can not be read');
  }
}
