import { filePath, port, url, wholeNumber } from '@tallystick/platform-config';
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
  AUTH_JWKS: z.string({ error: 'expected the https URL or the file of the JWKS' }),
  AUTH_ISSUER: z.string({ error: 'expected the issuer' }),
  AUTH_AUDIENCE: z.string({ error: 'expected the audience' }),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
});

export type ValidatorConfig = z.infer<typeof validatorConfig>;
