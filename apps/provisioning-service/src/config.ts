import { durationMs, endingVariables, filePath, flag, port, url, wholeNumber } from '@tallystick/platform-config';
import { auditVariables } from '@tallystick/platform-audit';
import { tracingVariables } from '@tallystick/platform-observability';
import { authVariables, httpVariables, noCertificateVariables } from '@tallystick/platform-http';
import { kafkaVariables } from '@tallystick/platform-kafka';
import { temporalVariables } from '@tallystick/platform-temporal';
import { redisVariables } from '@tallystick/platform-redis';
import { z } from 'zod';

export const provisioningConfig = z.object({
  /** Address that the API listens on; `0.0.0.0` in a container. */
  PROVISIONING_HOST: z.string().default('127.0.0.1'),
  /** Port of the API; 0 is any free one. */
  PROVISIONING_PORT: port.default(0),
  /** The Redis of source records, users, holds and, without a mounted file, connections: `appendonly yes`, `appendfsync always`, `noeviction`. */
  ...redisVariables('PROVISIONING'),
  /**
   * Replicas that must have a note in the audit before the change is made, or the reading shown, that it is about: all that could be promoted. With
   * fewer it is refused. 0: a fail-over may lose the note of a change that was made.
   */
  PROVISIONING_REDIS_REPLICAS: wholeNumber(0, 10).default(0),
  ...kafkaVariables('PROVISIONING'),
  /** Consumer group of the bridge; the same for all its processes. */
  PROVISIONING_KAFKA_GROUP: z.string().default('tallystick-provisioning'),
  /** Topic where records that can not be handled wait for a person. */
  PROVISIONING_PARKING_TOPIC: z.string().default('tallystick.parked'),
  /**
   * How long a parked record is kept: one that nobody settled until then is forgotten, and what it said is lost. The parking topic gets it as
   * its `retention.ms` when it is made here; one that is there keeps its own.
   */
  PROVISIONING_PARKED_RETENTION: durationMs
    .refine((ms) => ms >= 3_600_000, { error: 'expected an hour or more: people have to see what is parked' })
    .default(30 * 86_400_000),
  /** Topic of the audit, kept for ever, and that of its signed heads. */
  PROVISIONING_AUDIT_TOPIC: z.string().default('tallystick.audit'),
  /** Topic of the signed heads of the audit, kept for ever. */
  PROVISIONING_AUDIT_HEADS_TOPIC: z.string().default('tallystick.audit-heads'),
  /** Topic of what became of each user; the same as the worker's. */
  PROVISIONING_OUTCOMES_TOPIC: z.string().default('tallystick.outcomes'),
  /** For evaluation and tests: creates missing topics with one replica. In production topics are made by whoever runs Kafka. */
  PROVISIONING_CREATE_TOPICS: flag.default(false),
  ...temporalVariables('PROVISIONING'),
  /** Where Temporal's web UI is served: answers link to it, and its pages may ask to open payloads. */
  PROVISIONING_TEMPORAL_UI_URL: url('http', 'https').optional(),
  /** The key ring that seals what Temporal keeps; the same for every client and worker of the namespace. Without it, it is kept in clear. */
  PROVISIONING_PAYLOAD_KEYS_FILE: filePath.optional(),
  /** Connections of a mounted file, which then can't be changed over HTTP; without it they are kept in Redis. */
  PROVISIONING_CONNECTIONS_FILE: filePath.optional(),
  /**
   * `own`: a connection that is saved over HTTP reads only topics whose names begin with its environment and a dot, so that whoever operates
   * one environment can't have another one's people read. `any`: where all environments are one organisation's. A mounted file may name any.
   */
  PROVISIONING_TOPICS: z.enum(['own', 'any']).default('own'),
  /** The key ring that seals what is kept of people; the same as the worker's. */
  PROVISIONING_SEAL_KEYS_FILE: filePath,
  /** The key ring of the keyed hashes that users are named by; the same as the worker's. To change its key is to forget everybody. */
  PROVISIONING_IDENTITY_KEY_FILE: filePath,
  /** How often wake-ups that were never confirmed are repeated. */
  PROVISIONING_SWEEP_INTERVAL: durationMs.default(60_000),
  ...authVariables,
  ...httpVariables,
  ...noCertificateVariables,
  ...auditVariables,
  ...endingVariables,
  ...tracingVariables,
  /** What is logged: this level and above. */
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
});

export type ProvisioningConfig = z.infer<typeof provisioningConfig>;
