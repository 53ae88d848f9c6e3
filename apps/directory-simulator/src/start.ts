import { type AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import { type Config } from './config.ts';
import { buildServer } from './server.ts';
import { loadCredentials, writeProperties } from './wire/properties-file.ts';

export interface Running {
  readonly url: string;
  readonly propertiesFile: string;
  readonly close: () => Promise<void>;
}

/** Starts the simulator and writes the properties file for its clients. Throws a PropertiesFileError or the error of the socket. */
export async function start(config: Config, clock: () => number): Promise<Running> {
  const propertiesFile = resolve(config.SIMULATOR_PROPERTIES_FILE);
  const credentials = loadCredentials(propertiesFile);
  const app = buildServer({
    credentials,
    clock,
    seed: config.SIMULATOR_SEED,
    admin: config.SIMULATOR_ADMIN ? 'on' : 'off',
    settings: {
      deviceLimit: config.SIMULATOR_DEVICE_LIMIT,
      errorBodies: config.SIMULATOR_ERROR_BODIES,
      latencyMs: config.SIMULATOR_LATENCY,
      primaryAfterUnpair: config.SIMULATOR_PRIMARY_AFTER_UNPAIR,
      emptyDeviceList: config.SIMULATOR_EMPTY_DEVICE_LIST,
      visibilityLagMs: config.SIMULATOR_VISIBILITY_LAG,
    },
    validator: {
      urls: config.SIMULATOR_VALIDATOR_URLS,
      timeoutMs: config.SIMULATOR_VALIDATOR_TIMEOUT,
      callerToken: callerToken(config),
    },
  });
  await app.listen({ host: config.SIMULATOR_HOST, port: config.SIMULATOR_PORT });
  const { port } = app.server.address() as AddressInfo;
  const url = (config.SIMULATOR_PUBLIC_URL ?? `http://${nameOf(config.SIMULATOR_HOST)}:${port}`).replace(/\/+$/, '');
  try {
    writeProperties(propertiesFile, credentials, url);
  } catch (error) {
    await app.close();
    throw error;
  }
  return { url, propertiesFile, close: () => app.close() };
}

function callerToken(config: Config): { readonly file: string } | { readonly value: string } | undefined {
  if (config.SIMULATOR_CALLER_TOKEN_FILE !== undefined) return { file: config.SIMULATOR_CALLER_TOKEN_FILE };
  return config.SIMULATOR_CALLER_TOKEN === undefined ? undefined : { value: config.SIMULATOR_CALLER_TOKEN };
}

/** An address that listens everywhere is reached at loopback. */
const nameOf = (host: string) => (host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host);
