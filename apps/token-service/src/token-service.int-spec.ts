import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createLogger } from '@tallystick/platform-observability';
import { connectRedis, type Redis } from '@tallystick/platform-redis';
import { endpoints, eventually, openApiFaults, uniqueName } from '@tallystick/platform-testing';
import { checkToken, maxLeaseMs, type MemberId, type PepperId, type RingShard } from '@tallystick/tokens-domain';
import { RedisTokenRingStore } from '@tallystick/tokens-store-redis';
import { environmentsOfOneShard } from '@tallystick/tokens-testing';
import { runningService } from './test-support/running-service.ts';

// All environments of this file are in one shard, so that one stand-in for a validator is enough to confirm their changes.
const { shard, environments } = environmentsOfOneShard(40, uniqueName('t'));
let at = 0;
const newEnvironment = (): string => environments[at++]!;
const prefix = uniqueName('token-service');

let service: Awaited<ReturnType<typeof runningService>>;
let redis: Redis;
let validator: Validator;
let admin: string;
let viewer: string;
/** An administrator without the role that forces. */
let tokenAdmin: string;

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
    const { position } = await this.store.renew(this.shard, {
      id: this.#id,
      ...this.#position,
      leaseMs: maxLeaseMs,
      peppers: ['k1' as PepperId],
    });
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
const reason = 'as it was agreed';
const put = (environment: string, body: object, headers: Record<string, string> = {}, bearer = admin) =>
  service.call('PUT', path(environment, 'requirement'), { body: { reason, ...body }, bearer, headers: { ...key(), ...headers } });
/** With a reason, where the route takes one. */
const post = (environment: string, rest: string, body: object, headers: Record<string, string> = key(), bearer = admin) => {
  const takesReason = !/(?:export|leak-reports)$/.test(rest);
  return service.call('POST', path(environment, rest), { body: takesReason ? { reason, ...body } : body, bearer, headers });
};
const get = (environment: string, rest: string) => service.call('GET', path(environment, rest), { bearer: viewer });
const putSettings = async (environment: string, settings: object, etag: string) =>
  service.call('PUT', path(environment, 'settings'), {
    body: { reason, ...settings },
    bearer: await service.signed('boss-1', { '*': ['approver'] }),
    headers: { ...key(), 'if-match': etag },
  });
const force = { reason: 'no device was seen yet' };
const problem = (kind: string) => ({ type: `urn:tallystick:problem:${kind}` });
/** What the audit of an environment has, oldest first. */
const audit = async (environment: string) =>
  ((await redis.xRange(`${prefix}:{ring-${shard}}:outbox`, '-', '+')) ?? [])
    .flatMap((entry) => Object.values(entry?.message ?? {}))
    .filter((text) => text.startsWith('{'))
    .map((text) => JSON.parse(text) as { readonly environment: string })
    .filter((entry) => entry.environment === environment);

/** In force, with two tokens. */
async function twoTokens() {
  const environment = newEnvironment();
  const first = await post(environment, 'tokens', { label: 'first' });
  const second = await post(environment, 'tokens', { label: 'second' });
  const on = await put(environment, { mode: 'enforce', effectiveAt: '2020-01-01T00:00:00Z', force });
  if (on.status !== 200) throw new Error(on.text);
  return { environment, first: first.body.token.id, second: second.body.token.id };
}

