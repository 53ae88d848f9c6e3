import {
  type ConfigFault,
  csv,
  durationMs,
  type Environment,
  filePath,
  flag,
  hostPort,
  parseConfig,
  port,
  url,
  wholeNumber,
} from '@tallystick/platform-config';
import { kafkaVariables } from '@tallystick/platform-kafka';
import { tracingVariables } from '@tallystick/platform-observability';
import { temporalVariables } from '@tallystick/platform-temporal';
import { err, ok, type Result, secretVariablePrefix } from '@tallystick/kernel-core';
import { redisVariables } from '@tallystick/platform-redis';
import { z } from 'zod';

export const halves = ['devices', 'tokens'] as const;
/** An installation may run one half of the product only, or each in processes of its own. */
export type Half = (typeof halves)[number];

const whichHalves = z.object({
  /** Which halves of the product this process works for; separated by commas. */
  WORKER_HALVES: csv.pipe(z.array(z.enum(halves), { error: 'expected devices, tokens, or both' })).default([...halves]),
});

export const commonConfig = whichHalves.extend({
  ...temporalVariables('WORKER'),
  /** The key ring that seals what Temporal keeps; the same for every client and worker of the namespace. Without it, it is kept in clear. */
  WORKER_PAYLOAD_KEYS_FILE: filePath.optional(),
  /**
   * Both or none. With them a new build gets no work before it was made current (`main.js deployment make-current`), so that the workflows
   * that run meet one build at a time; `-devices` and `-tokens` are put behind the name.
   */
  WORKER_DEPLOYMENT: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/, { error: 'expected letters, digits, "-" and "_"' })
    .optional(),
  /** The commit or release of this build, with `WORKER_DEPLOYMENT`. */
  WORKER_BUILD_ID: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/, { error: 'expected the commit or release of this build' })
    .optional(),
  /** Address that health and metrics listen on; `0.0.0.0` in a container. */
  WORKER_HTTP_HOST: z.string().default('127.0.0.1'),
  /** Port of health and metrics; 0 is any free one. */
  WORKER_HTTP_PORT: port.default(0),
  /** Where the metrics of Temporal's SDK are served, at `/metrics` of WORKER_HTTP_HOST. Left out: they are not kept. */
  TEMPORAL_METRICS_PORT: port.optional(),
  ...tracingVariables,
  /** What is logged: this level and above. */
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
});
export type CommonConfig = z.infer<typeof commonConfig>;

export const devicesConfig = z.object({
  /** The Redis of the provisioning service. */
  ...redisVariables('WORKER'),
  /** Replicas that must have a note in the audit before what it is about is done; the same as `PROVISIONING_REDIS_REPLICAS`. */
  WORKER_REDIS_REPLICAS: wholeNumber(0, 10).default(0),
  /** Where the allowances of directories are counted, many times a second; better not on a server that syncs each write to disk. */
  ...redisVariables('WORKER_BUDGET'),
  /** `host:port` that PingOne connections may call without TLS: a simulator. Requests hold personal data and credentials. */
  WORKER_INSECURE_HOSTS: csv.pipe(z.array(hostPort)).default([]),
  ...kafkaVariables('WORKER'),
  /** Topic of what became of each user. */
  WORKER_OUTCOMES_TOPIC: z.string().default('tallystick.outcomes'),
  /** Connections of a mounted file; without it they are read from Redis, where the provisioning service keeps them. */
  WORKER_CONNECTIONS_FILE: filePath.optional(),
  /**
   * Connections name secrets in the folder of their environment below it (`<folder>/<environment>/<name>`), and nothing else; the folder
   * of the connections file, unless told.
   */
  WORKER_SECRETS_FOLDER: filePath.optional(),
  /** The key ring that seals what is kept of people; the same as the provisioning service's. */
  WORKER_SEAL_KEYS_FILE: filePath,
  /** The key ring of the keyed hashes that users are named by; the same as the provisioning service's. */
  WORKER_IDENTITY_KEY_FILE: filePath,
  /** One provider call. Below the activity's heartbeat time-out of 15 s with margin: a successor waits this long for a broken attempt. */
  WORKER_CALL_TIMEOUT: durationMs.refine((ms) => ms >= 100 && ms <= 12_000, { error: 'expected 100ms to 12s' }).default(8_000),
  /** Users that this process works on at a time. */
  WORKER_MAX_CONCURRENT_USERS: wholeNumber(1, 10_000).default(100),
});
/** `secretVariables`: those of the environment that a connection may name. */
export type DevicesConfig = z.infer<typeof devicesConfig> & { readonly secretVariables: Environment };

export const tokensConfig = z.object({
  /** Where the token service is; `https:`, or `http:` on this machine. */
  WORKER_TOKEN_SERVICE_URL: url('http', 'https'),
  /** The issuer, and the account of this worker at it: the role token-admin in every environment that is rotated. */
  WORKER_AUTH_ISSUER: url('http', 'https'),
  /** The audience of the token service, for which tokens are asked. */
  WORKER_AUTH_AUDIENCE: z.string({ error: 'expected the audience of the token service' }),
  /** The scope that tokens are asked with, where the issuer wants one. */
  WORKER_AUTH_SCOPE: z.string().optional(),
  /** The id of this worker's account at the issuer. */
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
  if (common.ok) faults.push(...halfAVersion(common.value));
  if (!common.ok || faults.length > 0) return err(faults);
  return ok({
    common: common.value,
    ...(devices?.ok ? { devices: { ...devices.value, secretVariables: secretVariablesOf(env) } } : {}),
    ...(tokens?.ok ? { tokens: tokens.value } : {}),
  });
}

/** A build without a deployment, or the other way round, would silently be no version at all. */
function halfAVersion({ WORKER_DEPLOYMENT: deployment, WORKER_BUILD_ID: buildId }: CommonConfig): readonly ConfigFault[] {
  if ((deployment === undefined) === (buildId === undefined)) return [];
  const variable = deployment === undefined ? 'WORKER_DEPLOYMENT' : 'WORKER_BUILD_ID';
  return [{ variable, expected: 'is missing, because the other one of WORKER_DEPLOYMENT and WORKER_BUILD_ID is set' }];
}

const secretVariablesOf = (env: Environment): Environment =>
  Object.fromEntries(Object.entries(env).filter(([name]) => name.startsWith(secretVariablePrefix)));
