import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, type IncomingHttpHeaders, request as plain } from 'node:http';
import { Agent as TlsAgent, request as overTls } from 'node:https';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { generateKeyRing } from '@tallystick/platform-secrets';
import { testCertificates } from '@tallystick/platform-testing';
// The servers' tool is no library: it is plain Node, because it runs before a package is installed. Here it gives an issuer that can be killed.
// eslint-disable-next-line @nx/enforce-module-boundaries
import { startStack } from '../../../tools/stack/stack.mjs';
import { type AppProcess, startApp } from './system/app-process.ts';
import { createLocalAccess, type LocalAccess } from './system/local-access.ts';
import { expectCleanLogs, noteUsed } from './system/used-values.ts';
import { waitUntil } from './system/wait-until.ts';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface AwayWorld {
  readonly folder: string;
  readonly access: LocalAccess;
  /** The credential, in the holder's hands. */
  readonly credential: string;
  /** Mounts the file of its digest anew. */
  readonly mount: (more?: { readonly armedUntil?: string }) => void;
  /** Asks the token service from another address than this machine's own (where there is one), over TLS. */
  readonly ask: (
    method: string,
    path: string,
    authorization: string,
    body?: object,
    headers?: Readonly<Record<string, string>>,
  ) => Promise<Answer>;
  /** The same without TLS, at the token service beside it that has none. */
  readonly askPlainly: AwayWorld['ask'];
  /** What both told in the metrics. */
  readonly metric: (name: string) => Promise<number>;
  readonly validator: () => string;
  readonly logOf: (name: string) => string;
  readonly killIssuer: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** An address that connections of this machine come from, and that is not loopback; undefined without a network. */
const ownAddress = Object.values(networkInterfaces())
  .flatMap((all) => all ?? [])
  .find(({ family, internal }) => family === 'IPv4' && !internal)?.address;
/** Without a network nothing is refused for want of TLS: it can not be shown then. */
export const hasNetwork = ownAddress !== undefined;
/** Where connections of this test come from, and so what the audit must not say in clear. */
export const address = ownAddress ?? '127.0.0.1';

/**
 * Two token services (one with TLS, one without), a validator and a worker on the servers of the stack, with a real issuer of their own, whose keys they believe
 * for ten seconds.
 */
export async function startAwayWorld(
  root: string,
  environment: string,
  servers: { readonly redis: string; readonly kafka: string; readonly temporal: string },
): Promise<AwayWorld> {
  const stack = await startStack({ name: 'test-access-away', fresh: true, servers: ['oidc'] });
  const folder = join(root, '.stack', 'test', 'access-away');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, 'logs'), { recursive: true });
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text, { mode: 0o600 });
    return join(folder, name);
  };
  const logOf = (name: string): string => join(folder, 'logs', `${name}.log`);
  const credential = `bg_${randomBytes(32).toString('base64url')}`;
  noteUsed(JSON.stringify({ credential }));
  const sha256 = createHash('sha256').update(credential).digest('hex');
  const mount: AwayWorld['mount'] = (more = {}) =>
    void file('break-glass.json', JSON.stringify({ credentials: [{ sha256 }], environments: [environment], ...more }));
  mount();

  const access = await createLocalAccess(stack.endpoints.oidc!);
  const peppers = file('peppers.json', generateKeyRing());
  const signingKey = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' });
  const tokenService = {
    ...access.env,
    TOKENS_HOST: '0.0.0.0',
    TOKENS_REDIS_URL: servers.redis,
    TOKENS_REDIS_REPLICAS: '0',
    TOKENS_PEPPERS_FILE: peppers,
    TOKENS_SEAL_KEYS_FILE: file('seal-keys.json', generateKeyRing()),
    TOKENS_TEMPORAL_ADDRESS: servers.temporal,
    TOKENS_KAFKA_BROKERS: servers.kafka,
    TOKENS_CREATE_TOPICS: 'true',
    AUDIT_SIGNING_KEY_FILE: file('audit-signing-key.pem', String(signingKey)),
    AUDIT_DIGEST_KEY_FILE: file('audit-digest-key.json', generateKeyRing()),
    AUTH_ACCESS_TOKEN_TYPE: 'at+jwt', // as RFC 9068 says, and this issuer
    AUTH_FRESH_KEYS: '10s',
    AUTH_BREAK_GLASS_FILE: join(folder, 'break-glass.json'),
    AUTH_BREAK_GLASS_PER_MINUTE: '2',
    LOG_LEVEL: 'debug',
  };
  const start = (name: string, app: string, env: Readonly<Record<string, string>>): Promise<AppProcess> =>
    startApp({ name, app, root, env, logFile: logOf(name) });
  const [withTls, withoutTls, validator] = await Promise.all([
    start('token-service', 'token-service', {
      ...tokenService,
      HTTP_TLS_CERT_FILE: file('server.pem', testCertificates.server.certificate),
      HTTP_TLS_KEY_FILE: file('server.key', testCertificates.server.key),
    }),
    start('token-service-plain', 'token-service', tokenService),
    start('pairing-validator', 'pairing-validator', {
      ...access.env,
      VALIDATOR_REDIS_URL: servers.redis,
      VALIDATOR_PEPPERS_FILE: peppers,
      VALIDATOR_KAFKA_BROKERS: servers.kafka,
      VALIDATOR_CREATE_TOPICS: 'true',
      LOG_LEVEL: 'debug',
    }),
  ]);
  // It makes rotations possible, whose histories are looked through in the end.
  const { clientId, clientSecret } = await access.accountFor('worker', environment, ['token-admin', 'viewer']);
  const worker = await start('temporal-worker', 'temporal-worker', {
    NODE_EXTRA_CA_CERTS: file('authority.pem', testCertificates.authority),
    WORKER_HALVES: 'tokens',
    WORKER_TEMPORAL_ADDRESS: servers.temporal,
    WORKER_TOKEN_SERVICE_URL: `https://localhost:${new URL(withTls.url).port}`,
    WORKER_AUTH_ISSUER: access.env.AUTH_ISSUER,
    WORKER_AUTH_AUDIENCE: access.env.AUTH_AUDIENCE,
    WORKER_CLIENT_ID: clientId,
    WORKER_CLIENT_SECRET_FILE: file('worker.secret', clientSecret),
  });
  const tls = new TlsAgent({ keepAlive: true, ca: testCertificates.authority, servername: 'localhost' });
  const noTls = new Agent({ keepAlive: true });

  const askAt =
    ({ url }: AppProcess, send: typeof plain | typeof overTls, agent: Agent): AwayWorld['ask'] =>
    (method, path, authorization, body, more = {}) =>
      new Promise((resolve, reject) => {
        const json = body === undefined ? undefined : JSON.stringify(body);
        const isOurs = path.startsWith('/health') || path === '/metrics';
        const headers = {
          authorization,
          ...more,
          ...(json === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(json) }),
          ...(method === 'GET' ? {} : { 'idempotency-key': crypto.randomUUID() }),
        };
        const sent = send(
          {
            ...{ host: address, port: new URL(url).port, method, agent, headers, timeout: 15_000 },
            path: isOurs ? path : `/v1/environments/${environment}${path}`,
          },
          (response) => {
            let text = '';
            response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
            response.on('end', () => {
              noteUsed(text);
              const parsed = text.startsWith('{') ? (JSON.parse(text) as Answer['body']) : {};
              resolve({ status: response.statusCode ?? 0, headers: response.headers, text, body: parsed });
            });
          },
        );
        sent.on('timeout', () => sent.destroy(new Error('no answer within 15 s')));
        sent.on('error', reject);
        sent.end(json);
      });
  const ask = askAt(withTls, overTls, tls);
  const askPlainly = askAt(withoutTls, plain, noTls);
  for (const one of [ask, askPlainly])
    await waitUntil('a token service to be ready', async () => (await one('GET', '/health/ready', '')).status === 200);
  await waitUntil('the validator to be ready', async () => (await fetch(`${validator.url}/health/ready`)).ok);

  return {
    ...{ folder, access, credential, mount, ask, askPlainly, logOf },
    metric: async (name) =>
      Number(new RegExp(`^${name}(?:\\{.*\\})? (\\S+)$`, 'm').exec((await ask('GET', '/metrics', '')).text)?.[1] ?? NaN),
    validator: () => validator.url,
    killIssuer: () => stack.kill('oidc'),
    stop: async () => {
      tls.destroy();
      noTls.destroy();
      await worker.stop();
      await Promise.all([withTls, withoutTls, validator].map((one) => one.stop()));
      await stack.stop();
      expectCleanLogs(join(folder, 'logs'));
    },
  };
}
