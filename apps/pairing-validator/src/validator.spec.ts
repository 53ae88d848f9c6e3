import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { environmentId } from '@tallystick/kernel-core';
import { createTokenVerifier } from '@tallystick/platform-http';
import { createLogger } from '@tallystick/platform-observability';
import { generateKeyRing, parseKeyRing } from '@tallystick/platform-secrets';
import { eventually, openApiFaults } from '@tallystick/platform-testing';
import { defaultRingSettings } from '@tallystick/tokens-domain';
import { InMemoryRingWitness, InMemorySightingStore, InMemoryTokenRingStore } from '@tallystick/tokens-testing';
import { createValidator, type Validator } from './start.ts';
import { testIssuer } from './test-support/callers.ts';
import { ringMaker } from './test-support/rings.ts';

const acme = environmentId('acme');
const globex = environmentId('globex');
const initech = environmentId('initech');
const umbrella = environmentId('umbrella');
const { issuer, audience, jwks, bearer } = testIssuer();
const peppers = parseKeyRing(generateKeyRing());
const store = new InMemoryTokenRingStore();
const rings = ringMaker(store, peppers);
const sightings = new InMemorySightingStore();
const kafka = { isUp: true, events: [] as Record<string, unknown>[] };
const lines: string[] = [];
const caller = bearer({
  acme: ['validator-caller'],
  globex: ['validator-caller'],
  nowhere: ['validator-caller'],
  initech: ['validator-caller'],
  umbrella: ['validator-caller'],
});
const good = 'tsk_a-good-token-value';
const lost = 'tsk_a-token-that-was-lost';
let validator: Validator;
let base: string;

async function ask(
  body: unknown,
  {
    environment = 'acme',
    authorization = caller,
    headers = {},
  }: { environment?: string; authorization?: string; headers?: Record<string, string> } = {},
) {
  const response = await fetch(`${base}/v1/environments/${environment}/verdicts`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(authorization === '' ? {} : { authorization }), ...headers },
    body: typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, body: JSON.parse(text) as Record<string, unknown> };
}
const presents = (presentedToken: unknown, more: object = {}) => ({ kind: 'pairing', presentedToken, ...more });

beforeAll(async () => {
  for (const environment of [acme, umbrella])
    await rings.change(environment, () => [rings.token(good), rings.revokedToken(lost)]);
  validator = await createValidator({
    feed: store,
    witness: new InMemoryRingWitness(),
    sightings,
    events: {
      send: (topic, messages) => {
        if (!kafka.isUp) return Promise.reject(new Error('no broker'));
        for (const { key, value } of messages)
          kafka.events.push(...(JSON.parse(String(value)) as object[]).map((event) => ({ topic, key, ...event })));
        return Promise.resolve();
      },
      stop: () => Promise.resolve(),
    },
    peppers,
    auth: createTokenVerifier({ jwks, issuer, audience }),
    leaseMs: 600,
    refusalsPerMinute: 100_000,
    logger: createLogger({ service: 'test', level: 'debug', destination: { write: (line: string) => void lines.push(line) } }),
  });
  await validator.app.listen(0, '127.0.0.1');
  base = await validator.app.getUrl();
  await eventually(() => validator.follower.isReady(), { withinMs: 5_000, what: 'all shards have a lease' });
}, 30_000);
afterAll(() => validator.stop());

