import { durationMs, filePath, flag, port, url, urlList, wholeNumber } from '@tallystick/platform-config';
import { z } from 'zod';

const uuid = z
  .string()
  .regex(/^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i, { error: 'expected a UUID' })
  .transform((text) => text.toLowerCase());

/** Everything that the simulator reads from its environment. */
export const configSchema = z
  .object({
    SIMULATOR_HOST: z.string().default('127.0.0.1'),
    SIMULATOR_PORT: port.default(0),
    /** How clients reach it, where that is not its own address (a container, a proxy). */
    SIMULATOR_PUBLIC_URL: url('http', 'https').optional(),
    SIMULATOR_PROPERTIES_FILE: filePath.default('pingid.properties'),
    /** Left out: `pingone.json` beside the properties file. */
    SIMULATOR_PINGONE_FILE: filePath.optional(),
    SIMULATOR_PINGONE_ENVIRONMENT_ID: uuid.optional(),
    SIMULATOR_PINGONE_CLIENT_ID: uuid.optional(),
    SIMULATOR_PINGONE_CLIENT_SECRET: z
      .string()
      .regex(/^[!-~]+$/, { error: 'expected a text without blanks' })
      .optional(),
    SIMULATOR_PINGONE_POPULATION_ID: uuid.optional(),
    SIMULATOR_PINGONE_TOKEN_LIFE: durationMs.refine((ms) => ms >= 1000, { error: 'expected at least 1s' }).default(3_600_000),
    SIMULATOR_PINGONE_DEVICE_LIMIT: wholeNumber(1, 15).default(5),
    SIMULATOR_ADMIN: flag.default(true),
    SIMULATOR_SEED: z.string().default('tallystick'),
    SIMULATOR_DEVICE_LIMIT: wholeNumber(1, 20).default(1),
    SIMULATOR_ERROR_BODIES: z
      .enum(['signed', 'raw', 'alternate'], { error: 'expected signed, raw or alternate' })
      .default('alternate'),
    SIMULATOR_PRIMARY_AFTER_UNPAIR: z.enum(['none', 'next'], { error: 'expected none or next' }).default('none'),
    SIMULATOR_EMPTY_DEVICE_LIST: z.enum(['array', 'null'], { error: 'expected array or null' }).default('array'),
    SIMULATOR_LATENCY: durationMs.default(0),
    SIMULATOR_VISIBILITY_LAG: durationMs.default(0),
    SIMULATOR_VALIDATOR_URLS: urlList('http', 'https').default([]),
    SIMULATOR_VALIDATOR_TIMEOUT: durationMs.default(2000),
    SIMULATOR_CALLER_TOKEN_FILE: filePath.optional(),
    SIMULATOR_CALLER_TOKEN: z
      .string()
      .regex(/^[!-~]+$/, { error: 'expected a token without blanks' })
      .optional(),
  })
  .refine((config) => config.SIMULATOR_CALLER_TOKEN === undefined || config.SIMULATOR_CALLER_TOKEN_FILE === undefined, {
    path: ['SIMULATOR_CALLER_TOKEN_FILE'],
    error: 'set either the file or SIMULATOR_CALLER_TOKEN, not both',
  });

export type Config = z.infer<typeof configSchema>;
