import { type AddressInfo } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { type Config } from './config.ts';
import { buildServer } from './server.ts';
import { mfaSettingsAtStart, settingsAtStart } from './state/settings.ts';
import { loadMfaCredentials, type MfaCredentials, writeMfaCredentials } from './wire/pingone-file.ts';
import { loadCredentials, writeProperties } from './wire/properties-file.ts';

export interface Running {
  readonly url: string;
  readonly propertiesFile: string;
  readonly pingoneFile: string;
  readonly close: () => Promise<void>;
}

/** Starts the simulator and writes the credentials files for its clients. Throws a CredentialsFileError or the error of the socket. */
export async function start(config: Config, clock: () => number): Promise<Running> {
  const propertiesFile = resolve(config.SIMULATOR_PROPERTIES_FILE);
  const pingoneFile = resolve(config.SIMULATOR_PINGONE_FILE ?? join(dirname(propertiesFile), 'pingone.json'));
  const credentials = loadCredentials(propertiesFile);
  const mfaCredentials = mfaCredentialsOf(config, pingoneFile);
  let url = '';
  const app = buildServer({
    credentials,
    mfaCredentials,
    publicUrl: () => url,
    clock,
    seed: config.SIMULATOR_SEED,
    admin: config.SIMULATOR_ADMIN ? 'on' : 'off',
    settings: {
      ...settingsAtStart,
      deviceLimit: config.SIMULATOR_DEVICE_LIMIT,
      errorBodies: config.SIMULATOR_ERROR_BODIES,
      latencyMs: config.SIMULATOR_LATENCY,
      primaryAfterUnpair: config.SIMULATOR_PRIMARY_AFTER_UNPAIR,
      emptyDeviceList: config.SIMULATOR_EMPTY_DEVICE_LIST,
      visibilityLagMs: config.SIMULATOR_VISIBILITY_LAG,
      pingone: {
        ...mfaSettingsAtStart,
        maxAllowedDevices: config.SIMULATOR_PINGONE_DEVICE_LIMIT,
        tokenLifeMs: config.SIMULATOR_PINGONE_TOKEN_LIFE,
      },
    },
    validator: {
      urls: config.SIMULATOR_VALIDATOR_URLS,
      timeoutMs: config.SIMULATOR_VALIDATOR_TIMEOUT,
      callerToken: callerToken(config),
    },
  });
  await app.listen({ host: config.SIMULATOR_HOST, port: config.SIMULATOR_PORT });
  const { port } = app.server.address() as AddressInfo;
  url = (config.SIMULATOR_PUBLIC_URL ?? `http://${nameOf(config.SIMULATOR_HOST)}:${port}`).replace(/\/+$/, '');
  try {
    writeProperties(propertiesFile, credentials, url);
    writeMfaCredentials(pingoneFile, mfaCredentials, url);
  } catch (error) {
    await app.close();
    throw error;
  }
  return { url, propertiesFile, pingoneFile, close: () => closeServer(app) };
}

/** Lets requests under way end. Their connections would be kept for the next ones; who does not end is cut off. */
async function closeServer(app: Awaited<ReturnType<typeof buildServer>>): Promise<void> {
  const idle = setInterval(() => app.server.closeIdleConnections(), 20);
  const late = setTimeout(() => app.server.closeAllConnections(), 5_000);
  try {
    await app.close();
  } finally {
    clearInterval(idle);
    clearTimeout(late);
  }
}

/** Those of the file or new ones, and in place of them what is set. */
function mfaCredentialsOf(config: Config, file: string): MfaCredentials {
  const kept = loadMfaCredentials(file);
  return {
    environmentId: config.SIMULATOR_PINGONE_ENVIRONMENT_ID ?? kept.environmentId,
    clientId: config.SIMULATOR_PINGONE_CLIENT_ID ?? kept.clientId,
    clientSecret: config.SIMULATOR_PINGONE_CLIENT_SECRET ?? kept.clientSecret,
    populationId: config.SIMULATOR_PINGONE_POPULATION_ID ?? kept.populationId,
  };
}

function callerToken(config: Config): { readonly file: string } | { readonly value: string } | undefined {
  if (config.SIMULATOR_CALLER_TOKEN_FILE !== undefined) return { file: config.SIMULATOR_CALLER_TOKEN_FILE };
  return config.SIMULATOR_CALLER_TOKEN === undefined ? undefined : { value: config.SIMULATOR_CALLER_TOKEN };
}

/** An address that listens everywhere is reached at loopback. */
const nameOf = (host: string) => (host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host);
