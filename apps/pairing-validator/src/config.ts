import { filePath, flag, hostPortList, port, url, wholeNumber } from '@tallystick/platform-config';
import { authVariables } from '@tallystick/platform-http';
import { readKeyRing } from '@tallystick/platform-secrets';
import { maxLeaseMs } from '@tallystick/tokens-domain';
import { z } from 'zod';

export const validatorConfig = z.object({
  VALIDATOR_HOST: z.string().default('127.0.0.1'),
  VALIDATOR_PORT: port.default(0),
  /** The primary of the Redis that keeps the token rings. */
  VALIDATOR_REDIS_URL: url('redis', 'rediss'),
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
  VALIDATOR_SIGHTINGS_REDIS_URL: url('redis', 'rediss').optional(),
  /** Where verdict events go (topic `tallystick.verdicts`); left out: nowhere. Verdicts go on without it. */
  VALIDATOR_KAFKA_BROKERS: hostPortList.optional(),
  /** For evaluation and tests: creates the topic with one replica. In production topics are made by whoever runs Kafka. */
  VALIDATOR_CREATE_TOPICS: flag.default(false),
  /** Refusals a minute for each caller in each environment; more are answered 429. What passes is never limited. */
  VALIDATOR_REFUSALS_PER_MINUTE: wholeNumber(1, 10_000_000).default(6_000),
  ...authVariables,
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
});

export type ValidatorConfig = z.infer<typeof validatorConfig>;