beforeAll(async () => {
  service = await runningService(endpoints().redis, prefix);
  redis = await connectRedis({
    url: endpoints().redis,
    name: 'test',
    logger: createLogger({ service: 'test', level: 'silent' }),
  });
  validator = new Validator(new RedisTokenRingStore({ client: redis, prefix }), shard);
  admin = await service.signed('admin-1', { '*': ['token-admin', 'approver'] });
  tokenAdmin = await service.signed('admin-2', { '*': ['token-admin'] });
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
  it('M2, M3, M17: turned on for later makes one token with its date and time, shows its value once, and has an ETag', async () => {
    const environment = newEnvironment();
    expect(await put(environment, { mode: 'enforce' })).toMatchObject({ status: 422, body: problem('effective-date-missing') });
    const on = await put(environment, { mode: 'enforce', effectiveAt: later, format: 'uuid' });
    expect([on.status, on.headers.get('etag')]).toEqual([200, '"1"']);
    const requirement = { mode: 'enforce', effectiveAt: later, inForce: false, isDefined: true, version: 1, liveTokens: 1 };
    expect(on.body).toMatchObject({ ...requirement, outcome: 'changed' });
    expect(on.body.propagation).toMatchObject({ confirmedBy: 'acknowledgement', validators: 1, bounded: true });
    expect(on.body.created.value).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4/);
    expect((on.body.created as unknown as { createdAt: string }).createdAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    const read = await get(environment, 'requirement');
    expect([read.status, read.headers.get('etag')]).toEqual([200, '"1"']);
    expect(read.body).toEqual(requirement);
  });

  it('M5: turned on at once is refused while nobody knows whom that refuses; forced it is done, and names what it does', async () => {
    const environment = newEnvironment();
    await post(environment, 'tokens', { label: 'a' });
    const now = { mode: 'enforce', effectiveAt: '2020-01-01T00:00:00Z' };
    expect(await put(environment, now)).toMatchObject({
      status: 409,
      body: { ...problem('adoption-unknown'), forceable: true, figures: { kind: 'unknown', why: 'no-sightings' } },
    });
    expect((await put(environment, { ...now, force }, {}, tokenAdmin)).body).toMatchObject(problem('force-not-allowed'));
    const forced = await put(environment, { ...now, force });
    expect(forced.body).toMatchObject({ inForce: true, forced: { refusal: 'adoption-unknown' } });
    expect(forced.body.warnings.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['in-force-at-once', 'adoption-unknown']),
    );
  });

  it('M27: moved into the future it suspends the checks for everybody, and says so', async () => {
    const { environment } = await twoTokens();
    const moved = await put(environment, { mode: 'enforce', effectiveAt: later });
    expect(moved.body).toMatchObject({ inForce: false, warnings: [{ kind: 'enforcement-suspended' }] });
  });

  it('is changed only from the version that was seen', async () => {
    const environment = newEnvironment();
    const on = { mode: 'observe', effectiveAt: later };
    expect((await put(environment, on, { 'if-none-match': '*' })).status).toBe(200);
    expect((await put(environment, on, { 'if-none-match': '*' })).status).toBe(412);
    expect(await put(environment, { mode: 'off' }, { 'if-match': '"7"' })).toMatchObject({ status: 412, body: { version: 1 } });
    expect((await put(environment, { mode: 'off' }, { 'if-match': '1' })).status).toBe(400);
    expect((await put(environment, { mode: 'off' }, { 'if-match': 'W/"1"' })).body).toMatchObject({ version: 2, mode: 'off' });
  });

  it('M38: changed again with the same key is answered as it was, though the version is another one by now', async () => {
    const environment = newEnvironment();
    const seen = { ...key(), 'if-none-match': '*' };
    const on = { mode: 'observe', effectiveAt: later };
    const [first, again] = [await put(environment, on, seen), await put(environment, on, seen)];
    expect([first.status, again.status, again.body.outcome]).toEqual([200, 200, 'replayed']);
    expect(again.body.created).toEqual(first.body.created); // its value as well
    expect(await put(environment, { ...on, reason: 'another one' }, seen)).toMatchObject({
      status: 422,
      body: problem('idempotency-key-reused'),
    });
    expect(await audit(environment)).toMatchObject([{ action: 'set-requirement', actor: 'admin-1', reason }]);
    const bare = await service.call('PUT', path(environment, 'requirement'), { body: { reason, ...on }, bearer: admin });
    expect(bare).toMatchObject({ status: 400, body: problem('idempotency-key-missing') });
    const noReason = await service.call('PUT', path(environment, 'requirement'), { body: on, bearer: admin, headers: key() });
    expect(noReason).toMatchObject({ status: 400, body: { faults: [{ path: 'reason' }] } });
  });

  it.each([
    'requirement',
    'settings',
    'sibling-requirements',
    'tokens',
    'tokens/tok_x',
    'proposals',
    'validators',
    'preview',
    'adoption',
  ])('M31: of an environment that has none is not found (%s)', async (rest) => {
    expect(await get('never-heard-of', rest)).toMatchObject({ status: 404, body: problem('not-found') });
  });
});

