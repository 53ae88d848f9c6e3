// One installation of the chart on this machine: its values, its Secrets, and what stands in the place of the MFA provider.
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './prepare.mjs';
import { choosePort } from './stack/ports.mjs';

/** @typedef {import('./kube-pods.mjs').Ports} Ports */

export const processes = ['token-service', 'pairing-validator', 'provisioning-service', 'temporal-worker'];
const compose = join(root, 'deploy', 'compose');
const pingOne = { environmentId: '0c0ffee0-0000-4000-8000-000000000001', clientId: '0c0ffee0-0000-4000-8000-000000000002', populationId: '0c0ffee0-0000-4000-8000-000000000003' }; // prettier-ignore
const secret = 'local-use-only';

/** @returns {Promise<{ pods: Record<string, Ports>, simulator: number }>} ports that are free now */
export async function choosePorts() {
  /** @type {Set<number>} */
  const spoken = new Set();
  const next = async () => {
    const port = await choosePort(8080 + spoken.size, spoken);
    spoken.add(port);
    return port;
  };
  /** @type {Record<string, Ports>} */
  const pods = {};
  for (const process of processes) pods[process] = { api: await next(), operations: await next(), 'sdk-metrics': await next() };
  return { pods, simulator: await next() };
}

/**
 * @param {{ image: string, redis: string, kafka: string, temporal: string, oidc: string, simulator: number }} servers
 * @returns {object} values of the chart
 */
export function valuesFor({ image, redis, kafka, temporal, oidc, simulator }) {
  const [, repository = '', tag = ''] = /^(.+):([^:/]+)$/.exec(image) ?? [];
  return {
    image: { repository, tag },
    auth: { issuer: oidc },
    redis: { rings: { url: redis, replicas: 0 }, sightings: { url: redis }, devices: { url: redis, replicas: 0 } },
    kafka: { brokers: [kafka] },
    temporal: { address: temporal },
    topics: { replication: 1 },
    tokenService: { replicas: 1 },
    pairingValidator: { replicas: 1, autoscaling: { enabled: false } },
    provisioningService: { keda: { enabled: true }, connections: { secret: 'connections', key: 'connections.json' } },
    temporalWorker: {
      keda: { enabled: true },
      clientId: 'worker',
      env: { WORKER_INSECURE_HOSTS: `127.0.0.1:${simulator}` },
      connectionSecrets: [{ environment: 'demo', name: 'pingone.secret', secret: 'connections', key: 'pingone' }],
    },
  };
}

/** What the chart's values name, made anew. @param {number} simulator  its port @returns {import('./kube-pods.mjs').Secrets} */
export function secretsOf(simulator) {
  const keyRing = () => JSON.stringify({ current: 'k1', keys: { k1: randomBytes(32).toString('base64') } });
  const text = readFileSync(join(compose, 'connections.json'), 'utf8');
  return {
    'tallystick-keys': {
      ...Object.fromEntries(
        ['peppers', 'seal', 'identity', 'payload', 'audit-digest'].map((name) => [`${name}.json`, keyRing()]),
      ),
      'audit-signing.pem': String(generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' })),
      'worker-client-secret': secret,
    },
    connections: {
      'connections.json': text.replaceAll('http://directory-simulator:8080', `http://127.0.0.1:${simulator}`),
      pingone: secret,
    },
  };
}

/** @param {{ name: string, image: string, port: number }} options @returns {string[]} arguments of Podman */
export function simulatorArgs({ name, image, port }) {
  const settings = {
    SIMULATOR_HOST: '127.0.0.1',
    SIMULATOR_PORT: port,
    SIMULATOR_PROPERTIES_FILE: '/run/simulator/pingid.properties',
    SIMULATOR_PINGONE_ENVIRONMENT_ID: pingOne.environmentId,
    SIMULATOR_PINGONE_CLIENT_ID: pingOne.clientId,
    SIMULATOR_PINGONE_POPULATION_ID: pingOne.populationId,
    SIMULATOR_PINGONE_CLIENT_SECRET: secret,
    SIMULATOR_PINGONE_DEVICE_LIMIT: 15,
  };
  const env = Object.entries(settings).flatMap(([variable, value]) => ['--env', `${variable}=${value}`]);
  const mount = ['--mount', 'type=tmpfs,destination=/run/simulator,tmpfs-mode=1777'];
  return ['run', '--detach', '--name', name, '--network', 'host', '--read-only', '--cap-drop', 'ALL', ...mount, ...env, image, 'directory-simulator']; // prettier-ignore
}
