import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { environmentId } from '@tallystick/kernel-core';
import { createTokenVerifier, rolesAccess } from '@tallystick/platform-http';
import { createLogger } from '@tallystick/platform-observability';
import { generateKeyRing, parseKeyRing } from '@tallystick/platform-secrets';
import { eventually } from '@tallystick/platform-testing';
import { InMemoryRingWitness, InMemorySightingStore, InMemoryTokenRingStore } from '@tallystick/tokens-testing';
import { createValidator, type Validator } from './start.ts';
import { testIssuer } from './test-support/callers.ts';
import { ringMaker } from './test-support/rings.ts';

const { issuer, audience, jwks, bearer } = testIssuer();
const peppers = parseKeyRing(generateKeyRing());
const store = new InMemoryTokenRingStore();
const rings = ringMaker(store, peppers);
const acme = environmentId('acme');
const caller = bearer({ acme: ['validator-caller'] });
const token = 'tsk_a-good-token-value';
const body = JSON.stringify({ kind: 'pairing', presentedToken: token });
const maxRequests = 3;
let validator: Validator;
let base: string;
let renewals = 0;
let arrived = 0;

const ask = () =>
  fetch(`${base}/v1/environments/acme/verdicts`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: caller },
    body,
  });
const verdict = async () => ((await (await ask()).json()) as { verdict?: string }).verdict;
/** A request whose body does not come. */
const idleOne = async (): Promise<Socket> => {
  const socket = connect(Number(new URL(base).port), '127.0.0.1');
  const head = `POST /v1/environments/acme/verdicts HTTP/1.1\r\nhost: x\r\nauthorization: ${caller}\r\ncontent-type: application/json\r\n`;
  await new Promise((resolve) => socket.write(`${head}content-length: ${body.length}\r\n\r\n{`, resolve));
  return socket;
};

/** Requests that are under way until their connections are ended. */
const slowOnes = async (): Promise<readonly AbortController[]> => {
  const before = arrived;
  const ones = Array.from({ length: maxRequests }, () => new AbortController());
  for (const { signal } of ones)
    fetch(`${base}/v1/environments/acme/slow`, { headers: { authorization: caller }, signal }).catch(() => undefined);
  await eventually(() => arrived === before + maxRequests, { withinMs: 5_000, what: 'all to arrive' });
  return ones;
};

beforeAll(async () => {
  await rings.change(acme, () => [rings.token(token)]);
  validator = await createValidator({
    feed: {
      shards: store.shards,
      shardOf: (environment) => store.shardOf(environment),
      renew: (...member) => (renewals++, store.renew(...member)),
      load: (...of) => store.load(...of),
      leave: (...member) => store.leave(...member),
      onHint: (listener) => store.onHint(listener),
    },
    witness: new InMemoryRingWitness(),
    sightings: new InMemorySightingStore(),
    events: undefined,
    peppers,
    auth: createTokenVerifier({ jwks, issuer, audience }),
    listening: { maxRequests },
    leaseMs: 600,
    refusalsPerMinute: 100_000,
    logger: createLogger({ service: 'test', level: 'silent' }),
  });
  const access = rolesAccess('validator-caller');
  const slow = () => new Promise(() => arrived++);
  validator.app.getHttpAdapter().getInstance().get('/v1/environments/:environment/slow', { config: { access } }, slow);
  await validator.app.listen(0, '127.0.0.1');
  base = await validator.app.getUrl();
  await eventually(() => validator.follower.isReady(), { withinMs: 5_000, what: 'all shards have a lease' });
}, 30_000);
afterAll(() => validator.stop());

it('a caller who opens requests and sends no bodies takes no place from anybody', async () => {
  expect(await verdict()).toBe('allow'); // from now on the caller is known, and comes by the fast road
  const idle = await Promise.all(Array.from({ length: 3 * maxRequests }, idleOne));
  for (let again = 0; again < 10; again++) expect(await verdict()).toBe('allow');
  for (const socket of idle) socket.destroy();
});

it('over its limit a validator answers 503 with Retry-After and never allows; leases, revocations and health go on meanwhile', async () => {
  expect(await verdict()).toBe('allow'); // from now on the caller is known, and comes by the fast road
  expect(await verdict()).toBe('allow');
  const waiting = await slowOnes();
  const shed = await ask();
  expect([shed.status, shed.headers.get('retry-after'), (await shed.json()) as object]).toEqual([
    503,
    '1',
    expect.not.objectContaining({ verdict: 'allow' }),
  ]);
  const before = renewals;
  await rings.change(acme, () => [rings.revokedToken(token)]);
  await eventually(() => renewals >= before + 2 * store.shards.length, { withinMs: 5_000, what: 'leases to be renewed' });
  expect((await ask()).status).toBe(503);
  expect((await fetch(`${base}/health/ready`)).status).toBe(200);
  for (const one of waiting) one.abort();
  expect(await eventually(verdict, { withinMs: 5_000, what: 'a verdict' })).toBe('deny');
});