describe('a token', () => {
  it('M16, M18, M19: is added beside the others, and its value is shown by nothing but the answer that made it', async () => {
    const environment = newEnvironment();
    const own = 'q7Zt-x2Lk_9vB.4n';
    const uuid = await post(environment, 'tokens', { label: 'uuid', format: 'uuid' });
    const made = await post(environment, 'tokens', { label: 'own', value: own });
    expect([uuid.status, made.status]).toEqual([201, 201]);
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
    const stolen = await post(environment, 'tokens', { label: 'a' }, headers, tokenAdmin);
    expect(stolen).toMatchObject({ status: 422, body: problem('idempotency-key-reused') });
    expect(stolen.text).not.toContain(first.body.value);
    expect((await get(environment, 'tokens')).body.items).toHaveLength(1);
  });

  it.each<[string, object, number, string]>([
    ['without a label', {}, 400, 'invalid-request'],
    ['with an unknown field', { label: 'a', digest: 'x' }, 400, 'invalid-request'],
    ['with a value and a format', { label: 'a', value: 'q7Zt-x2Lk_9vB.4n', format: 'uuid' }, 400, 'invalid-request'],
    ['with a weak value', { label: 'a', value: 'CompanyPassword2026' }, 422, 'own-value-refused'],
    ['with an empty value', { label: 'a', value: '' }, 422, 'own-value-refused'],
    ['that expires before it begins', { label: 'a', notBefore: later, expiresAt: '2098-01-01T00:00:00Z' }, 422, 'dates-reversed'],
  ])('M18: %s is refused', async (_, body, status, kind) => {
    expect(await post('refusals', 'tokens', body)).toMatchObject({ status, body: problem(kind) });
  });

  it('without an Idempotency-Key is refused, and says so', async () => {
    expect(await post('refusals', 'tokens', { label: 'a' }, {})).toMatchObject({
      status: 400,
      body: problem('idempotency-key-missing'),
    });
  });

  it('M20: with a replaced value is another one, made now; the old value is revoked in the same change', async () => {
    const environment = newEnvironment();
    const old = await post(environment, 'tokens', { label: 'typo' });
    const { body } = await post(environment, `tokens/${old.body.token.id}/replace-value`, {
      reason: 'typo',
      value: 'q7Zt-x2Lk_9vB.4n',
    });
    expect(body).toMatchObject({ version: 2, token: { state: 'revoked' }, replacement: { label: 'typo', state: 'active' } });
  });

  it('M21: with the value of another one, or of a revoked one, is refused', async () => {
    const environment = newEnvironment();
    const value = 'q7Zt-x2Lk_9vB.4n';
    const { body } = await post(environment, 'tokens', { label: 'a', value });
    const duplicate = { status: 409, body: problem('duplicate-value') };
    expect(await post(environment, 'tokens', { label: 'b', value })).toMatchObject(duplicate);
    await post(environment, `tokens/${body.token.id}/revoke`, { reason: 'old' });
    expect(await post(environment, 'tokens', { label: 'c', value })).toMatchObject(duplicate);
    expect((await post(newEnvironment(), 'tokens', { label: 'd', value })).status).toBe(201); // another environment's own business
  });

  it('is kept sealed for a delivery, exported after a note, and its copy is erased with the revocation', async () => {
    const environment = newEnvironment();
    const made = await post(environment, 'tokens', { label: 'a', keepValue: true, showValue: false });
    expect(made.text).not.toContain('tsk_');
    const file = await post(environment, `tokens/${made.body.token.id}/export`, { format: 'json' });
    expect(checkToken(file.body.value)).toBe('valid');
    expect(await audit(environment)).toMatchObject([
      { action: 'add-token' },
      { action: 'export-value', actor: 'admin-1', tokens: [made.body.token.id] },
    ]);
    const revoke = `tokens/${made.body.token.id}/revoke`;
    await post(environment, revoke, { reason: 'x', force });
    expect((await post(environment, `tokens/${made.body.token.id}/export`, { format: 'json' })).body).toMatchObject(
      problem('value-not-kept'),
    );
  });
});

