import { Module } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { closeHttpApp, createHttpApp, createTokenVerifier, type TokenVerifier } from '@tallystick/platform-http';
import { createMetrics, type Logger } from '@tallystick/platform-observability';
import { connectRedis } from '@tallystick/platform-redis';
import type { KeyRing } from '@tallystick/platform-secrets';
import { RedisTokenRingStore } from '@tallystick/tokens-store-redis';
import { renewTimeoutMs } from '@tallystick/pairing-domain';
import type { ValidatorConfig } from './config.ts';
import { RingFollower, type RingFollowerOptions } from './ring-follower.ts';
import { tableMetrics, verdictMetrics } from './validator-metrics.ts';
import { VerdictController } from './verdict.controller.ts';
import { installVerdictRoute } from './verdict.route.ts';

/** More than this can't be a presentation. */
const bodyLimit = 16_384;
const metricsEveryMs = 1_000;

@Module({ controllers: [VerdictController] })
class ValidatorModule {}

export interface ValidatorNeeds {
  readonly feed: RingFollowerOptions['feed'];
  /** The keys that token digests are made with. */
  readonly peppers: KeyRing;
  readonly auth: TokenVerifier;
  readonly leaseMs: number;
  readonly logger: Logger;
}

export interface Validator {
  readonly app: NestFastifyApplication;
  readonly follower: RingFollower;
  /** Answers what is under way, then leaves. */
  readonly stop: () => Promise<void>;
}

/** Puts a validator together on any feed, and starts to follow it. The caller listens. */
export async function createValidator({ feed, peppers, auth, leaseMs, logger }: ValidatorNeeds): Promise<Validator> {
  const follower = new RingFollower({ feed, leaseMs, logger });
  const metrics = createMetrics({ service: 'pairing-validator' });
  const app = await createHttpApp(ValidatorModule, {
    service: 'pairing-validator',
    logger,
    auth,
    metrics,
    bodyLimit,
    openapi: { title: 'Tallystick pairing validator', description: 'Whether a device may pair or authenticate now.' },
    readiness: [
      {
        name: 'ring-leases',
        check: () => (follower.isReady() ? Promise.resolve() : Promise.reject(new Error('leases are missing'))),
      },
    ],
  });
  const fastify = app.getHttpAdapter().getInstance();
  installVerdictRoute(fastify, { follower, peppers, metrics: verdictMetrics(metrics), logger });
  const update = tableMetrics(metrics, follower, peppers);
  await follower.start();
  update();
  const timer = setInterval(update, metricsEveryMs);
  return {
    app,
    follower,
    stop: async () => {
      clearInterval(timer);
      await closeHttpApp(app);
      await follower.stop();
    },
  };
}

/** A validator on Redis, listening. */
export async function startValidator(
  config: ValidatorConfig,
  logger: Logger,
): Promise<{ readonly url: string; readonly stop: () => Promise<void> }> {
  const leaseMs = config.VALIDATOR_LEASE_MS;
  const redisOptions = { url: config.VALIDATOR_REDIS_URL, logger, commandTimeoutMs: renewTimeoutMs(leaseMs) };
  const client = await connectRedis({ ...redisOptions, name: 'pairing-validator' });
  const hints = await connectRedis({ ...redisOptions, name: 'pairing-validator-hints' });
  const { app, stop } = await createValidator({
    feed: new RedisTokenRingStore({
      client,
      hints,
      prefix: config.VALIDATOR_REDIS_PREFIX,
      minReplicas: config.VALIDATOR_MIN_REPLICAS,
      replicaTimeoutMs: Math.floor(renewTimeoutMs(leaseMs) / 2),
    }),
    peppers: config.VALIDATOR_PEPPERS_FILE,
    auth: createTokenVerifier({ jwks: config.AUTH_JWKS, issuer: config.AUTH_ISSUER, audience: config.AUTH_AUDIENCE }),
    leaseMs,
    logger,
  });
  await app.listen(config.VALIDATOR_PORT, config.VALIDATOR_HOST);
  const url = await app.getUrl();
  logger.info({ url }, 'the validator listens');
  return {
    url,
    stop: async () => {
      await stop();
      client.destroy();
      hints.destroy();
    },
  };
}
