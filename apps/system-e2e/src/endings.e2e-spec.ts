import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createKafka } from '@tallystick/platform-kafka';
import { createLogger } from '@tallystick/platform-observability';
import { generateKeyRing } from '@tallystick/platform-secrets';
import { endpoints, freePort, uniqueName } from '@tallystick/platform-testing';
import { startScriptOf } from './system/app-process.ts';
import { createFeed, type Feed } from './system/feed.ts';
import { SeenDirectory } from './system/seen-directory.ts';
import { ampleBudget, type ProcessName, startSystem, type System } from './system/system.ts';
import { TokensClient } from './system/tokens-client.ts';
import { waitUntil } from './system/wait-until.ts';

// How each process ends on SIGTERM. `stop` of a process fails where it does not end with status 0, or not in time.
const root = resolve(import.meta.dirname, '../../..');
const folder = join(root, '.stack', 'test', 'endings');
const environment = uniqueName('endings').toLowerCase();
const topic = `${environment}.people`;

let system: System;
let directory: SeenDirectory;
let feed: Feed;

const bearer = async (...roles: string[]): Promise<string> =>
  `Bearer ${await system.access.tokenFor(`ends-${roles.join('-')}`, environment, roles)}`;
const admin = () => system.access.tokenFor('ends-admin', environment, ['token-admin']);
const api = (path: string): string => `/v1/environments/${environment}${path}`;
const readiness = async (name: ProcessName): Promise<number | undefined> =>
  (await fetch(`${system.url(name)}/health/ready`).catch(() => undefined))?.status;
const isClosed = async (name: ProcessName): Promise<boolean> =>
  (await fetch(`${system.url(name)}/health/live`, { headers: { connection: 'close' } }).catch(() => undefined)) === undefined;