describe('a revocation', () => {
  it('M22: answers when the validators have it, and says how it knows', async () => {
    const { environment, first } = await twoTokens();
    const { status, body } = await post(environment, `tokens/${first}/revoke`, { reason: 'leaked', force });
    expect(status).toBe(200);
    expect(body).toMatchObject({ confirmedBy: 'acknowledgement', validators: 1, bounded: true, outcome: 'changed' });
    expect(body['waitedMs']).toBeLessThan(1_000);
    expect(body.token).toMatchObject({ id: first, state: 'revoked', revoked: { by: 'admin-1', reason: 'leaked' } });
  });

  it('waits until every lease has run out when a validator does not answer; so does a second one meanwhile', async () => {
    const { environment, first } = await twoTokens();
    validator.pause();
    try {
      const revoke = () => post(environment, `tokens/${first}/revoke`, { reason: 'leaked', force });
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
    await post(environment, `tokens/${first}/revoke`, { reason: 'old', force });
    const refused = await post(environment, `tokens/${second}/revoke`, { reason: 'leaked' });
    expect(refused).toMatchObject({ status: 409, body: { ...problem('last-token'), forceable: true } });
    const headers = key();
    const forced = await post(environment, `tokens/${second}/revoke`, { reason: 'leaked', force }, headers);
    expect(forced.body).toMatchObject({
      token: { state: 'revoked' },
      replacement: { state: 'active' },
      forced: { refusal: 'last-token' },
    });
    expect(forced.body.warnings.map(({ kind }) => kind)).toContain('every-device-refused');
    expect(checkToken(forced.body.replacement.value)).toBe('valid');
    const again = await post(environment, `tokens/${second}/revoke`, { reason: 'leaked', force }, headers);
    expect(again.body).toMatchObject({
      outcome: 'replayed',
      replacement: forced.body.replacement,
      warnings: forced.body.warnings,
    });
  });

  it('M24: of the last token is done without a question in the parity mode, with a UUID in its place', async () => {
    const { environment, first, second } = await twoTokens();
    const { body: settings, headers } = await get(environment, 'settings');
    const { version: _version, ...rest } = settings;
    const etag = headers.get('etag') ?? '';
    expect((await putSettings(environment, { ...rest, compatibility: 'reference' }, etag)).status).toBe(200);
    await post(environment, `tokens/${first}/revoke`, { reason: 'old' });
    const { body } = await post(environment, `tokens/${second}/revoke`, { reason: 'old' });
    expect(body.replacement.value).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4/);
    expect(body.warnings.map(({ kind }) => kind)).toContain('every-device-refused'); // M26
  });

  it('of all but one takes the others in one step, and is in the audit with its reason (M38)', async () => {
    const { environment, first, second } = await twoTokens();
    const third = (await post(environment, 'tokens', { label: 'third' })).body.token.id;
    const others = (body: object) => post(environment, 'tokens/revoke-all-but', { keep: second, reason: 'break-in', ...body });
    expect((await others({})).body).toMatchObject({ ...problem('adoption-unknown'), forceable: true });
    const { status, body } = await others({ force });
    expect([status, body]).toMatchObject([200, { confirmedBy: 'acknowledgement', validators: 1, outcome: 'changed' }]);
    expect(body['tokens']).toMatchObject([
      { id: first, state: 'revoked', revoked: { reason: 'break-in' } },
      { id: third, state: 'revoked' },
    ]);
    expect((await get(environment, `tokens/${second}`)).body).toMatchObject({ state: 'active', accepted: true });
    expect((await audit(environment)).at(-1)).toMatchObject({
      ...{ action: 'revoke-others', actor: 'admin-1', reason: 'break-in', revoked: [first, third] },
    });
  });

  it('waits for a second person where two have to agree: 202, and done when another one approves it (M38)', async () => {
    const { environment, first } = await twoTokens();
    const { body: settings, headers } = await get(environment, 'settings');
    const { version: _version, ...rest } = settings;
    expect((await putSettings(environment, { ...rest, twoPeople: true }, headers.get('etag') ?? '')).status).toBe(200);
    const asked = key();
    const revoke = () => post(environment, `tokens/${first}/revoke`, { reason: 'leaked', force }, asked);
    const [proposed, again] = [await revoke(), await revoke()];
    expect(proposed).toMatchObject({
      status: 202,
      body: { outcome: 'proposed', proposal: { by: 'admin-1', reason: force.reason } },
    });
    expect(again.body['proposal']).toEqual(proposed.body['proposal']);
    const { id } = proposed.body['proposal'] as { id: string };
    const approve = (bearer: string) => post(environment, `proposals/${id}/approve`, { reason: 'seen the leak' }, key(), bearer);
    expect(await approve(admin)).toMatchObject({ status: 403, body: problem('own-proposal') });
    expect((await get(environment, `tokens/${first}`)).body).toMatchObject({ state: 'active' });
    const approved = await approve(await service.signed('boss-2', { '*': ['approver'] }));
    expect(approved).toMatchObject({ status: 200, body: { outcome: 'changed', forced: { refusal: 'adoption-unknown' } } });
    expect(approved.body.propagation).toMatchObject({ confirmedBy: 'acknowledgement' });
    expect((await get(environment, `tokens/${first}`)).body).toMatchObject({
      state: 'revoked',
      revoked: { by: 'boss-2', reason: 'leaked' },
    });
    expect((await audit(environment)).slice(-3)).toMatchObject([
      { action: 'revoke-tokens', result: 'proposed', actor: 'admin-1', reason: 'leaked', proposal: { id } },
      { action: 'try-what-is-refused', result: 'refused', actor: 'admin-1' }, // the same person can't be the second one
      {
        ...{ action: 'approve', approved: 'revoke-tokens', actor: 'boss-2', reason: 'seen the leak', revoked: [first] },
        proposal: { id, reason: 'leaked' },
        forced: { proposal: id, proposedBy: 'admin-1' },
      },
    ]);
  });

  it('by a leak report goes through the guards: done where they let it pass, else the token is kept and marked', async () => {
    const environment = newEnvironment();
    const made = [await post(environment, 'tokens', { label: 'a' }), await post(environment, 'tokens', { label: 'b' })];
    await put(environment, { mode: 'observe', effectiveAt: '2020-01-01T00:00:00Z' });
    const report = (at: number) =>
      post(environment, 'leak-reports', { items: [{ token: made[at]!.body.value, source: 'code search' }] });
    const [first, second] = made.map(({ body }) => body.token.id);
    expect((await report(0)).body.items).toEqual([{ index: 0, outcome: 'revoked', environment, token: first }]);
    expect((await report(1)).body.items).toEqual([
      { index: 0, outcome: 'kept', environment, token: second, guard: 'last-token' },
    ]);
    expect((await get(environment, `tokens/${second}`)).body).toMatchObject({
      state: 'active',
      leakReportedAt: expect.any(String),
    });
    const told = (await audit(environment)).slice(-2);
    expect(told).toMatchObject([
      { action: 'report-leak', actor: 'admin-1', reason: 'reported as leaked: code search', revoked: [first] },
      { action: 'report-leak', reason: 'reported as leaked: code search', stoppedBy: 'last-token' },
    ]);
    for (const { body } of made) expect(JSON.stringify(told)).not.toContain(body.value);
  });

  it('of nobody is not found', async () => {
    const { environment } = await twoTokens();
    expect((await post(environment, 'tokens/tok_nobody/revoke', { reason: 'x' })).status).toBe(404);
    expect((await post('never-heard-of', 'tokens/tok_nobody/revoke', { reason: 'x' })).status).toBe(404);
  });
});

