import { endingVariables, filePath, flag, hostPortList, port, wholeNumber } from '@tallystick/platform-config';
import { tracingVariables } from '@tallystick/platform-observability';
import { authVariables, certificateVariables, httpVariables } from '@tallystick/platform-http';
import { kafkaVariables } from '@tallystick/platform-kafka';
import { redisVariables } from '@tallystick/platform-redis';
import { readKeyRing } from '@tallystick/platform-secrets';
import { maxLeaseMs } from '@tallystick/tokens-domain';
import { z } from 'zod';

export const validatorConfig = z.object({
  /** Address that the API listens on; `0.0.0.0` in a container. */
  VALIDATOR_HOST: z.string().default('127.0.0.1'),
  /** Port of the API; 0 is any free one. */
  VALIDATOR_PORT: port.default(0),
  /** The primary of the Redis that keeps the token rings. */
  ...redisVariables('VALIDATOR'),
  /** Before every key; the same as the token service's. */
  VALIDATOR_REDIS_PREFIX: z
    .string()
    .regex(/^[a-z0-9-]{1,40}$/, { error: 'expected a–z, 0–9 and "-"' })
    .default('tally'),
  /** How long verdicts go on after the last sign of life from that Redis. A revoke counts on nobody having more than `maxLeaseMs`. */
  VALIDATOR_LEASE_MS: wholeNumber(300, maxLeaseMs).default(3_000),
  /**
   * Replicas that must confirm each renewal, so that a primary that was cut off can't keep a lease going. The same as the token service's.
   */
  VALIDATOR_MIN_REPLICAS: wholeNumber(0, 10).default(0),
  /** The key ring whose keys token digests are made with; the same file as the token service's. */
  VALIDATOR_PEPPERS_FILE: filePath.transform((path, context) => {
    try {
      return readKeyRing(path);
    } catch (error) {
      context.addIssue({
        code: 'custom',
        message: error instanceof Error ? error.message.replaceAll(path, 'the file') : 'no key ring',
      });
      return z.NEVER;
    }
  }),
  /**
   * Another Redis, for sightings and for the witness of the rings. Verdicts go on without it. Default: the ring Redis, which then can be
   * filled by sightings, and takes the witness along when it is lost.
   */
  ...redisVariables('VALIDATOR_SIGHTINGS'),
  ...kafkaVariables('VALIDATOR'),
  /** Where verdict events go (topic `tallystick.verdicts`); left out: nowhere. Verdicts go on without it. */
  VALIDATOR_KAFKA_BROKERS: hostPortList.optional(),
  /** For evaluation and tests: creates the topic with one replica. In production topics are made by whoever runs Kafka. */
  VALIDATOR_CREATE_TOPICS: flag.default(false),
  /** Refusals a minute for each caller in each environment; more are answered 429. What passes is never limited. */
  VALIDATOR_REFUSALS_PER_MINUTE: wholeNumber(1, 10_000_000).default(6_000),
  ...authVariables,
  ...httpVariables,
  ...certificateVariables,
  ...endingVariables,
  ...tracingVariables,
  /** What is logged: this level and above. */
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
});

export type ValidatorConfig = z.infer<typeof validatorConfig>;
