import { filePath, port, url, wholeNumber } from '@tallystick/platform-config';
import { z } from 'zod';

/** The environment of the token service; all faults are reported together. */
export const tokenServiceConfig = z.object({
  TOKENS_HOST: z.string().default('127.0.0.1'),
  TOKENS_PORT: port.default(0),
  /** The Redis that keeps the rings: `appendonly yes`, `appendfsync always`, `noeviction`. */
  TOKENS_REDIS_URL: url('redis', 'rediss'),
  /** Before every key; for several installations on one Redis. */
  TOKENS_REDIS_PREFIX: z
    .string()
    .regex(/^[a-z0-9-]{1,40}$/, { error: 'expected a–z, 0–9 and "-"' })
    .default('tally'),
  /** Keys that make the digests of token values. A pepper stays as long as any token, revoked ones included, was made with it. */
  TOKENS_PEPPERS_FILE: filePath,
  /** Keys that seal what a repeated request is answered with. */
  TOKENS_SEAL_KEYS_FILE: filePath,
  /** Replicas that must have a change before it is confirmed: all that may be promoted. */
  TOKENS_MIN_REPLICAS: wholeNumber(0, 10).default(0),
  AUTH_JWKS: z.string({ error: 'expected the https URL or the file of the JWKS' }),
  AUTH_ISSUER: z.string({ error: 'expected the issuer' }),
  AUTH_AUDIENCE: z.string({ error: 'expected the audience' }),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error'], { error: 'expected debug, info, warn or error' }).default('info'),
});

export type TokenServiceConfig = z.infer<typeof tokenServiceConfig>;
