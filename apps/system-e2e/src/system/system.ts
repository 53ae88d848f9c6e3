import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateKeyRing } from '@tallystick/platform-secrets';
import { freePort } from '@tallystick/tokens-delivery-nanomdm/simulated';
import { type AppProcess, startApp, tailOf } from './app-process.ts';
import { createKeycloakAccess } from './keycloak-access.ts';
import { createLocalAccess, type LocalAccess } from './local-access.ts';
import { expectCleanLogs } from './used-values.ts';
import { waitUntil } from './wait-until.ts';

/** For a stand-in on the same machine, which has no neighbours to spare. */
export const ampleBudget = { callsPerSecond: 2_000, burst: 200, inFlight: 200 };

/** Where the token service delivers values. */
export interface DeliveryTargets {
  /** As in the targets file. */
  readonly documents: readonly object[];
  /** Name and content of the files that the documents name as secrets. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** `host:port` that may be called without TLS. */
  readonly insecureHosts?: readonly string[];
}

export interface SystemOptions {
  /** Root of the checkout. */
  readonly root: string;
  /** Keys, settings and logs of this system; emptied at start. */
  readonly folder: string;
  /** Without Temporal there are no rotations and no worker; everything else of the tokens half works. */
  readonly servers: { readonly redis: string; readonly kafka: string; readonly temporal?: string; readonly oidc: string };
  readonly environment: string;
  /** Connection documents, given the name of the simulator's properties file in the folder of secrets. */
  /** `pingone`: the directory of a connection that speaks PingOne's API to the simulator. */
  readonly connections: (propertiesFile: string, pingone: object) => readonly object[];
  readonly validators: number;
  /** Processes of the worker; the first is `temporal-worker`. Default 1. */
  readonly workers?: number;
  /** Seals what Temporal keeps, with one key ring for every process. */
  readonly sealPayloads?: boolean;
  readonly deviceLimit: number;
  /** Default: both halves of the product. The simulator always runs. */
  readonly halves?: readonly ('tokens' | 'devices')[];
  /** Asked for before the token service starts, with the address that it will have: MDMs are told where they tell what devices answered. */
  readonly targets?: (tokenServiceUrl: string) => Promise<DeliveryTargets>;
  /** More environment, by folder under `apps` or, over that, by the name of one process. */
  readonly env?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly onStarted?: (name: string, url: string) => void;
}

export type ProcessName =
  | 'directory-simulator'
  | 'token-service'
  | 'provisioning-service'
  | 'temporal-worker'
  | `provisioning-service-${number}`
  | `temporal-worker-${number}`
  | `pairing-validator-${number}`;

/** The whole product on one machine: real processes against real servers. */
export interface System {
  readonly options: SystemOptions;
  readonly access: LocalAccess;
  readonly url: (name: ProcessName) => string;
  readonly process: (name: ProcessName) => AppProcess;
  /** After a kill: the same process again, at the same address. Of a name that was not started yet: one more of its kind. */
  readonly restart: (name: ProcessName) => Promise<void>;
  readonly validators: readonly ProcessName[];
  readonly logFile: (name: ProcessName) => string;
  readonly stop: () => Promise<void>;
}

