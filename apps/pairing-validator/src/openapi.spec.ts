import { expect, it } from '@jest/globals';
import { createTokenVerifier } from '@tallystick/platform-http';
import { createLogger } from '@tallystick/platform-observability';
import { generateKeyRing, parseKeyRing } from '@tallystick/platform-secrets';
import { committedOpenApi } from '@tallystick/platform-testing';
import { InMemoryRingWitness, InMemorySightingStore, InMemoryTokenRingStore } from '@tallystick/tokens-testing';
import { createValidator } from './start.ts';
import { testIssuer } from './test-support/callers.ts';

it('the document of the validator is the committed one, which clients are generated from (else: node tools/openapi.mjs)', async () => {
  const { issuer, audience, jwks } = testIssuer();
  const validator = await createValidator({
    feed: new InMemoryTokenRingStore(),
    witness: new InMemoryRingWitness(),
    sightings: new InMemorySightingStore(),
    events: { send: () => Promise.resolve(), stop: () => Promise.resolve() },
    peppers: parseKeyRing(generateKeyRing()),
    auth: createTokenVerifier({ jwks, issuer, audience }),
    leaseMs: 600,
    refusalsPerMinute: 100_000,
    logger: createLogger({ service: 'test', level: 'silent' }),
  });
  await validator.app.init();
  const answer = await validator.app.getHttpAdapter().getInstance().inject({ method: 'GET', url: '/openapi.json' });
  await validator.stop();
  const { served, committed } = committedOpenApi('pairing-validator', JSON.parse(answer.payload) as object);
  expect(served).toEqual(committed);
  expect(served).toMatchObject({
    paths: { '/v1/environments/{environment}/verdicts': { post: { security: [{ bearer: [] }, { certificate: [] }] } } },
    components: { securitySchemes: { bearer: { scheme: 'bearer' }, certificate: { type: 'mutualTLS' } } },
  });
}, 30_000);
