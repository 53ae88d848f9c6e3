import { Module } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { renewTimeoutMs } from '@tallystick/pairing-domain';
import { Ending, SettingsError } from '@tallystick/platform-config';
import {
  closeHttpApp,
  createHttpApp,
  type HttpListening,
  listeningOf,
  type TokenVerifier,
  tokenVerifierOf,
} from '@tallystick/platform-http';
import { kafkaAddressOf } from '@tallystick/platform-kafka';
import { createMetrics, type Logger } from '@tallystick/platform-observability';
import { connectRedis, optionalRedisAddressOf, redisAddressOf } from '@tallystick/platform-redis';
import type { KeyRing } from '@tallystick/platform-secrets';
import type { PepperId, RingWitness, SightingStore } from '@tallystick/tokens-domain';
import { RedisRingWitness, RedisSightingStore, RedisTokenRingStore, sightingsLayout } from '@tallystick/tokens-store-redis';
import type { ValidatorConfig } from './config.ts';
import { kafkaSink, type StoppableSink } from './events/kafka-sink.ts';
import { type JudgedPresentation, verdictEventOf } from './events/verdict-event.ts';
import { VerdictEvents } from './events/verdict-events.ts';
import { connectLate } from './late-redis.ts';
import { createRefusalLimit } from './limits/refusal-limit.ts';
import { digestsOf, present } from './present.ts';
import { RingFollower, type RingFollowerOptions } from './ring-follower.ts';
import { SightingRecorder } from './sightings/sighting-recorder.ts';
import { bufferMetrics, tableMetrics, verdictMetrics } from './validator-metrics.ts';
import { VerdictController } from './verdict.controller.ts';
import { fastVerdictRoute, installVerdictRoute, type VerdictRouteNeeds } from './verdict.route.ts';

/** More than this can't be a presentation. */
const bodyLimit = 16_384;
const metricsEveryMs = 1_000;
/** For a page of a load, and for the second Redis: a slow answer there costs no lease. */
const patientTimeoutMs = 10_000;
/** With a shorter one, replicas that wait for their disks would have too little time to confirm renewals. */
const leastReplicatedLeaseMs = 1_500;

@Module({ controllers: [VerdictController] })
class ValidatorModule {}

export interface ValidatorNeeds {
  readonly feed: RingFollowerOptions['feed'];
  readonly witness: Pick<RingWitness, 'read'>;
  readonly sightings: Pick<SightingStore, 'record'>;
  /** Where verdict events go; undefined: nowhere. */
  readonly events: StoppableSink | undefined;
  /** The keys that token digests are made with. */
  readonly peppers: KeyRing;
  readonly auth: TokenVerifier;
  readonly listening?: HttpListening;
  readonly leaseMs: number;
  readonly refusalsPerMinute: number;
  /** See `HTTP_ANNOUNCE_MS`. Default 0. */
  readonly announceMs?: number;
  readonly logger: Logger;
}

export interface Validator {
  readonly app: NestFastifyApplication;
  readonly follower: RingFollower;
  /** Answers what is under way, leaves, and writes what waits to be written, within bounds. */
  readonly stop: () => Promise<void>;
}

/** Puts a validator together on any stores, and starts to follow the rings. The caller listens. */
export async function createValidator(needs: ValidatorNeeds, ending = new Ending()): Promise<Validator> {
  const { feed, witness, peppers, auth, leaseMs, logger } = needs;
  const pepperIds = [...peppers.keys.keys()] as PepperId[];
  const follower = new RingFollower({ feed, witness, peppers: pepperIds, leaseMs, logger });
  const sightings = new SightingRecorder({ store: needs.sightings, logger });
  const events = needs.events && new VerdictEvents({ sink: needs.events, logger });
  const metrics = createMetrics({ service: 'pairing-validator' });
  const counters = verdictMetrics(metrics);
  const route: VerdictRouteNeeds = {
    follower,
    present: (body) => present(body, peppers),
    isUnmarkedToken: (environment, text) => follower.isUnmarkedToken(environment, () => digestsOf(text, peppers)),
    limit: createRefusalLimit(needs.refusalsPerMinute),
    record: (judged) => {
      sight(sightings, judged);
      events?.add(judged.environment, verdictEventOf(judged));
    },
    metrics: counters,
    logger,
  };
  const app = await createHttpApp(ValidatorModule, {
    service: 'pairing-validator',
    logger,
    auth,
    ...(needs.listening && { listening: needs.listening }),
    metrics,
    bodyLimit,
    fastRoute: fastVerdictRoute(route),
    openapi: {
      title: 'Tallystick pairing validator',
      description: 'Whether a device may pair or authenticate now.',
      certificates: true,
    },
    readiness: [
      {
        name: 'ring-leases',
        check: () => (follower.isReady() ? Promise.resolve() : Promise.reject(new Error('leases are missing'))),
      },
    ],
  });
  installVerdictRoute(app.getHttpAdapter().getInstance(), route);
  const gauges = [
    counters.update,
    tableMetrics(metrics, follower, new Set(pepperIds)),
    bufferMetrics(metrics, { sightings: () => sightings.figures, events: events && (() => events.figures) }),
  ];
  const update = () => gauges.forEach((each) => each());
  const timer = setInterval(update, metricsEveryMs);
  ending.add('sightings and events', async () => {
    clearInterval(timer);
    await Promise.all([sightings.stop(), events?.stop().then(() => needs.events?.stop())]);
  });
  ending.add('leaving the rings', () => follower.stop());
  ending.add('HTTP', () => closeHttpApp(app, { announceMs: needs.announceMs ?? 0 }));
  follower.start();
  update();
  return {
    app,
    follower,
    stop: () => ending.end(),
  };
}