describe('the compatible API', () => {
  const value = 'q7Zt-x2Lk_9vB.4n';
  const object = (tokens: readonly string[]) => ({
    mobileDeviceManagementRequire: {
      enabled: true,
      effectiveDate: '2099-01-31',
      tokens: tokens.map((token) => ({ token, creationTime: 'x' })),
    },
  });
  const call = (method: string, environment: string, body?: unknown, query = '') =>
    service.call(method, path(environment, `applications/app/deviceRequirements${query}`), {
      bearer: admin,
      ...(body === undefined ? {} : { body }),
    });

  it('M31–M34: is not-found before, replaces all, gives back what loses nothing, and is not-found after DELETE', async () => {
    const environment = newEnvironment();
    expect(await call('GET', environment)).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
    expect((await call('PUT', environment, object([value, 'Wb5-qJz8_Lk2.Xp7mR']))).status).toBe(200);
    const read = await call('GET', environment);
    expect(read.text).not.toContain(value);
    expect((await call('PUT', environment, read.body)).body).toEqual(read.body);
    expect((await get(environment, 'tokens')).body).toMatchObject({
      version: 1,
      items: [{ state: 'active' }, { state: 'active' }],
    });
    expect((await call('PUT', environment, object([value]))).status).toBe(409); // nobody knows who presents the other one
    await call('PUT', environment, object([value]), '?force=test');
    expect((await get(environment, 'tokens')).body.items).toMatchObject([{ state: 'active' }, { state: 'revoked' }]);
    expect(await call('PUT', environment, { mobileDeviceManagementRequire: { enabled: true } })).toMatchObject({
      status: 400,
      body: { code: 'INVALID_DATA' },
    });
    expect((await call('DELETE', environment)).status).toBe(204);
    expect((await call('GET', environment)).status).toBe(404);
  });

  it('answers who is not authenticated, and methods that it has not, in its own shape', async () => {
    const url = path(environments[0]!, 'applications/app/deviceRequirements');
    expect(await service.call('GET', url)).toMatchObject({ status: 401, body: { code: 'ACCESS_FAILED' } });
  });
});