/** A request whose body is not whole yet, and which its server has begun to read. */
async function halfSent(name: ProcessName, method: string, path: string, body: object, authorization?: string) {
  const text = JSON.stringify(body);
  const { hostname, port } = new URL(system.url(name));
  const socket = connect(Number(port), hostname);
  let answer = '';
  socket.on('data', (chunk) => (answer += String(chunk)));
  const closed = once(socket, 'close');
  const head = [
    `${method} ${path} HTTP/1.1`,
    `host: ${hostname}`,
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(text)}`,
    'expect: 100-continue', // answered once the head was read
    `idempotency-key: ${uniqueName('ends')}`,
    ...(authorization === undefined ? [] : [`authorization: ${authorization}`]),
  ];
  socket.write(`${head.join('\r\n')}\r\n\r\n${text.slice(0, 5)}`);
  await waitUntil('the head to be read', () => Promise.resolve(answer.includes('100 Continue')), { everyMs: 5 });
  return {
    finish: async (): Promise<string> => {
      socket.write(text.slice(5));
      await closed;
      return answer.replace('HTTP/1.1 100 Continue\r\n\r\n', '');
    },
  };
}

beforeAll(async () => {
  const { redis, kafka, temporal, oidc } = endpoints();
  system = await startSystem({
    root,
    folder,
    servers: { redis, kafka: kafka.join(','), temporal, oidc },
    environment,
    validators: 1,
    deviceLimit: 5,
    env: { 'pairing-validator': { HTTP_ANNOUNCE_MS: '1500' } },
    connections: (file) => [
      {
        environment,
        connection: 'people',
        source: { topic, format: { kind: 'json' } },
        directory: { kind: 'pingid', properties: { file } },
        mapping: { userName: { attribute: 'username' }, mfaSms1: { attribute: 'mobile' } },
        options: { manageDevices: 'merge' },
        visibilityWindowMs: 500,
        budget: ampleBudget,
      },
    ],
  });
  await new TokensClient(system.url('token-service'), environment, await admin()).observe();
  directory = new SeenDirectory(system.url('directory-simulator'));
  feed = createFeed(kafka.join(','));
}, 120_000);
afterAll(async () => {
  await feed?.close();
  await system?.stop();
}, 120_000);

describe('a process that gets SIGTERM', () => {
  it('temporal-worker: is not ready from then on, takes no more work, and brings to its end what it has begun', async () => {
    await directory.change({ latencyMs: 1_000 });
    const one = { id: 'key-1', username: `${environment}-one`, mobile: '+447700900401' };
    await feed.send(topic, [{ key: one.id, value: JSON.stringify(one) }]);
    await waitUntil('a call under way', async () => (await directory.counters()).inFlight.now > 0, { everyMs: 10 });
    const stopping = system.process('temporal-worker').stop();
    await waitUntil('the worker to say that it is not ready', async () => (await readiness('temporal-worker')) === 503, {
      everyMs: 10,
    });
    await stopping;
    expect(await directory.user(one.username)).toMatchObject({ devices: [{ nickname: 'SMS Number 1' }] });
    await directory.change({ latencyMs: 0 });
  }, 60_000);

  it('provisioning-service: answers the request under way, and its consumer has left the group', async () => {
    const admin = createKafka({
      brokers: endpoints().kafka,
      clientId: 'endings',
      logger: createLogger({ service: 'e2e', level: 'silent' }),
    }).admin();
    await admin.connect();
    const members = async () => (await admin.describeGroups([`tallystick-${environment}`])).groups[0]?.members.length;
    expect(await members()).toBe(1);
    const path = api('/connections/people/users/lookup');
    const request = await halfSent('provisioning-service', 'POST', path, { sourceKey: 'key-1' }, await bearer('operator'));
    const stopping = system.process('provisioning-service').stop();
    await waitUntil('the end of listening', () => isClosed('provisioning-service'), { everyMs: 10 });
    expect(await request.finish()).toMatch(/^HTTP\/1.1 200 /);
    await stopping;
    expect(await members()).toBe(0);
    await admin.disconnect();
  }, 60_000);

  it('pairing-validator: says so for a while and goes on, then answers the request under way', async () => {
    const caller = await bearer('validator-caller');
    const isKnown = async () => (await ask()).status === 200;
    const body = { kind: 'pairing', presentedToken: 'nobody-has-this' };
    const ask = () =>
      fetch(`${system.url('pairing-validator-1')}${api('/verdicts')}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: caller },
        body: JSON.stringify(body),
      });
    await waitUntil('the environment to be known', isKnown);
    const request = await halfSent('pairing-validator-1', 'POST', api('/verdicts'), body, caller);
    const stopping = system.process('pairing-validator-1').stop();
    await waitUntil('it to say so', async () => (await readiness('pairing-validator-1')) === 503, { everyMs: 10 });
    expect((await ask()).status).toBe(200);
    await waitUntil('the end of listening', () => isClosed('pairing-validator-1'), { everyMs: 10 });
    expect(await request.finish()).toMatch(/^HTTP\/1.1 200 /);
    await stopping;
  }, 60_000);

  it('token-service: answers the request under way, and the change is made', async () => {
    const body = { reason: 'the test of the end', label: 'made at the end' };
    const request = await halfSent('token-service', 'POST', api('/tokens'), body, await bearer('token-admin'));
    const stopping = system.process('token-service').stop();
    await waitUntil('the end of listening', () => isClosed('token-service'), { everyMs: 10 });
    expect(await request.finish()).toMatch(/^HTTP\/1.1 201 /);
    await stopping;
    await system.restart('token-service');
    const tokens = await fetch(`${system.url('token-service')}${api('/tokens')}`, {
      headers: { authorization: await bearer('viewer') },
    });
    expect(await tokens.text()).toContain('made at the end');
    await system.process('token-service').stop();
  }, 60_000);

  it('directory-simulator: answers the request under way', async () => {
    const request = await halfSent('directory-simulator', 'PUT', '/admin/settings', { deviceLimit: 4 });
    const stopping = system.process('directory-simulator').stop();
    await waitUntil('the end of listening', () => isClosed('directory-simulator'), { everyMs: 10 });
    expect(await request.finish()).toMatch(/^HTTP\/1.1 200 /);
    await stopping;
  }, 60_000);
});