describe('a verdict', () => {
  it('M9: allows an active token, and is not to be cached', async () => {
    const answer = await ask(presents(good));
    expect([answer.status, answer.body]).toEqual([200, { verdict: 'allow' }]);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.headers.get('content-type')).toContain('application/json');
  });

  it.each([
    ['left out', { kind: 'authentication' }],
    ['null', presents(null)],
    ['empty', presents('')],
    ['unknown', presents('tsk_somebody-elses')],
    ['revoked', presents(lost)],
    ['of another case', presents(good.toUpperCase())],
    ['with a space', presents(`${good} `)],
    ['too long', presents('x'.repeat(513))],
    ['half a character', '{"kind":"pairing","presentedToken":"\\ud800"}'],
  ])('M11: is the same for a token that is %s', async (_, body) => {
    const answer = await ask(body);
    expect([answer.status, answer.text]).toEqual([200, '{"verdict":"deny","causes":["managed-device-token"]}']);
  });

  it('M13: allows another method than the app', async () => {
    expect((await ask(presents('', { method: 'sms' }))).body).toEqual({ verdict: 'allow' });
    expect((await ask(presents('', { method: 'SMS' }))).body).toMatchObject({ verdict: 'deny' });
  });

  it('M22: refuses a token soon after it was revoked', async () => {
    await rings.add(globex, good);
    await eventually(async () => (await ask(presents(good), { environment: 'globex' })).body['verdict'] === 'allow', {
      withinMs: 2_000,
      what: 'the first ring is known',
    });
    await rings.revoke(globex, good);
    await eventually(async () => (await ask(presents(good), { environment: 'globex' })).body['verdict'] === 'deny', {
      withinMs: 2_000,
      what: 'the revocation is known',
    });
  });

  it('for an environment without a ring is not found, exactly like one that the caller may not know', async () => {
    const unknown = await ask(presents(good), { environment: 'nowhere' });
    const foreign = await ask(presents(good), { environment: 'hooli' });
    expect([unknown.status, foreign.status]).toEqual([404, 404]);
    expect({ ...unknown.body, instance: '' }).toEqual({ ...foreign.body, instance: '' });
  });
});

describe('sibling requirements', () => {
  const siblings = {
    mode: 'enforce',
    revision: 3,
    rules: { deviceLock: true, minimumOsVersion: { ios: '17.4', android: '14' } },
  } as const;
  const settings = { ...defaultRingSettings, enrolmentLink: 'https://mdm.example/enrol' };
  const ask3 = (presentedToken: string, device: unknown) => ask(presents(presentedToken, { device }), { environment: 'initech' });

  beforeAll(async () => {
    await rings.change(initech, () => [rings.token(good)], { siblings, settings });
    await eventually(async () => (await ask3(good, undefined)).status === 200, { withinMs: 2_000, what: 'the ring is known' });
  });

  it('M37, P12: a refusal names every unmet cause and where to enrol', async () => {
    const old = { platform: 'iOS', osVersion: '16.7.1', isLocked: false };
    expect((await ask3(good, old)).body).toEqual({
      verdict: 'deny',
      causes: ['device-lock', 'os-version'],
      enrolmentLink: 'https://mdm.example/enrol',
    });
    expect((await ask3('', old)).body).toMatchObject({ causes: ['managed-device-token', 'device-lock', 'os-version'] });
  });

  it.each([
    ['left out', undefined],
    ['null', null],
    ['of the wrong type', { platform: 7, osVersion: ['1'], isLocked: 'false', model: {}, brand: true, hasBiometrics: 0 }],
    ['too long', { platform: 'ios', osVersion: '1'.repeat(129) }],
    ['of another platform', { platform: 'windows', osVersion: '1' }],
    ['unknown to this version', { platform: 'ios', fingerprint: { deep: [[]] } }],
  ])('facts that are %s are not judged, and are no fault of the request', async (_, device) => {
    expect((await ask3(good, device)).body).toEqual({ verdict: 'allow' });
  });
});

describe('sightings', () => {
  it('count each device once, under what it presented last', async () => {
    const device = (id: unknown, platform = 'android') => ({ device: { id, platform } });
    await ask(presents(good, device('sighted-1')), { environment: 'umbrella' });
    for (let i = 0; i < 5; i++) await ask(presents(lost, device('sighted-1')), { environment: 'umbrella' });
    await ask(presents('', device('sighted-2', 'iOS')), { environment: 'umbrella' });
    await ask(presents('tsk_unheard-of', device('Jörgs iPhone 📱')), { environment: 'umbrella' });
    await ask(presents(good, device(4711)), { environment: 'umbrella' });
    await ask(presents(good, { ...device('by-sms'), method: 'sms' }), { environment: 'umbrella' });
    const groups = await eventually(
      async () => {
        const { current } = await sightings.counts(umbrella, 0);
        return current.reduce((sum, { devices }) => sum + devices, 0) === 3 && current;
      },
      { withinMs: 3_000, what: 'the sightings are written' },
    );
    expect(groups.map(({ presented, platform }) => `${presented} ${platform}`).sort()).toEqual([
      'nothing ios',
      `${rings.token(lost).id} android`,
      'unknown android',
    ].sort()); // prettier-ignore
    const { devices } = await sightings.laggards({ environment: umbrella, presented: [], fromDay: 0, limit: 10 });
    expect(devices.every(({ device }) => /^[\x21-\x7e]{1,64}$/.test(device))).toBe(true);
  });
});

