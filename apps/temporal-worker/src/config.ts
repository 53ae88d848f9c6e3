import {
  type ConfigFault,
  csv,
  durationMs,
  type Environment,
  filePath,
  flag,
  hostPort,
  hostPortList,
  parseConfig,
  port,
  url,
  wholeNumber,
} from '@tallystick/platform-config';
import { err, ok, type Result } from '@tallystick/kernel-core';
import { z } from 'zod';

export const halves = ['devices', 'tokens'] as const;
/** An installation may run one half of the product only, or each in processes of its own. */
export type Half = (typeof halves)[number];

const whichHalves = z.object({
  WORKER_HALVES: csv.pipe(z.array(z.enum(halves), { error: 'expected devices, tokens, or both' })).default([...halves]),
});

const commonConfig = whichHalves.extend({
  WORKER_TEMPORAL_ADDRESS: hostPort,
  WORKER_TEMPORAL_NAMESPACE: z.string().default('default'),
  WORKER_HTTP_HOST: z.string().default('127.0.0.1'),
  WORKER_HTTP_PORT: port.default(0),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
});
export type CommonConfig = z.infer<typeof commonConfig>;

const devicesConfig = z.object({
  WORKER_REDIS_URL: url('redis', 'rediss'),
  WORKER_KAFKA_BROKERS: hostPortList,
  WORKER_OUTCOMES_TOPIC: z.string().default('tallystick.outcomes'),
  WORKER_CONNECTIONS_FILE: filePath,
  WORKER_SEAL_KEYS_FILE: filePath,
  WORKER_IDENTITY_KEY_FILE: filePath,
  /** One provider call. Below the activity's heartbeat time-out of 15 s with margin: a successor waits this long for a broken attempt. */
  WORKER_CALL_TIMEOUT: durationMs.refine((ms) => ms >= 100 && ms <= 12_000, { error: 'expected 100ms to 12s' }).default(8_000),
  WORKER_MAX_CONCURRENT_USERS: wholeNumber(1, 10_000).default(100),
});
export type DevicesConfig = z.infer<typeof devicesConfig>;

const tokensConfig = z.object({
  /** Where the token service is; `https:`, or `http:` on this machine. */
  WORKER_TOKEN_SERVICE_URL: url('http', 'https'),
  /** The issuer, and the account of this worker at it: the role token-admin in every environment that is rotated. */
  WORKER_AUTH_ISSUER: url('http', 'https'),
  WORKER_AUTH_AUDIENCE: z.string({ error: 'expected the audience of the token service' }),
  WORKER_AUTH_SCOPE: z.string().optional(),
  WORKER_CLIENT_ID: z.string({ error: 'expected the id of the client' }),
  /** Read again for each token, so that the secret can change without a restart. */
  WORKER_CLIENT_SECRET_FILE: filePath,
  /** For an issuer and a token service inside the cluster without TLS: whoever can listen there gets tokens of a token-admin. */
  WORKER_ALLOW_PLAIN_HTTP: flag.default(false),
});
export type TokensConfig = z.infer<typeof tokensConfig>;

/** A half that is left out needs no settings. */
export interface WorkerConfig {
  readonly common: CommonConfig;
  readonly devices?: DevicesConfig;
  readonly tokens?: TokensConfig;
}

/** Reads the environment; all faults of the halves that are wanted are reported together. */
export function parseWorkerConfig(env: Environment): Result<WorkerConfig, readonly ConfigFault[]> {
  const which = parseConfig(whichHalves, env);
  const isWanted = (half: Half): boolean => !which.ok || which.value.WORKER_HALVES.includes(half);
  const common = parseConfig(commonConfig, env);
  const devices = isWanted('devices') ? parseConfig(devicesConfig, env) : undefined;
  const tokens = isWanted('tokens') ? parseConfig(tokensConfig, env) : undefined;
  const faults = [common, devices, tokens].flatMap((part) => (part === undefined || part.ok ? [] : part.error));
  if (!common.ok || faults.length > 0) return err(faults);
  return ok({
    common: common.value,
    ...(devices?.ok ? { devices: devices.value } : {}),
    ...(tokens?.ok ? { tokens: tokens.value } : {}),
  });
}