/** Starts everything; each process as soon as what it needs is there. */
export async function startSystem(options: SystemOptions): Promise<System> {
  const { root, folder, servers, environment, onStarted, halves = ['tokens', 'devices'] } = options;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, 'logs'), { recursive: true });
  const file = (name: string, text: string): string => {
    const path = join(folder, name);
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  };
  const keycloak = process.env['TALLYSTICK_KEYCLOAK_ISSUER']; // then it is the issuer of everything here
  const access = await (keycloak === undefined ? createLocalAccess(servers.oidc) : createKeycloakAccess(keycloak));
  const sealKeys = file('seal-keys.json', generateKeyRing());
  const identityKey = file('identity-key.json', generateKeyRing());
  const peppers = file('peppers.json', generateKeyRing());
  const auditDigestKey = file('audit-digest-key.json', generateKeyRing());
  const auditSigningKey = file(
    'audit-signing-key.pem',
    String(generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' })),
  );
  const payloadKeys = options.sealPayloads ? file('payload-keys.json', generateKeyRing()) : undefined;
  const callerToken = file('caller.token', await access.tokenFor('mfa-provider', environment, ['validator-caller']));
  const worker = await access.accountFor('rotation-worker', environment, ['token-admin', 'viewer']);
  const workerSecret = file('worker.secret', worker.clientSecret);
  /** Where connections of this environment have their secrets; every other environment has a folder of its own. */
  const secrets = join(folder, environment);
  mkdirSync(secrets);
  const properties = join(secrets, 'pingid.properties');
  const pingoneFile = join(folder, 'pingone.json');
  const connections = join(folder, 'connections.json');
  /** Once the simulator is up: it has written its credentials, and its address is known. */
  const writeConnections = (): void => {
    const { clientSecret, ...pingone } = JSON.parse(readFileSync(pingoneFile, 'utf8')) as Readonly<Record<string, string>>;
    const { authUrl, apiUrl, ...access } = pingone;
    file(join(environment, 'pingone.secret'), clientSecret ?? '');
    const directory = { kind: 'pingone', region: { authUrl, apiUrl }, ...access, clientSecret: { file: 'pingone.secret' } };
    file('connections.json', JSON.stringify({ connections: options.connections('pingid.properties', directory) }, null, 2));
  };

  const chosenPorts = new Map<ProcessName, number>();
  const delivery: Record<string, string> = {};
  if (options.targets) {
    const port = await freePort();
    chosenPorts.set('token-service', port);
    const { documents, secrets: texts = {}, insecureHosts = [] } = await options.targets(`http://127.0.0.1:${port}`);
    for (const [name, text] of Object.entries(texts)) file(join(environment, name), text);
    delivery['TOKENS_DELIVERY_TARGETS_FILE'] = file('targets.json', JSON.stringify({ targets: documents }, null, 2));
    delivery['TOKENS_SECRETS_FOLDER'] = folder;
    delivery['TOKENS_DELIVERY_INSECURE_HOSTS'] = insecureHosts.join(',');
  }

  const validators = Array.from({ length: options.validators }, (_, n) => `pairing-validator-${n + 1}` as const);
  const workers = Array.from({ length: servers.temporal === undefined ? 0 : (options.workers ?? 1) }, (_, n): ProcessName =>
    n === 0 ? 'temporal-worker' : `temporal-worker-${n + 1}`,
  );
  const processes = new Map<ProcessName, AppProcess>();
  const logFile = (name: ProcessName): string => join(folder, 'logs', `${name}.log`);
  const appOf = (name: ProcessName): string => name.replace(/-\d+$/, '');

  const env: Readonly<Record<string, () => Record<string, string>>> = {
    'directory-simulator': () => ({
      SIMULATOR_PROPERTIES_FILE: properties,
      SIMULATOR_PINGONE_FILE: pingoneFile,
      SIMULATOR_DEVICE_LIMIT: String(options.deviceLimit),
      SIMULATOR_CALLER_TOKEN_FILE: callerToken,
      ...(halves.includes('tokens') && {
        SIMULATOR_VALIDATOR_URLS: validators.map((name) => processes.get(name)?.url ?? '').join(','),
      }),
    }),
    'pairing-validator': () => ({
      ...access.env,
      VALIDATOR_REDIS_URL: servers.redis,
      VALIDATOR_PEPPERS_FILE: peppers,
      VALIDATOR_KAFKA_BROKERS: servers.kafka,
      VALIDATOR_CREATE_TOPICS: 'true',
    }),
    'token-service': () => ({
      ...access.env,
      TOKENS_REDIS_URL: servers.redis,
      TOKENS_REDIS_REPLICAS: '0',
      TOKENS_PEPPERS_FILE: peppers,
      TOKENS_SEAL_KEYS_FILE: sealKeys,
      ...(servers.temporal === undefined ? {} : { TOKENS_TEMPORAL_ADDRESS: servers.temporal }),
      TOKENS_KAFKA_BROKERS: servers.kafka,
      TOKENS_CREATE_TOPICS: 'true',
      AUDIT_SIGNING_KEY_FILE: auditSigningKey,
      AUDIT_DIGEST_KEY_FILE: auditDigestKey,
      ...delivery,
    }),
    'provisioning-service': () => ({
      ...access.env,
      PROVISIONING_REDIS_URL: servers.redis,
      PROVISIONING_KAFKA_BROKERS: servers.kafka,
      PROVISIONING_KAFKA_GROUP: `tallystick-${environment}`,
      PROVISIONING_CREATE_TOPICS: 'true',
      PROVISIONING_TEMPORAL_ADDRESS: servers.temporal ?? '',
      PROVISIONING_CONNECTIONS_FILE: connections,
      PROVISIONING_SEAL_KEYS_FILE: sealKeys,
      PROVISIONING_IDENTITY_KEY_FILE: identityKey,
      AUDIT_SIGNING_KEY_FILE: auditSigningKey,
      AUDIT_DIGEST_KEY_FILE: auditDigestKey,
      ...(payloadKeys !== undefined && { PROVISIONING_PAYLOAD_KEYS_FILE: payloadKeys }),
    }),
    'temporal-worker': () => ({
      WORKER_HALVES: halves.join(','),
      WORKER_TEMPORAL_ADDRESS: servers.temporal ?? '',
      WORKER_REDIS_URL: servers.redis,
      WORKER_KAFKA_BROKERS: servers.kafka,
      WORKER_CONNECTIONS_FILE: connections,
      WORKER_SECRETS_FOLDER: folder,
      WORKER_INSECURE_HOSTS: new URL(processes.get('directory-simulator')?.url ?? 'http://none').host,
      WORKER_SEAL_KEYS_FILE: sealKeys,
      WORKER_IDENTITY_KEY_FILE: identityKey,
      WORKER_TOKEN_SERVICE_URL: processes.get('token-service')?.url ?? '',
      WORKER_AUTH_ISSUER: access.env.AUTH_ISSUER,
      WORKER_AUTH_AUDIENCE: access.env.AUTH_AUDIENCE,
      WORKER_CLIENT_ID: worker.clientId,
      WORKER_CLIENT_SECRET_FILE: workerSecret,
      ...(payloadKeys !== undefined && { WORKER_PAYLOAD_KEYS_FILE: payloadKeys }),
    }),
  };
  const portVariables: Readonly<Record<string, string>> = {
    'directory-simulator': 'SIMULATOR_PORT',
    'pairing-validator': 'VALIDATOR_PORT',
    'token-service': 'TOKENS_PORT',
    'provisioning-service': 'PROVISIONING_PORT',
    'temporal-worker': 'WORKER_HTTP_PORT',
  };

  const start = async (name: ProcessName): Promise<void> => {
    const app = appOf(name);
    const before = processes.get(name);
    const port = before ? new URL(before.url).port : String(chosenPorts.get(name) ?? 0);
    const processEnv = { ...env[app]!(), ...options.env?.[app], ...options.env?.[name], [portVariables[app]!]: port };
    processes.set(name, await startApp({ name, app, root, env: processEnv, logFile: logFile(name) }));
    const { url, running } = processes.get(name)!;
    await waitUntil(
      `${name} to be ready`,
      async () => {
        if (!running()) throw new Error(`${name} has ended; its last log lines:\n${tailOf(logFile(name))}`);
        return (await fetch(`${url}/health/ready`).catch(() => undefined))?.ok;
      },
      { withinMs: 90_000, everyMs: 50 },
    );
    onStarted?.(name, url);
  };
  const stop = async (): Promise<void> => {
    // Callers before what they call: the bridge and the worker drain while the simulator still answers.
    const faults: unknown[] = [];
    for (const group of [
      ['provisioning-service', 'temporal-worker'],
      ['directory-simulator'],
      ['token-service', 'pairing-validator'],
    ]) {
      const ofGroup = [...processes].filter(([name]) => group.includes(appOf(name)));
      const ended = await Promise.allSettled(ofGroup.map(([, process]) => process.stop()));
      for (const one of ended) if (one.status === 'rejected') faults.push(one.reason);
    }
    try {
      expectCleanLogs(join(folder, 'logs'));
    } catch (error) {
      faults.push(error);
    }
    if (faults.length > 0) throw new Error(faults.map((fault) => (fault as Error).message).join('\n'));
  };
  try {
    if (halves.includes('tokens')) await Promise.all([...validators.map(start), start('token-service')]);
    await start('directory-simulator'); // it names the validators' addresses, and writes the credentials that the worker reads
    writeConnections();
    const bridge = halves.includes('devices') ? [start('provisioning-service')] : [];
    await Promise.all([...bridge, ...workers.map(start)]);
  } catch (error) {
    await stop();
    throw error;
  }
  const processOf = (name: ProcessName): AppProcess => {
    const found = processes.get(name);
    if (!found) throw new Error(`there is no process ${name}`);
    return found;
  };
  return { options, access, process: processOf, url: (name) => processOf(name).url, restart: start, validators, logFile, stop };
}