describe('the service', () => {
  it('M38: writes who, when, what, before and after into the audit, in the same step', async () => {
    const { environment, first } = await twoTokens();
    await post(environment, `tokens/${first}/revoke`, { reason: 'leaked', force });
    expect(await audit(environment)).toMatchObject([
      { action: 'add-token', actor: 'admin-1', result: 'changed', reason },
      { action: 'add-token' },
      {
        action: 'set-requirement',
        reason,
        changes: { requirement: { before: { mode: 'off' }, after: { mode: 'enforce' } } },
        forced: { refusal: 'adoption-unknown' },
      },
      {
        action: 'revoke-tokens',
        revoked: [first],
        reason: 'leaked',
        forced: { reason: force.reason },
        figures: { kind: 'unknown' },
        at: expect.any(String),
      },
    ]);
  });

  it('lists the validators, and nothing of what other environments do', async () => {
    const environment = newEnvironment();
    await post(environment, 'tokens', { label: 'a' });
    expect((await get(environment, 'validators')).body).toEqual({
      trusted: true,
      items: [{ id: expect.any(String), state: 'following', leaseMs: maxLeaseMs, missingPeppers: [] }],
    });
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

  it('I8: writes no value, digest or key to its log, and says where it listens', async () => {
    const environment = newEnvironment();
    const value = 'Wb5-qJz8_Lk2.Xp7mR';
    const made = await post(environment, 'tokens', { label: 'a', value });
    const generated = await post(environment, 'tokens', { label: 'b' });
    await post(environment, 'tokens', { label: 'c', value }); // refused as a duplicate
    await post(environment, 'tokens', { label: 'd', value: `${value} ` }); // refused as unsafe
    await post(environment, 'leak-reports', { items: [{ token: generated.body.value, source: 'search' }] });
    const log = service.log.join('');
    const ring = (await redis.get(`${prefix}:{ring-${shard}}:ring:${environment}`)) ?? '';
    const digests = ring.match(/[0-9a-f]{64}/g) ?? [];
    expect([made.status, generated.status, digests.length]).toEqual([201, 201, 2]);
    expect(log).toContain('the token service listens');
    expect(log).toContain('set TOKENS_SIGHTINGS_REDIS_URL');
    expect(JSON.parse(service.log.find((line) => line.includes('listens')) ?? '{}')).toMatchObject({
      port: Number(new URL(service.url).port),
    });
    for (const secret of [value, generated.body.value, ...digests]) expect(log).not.toContain(secret);
    const kept = JSON.stringify([ring, await audit(environment)]);
    for (const secret of [value, generated.body.value]) expect(kept).not.toContain(secret);
  });

  it('R35: starts, and revokes by force, while the second Redis is away; its answers say what they do not know', async () => {
    const alone = await runningService(endpoints().redis, prefix, { TOKENS_SIGHTINGS_REDIS_URL: 'redis://127.0.0.1:1' });
    try {
      const { environment, first } = await twoTokens();
      const revoke = (body: object) =>
        alone.call('POST', path(environment, `tokens/${first}/revoke`), { body, bearer: alone.admin, headers: key() });
      expect((await revoke({ reason: 'leaked' })).body).toMatchObject({
        ...problem('adoption-unknown'),
        figures: { why: 'store-unavailable' },
      });
      expect((await revoke({ reason: 'leaked', force })).body).toMatchObject({
        outcome: 'changed',
        bounded: false,
      });
      expect((await alone.call('GET', path(environment, 'preview'), { bearer: alone.admin })).body).toMatchObject({
        state: { kind: 'unknown' },
      });
    } finally {
      await alone.stop();
    }
  }, 20_000);

  // The last: it keeps the process busy for seconds, in which the service can not speak to Redis.
  it('is ready, and documents its routes', async () => {
    expect((await service.call('GET', '/health/ready')).body).toEqual({ status: 'ready', checks: { rings: 'ok' } });
    const { body } = await service.call('GET', '/openapi.json');
    expect(await openApiFaults(body)).toEqual([]);
    expect(Object.keys(body.paths)).toEqual(
      expect.arrayContaining([path('{environment}', 'tokens/{token}/revoke'), '/v1/leak-reports']),
    );
  });
});