describe('a process that gets SIGTERM while it starts', () => {
  const files = mkdtempSync(join(tmpdir(), 'tallystick-endings-'));
  const keys = join(files, 'keys.json');
  writeFileSync(keys, generateKeyRing());
  const signingKey = join(files, 'signing.pem');
  writeFileSync(signingKey, generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }));
  afterAll(() => rmSync(files, { recursive: true }));
  const auth = { AUTH_ISSUER: 'https://issuer.example', AUTH_AUDIENCE: 'tallystick' };

  it.each<[string, string, (nowhere: string) => Readonly<Record<string, string>>]>([
    [
      'token-service',
      'Redis',
      (nowhere) => ({ ...auth, TOKENS_REDIS_URL: `redis://${nowhere}`, TOKENS_PEPPERS_FILE: keys, TOKENS_SEAL_KEYS_FILE: keys }),
    ],
    [
      'pairing-validator',
      'Redis',
      (nowhere) => ({ ...auth, VALIDATOR_REDIS_URL: `redis://${nowhere}`, VALIDATOR_PEPPERS_FILE: keys }),
    ],
    [
      'provisioning-service',
      'Redis',
      (nowhere) => ({
        ...auth,
        PROVISIONING_REDIS_URL: `redis://${nowhere}`,
        PROVISIONING_KAFKA_BROKERS: nowhere,
        PROVISIONING_TEMPORAL_ADDRESS: nowhere,
        PROVISIONING_SEAL_KEYS_FILE: keys,
        PROVISIONING_IDENTITY_KEY_FILE: keys,
        AUDIT_SIGNING_KEY_FILE: signingKey,
        AUDIT_DIGEST_KEY_FILE: keys,
      }),
    ],
    [
      'temporal-worker',
      'Redis',
      (nowhere) => ({
        WORKER_HALVES: 'devices',
        WORKER_TEMPORAL_ADDRESS: nowhere,
        WORKER_REDIS_URL: `redis://${nowhere}`,
        WORKER_KAFKA_BROKERS: nowhere,
        WORKER_SEAL_KEYS_FILE: keys,
        WORKER_IDENTITY_KEY_FILE: keys,
      }),
    ],
    [
      'temporal-worker',
      'Temporal',
      (nowhere) => ({
        WORKER_HALVES: 'tokens',
        WORKER_TEMPORAL_ADDRESS: nowhere,
        WORKER_TOKEN_SERVICE_URL: 'https://tokens.example',
        WORKER_AUTH_ISSUER: 'https://issuer.example',
        WORKER_AUTH_AUDIENCE: 'tallystick',
        WORKER_CLIENT_ID: 'worker',
        WORKER_CLIENT_SECRET_FILE: keys,
      }),
    ],
  ])(
    '%s, %s being away: ends at once, with status 0',
    async (app, server, variables) => {
      const env = { ...variables(`127.0.0.1:${await freePort()}`), LOG_LEVEL: 'debug', PATH: process.env['PATH'] ?? '' };
      const { options } = startScriptOf(root, app);
      const child = spawn(process.execPath, [...options, `${root}/apps/${app}/dist/main.js`], { cwd: root, env });
      let log = '';
      for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (log += String(chunk)));
      const exit = once(child, 'exit');
      try {
        await waitUntil(`${server} to be missed`, () => {
          if (child.exitCode !== null) throw new Error(`${app} has ended:\n${log}`);
          return Promise.resolve(log.includes(`${server} can not be reached yet`));
        });
        const asked = performance.now();
        child.kill('SIGTERM');
        expect(await exit).toEqual([0, null]);
        expect(performance.now() - asked).toBeLessThan(5_000);
        expect(log).not.toContain('can not start');
      } finally {
        child.kill('SIGKILL');
      }
    },
    60_000,
  );
});
