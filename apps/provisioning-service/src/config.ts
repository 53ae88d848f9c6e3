import { durationMs, filePath, flag, hostPort, hostPortList, port, url } from '@tallystick/platform-config';
import { authVariables } from '@tallystick/platform-http';
import { z } from 'zod';

export const provisioningConfig = z.object({
  PROVISIONING_HOST: z.string().default('127.0.0.1'),
  PROVISIONING_PORT: port.default(0),
  PROVISIONING_REDIS_URL: url('redis', 'rediss'),
  PROVISIONING_KAFKA_BROKERS: hostPortList,
  PROVISIONING_KAFKA_GROUP: z.string().default('tallystick-provisioning'),
  PROVISIONING_PARKING_TOPIC: z.string().default('tallystick.parked'),
  PROVISIONING_OUTCOMES_TOPIC: z.string().default('tallystick.outcomes'),
  /** For evaluation and tests: creates missing topics with one replica. In production topics are made by whoever runs Kafka. */
  PROVISIONING_CREATE_TOPICS: flag.default(false),
  PROVISIONING_TEMPORAL_ADDRESS: hostPort,
  PROVISIONING_TEMPORAL_NAMESPACE: z.string().default('default'),
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
  PROVISIONING_SEAL_KEYS_FILE: filePath,
  PROVISIONING_IDENTITY_KEY_FILE: filePath,
  /** How often wake-ups that were never confirmed are repeated. */
  PROVISIONING_SWEEP_INTERVAL: durationMs.default(60_000),
  ...authVariables,
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
});

export type ProvisioningConfig = z.infer<typeof provisioningConfig>;