describe('verdict events', () => {
  it('M37: tell what was decided and of which device, and never the token, wherever the client wrote it', async () => {
    kafka.events.length = 0;
    const device = { id: lost, model: `Pixel ${lost}`, brand: 'Google', osVersion: '15', isRooted: false };
    await ask(presents(lost, { method: lost, device }));
    await ask(presents(good, { kind: 'authentication', device: { id: 'device-1', platform: 'ios', model: 'iPhone 17' } }));
    // By their devices: what a test before asked may be told only now.
    const isOurs = ({ device }: Record<string, unknown>) => {
      const { id, brand } = (device ?? {}) as { id?: string; brand?: string };
      return brand === 'Google' || id === 'device-1';
    };
    const events = () => kafka.events.filter(isOurs);
    await eventually(() => events().length >= 2, { withinMs: 2_000, what: 'the events are sent' });
    expect(events()).toEqual([
      expect.objectContaining({
        topic: 'tallystick.verdicts',
        key: 'acme',
        environment: 'acme',
        kind: 'pairing',
        method: 'other',
        verdict: 'deny',
        reason: 'token-revoked',
        causes: ['managed-device-token'],
        token: rings.token(lost).id,
        device: { brand: 'Google', osVersion: '15', isRooted: false },
      }),
      expect.objectContaining({
        key: 'acme',
        kind: 'authentication',
        method: 'mobile-app',
        verdict: 'allow',
        reason: 'token-active',
        token: rings.token(good).id,
        device: { id: 'device-1', platform: 'ios', model: 'iPhone 17' },
      }),
    ]);
    expect(Date.parse(String(events()[0]?.['time']))).toBeGreaterThan(Date.now() - 60_000);
    expect(JSON.stringify(kafka.events)).not.toMatch(/good-token|token-that-was-lost/);
  });

  it('and sightings have no token of the ring in any field of the device, presented or not', async () => {
    kafka.events.length = 0;
    const [uuid, own] = ['7f1d3c5e-0a2b-4c6d-8e9f-1a3b5c7d9e0f', 'an-own-value-of-globex'];
    await rings.change(umbrella, (tokens) => [...tokens, { ...rings.token(uuid), origin: 'uuid' }, rings.revokedToken(own)]);
    const send = (device: object, presentedToken: unknown = null) =>
      ask(presents(presentedToken, { method: 'last-of-mixed-up', device }), { environment: 'umbrella' });
    await eventually(async () => (await ask(presents(uuid), { environment: 'umbrella' })).body['verdict'] === 'allow', {
      withinMs: 2_000,
      what: 'the new tokens are known',
    });
    lines.length = 0;
    for (const value of [uuid, own, lost]) {
      await send({ id: value, model: value, brand: value, osVersion: value, appVersion: value });
      await send({ id: `id-${value}`, model: `model ${value}` }, value);
    }
    await send({ id: 'mixed-up-7', model: 'Pixel 9' });
    const events = () => kafka.events.filter(({ environment, method }) => environment === 'umbrella' && method === 'other');
    await eventually(() => events().length >= 7, { withinMs: 2_000, what: 'the events are sent' });
    expect(events().at(-1)).toMatchObject({ device: { id: 'mixed-up-7', model: 'Pixel 9' } });
    const seen = async () =>
      (await sightings.laggards({ environment: umbrella, presented: [], fromDay: 0, limit: 1_000 })).devices;
    await eventually(async () => (await seen()).some(({ device }) => device === 'mixed-up-7'), {
      withinMs: 3_000,
      what: 'the sightings are written',
    });
    for (const told of [JSON.stringify(events()), JSON.stringify(await seen()), lines.join('')])
      for (const value of [uuid, own, lost]) expect(told).not.toContain(value);
  });

  it('are lost and counted while Kafka is away, and verdicts go on', async () => {
    kafka.isUp = false;
    for (let i = 0; i < 5; i++) expect((await ask(presents(good))).status).toBe(200);
    const dropped = async () =>
      Number(/dropped_total\{buffer="events",[^}]*\} (\d+)/.exec(await (await fetch(`${base}/metrics`)).text())?.[1]);
    await eventually(async () => (await dropped()) >= 5, { withinMs: 3_000, what: 'the loss is counted' });
    kafka.isUp = true;
  });
});

