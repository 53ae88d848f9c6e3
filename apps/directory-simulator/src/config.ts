import { durationMs, filePath, flag, port, url, urlList, wholeNumber } from '@tallystick/platform-config';
import { z } from 'zod';

const uuid = z
  .string()
  .regex(/^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i, { error: 'expected a UUID' })
  .transform((text) => text.toLowerCase());

/** Everything that the simulator reads from its environment. */
export const configSchema = z
  .object({
    /** Address that it listens on. */
    SIMULATOR_HOST: z.string().default('127.0.0.1'),
    /** Port that it listens on; 0 is any free one. */
    SIMULATOR_PORT: port.default(0),
    /** How clients reach it, where that is not its own address (a container, a proxy). */
    SIMULATOR_PUBLIC_URL: url('http', 'https').optional(),
    /** Where the credentials of PingID clients are written, and kept over restarts. */
    SIMULATOR_PROPERTIES_FILE: filePath.default('pingid.properties'),
    /** Left out: `pingone.json` beside the properties file. */
    SIMULATOR_PINGONE_FILE: filePath.optional(),
    /** Id of the PingOne environment; made when left out. */
    SIMULATOR_PINGONE_ENVIRONMENT_ID: uuid.optional(),
    /** Id of the PingOne client; made when left out. */
    SIMULATOR_PINGONE_CLIENT_ID: uuid.optional(),
    /** Its secret; made when left out. */
    SIMULATOR_PINGONE_CLIENT_SECRET: z
      .string()
      .regex(/^[!-~]+$/, { error: 'expected a text without blanks' })
      .optional(),
    /** Id of the PingOne population; made when left out. */
    SIMULATOR_PINGONE_POPULATION_ID: uuid.optional(),
    /** How long access tokens hold. */
    SIMULATOR_PINGONE_TOKEN_LIFE: durationMs.refine((ms) => ms >= 1000, { error: 'expected at least 1s' }).default(3_600_000),
    /** Devices that a PingOne user may have. */
    SIMULATOR_PINGONE_DEVICE_LIMIT: wholeNumber(1, 15).default(5),
    /** Whether tests can set scenes and look behind them; on this machine only. */
    SIMULATOR_ADMIN: flag.default(true),
    /** What is made by chance comes from it. */
    SIMULATOR_SEED: z.string().default('tallystick'),
    /** Devices that a PingID user may have. */
    SIMULATOR_DEVICE_LIMIT: wholeNumber(1, 20).default(1),
    /** How PingID errors are written. */
    SIMULATOR_ERROR_BODIES: z
      .enum(['signed', 'raw', 'alternate'], { error: 'expected signed, raw or alternate' })
      .default('alternate'),
    /** Which device is the primary one after that was unpaired. */
    SIMULATOR_PRIMARY_AFTER_UNPAIR: z.enum(['none', 'next'], { error: 'expected none or next' }).default('none'),
    /** How a user without devices is written. */
    SIMULATOR_EMPTY_DEVICE_LIST: z.enum(['array', 'null'], { error: 'expected array or null' }).default('array'),
    /** How long each call takes. */
    SIMULATOR_LATENCY: durationMs.default(0),
    /** How long a write can not be read yet. */
    SIMULATOR_VISIBILITY_LAG: durationMs.default(0),
    /** Pairing validators that are asked before a device is paired, in turn. */
    SIMULATOR_VALIDATOR_URLS: urlList('http', 'https').default([]),
    /** How long one of them is waited for. */
    SIMULATOR_VALIDATOR_TIMEOUT: durationMs.default(2000),
    /** File with the bearer token that validators are asked with. */
    SIMULATOR_CALLER_TOKEN_FILE: filePath.optional(),
    /** The token itself; for tests. */
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
