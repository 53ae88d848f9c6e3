import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createLogger } from '@tallystick/platform-observability';
import { connectRedis, type Redis } from '@tallystick/platform-redis';
import { endpoints, eventually, uniqueName } from '@tallystick/platform-testing';
import { checkToken, maxLeaseMs, type MemberId, type RingShard } from '@tallystick/tokens-domain';
import { RedisTokenRingStore } from '@tallystick/tokens-store-redis';
import { environmentsOfOneShard } from '@tallystick/tokens-testing';
import { runningService } from './test-support/running-service.ts';

// All environments of this file are in one shard, so that one stand-in for a validator is enough to confirm their changes.
const { shard, environments } = environmentsOfOneShard(20, uniqueName('t'));
let at = 0;
const newEnvironment = (): string => environments[at++]!;
const prefix = uniqueName('token-service');

let service: Awaited<ReturnType<typeof runningService>>;
let redis: Redis;
let validator: Validator;
let admin: string;
let viewer: string;

/** Follows a shard without keeping a table: joins, and acknowledges every change within a few milliseconds. */
class Validator {
  #position = { epoch: '', applied: -1 };
  #paused = false;
  readonly #timer: NodeJS.Timeout;
  readonly #id = uniqueName('validator') as MemberId;
  constructor(
    readonly store: RedisTokenRingStore,
    readonly shard: RingShard,
  ) {
    this.#timer = setInterval(() => void this.renew(), 20);
  }
  async renew(): Promise<void> {
    if (this.#paused) return;
    const { position } = await this.store.renew(this.shard, { id: this.#id, ...this.#position, leaseMs: maxLeaseMs });
    this.#position = { epoch: position.epoch, applied: position.seq };
  }
  pause(): void {
    this.#paused = true;
  }
  resume(): void {
    this.#paused = false;
  }
  stop(): void {
    clearInterval(this.#timer);
  }
}

const later = '2099-01-01T00:00:00.000Z';
const key = () => ({ 'idempotency-key': uniqueName('key') });
const path = (environment: string, rest: string) => `/v1/environments/${environment}/${rest}`;
const put = (environment: string, body: unknown, headers: Record<string, string> = {}) =>
  service.call('PUT', path(environment, 'requirement'), { body, bearer: admin, headers });
const post = (environment: string, rest: string, body: unknown, headers: Record<string, string> = key(), bearer = admin) =>
  service.call('POST', path(environment, rest), { body, bearer, headers });
const get = (environment: string, rest: string) => service.call('GET', path(environment, rest), { bearer: viewer });

beforeAll(async () => {
  service = await runningService(endpoints().redis, prefix);
  redis = await connectRedis({
    url: endpoints().redis,
    name: 'test',
    logger: createLogger({ service: 'test', level: 'silent' }),
  });
  validator = new Validator(new RedisTokenRingStore({ client: redis, prefix }), shard);
  admin = await service.signed('admin-1', { '*': ['token-admin'] });
  viewer = await service.signed('viewer-1', { '*': ['viewer'] });
  // Trust begins a slow bound after the start; from then on changes are confirmed at once.
  const environment = newEnvironment();
  await eventually(
    async () => (await post(environment, 'tokens', { label: 'warm-up' })).body.propagation.confirmedBy === 'acknowledgement',
    { withinMs: 20_000, what: 'changes are confirmed by acknowledgement' },
  );
}, 30_000);

afterAll(async () => {
  validator.stop();
  await service.stop();
  for await (const keys of redis.scanIterator({ MATCH: `${prefix}:*`, COUNT: 1_000 }))
    if (keys.length > 0) await redis.unlink(keys);
  await redis.close();
});

describe('the requirement', () => {
  it('M2, M3: turned on for later makes a token, shows its value once, and has an ETag', async () => {
    const environment = newEnvironment();
    const on = await put(environment, { enabled: true, effectiveAt: later });
    expect(on.status).toBe(200);
    expect(on.headers.get('etag')).toBe('"1"');
    expect(on.body).toMatchObject({
      enabled: true,
      effectiveAt: later,
      inForce: false,
      version: 1,
      activeTokens: 1,
      outcome: 'changed',
      warnings: [],
    });
    expect(on.body.propagation).toMatchObject({ confirmedBy: 'acknowledgement', validators: 1, bounded: true });
    expect(checkToken(on.body.created.value)).toBe('valid');
    const read = await get(environment, 'requirement');
    expect([read.status, read.headers.get('etag')]).toEqual([200, '"1"']);
    expect(read.body).toEqual({ enabled: true, effectiveAt: later, inForce: false, version: 1, activeTokens: 1 });
  });

  it('M5: turned on at once without a token is refused; with one it is done and names what it does', async () => {
    const environment = newEnvironment();
    const past = '2020-01-01T00:00:00Z';
    const refused = await put(environment, { enabled: true, effectiveAt: past });
    expect(refused.status).toBe(409);
    expect(refused.body).toMatchObject({ type: 'urn:tallystick:problem:would-refuse-every-device', forceable: true });
    await post(environment, 'tokens', { label: 'first' });
    const on = await put(environment, { enabled: true, effectiveAt: past });
    expect(on.body).toMatchObject({ inForce: true, warnings: [{ kind: 'in-force-at-once' }] });
    const forced = await put(newEnvironment(), { enabled: true, effectiveAt: past, force: true });
    expect(forced.body.warnings.map(({ kind }) => kind)).toEqual(['in-force-at-once', 'every-device-refused']);
  });

  it('M3: turned on without a date is refused', async () => {
    const { status, body } = await put(newEnvironment(), { enabled: true });
    expect([status, body.type]).toEqual([422, 'urn:tallystick:problem:effective-date-missing']);
  });

  it('with If-Match or a version of something else is refused', async () => {
    const environment = newEnvironment();
    expect((await put(environment, { enabled: true, effectiveAt: later, version: 0 })).status).toBe(200);
    expect(await put(environment, { enabled: false }, { 'if-match': '"7"' })).toMatchObject({
      status: 412,
      body: { version: 1 },
    });
    expect((await put(environment, { enabled: false, version: 2 })).status).toBe(412);
    expect((await put(environment, { enabled: false }, { 'if-match': 'W/"1"' })).status).toBe(400);
    expect((await put(environment, { enabled: false }, { 'if-match': '"1"' })).body).toMatchObject({
      version: 2,
      warnings: [{ kind: 'checks-stopped' }],
    });
  });

  it.each(['requirement', 'tokens', 'tokens/tok_x', 'validators'])(
    'M31: of an environment that has none is not found (%s)',
    async (rest) => {
      expect(await get('never-heard-of', rest)).toMatchObject({
        status: 404,
        body: { type: 'urn:tallystick:problem:not-found' },
      });
    },
  );
});

describe('a token', () => {
  it('is added, listed and read, and its value is shown by nothing but the answer that made it', async () => {
    const environment = newEnvironment();
    const own = 'q7Zt-x2Lk_9vB.4n';
    const uuid = await post(environment, 'tokens', { label: 'uuid', format: 'uuid' });
    const made = await post(environment, 'tokens', { label: 'own', value: own });
    expect([uuid.status, made.status]).toEqual([201, 201]);
    expect(uuid.body.value).toMatch(/^[0-9a-f-]{36}$/);
    expect(made.body).toMatchObject({
      outcome: 'changed',
      value: own,
      token: { label: 'own', state: 'active', createdBy: 'admin-1' },
    });
    const list = await get(environment, 'tokens');
    expect(list.body).toMatchObject({ version: 2, items: [uuid.body.token, made.body.token] });
    const one = await get(environment, `tokens/${made.body.token.id}`);
    expect(one.body).toEqual(made.body.token);
    expect(`${list.text}${one.text}`).not.toMatch(/value|digest|[0-9a-f]{64}/);
  });

  it('repeated with its key gives the same value to the same caller, and to nobody else', async () => {
    const environment = newEnvironment();
    const headers = key();
    const first = await post(environment, 'tokens', { label: 'a' }, headers);
    const again = await post(environment, 'tokens', { label: 'a' }, headers);
    expect(again.body).toMatchObject({ outcome: 'replayed', value: first.body.value, token: first.body.token });
    const other = await service.signed('admin-2', { '*': ['token-admin'] });
    const stolen = await post(environment, 'tokens', { label: 'a' }, headers, other);
    expect([stolen.status, stolen.body.type]).toEqual([422, 'urn:tallystick:problem:idempotency-key-reused']);
    expect(stolen.text).not.toContain(first.body.value);
    expect((await get(environment, 'tokens')).body.items).toHaveLength(1);
  });

  it.each<[string, unknown, number, string]>([
    ['without a label', {}, 400, 'invalid-request'],
    ['with an unknown field', { label: 'a', digest: 'x' }, 400, 'invalid-request'],
    ['with a value and a format', { label: 'a', value: 'q7Zt-x2Lk_9vB.4n', format: 'uuid' }, 400, 'invalid-request'],
    ['with a weak value', { label: 'a', value: 'CompanyPassword2026' }, 422, 'own-value-refused'],
    ['with an empty value', { label: 'a', value: '' }, 422, 'own-value-refused'],
  ])('%s is refused', async (_, body, status, kind) => {
    expect(await post('refusals', 'tokens', body)).toMatchObject({ status, body: { type: `urn:tallystick:problem:${kind}` } });
  });

  it('without an Idempotency-Key is refused, and says so', async () => {
    const { status, body } = await post('refusals', 'tokens', { label: 'a' }, {});
    expect([status, body.type]).toEqual([400, 'urn:tallystick:problem:idempotency-key-missing']);
  });

  it('M21: with the value of another one, or of a revoked one, is refused', async () => {
    const environment = newEnvironment();
    const value = 'q7Zt-x2Lk_9vB.4n';
    const { body } = await post(environment, 'tokens', { label: 'a', value });
    const duplicate = { status: 409, body: { type: 'urn:tallystick:problem:duplicate-value' } };
    expect(await post(environment, 'tokens', { label: 'b', value })).toMatchObject(duplicate);
    await post(environment, `tokens/${body.token.id}/revoke`, { reason: 'old' });
    expect(await post(environment, 'tokens', { label: 'c', value })).toMatchObject(duplicate);
    expect((await post(newEnvironment(), 'tokens', { label: 'd', value })).status).toBe(201); // another environment's own business
  });
});

describe('a revocation', () => {
  const twoTokens = async () => {
    const environment = newEnvironment();
    const first = await post(environment, 'tokens', { label: 'first' });
    const second = await post(environment, 'tokens', { label: 'second' });
    await put(environment, { enabled: true, effectiveAt: '2020-01-01T00:00:00Z' });
    return { environment, first: first.body.token.id, second: second.body.token.id };
  };

  it('M22: answers when the validators have it, and says how it knows', async () => {
    const { environment, first } = await twoTokens();
    const { status, body } = await post(environment, `tokens/${first}/revoke`, { reason: 'leaked' });
    expect(status).toBe(200);
    expect(body).toMatchObject({ confirmedBy: 'acknowledgement', validators: 1, bounded: true, outcome: 'changed' });
    expect(body['waitedMs']).toBeLessThan(1_000);
    expect(body.token).toMatchObject({ id: first, state: 'revoked', revoked: { by: 'admin-1', reason: 'leaked' } });
  });

  it('waits until every lease has run out when a validator does not answer; so does a second one meanwhile', async () => {
    const { environment, first } = await twoTokens();
    validator.pause();
    try {
      const revoke = () => post(environment, `tokens/${first}/revoke`, { reason: 'leaked' });
      const [one, two] = await Promise.all([revoke(), revoke()]);
      expect([one.body.outcome, two.body.outcome].sort()).toEqual(['changed', 'unchanged']);
      for (const { body } of [one, two]) {
        expect(body).toMatchObject({ confirmedBy: 'lease', bounded: true });
        expect(body['waitedMs']).toBeGreaterThanOrEqual(5_500);
      }
    } finally {
      validator.resume();
    }
  }, 15_000);

  it('M23–M26: of the last token is refused; forced, it gives the replacement and warns', async () => {
    const { environment, first, second } = await twoTokens();
    await post(environment, `tokens/${first}/revoke`, { reason: 'old' });
    const refused = await post(environment, `tokens/${second}/revoke`, { reason: 'leaked' });
    expect(refused).toMatchObject({ status: 409, body: { type: 'urn:tallystick:problem:last-token', forceable: true } });
    const headers = key();
    const forced = await post(environment, `tokens/${second}/revoke`, { reason: 'leaked', force: true }, headers);
    expect(forced.body).toMatchObject({
      token: { state: 'revoked' },
      replacement: { state: 'active' },
      warnings: [{ kind: 'every-device-refused' }],
    });
    expect(checkToken(forced.body.replacement.value)).toBe('valid');
    const again = await post(environment, `tokens/${second}/revoke`, { reason: 'leaked', force: true }, headers);
    expect(again.body).toMatchObject({ outcome: 'replayed', replacement: forced.body.replacement });
  });

  it('of nobody is not found', async () => {
    const { environment } = await twoTokens();
    expect((await post(environment, 'tokens/tok_nobody/revoke', { reason: 'x' })).status).toBe(404);
    expect((await post('never-heard-of', 'tokens/tok_nobody/revoke', { reason: 'x' })).status).toBe(404);
  });
});

describe('the service', () => {
  it('lists the validators with their lag', async () => {
    const environment = newEnvironment();
    await post(environment, 'tokens', { label: 'a' });
    const { body } = await get(environment, 'validators');
    expect(body).toMatchObject({ shard, trusted: true, items: [{ state: 'following', lag: 0, leaseMs: maxLeaseMs }] });
  });

  it.each([
    ['PUT', 'requirement'],
    ['POST', 'tokens'],
    ['POST', 'tokens/tok_x/revoke'],
  ])('lets a viewer not change anything (%s %s)', async (method, rest) => {
    const bearer = await service.signed('viewer-1', { '*': ['viewer', 'operator', 'approver', 'auditor', 'validator-caller'] });
    expect((await service.call(method, path(environments[0]!, rest), { body: {}, bearer, headers: key() })).status).toBe(403);
    expect((await service.call(method, path(environments[0]!, rest), { body: {}, headers: key() })).status).toBe(401);
  });

  it('hides an environment from the administrator of another one', async () => {
    const bearer = await service.signed('admin-3', { 'somewhere-else': ['token-admin'] });
    expect((await service.call('GET', path(environments[0]!, 'tokens'), { bearer })).status).toBe(404);
  });

  it('is ready, and documents its routes', async () => {
    expect((await service.call('GET', '/health/ready')).body).toEqual({ status: 'ready', checks: { rings: 'ok' } });
    const { body } = await service.call('GET', '/openapi.json');
    expect(Object.keys(body.paths).sort()).toEqual(
      ['requirement', 'tokens', 'tokens/{token}', 'tokens/{token}/revoke', 'validators'].map((rest) =>
        path('{environment}', rest),
      ),
    );
  });

  it('I8: writes no value, digest or key to its log, and says where it listens', async () => {
    const environment = newEnvironment();
    const value = 'Wb5-qJz8_Lk2.Xp7mR';
    const headers = key();
    const made = await post(environment, 'tokens', { label: 'a', value }, headers);
    const generated = await post(environment, 'tokens', { label: 'b' });
    await post(environment, 'tokens', { label: 'c', value }); // refused as a duplicate
    await post(environment, 'tokens', { label: 'd', value: `${value} ` }); // refused as unsafe
    const log = service.log.join('');
    const ring = (await redis.get(`${prefix}:{ring-${shard}}:ring:${environment}`)) ?? '';
    const digests = ring.match(/[0-9a-f]{64}/g) ?? [];
    expect([made.status, generated.status, digests.length]).toEqual([201, 201, 2]);
    expect(log).toContain('the token service listens');
    expect(JSON.parse(service.log.find((line) => line.includes('listens')) ?? '{}')).toMatchObject({
      port: Number(new URL(service.url).port),
    });
    for (const secret of [value, generated.body.value, ...digests]) expect(log).not.toContain(secret);
    expect(ring).not.toContain(value);
    expect(ring).not.toContain(generated.body.value);
  });
});
