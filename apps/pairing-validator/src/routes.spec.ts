import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { environmentId } from '@tallystick/kernel-core';
import { createTokenVerifier, everyRoute, roles } from '@tallystick/platform-http';
import { createLogger } from '@tallystick/platform-observability';
import { generateKeyRing, parseKeyRing } from '@tallystick/platform-secrets';
import {
  eventually,
  type Grants,
  operationalRoutes,
  registeredTable,
  type RouteWalk,
  routeWalkFaults,
  writtenTable,
} from '@tallystick/platform-testing';
import { InMemoryRingWitness, InMemorySightingStore, InMemoryTokenRingStore } from '@tallystick/tokens-testing';
import { createValidator, type Validator } from './start.ts';
import { testIssuer } from './test-support/callers.ts';
import { ringMaker } from './test-support/rings.ts';

// Whoever adds a route, or changes who may call one, writes it down here: that is what its reviewer reads.
const table = `${operationalRoutes}
POST   /v1/environments/:environment/verdicts  validator-caller
`;
const { issuer, audience, jwks, bearer } = testIssuer();
const peppers = parseKeyRing(generateKeyRing());
const store = new InMemoryTokenRingStore();
let validator: Validator;

beforeAll(async () => {
  await ringMaker(store, peppers).add(environmentId('acme'), 'tsk_a-good-token-value');
  validator = await createValidator({
    feed: store,
    witness: new InMemoryRingWitness(),
    sightings: new InMemorySightingStore(),
    events: { send: () => Promise.resolve(), stop: () => Promise.resolve() },
    peppers,
    auth: createTokenVerifier({ jwks, issuer, audience }),
    leaseMs: 600,
    refusalsPerMinute: 100_000,
    logger: createLogger({ service: 'test', level: 'silent' }),
  });
  await validator.app.listen(0, '127.0.0.1');
  await eventually(() => validator.follower.isReady(), { withinMs: 20_000, what: 'all shards have a lease' });
}, 30_000);
afterAll(() => validator.stop());

describe('the routes of the validator', () => {
  it('are those of the table, and each is for those whom the table names', async () => {
    expect(registeredTable(await everyRoute(validator.app))).toEqual(writtenTable(table));
  });

  it('let in whom the table names, refuse everybody else, and tell strangers nothing, on the fast road as well', async () => {
    const url = await validator.app.getUrl();
    const tokens = new Map<string, string>();
    const tokenOf = (grants: Grants): string => {
      const key = JSON.stringify(grants);
      const token = tokens.get(key) ?? bearer(grants);
      tokens.set(key, token);
      return token;
    };
    const ask: RouteWalk['ask'] = async (method, path, grants) => {
      const authorization = grants && { authorization: tokenOf(grants) };
      const headers = { 'content-type': 'application/json', 'x-request-id': 'walk', ...authorization };
      const body = '{"kind":"pairing","presentedToken":"tsk_a-good-token-value"}';
      const response = await fetch(url + path, { method, headers, body });
      return { status: response.status, headers: Object.fromEntries(response.headers), text: await response.text() };
    };
    const walk = { table, roles, environment: 'acme', ask };
    expect(await routeWalkFaults(walk)).toEqual([]);
    expect(await routeWalkFaults(walk)).toEqual([]); // tokens that were verified before take the fast road, past the framework
  }, 60_000); // a second or two on a machine that has nothing else to do
});
