import { csv, filePath, flag, hostPort, hostPortList, port, url, wholeNumber } from '@tallystick/platform-config';
import { authVariables } from '@tallystick/platform-http';
import { z } from 'zod';

/** The environment of the token service; all faults are reported together. */
export const tokenServiceConfig = z.object({
  TOKENS_HOST: z.string().default('127.0.0.1'),
  TOKENS_PORT: port.default(0),
  /** The Redis that keeps the rings: `appendonly yes`, `appendfsync always`, `noeviction`. */
  TOKENS_REDIS_URL: url('redis', 'rediss'),
  /**
   * The Redis of the sightings and of the rings' witness. Should be another one: filling it must not block a revocation, and what loses the
   * rings must not lose their witness. Default: the Redis of the rings.
   */
  TOKENS_SIGHTINGS_REDIS_URL: url('redis', 'rediss').optional(),
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
  /** Where the audit goes, and what is revoked. Without it the audit stays in its outbox, which fills up. */
  TOKENS_KAFKA_BROKERS: hostPortList.optional(),
  TOKENS_AUDIT_TOPIC: z.string().default('tallystick.audit'),
  /** Compacted. Whoever may write to it can revoke any token. */
  TOKENS_REVOCATIONS_TOPIC: z.string().default('tallystick.revocations'),
  TOKENS_CREATE_TOPICS: flag.default(false),
  /** The Temporal server that carries out rotations. Without it the routes of rotations answer 503, and nothing else is missing. */
  TOKENS_TEMPORAL_ADDRESS: hostPort.optional(),
  /** Default: `default`. */
  TOKENS_TEMPORAL_NAMESPACE: z.string().optional(),
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
  ...authVariables,
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error'], { error: 'expected debug, info, warn or error' }).default('info'),
});

export type TokenServiceConfig = z.infer<typeof tokenServiceConfig>;