describe('a caller', () => {
  it('needs the role for that environment', async () => {
    expect((await ask(presents(good), { authorization: '' })).status).toBe(401);
    expect((await ask(presents(good), { authorization: bearer({ acme: ['viewer', 'token-admin'] }) })).status).toBe(403);
    expect((await ask(presents(good), { authorization: bearer({ globex: ['validator-caller'] }) })).status).toBe(404);
    expect((await ask(presents(good), { authorization: bearer({ '*': ['validator-caller'] }) })).status).toBe(200);
  });

  it.each(['*', '__proto__', 'ACME', 'a'.repeat(64), '%2e%2e', 'acme%00'])(
    'with a role everywhere gets "not found" for a name that is none (%s)',
    async (environment) => {
      expect((await ask(presents(good), { environment, authorization: bearer({ '*': ['validator-caller'] }) })).status).toBe(404);
    },
  );
});

describe('hostile input', () => {
  it.each([
    ['no JSON', '{"kind":', 400],
    ['no object', '[]', 400],
    ['null', 'null', 400],
    ['no kind', {}, 400],
    ['an unknown kind', { kind: 'login' }, 400],
    ['a number as token', presents(12345678), 400],
    ['an array as token', presents([good]), 400],
    ['an object as token', presents({ toString: good }), 400],
    ['an unknown field', presents(good, { Method: 'sms' }), 400],
    ['a method that is too long', presents(good, { method: 'x'.repeat(65) }), 400],
    ['a device that is none', presents(good, { device: 'iPhone' }), 400],
    ['a poisoned prototype', '{"kind":"pairing","__proto__":{"presentedToken":"x"}}', 400],
    ['bytes that are no text', Uint8Array.from([0x7b, 0xff, 0xfe, 0x7d]), 400],
    ['deep nesting', `{"kind":"pairing","device":${'['.repeat(7_000)}${']'.repeat(7_000)}}`, 400],
    ['a token of 64 KiB', presents('x'.repeat(65_536)), 413],
  ])('%s is refused as a problem', async (_, body, status) => {
    const answer = await ask(body);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([
      status,
      expect.stringContaining('application/problem+json'),
    ]);
    expect(answer.text).not.toContain(good);
  });

  it('says all faults of a body at once, without its values', async () => {
    const answer = await ask({ kind: 'login-of-mallory', presentedToken: 7 });
    expect(answer.body).toMatchObject({
      type: 'urn:tallystick:problem:invalid-request',
      faults: [{ path: 'kind' }, { path: 'presentedToken' }],
    });
    expect(answer.text).not.toContain('mallory');
  });

  it('of another media type is refused', async () => {
    expect((await ask(`kind=pairing`, { headers: { 'content-type': 'application/x-www-form-urlencoded' } })).status).toBe(415);
  });
});

