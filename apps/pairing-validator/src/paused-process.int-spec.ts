import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { environmentId } from '@tallystick/kernel-core';
import { createLogger } from '@tallystick/platform-observability';
import { connectRedis, type Redis } from '@tallystick/platform-redis';
import { parseKeyRing } from '@tallystick/platform-secrets';
import { endpoints, eventually, uniqueName } from '@tallystick/platform-testing';
import { leaseMarginMs, maxLeaseMs, ringShardOf } from '@tallystick/tokens-domain';
import { RedisTokenRingStore } from '@tallystick/tokens-store-redis';
import { builtApp, installation, startProcess } from './test-support/processes.ts';
import { ringMaker } from './test-support/rings.ts';

// The process as it is shipped.

const { auth, bearer, keys, peppersFile, remove } = installation();
const environment = environmentId(uniqueName('acme'));
const prefix = uniqueName('paused');
const variables = () => ({
  VALIDATOR_REDIS_URL: endpoints().redis,
  VALIDATOR_REDIS_PREFIX: prefix,
  VALIDATOR_LEASE_MS: String(maxLeaseMs),
  VALIDATOR_PEPPERS_FILE: peppersFile,
  ...auth,
});
let file: string;
let client: Redis;
let store: RedisTokenRingStore;
let rings: ReturnType<typeof ringMaker>;
let validator: ReturnType<typeof startProcess>;
let url: string;

const ask = async (value: string): Promise<string> => {
  const response = await fetch(`${url}/v1/environments/${environment}/verdicts`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: bearer({ '*': ['validator-caller'] }) },
    body: JSON.stringify({ kind: 'pairing', presentedToken: value }),
  });
  return ((await response.json()) as { verdict?: string }).verdict ?? String(response.status);
};

beforeAll(async () => {
  file = builtApp('pairing-validator');
  client = await connectRedis({
    url: endpoints().redis,
    name: 'test',
    logger: createLogger({ service: 'test', level: 'silent' }),
  });
  store = new RedisTokenRingStore({ client, prefix });
  rings = ringMaker(store, parseKeyRing(keys));
  await rings.add(environment, 'kept', 'revoked');
  validator = startProcess(file, variables());
  url = await eventually(validator.url, { withinMs: 15_000, what: 'the validator listens' });
  await eventually(async () => (await fetch(`${url}/health/ready`)).ok, { withinMs: 15_000, what: 'the validator is ready' });
}, 60_000);
afterAll(async () => {
  validator.signal('SIGKILL');
  await client.close();
  remove();
});

describe('the validator process', () => {
  it('that was stopped while a token was revoked does not allow it when it continues', async () => {
    expect(await ask('revoked')).toBe('allow');
    validator.signal('SIGSTOP');
    await rings.revoke(environment, 'revoked');
    await pause(maxLeaseMs + leaseMarginMs); // the bound after which the token service answers the revoke
    const waiting = Array.from({ length: 50 }, () => ask('revoked'));
    validator.signal('SIGCONT');
    const answers = new Set(await Promise.all(waiting));
    expect(answers).not.toContain('allow');
    await eventually(async () => (await ask('kept')) === 'allow', { withinMs: 10_000, what: 'it goes on' });
    expect(await ask('revoked')).toBe('deny');
  }, 40_000);

  it('leaves on SIGTERM: it ends with status 0 and is a member no more', async () => {
    const members = async () => (await store.look(ringShardOf(environment))).members.length;
    const before = await members();
    validator.signal('SIGTERM');
    expect(await validator.ended).toBe(0);
    expect(await members()).toBe(before - 1);
  }, 30_000);

  it('that is given a faulty environment names all faults at once, and no value', async () => {
    const faulty = startProcess(file, {
      ...variables(),
      VALIDATOR_LEASE_MS: '5001',
      VALIDATOR_PEPPERS_FILE: '/nowhere/peppers',
      VALIDATOR_REDIS_URL: 'http://secret-host',
      AUTH_ISSUER: '',
    });
    expect(await faulty.ended).toBe(1);
    for (const name of ['VALIDATOR_LEASE_MS', 'VALIDATOR_PEPPERS_FILE', 'VALIDATOR_REDIS_URL', 'AUTH_ISSUER'])
      expect(faulty.log()).toContain(name);
    expect(faulty.log()).not.toMatch(/5001|secret-host|nowhere/);
  }, 30_000);
});