function sight(sightings: SightingRecorder, { environment, at, verdict, device, facts }: JudgedPresentation): void {
  if (device === undefined || verdict.presented === undefined) return;
  const { presented, siblings } = verdict;
  const platform = facts?.platform ?? 'other';
  sightings.add(environment, { device, presented, platform, at, ...(siblings === undefined ? {} : { siblings }) });
}

/** A validator on Redis, listening. */
export async function startValidator(
  config: ValidatorConfig,
  logger: Logger,
  ending = new Ending(),
): Promise<{ readonly url: string; readonly stop: () => Promise<void> }> {
  const leaseMs = config.VALIDATOR_LEASE_MS;
  const prefix = config.VALIDATOR_REDIS_PREFIX;
  const auth = tokenVerifierOf(config, logger);
  const listening = listeningOf(config, { host: config.VALIDATOR_HOST, logger });
  const kafka = kafkaAddressOf('VALIDATOR', config);
  const address = redisAddressOf('VALIDATOR', config);
  const secondAddress = optionalRedisAddressOf('VALIDATOR_SIGHTINGS', config);
  if (config.VALIDATOR_MIN_REPLICAS > 0 && leaseMs < leastReplicatedLeaseMs)
    throw new SettingsError([
      {
        variable: 'VALIDATOR_LEASE_MS',
        expected: `expected ${leastReplicatedLeaseMs} or more with VALIDATOR_MIN_REPLICAS: a sixth of it is all the time that replicas have`,
      },
    ]);
  const redis = { ...address, logger };
  const commandTimeoutMs = renewTimeoutMs(leaseMs);
  const toEnd = <C extends { readonly destroy: () => void }>(connection: C): C => {
    ending.add('a connection to Redis', () => connection.destroy());
    return connection;
  };
  const client = toEnd(await connectRedis({ ...redis, name: 'pairing-validator', commandTimeoutMs }));
  const hints = toEnd(await connectRedis({ ...redis, name: 'pairing-validator-hints', commandTimeoutMs }));
  // A connection of its own: a long load holds up no renewal, and may take longer than one.
  const loader = toEnd(await connectRedis({ ...redis, name: 'pairing-validator-loads', commandTimeoutMs: patientTimeoutMs }));
  const second = toEnd(
    connectLate(
      { ...(secondAddress ?? address), name: 'pairing-validator-sightings', logger, commandTimeoutMs: patientTimeoutMs },
      sightingsLayout(prefix),
    ),
  );
  if (secondAddress === undefined)
    logger.warn(
      'VALIDATOR_SIGHTINGS_REDIS_… is not set: sightings and the witness of the rings share the ring Redis, so sightings can fill it, and a loss of it goes unnoticed',
    );
  const replicas = {
    minReplicas: config.VALIDATOR_MIN_REPLICAS,
    replicaTimeoutMs: Math.floor(renewTimeoutMs(leaseMs) / 2),
  };
  const feed = new RedisTokenRingStore({ client, hints, prefix, ...replicas });
  const loads = new RedisTokenRingStore({ client: loader, prefix });
  const { app } = await createValidator(
    {
      feed: {
        shards: feed.shards,
        shardOf: (environment) => feed.shardOf(environment),
        renew: (shard, member) => feed.renew(shard, member),
        load: (shard, epoch) => loads.load(shard, epoch),
        leave: (shard, member) => feed.leave(shard, member),
        onHint: (listener) => feed.onHint(listener),
      },
      witness: { read: async (...of) => new RedisRingWitness({ client: await second.first(), prefix }).read(...of) },
      sightings: { record: async (...batch) => new RedisSightingStore({ client: second.client(), prefix }).record(...batch) },
      events: kafka && kafkaSink(kafka, config.VALIDATOR_CREATE_TOPICS, logger),
      peppers: config.VALIDATOR_PEPPERS_FILE,
      auth,
      listening,
      leaseMs,
      refusalsPerMinute: config.VALIDATOR_REFUSALS_PER_MINUTE,
      announceMs: config.HTTP_ANNOUNCE_MS,
      logger,
    },
    ending,
  );
  await app.listen(config.VALIDATOR_PORT, config.VALIDATOR_HOST);
  const url = await app.getUrl();
  logger.info({ url }, 'the validator listens');
  return { url, stop: () => ending.end() };
}
