import { csv, endingVariables, filePath, flag, hostPort, hostPortList, port, wholeNumber } from '@tallystick/platform-config';
import { tracingVariables } from '@tallystick/platform-observability';
import { auditVariables } from '@tallystick/platform-audit';
import { authVariables, httpVariables, noCertificateVariables, revokingVariables } from '@tallystick/platform-http';
import { kafkaVariables } from '@tallystick/platform-kafka';
import { temporalVariables } from '@tallystick/platform-temporal';
import { redisVariables } from '@tallystick/platform-redis';
import { z } from 'zod';

/** The environment of the token service; all faults are reported together. */
export const tokenServiceConfig = z.object({
  /** Address that the API listens on; `0.0.0.0` in a container. */
  TOKENS_HOST: z.string().default('127.0.0.1'),
  /** Port of the API; 0 is any free one. */
  TOKENS_PORT: port.default(0),
  /** The Redis that keeps the rings: `appendonly yes`, `appendfsync always`, `noeviction`; one, or a primary that sentinels name. */
  ...redisVariables('TOKENS'),
  /**
   * How many replicas could ever be promoted: a change is `bounded` only when all of them have it. 0 for a single server that nothing takes the
   * place of. Left out: nothing is ever `bounded`, for a URL too may lead to another server one day.
   */
  TOKENS_REDIS_REPLICAS: wholeNumber(0, 10).optional(),
  /**
   * The Redis of the sightings and of the rings' witness. Should be another one: filling it must not block a revocation, and what loses the
   * rings must not lose their witness. Default: the Redis of the rings.
   */
  ...redisVariables('TOKENS_SIGHTINGS'),
  /** Before every key; for several installations on one Redis. */
  TOKENS_REDIS_PREFIX: z
    .string()
    .regex(/^[a-z0-9-]{1,40}$/, { error: 'expected a–z, 0–9 and "-"' })
    .default('tally'),
  /** Keys that make the digests of token values. A pepper stays as long as any token, revoked ones included, was made with it. */
  TOKENS_PEPPERS_FILE: filePath,
  /** Keys that seal kept values, and what a repeated request is answered with. */
  TOKENS_SEAL_KEYS_FILE: filePath,
  /** Replicas that must have a change before it is confirmed: all that may be promoted. */
  TOKENS_MIN_REPLICAS: wholeNumber(0, 10).default(0),
  ...kafkaVariables('TOKENS'),
  /** Where the audit goes, and what is revoked. Without it the audit stays in its outbox, which fills up. */
  TOKENS_KAFKA_BROKERS: hostPortList.optional(),
  /** Topic of the audit, kept for ever. */
  TOKENS_AUDIT_TOPIC: z.string().default('tallystick.audit'),
  /** Topic of the signed heads of the audit chains, kept for ever. */
  TOKENS_AUDIT_HEADS_TOPIC: z.string().default('tallystick.audit-heads'),
  /** Compacted. Whoever may write to it can revoke any token. */
  TOKENS_REVOCATIONS_TOPIC: z.string().default('tallystick.revocations'),
  /** For evaluation and tests: creates missing topics with one replica. In production topics are made by whoever runs Kafka. */
  TOKENS_CREATE_TOPICS: flag.default(false),
  ...temporalVariables('TOKENS'),
  /** The Temporal server that carries out rotations. Without it the routes of rotations answer 503, and nothing else is missing. */
  TOKENS_TEMPORAL_ADDRESS: hostPort.optional(),
  /** The key ring that seals what Temporal keeps; the same for every client and worker of the namespace. */
  TOKENS_PAYLOAD_KEYS_FILE: filePath.optional(),
  /** Where values are delivered to MDMs: a mounted document, see `docs/delivery.md`. Without it this service calls nobody. */
  TOKENS_DELIVERY_TARGETS_FILE: filePath.optional(),
  /** Targets name secrets in the folder of their environment below it; the folder of the targets file, unless told. */
  TOKENS_SECRETS_FOLDER: filePath.optional(),
  /** `host:port` that targets may call without TLS: a test. Requests hold values and credentials. */
  TOKENS_DELIVERY_INSECURE_HOSTS: csv.pipe(z.array(hostPort)).default([]),
  /** Changes of one environment, notes apart, and without those that revoke; ten times as many an hour. */
  TOKENS_CHANGES_PER_MINUTE: wholeNumber(1, 100_000).default(120),
  ...auditVariables,
  ...authVariables,
  ...revokingVariables,
  ...httpVariables,
  ...noCertificateVariables,
  ...endingVariables,
  ...tracingVariables,
  /** What is logged: this level and above. */
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error'], { error: 'expected debug, info, warn or error' }).default('info'),
});

export type TokenServiceConfig = z.infer<typeof tokenServiceConfig>;
