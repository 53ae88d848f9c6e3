import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type EnvironmentId, environmentId } from '@tallystick/kernel-core';
import { createTokenVerifier } from '@tallystick/platform-http';
import { createLogger } from '@tallystick/platform-observability';
import { generateKeyRing, parseKeyRing } from '@tallystick/platform-secrets';
import { eventually } from '@tallystick/platform-testing';
import { InMemoryRingWitness, InMemorySightingStore, InMemoryTokenRingStore } from '@tallystick/tokens-testing';
import { createValidator, type Validator } from './start.ts';
import { testIssuer } from './test-support/callers.ts';
import { ringMaker } from './test-support/rings.ts';

const refusalsPerMinute = 20;
const { issuer, audience, jwks, bearer } = testIssuer();
const peppers = parseKeyRing(generateKeyRing());
const store = new InMemoryTokenRingStore();
const rings = ringMaker(store, peppers);
const [floods, quiet] = [environmentId('acme'), environmentId('globex')];
const caller = bearer({ '*': ['validator-caller'] }); // one gateway that asks for both
const good = 'tsk_a-good-token-value';
let validator: Validator;
let base: string;

/** `allow`, `deny`, or the status. */
async function ask(environment: EnvironmentId, presentedToken: string): Promise<string> {
  const response = await fetch(`${base}/v1/environments/${environment}/verdicts`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: caller },
    body: JSON.stringify({ kind: 'pairing', presentedToken }),
  });
  const { verdict } = (await response.json()) as { verdict?: string };
  return verdict ?? String(response.status);
}

beforeAll(async () => {
  for (const environment of [floods, quiet]) await rings.add(environment, good);
  validator = await createValidator({
    feed: store,
    witness: new InMemoryRingWitness(),
    sightings: new InMemorySightingStore(),
    events: undefined,
    peppers,
    auth: createTokenVerifier({ jwks, issuer, audience }),
    leaseMs: 2_000,
    refusalsPerMinute,
    logger: createLogger({ service: 'test', level: 'silent' }),
  });
  await validator.app.listen(0, '127.0.0.1');
  base = await validator.app.getUrl();
  await eventually(() => validator.follower.isReady(), { withinMs: 10_000, what: 'all shards have a lease' });
}, 30_000);
afterAll(() => validator.stop());

it('R47: a tenant flooded with bad tokens is answered "too many" alone: its good tokens pass, and another tenant of the same caller loses neither a verdict nor a reason', async () => {
  let flooding = true;
  const answers: string[] = [];
  const flood = Array.from({ length: 8 }, async () => {
    while (flooding) answers.push(await ask(floods, 'tsk_a-bad-token-value'));
  });
  await eventually(() => answers.includes('429'), { withinMs: 20_000, what: 'the flood is over its limit' });
  for (let user = 0; user < refusalsPerMinute; user += 1) {
    expect(await ask(quiet, good)).toBe('allow');
    expect(await ask(quiet, 'tsk_a-bad-token-value')).toBe('deny');
    expect(await ask(floods, good)).toBe('allow');
  }
  flooding = false;
  await Promise.all(flood);
  expect(answers.filter((answer) => answer === 'deny')).toHaveLength(refusalsPerMinute);
  expect(new Set(answers)).toEqual(new Set(['deny', '429']));
}, 60_000);
