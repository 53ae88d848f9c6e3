import { spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { generateKeyRing } from '@tallystick/platform-secrets';
import { freePort, OwnRedis } from '@tallystick/platform-testing';
import { startScriptOf } from './system/app-process.ts';

const root = resolve(import.meta.dirname, '../../..');
const files = mkdtempSync(join(tmpdir(), 'tallystick-refused-'));
const keys = join(files, 'keys.json');
writeFileSync(keys, generateKeyRing());
const signingKey = join(files, 'signing.pem');
writeFileSync(signingKey, generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }));
const servers: OwnRedis[] = [];
afterEach(async () => void (await Promise.all(servers.splice(0).map((server) => server.close()))));
afterAll(() => rmSync(files, { recursive: true }));

const auth = { AUTH_ISSUER: 'https://issuer.example', AUTH_AUDIENCE: 'tallystick' };
const nowhere = '127.0.0.1:1';
const variablesOf: Readonly<Record<string, (redis: string) => Readonly<Record<string, string>>>> = {
  'token-service': (redis) => ({ ...auth, TOKENS_REDIS_URL: redis, TOKENS_PEPPERS_FILE: keys, TOKENS_SEAL_KEYS_FILE: keys }),
  'pairing-validator': (redis) => ({ ...auth, VALIDATOR_REDIS_URL: redis, VALIDATOR_PEPPERS_FILE: keys }),
  'provisioning-service': (redis) => ({
    ...auth,
    PROVISIONING_REDIS_URL: redis,
    PROVISIONING_KAFKA_BROKERS: nowhere,
    PROVISIONING_TEMPORAL_ADDRESS: nowhere,
    PROVISIONING_SEAL_KEYS_FILE: keys,
    PROVISIONING_IDENTITY_KEY_FILE: keys,
    AUDIT_SIGNING_KEY_FILE: signingKey,
    AUDIT_DIGEST_KEY_FILE: keys,
  }),
  'temporal-worker': (redis) => ({
    WORKER_HALVES: 'devices',
    WORKER_TEMPORAL_ADDRESS: nowhere,
    WORKER_REDIS_URL: redis,
    WORKER_KAFKA_BROKERS: nowhere,
    WORKER_SEAL_KEYS_FILE: keys,
    WORKER_IDENTITY_KEY_FILE: keys,
  }),
};

/** Starts it, waits for its end, and gives its status and what it said. */
async function endOf(app: string, redis: OwnRedis): Promise<{ readonly status: number | null; readonly log: string }> {
  const { options } = startScriptOf(root, app);
  const env = { ...variablesOf[app]!(redis.url), PATH: process.env['PATH'] ?? '' };
  const child = spawn(process.execPath, [...options, `${root}/apps/${app}/dist/main.js`], { cwd: root, env });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (log += String(chunk)));
  try {
    await once(child, 'close');
    return { status: child.exitCode, log };
  } finally {
    child.kill('SIGKILL');
  }
}

const startRedis = async (...settings: readonly string[]): Promise<OwnRedis> => {
  const server = await OwnRedis.start(...settings);
  servers.push(server);
  return server;
};

describe('a process whose Redis is none that it may use ends with status 1, and says why', () => {
  it.each(['provisioning-service', 'temporal-worker'])(
    '%s, on the data of a newer version: nothing of it is touched',
    async (app) => {
      const redis = await startRedis();
      await redis.ask('HSET tally:layout:devices writes 9 oldest-reader 9');
      const { status, log } = await endOf(app, redis);
      expect(status).toBe(1);
      expect(log).toContain('was written by a newer version, whose layout 9 needs one that knows 9');
      expect(log).toContain('Run that version again, or restore a backup from before it');
      expect((await redis.ask('DBSIZE')).trim()).toBe(':1');
      expect((await redis.ask('HLEN tally:layout:devices')).trim()).toBe(':2');
    },
    60_000,
  );

  it.each(Object.keys(variablesOf))(
    '%s, at a node of a Redis Cluster',
    async (app) => {
      const redis = await startRedis('--cluster-enabled', 'yes', '--cluster-port', String(await freePort()));
      const { status, log } = await endOf(app, redis);
      expect(status).toBe(1);
      expect(log).toContain('this is a node of a Redis Cluster, which is not supported here');
    },
    60_000,
  );
});