describe('the record', () => {
  it('has the full reason and the device model, and never a token', async () => {
    lines.length = 0;
    await ask(presents(lost, { device: { model: 'Pixel 9', id: 'serial-4711' } }));
    await ask(presents(good));
    const said = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(said).toContainEqual(
      expect.objectContaining({
        level: 'info',
        environment: 'acme',
        kind: 'pairing',
        why: 'token-revoked',
        model: 'Pixel 9',
        msg: 'deny',
      }),
    );
    expect(said).toContainEqual(expect.objectContaining({ level: 'debug', why: 'token-active', msg: 'allow' }));
    expect(lines.join('')).not.toMatch(/good-token|token-that-was-lost|serial-4711|[0-9a-f]{64}/);
  });

  it('counts verdicts by reason, leases, tables and alarms', async () => {
    const text = await eventually(
      async () => {
        const text = await (await fetch(`${base}/metrics`)).text();
        return text.includes('tallystick_validator_environments{service="pairing-validator"} 4') && text;
      },
      { withinMs: 5_000, what: 'the gauges are up to date' },
    );
    expect(text).toMatch(/tallystick_verdicts_total\{kind="pairing",reason="token-revoked",service="pairing-validator"\} \d/);
    expect(text).toContain('tallystick_validator_shards{lease="held",service="pairing-validator"} 64');
    expect(text).toMatch(/tallystick_validator_tokens\{state="active",service="pairing-validator"\} 4/);
    expect(text).toContain('tallystick_validator_ring_alarms{alarm="revived-token",service="pairing-validator"} 0');
  });

  it('describes itself as OpenAPI 3.1 says', async () => {
    expect(await openApiFaults(JSON.parse(await (await fetch(`${base}/openapi.json`)).text()))).toEqual([]);
  });

  it('describes the route, with its role, in the OpenAPI document', async () => {
    const document = (await (await fetch(`${base}/openapi.json`)).json()) as {
      paths: Record<string, { post: Record<string, unknown> }>;
      components: { schemas: object };
    };
    const { post } = document.paths['/v1/environments/{environment}/verdicts']!;
    expect(post).toMatchObject({ 'x-roles': ['validator-caller'], responses: { 200: {}, 404: {}, 503: {} } });
    expect(Object.keys(document.components.schemas)).toEqual(expect.arrayContaining(['VerdictRequest', 'Verdict']));
  });
});

describe('without a lease', () => {
  it('every answer is 503 within the lease, an unknown environment included, until the store is back', async () => {
    store.reachable = false;
    try {
      const answer = await eventually(async () => {
        const answer = await ask(presents(good));
        return answer.status === 503 && answer;
      }, { withinMs: 2_000, what: 'verdicts end' }); // prettier-ignore
      expect(answer.body).toMatchObject({ type: 'urn:tallystick:problem:no-lease', status: 503 });
      expect([answer.headers.get('cache-control'), answer.headers.get('retry-after')]).toEqual(['no-store', '1']);
      // Another shard: its lease was renewed at another moment, and ends within the same bound.
      await eventually(async () => (await ask(presents(good), { environment: 'nowhere' })).status === 503, {
        withinMs: 2_000,
        what: 'the lease of the other shard to end',
      });
      expect((await ask(presents('', { method: 'sms' }))).status).toBe(503);
      await eventually(async () => (await fetch(`${base}/health/ready`)).status === 503, {
        withinMs: 2_000,
        what: 'the process is not ready',
      });
      expect((await fetch(`${base}/health/live`)).status).toBe(200);
    } finally {
      store.reachable = true;
    }
    await eventually(async () => (await ask(presents(good))).status === 200, {
      withinMs: 5_000,
      what: 'verdicts are given again',
    });
    await eventually(async () => (await fetch(`${base}/health/ready`)).status === 200, {
      withinMs: 5_000,
      what: 'the process is ready again',
    });
  });

  it('the age of the oldest table grows while the store is silent, beyond the lease too, and falls when a lease comes', async () => {
    const ageSeconds = async () =>
      Number(
        /^tallystick_validator_oldest_lease_seconds\{[^}]*\} (.+)$/m.exec(await (await fetch(`${base}/metrics`)).text())?.[1],
      );
    const until = (what: string, is: (age: number) => boolean) =>
      eventually(async () => is(await ageSeconds()), { withinMs: 8_000, what });
    const leaseSeconds = 0.6;
    await until('a renewal of every shard', (age) => age > 0 && age < leaseSeconds);
    store.reachable = false;
    try {
      await until('the age to pass the lease', (age) => age > leaseSeconds * 2);
      const before = await ageSeconds();
      await until('the age to grow', (age) => age > before + 0.5);
    } finally {
      store.reachable = true;
    }
    await until('the age to fall', (age) => age < leaseSeconds);
  }, 40_000);
});
