import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { exportJWK, generateKeyPair, type JSONWebKeySet, SignJWT } from 'jose';
import { createLogger, createMetrics } from '@tallystick/platform-observability';
import { ExampleModule } from './example.fixture.ts';
import { openApiFaults } from '@tallystick/platform-testing';
import {
  closeHttpApp,
  createHttpApp,
  everyRoute,
  createTokenVerifier,
  problemResponse,
  rolesAccess,
  signatureAccess,
} from './index.ts';

const issuer = 'https://issuer.example';
const audience = 'tallystick';
const lines: string[] = [];
let app: NestFastifyApplication;
let base: string;
let sign: (
  claims: Record<string, unknown>,
  overrides?: { audience?: string; issuer?: string; expires?: number },
) => Promise<string>;
let ready = true;

beforeAll(async () => {
  const { publicKey, privateKey } = await generateKeyPair('RS256');
  const jwks: JSONWebKeySet = { keys: [{ ...(await exportJWK(publicKey)), kid: 'a', alg: 'RS256' }] };
  sign = (claims, overrides = {}) =>
    new SignJWT({ sub: 'tester', ...claims })
      .setProtectedHeader({ alg: 'RS256', kid: 'a' })
      .setIssuer(overrides.issuer ?? issuer)
      .setAudience(overrides.audience ?? audience)
      .setIssuedAt()
      .setExpirationTime(Math.floor(Date.now() / 1000) + (overrides.expires ?? 300))
      .sign(privateKey);
  app = await createHttpApp(ExampleModule, {
    service: 'example',
    logger: createLogger({ service: 'example', level: 'debug', destination: { write: (line: string) => void lines.push(line) } }),
    metrics: createMetrics({ service: 'example' }),
    openapi: {
      title: 'Example',
      description: 'For the tests',
      paths: {
        '/v1/environments/{environment}/hot': {
          post: {
            summary: 'A route beside Nest',
            requestBody: { content: { 'application/json': { schema: { $ref: '#/components/schemas/Hot' } } } },
            responses: { 200: { description: 'Who calls' }, 404: problemResponse('Not here') },
          },
        },
        '/v1/environments/{environment}/signed': { post: { responses: { 200: { description: 'Taken' } } } },
      },
      schemas: { Hot: { type: 'object' } },
    },
    auth: createTokenVerifier({ jwks, issuer, audience }),
    bodyLimit: 1_000,
    bodyLimits: { 'POST /v1/environments/:environment/hot': 5_000 },
    readiness: [
      { name: 'store', check: () => (ready ? Promise.resolve() : Promise.reject(new Error('store host 10.0.0.1 is away'))) },
    ],
  });
  const fastify = app.getHttpAdapter().getInstance();
  fastify.post('/v1/environments/:environment/hot', { config: { access: rolesAccess('validator-caller') } }, (request) => ({
    subject: request.principal?.subject,
  }));
  fastify.post('/v1/environments/:environment/signed', { config: { access: signatureAccess('a signature') } }, (request) => ({
    principal: request.principal,
  }));
  fastify.get('/raw-forgotten', () => ({ secret: true }));
  fastify.get('/raw-broken', { config: { access: { kind: 'public' } } }, () =>
    Promise.reject(new Error('raw secret-host failed')),
  );
  await app.listen(0, '127.0.0.1');
  base = await app.getUrl();
}, 30_000);
afterAll(() => closeHttpApp(app));

type Answer = { status: number; type: string | null; headers: Headers; body: Record<string, unknown> };
async function call(
  method: string,
  path: string,
  {
    roles,
    body,
    headers = {},
    token,
  }: { roles?: Record<string, string[]>; body?: unknown; headers?: Record<string, string>; token?: string } = {},
): Promise<Answer> {
  const bearer = token ?? (roles ? await sign({ roles }) : undefined);
  const response = await fetch(base + path, {
    method,
    headers: {
      ...(bearer ? { authorization: `Bearer ${bearer}` } : {}),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  let parsed: Record<string, unknown> = { text };
  try {
    parsed = JSON.parse(text) as Record<string, unknown>;
  } catch {
    // the page of the documents is no JSON
  }
  return { status: response.status, type: response.headers.get('content-type'), headers: response.headers, body: parsed };
}
const segments = '/v1/environments/acme/segments';
const problem = expect.stringContaining('application/problem+json');

describe('access', () => {
  it('is given to a role in its environment, or in all', async () => {
    const created = await call('POST', segments, { roles: { acme: ['token-admin'] }, body: { label: 'iOS' } });
    expect([created.status, created.body]).toEqual([201, { label: 'iOS', environment: 'acme', by: 'tester' }]);
    expect((await call('POST', segments, { roles: { '*': ['token-admin'] }, body: { label: 'iOS' } })).status).toBe(201);
    expect((await call('POST', '/v1/environments/acme/hot', { roles: { acme: ['validator-caller'] } })).body).toEqual({
      subject: 'tester',
    });
  });

  it('is denied by default: a route that names no role is closed to everybody, in Nest and beside it', async () => {
    for (const path of ['/forgotten', '/raw-forgotten']) {
      expect((await call('GET', path)).status).toBe(403);
      expect(
        (
          await call('GET', path, {
            roles: { '*': ['viewer', 'token-admin', 'operator', 'approver', 'auditor', 'validator-caller'] },
          })
        ).status,
      ).toBe(403);
    }
    const rows = await everyRoute(app);
    const closed = rows.filter(({ access }) => access === 'closed').map(({ method, pattern }) => `${method} ${pattern}`);
    expect(closed.sort()).toEqual(['GET /forgotten', 'GET /raw-forgotten', 'HEAD /forgotten', 'HEAD /raw-forgotten']);
    expect(rows).toEqual(
      expect.arrayContaining([
        { method: 'GET', pattern: '/health/live', access: { kind: 'public' } },
        {
          method: 'POST',
          pattern: '/v1/environments/:environment/segments',
          access: { kind: 'roles', anyOf: ['token-admin'] },
        },
        {
          method: 'POST',
          pattern: '/v1/environments/:environment/signed',
          access: { kind: 'signature', by: 'a signature' },
        },
      ]),
    );
  });

  it('is left to a route that says how it knows its callers itself; no bearer token is looked at, and the documents say so', async () => {
    for (const asked of [{}, { token: 'nonsense' }, { roles: { '*': ['viewer'] } }])
      expect((await call('POST', '/v1/environments/acme/signed', asked)).body).toEqual({ principal: null });
    const document = (await call('GET', '/openapi.json')).body as {
      readonly paths: Record<string, Record<string, Record<string, unknown>>>;
    };
    const signed = document.paths['/v1/environments/{environment}/signed']!['post']!;
    expect(signed).toMatchObject({ security: [], 'x-authenticated-by': 'a signature' });
    expect(signed['x-roles']).toBeUndefined();
    expect(Object.keys(signed['responses'] as object)).not.toContain('403');
  });

  it('is refused with 403 to a caller who has another role there', async () => {
    const refused = await call('POST', segments, { roles: { acme: ['viewer'] }, body: { label: 'iOS' } });
    expect([refused.status, refused.type, refused.body['type']]).toEqual([403, problem, 'urn:tallystick:problem:forbidden']);
    expect((await call('GET', '/v1/everywhere', { roles: { acme: ['viewer'] } })).status).toBe(403);
  });

  it('to another environment looks exactly like a resource that does not exist', async () => {
    const foreign = await call('GET', `${segments}/unknown`, { roles: { other: ['viewer', 'token-admin'] } });
    const absent = await call('GET', `${segments}/unknown`, { roles: { acme: ['viewer'] } });
    const nowhere = await call('GET', '/v1/nowhere', {});
    const same = ({ status, type, body }: Answer) => ({ status, type, body: { ...body, instance: '' } });
    expect(foreign.status).toBe(404);
    expect(same(foreign)).toEqual(same(absent));
    expect(same(foreign)).toEqual(same(nowhere));
    for (const environment of ['*', '__proto__', 'constructor', '%2a', 'acme%2f..%2fother'])
      expect((await call('GET', `/v1/environments/${environment}/segments`, { roles: { other: ['viewer'] } })).status).toBe(404);
  });

  it('needs a token that is signed, current, and for this service; why it is refused is not told', async () => {
    const other = await generateKeyPair('RS256');
    const claims = { sub: 'x', roles: { acme: ['viewer'] } };
    const forged = await new SignJWT(claims)
      .setProtectedHeader({ alg: 'RS256', kid: 'a' })
      .setIssuer(issuer)
      .setAudience(audience)
      .setExpirationTime('5m')
      .sign(other.privateKey);
    const symmetric = await new SignJWT(claims)
      .setProtectedHeader({ alg: 'HS256', kid: 'a' })
      .setIssuer(issuer)
      .setAudience(audience)
      .setExpirationTime('5m')
      .sign(Buffer.alloc(32, 1));
    const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from(JSON.stringify({ ...claims, iss: issuer, aud: audience, exp: 9e9 })).toString('base64url')}.`;
    const bad = [
      forged,
      symmetric,
      unsigned,
      'abc',
      'a'.repeat(20_000 / 4),
      await sign(claims, { expires: -60 }),
      await sign(claims, { audience: 'somebody-else' }),
      await sign(claims, { issuer: 'https://evil.example' }),
      await sign({ roles: 'viewer' }),
    ];
    const answers = await Promise.all([call('GET', segments), ...bad.map((token) => call('GET', segments, { token }))]);
    for (const { status, type, headers, body } of answers) {
      expect([status, type, headers.get('www-authenticate')]).toEqual([401, problem, 'Bearer']);
      expect({ ...body, instance: '' }).toEqual({ ...answers[0]?.body, instance: '' });
    }
    expect(lines.join('')).not.toContain(forged.slice(0, 40));
  });

  it('is refused with 503 while no keys are known, since the token may be a good one; what is public stays open', async () => {
    const blind = await createHttpApp(ExampleModule, {
      service: 'blind',
      logger: createLogger({ service: 'blind', level: 'silent' }),
      openapi: { title: 'Blind', description: '' },
      auth: createTokenVerifier({ issuer: 'http://127.0.0.1:9', audience }),
    });
    await blind.init();
    const headers = { authorization: `Bearer ${await sign({ roles: { acme: ['viewer'] } })}` };
    const refused = await blind.inject({ url: segments, headers });
    expect([refused.statusCode, refused.json<{ type: string }>().type]).toEqual([503, 'urn:tallystick:problem:unavailable']);
    expect((await blind.inject({ url: segments })).statusCode).toBe(401);
    expect((await blind.inject({ url: '/open' })).statusCode).toBe(200);
    await closeHttpApp(blind);
  });

  it('is decided before the body is read', async () => {
    expect((await call('POST', segments, { body: '{ not json' })).status).toBe(401);
  });
});

describe('errors', () => {
  const roles = { acme: ['viewer', 'token-admin'] };
  it('in a request are listed all at once, by place, never with the value', async () => {
    const faulty = await call('POST', segments, { roles, body: { label: '', weight: -4.5, extra: 'hidden-value' } });
    expect([faulty.status, faulty.type]).toEqual([400, problem]);
    expect(faulty.body).toMatchObject({ type: 'urn:tallystick:problem:invalid-request', status: 400 });
    expect((faulty.body['faults'] as { in: string; path: string }[]).map((fault) => `${fault.in} ${fault.path}`)).toEqual(
      expect.arrayContaining(['body label', 'body weight']),
    );
    expect(JSON.stringify(faulty.body)).not.toMatch(/hidden-value|4\.5/);
    const query = await call('GET', `${segments}?limit=1000`, { roles });
    expect(query.body['faults']).toMatchObject([{ in: 'query', path: 'limit' }]);
  });

  it('in the method say which methods the path has, before anybody is asked who he is and whatever the path names', async () => {
    const answers = await Promise.all([
      call('PUT', `${segments}?limit=1`),
      call('PUT', segments, { roles: { other: ['viewer'] }, body: {} }),
      call('DELETE', '/v1/environments/nowhere/segments', { roles }),
    ]);
    for (const { status, type, headers, body } of answers) {
      expect([status, type, headers.get('allow')]).toEqual([405, problem, 'GET, HEAD, POST']);
      expect({ ...body, instance: '' }).toEqual({ ...answers[0]?.body, instance: '' });
    }
    expect((await call('PUT', '/v1/nowhere')).status).toBe(404);
  });

  it('of a path whose part is too long are problems too', async () => {
    const answer = await call('GET', `/v1/environments/${'x'.repeat(257)}/segments`, { roles });
    expect([answer.status, answer.type]).toEqual([414, problem]);
  });

  it.each([
    ['broken JSON', { body: '{ "label": "secret-label' }, 400, 'malformed-request'],
    ['no body', { headers: { 'content-type': 'application/json' } }, 400, 'malformed-request'],
    ['a poisoned prototype', { body: '{ "__proto__": { "x": 1 }, "label": "x" }' }, 400, 'malformed-request'],
    ['a body over the limit', { body: { label: 'x'.repeat(2_000) } }, 413, 'body-too-large'],
    [
      'another media type',
      { body: 'label=x', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
      415,
      'unsupported-media-type',
    ],
    ['plain text', { body: 'x', headers: { 'content-type': 'text/plain' } }, 415, 'unsupported-media-type'],
  ])('of the framework are problems too: %s', async (_, request, status, kind) => {
    const answer = await call('POST', segments, { roles, ...request });
    expect([answer.status, answer.type, answer.body['type']]).toEqual([status, problem, `urn:tallystick:problem:${kind}`]);
    expect(JSON.stringify(answer.body)).not.toContain('secret-label');
  });

  it('come by the limit of the route, where that is another one', async () => {
    const large = (size: number) => ({ roles: { acme: ['validator-caller'] }, body: { label: 'x'.repeat(size) } });
    const statuses = [
      call('POST', '/v1/environments/acme/hot', large(2_000)),
      call('POST', '/v1/environments/acme/hot', large(5_000)),
    ];
    expect((await Promise.all(statuses)).map(({ status }) => status)).toEqual([200, 413]);
  });

  it('of a broken URL are problems too', async () => {
    const answer = await call('GET', '/v1/environments/%zz/segments', { roles });
    expect([answer.status, answer.type, answer.headers.get('cache-control')]).toEqual([400, problem, 'no-store']);
  });

  it('that nobody expected tell nothing, and are logged with their cause', async () => {
    for (const path of [`${segments}/broken`, '/raw-broken']) {
      const answer = await call('GET', path, { roles });
      expect([answer.status, answer.type]).toEqual([500, problem]);
      expect(Object.keys(answer.body).sort()).toEqual(['instance', 'status', 'title', 'type']);
      expect(JSON.stringify(answer.body)).not.toContain('secret-host');
    }
    expect(lines.join('')).toContain('connect to secret-host failed');
    expect(lines.join('')).toContain('inner cause');
    expect(lines.join('')).toContain('raw secret-host failed');
  });

  it('that are meant carry kind, detail and extensions', async () => {
    const answer = await call('GET', `${segments}/gone`, { roles });
    expect(answer.status).toBe(410);
    expect(answer.body).toMatchObject({
      type: 'urn:tallystick:problem:segment-retired',
      detail: 'Use another one.',
      retiredAt: '2026-01-01T00:00:00Z',
    });
  });

  it('and all other answers forbid caching and carry the request id, which is the caller’s if it is harmless', async () => {
    const answers = await Promise.all([
      call('GET', '/open'),
      call('GET', '/v1/nowhere'),
      call('GET', segments),
      call('GET', segments, { roles }),
      call('GET', '/docs'),
      call('GET', '/openapi.json'),
    ]);
    for (const { headers } of answers) {
      expect(headers.get('cache-control')).toBe('no-store');
      expect([headers.get('referrer-policy'), headers.get('content-security-policy')]).toEqual([
        'no-referrer',
        expect.stringContaining("default-src 'none'"),
      ]);
      expect(headers.get('strict-transport-security')).toBeNull();
      expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    }
    expect((await call('GET', '/open', { headers: { 'x-request-id': 'trace-7' } })).headers.get('x-request-id')).toBe('trace-7');
    expect(
      (await call('GET', '/open', { headers: { 'x-request-id': 'anna@example.org says' } })).headers.get('x-request-id'),
    ).not.toContain('anna');
    expect((await call('GET', '/v1/nowhere', { headers: { 'x-request-id': 'trace-8' } })).body['instance']).toBe(
      'urn:tallystick:request:trace-8',
    );
  });
});

describe('operations', () => {
  it('liveness is there always, readiness only while every check passes, and no cause is shown', async () => {
    expect((await call('GET', '/health/live')).body).toEqual({ status: 'live' });
    expect((await call('GET', '/health/ready')).body).toEqual({ status: 'ready', checks: { store: 'ok' } });
    ready = false;
    const unready = await call('GET', '/health/ready');
    ready = true;
    expect([unready.status, unready.body]).toEqual([503, { status: 'not-ready', checks: { store: 'failed' } }]);
  });

  it('metrics count by route pattern, so that no id gets into a label', async () => {
    await call('GET', '/v1/environments/private-name/segments', { roles: { '*': ['viewer'] } });
    const text = String((await call('GET', '/metrics')).body['text']);
    const counted = text.split('\n').filter((line) => line.startsWith('http_request_duration_seconds_count{'));
    expect(counted.some((line) => line.includes('route="/v1/environments/:environment/segments",status="200"'))).toBe(true);
    expect(text.includes('private-name')).toBe(false);
  });

  it('the document is OpenAPI 3.1, names schemas and roles, and has a page', async () => {
    const { status, body } = await call('GET', '/openapi.json');
    expect([status, body['openapi']]).toEqual([200, '3.1.0']);
    const text = JSON.stringify(body);
    expect(text).not.toMatch(/"nullable"|"exclusiveM\w+":(?:true|false)/);
    const { paths, components } = body as {
      paths: Record<string, Record<string, Record<string, unknown>>>;
      components: { schemas: Record<string, { properties: Record<string, unknown> }> };
    };
    const post = paths['/v1/environments/{environment}/segments']?.['post'];
    expect(post).toMatchObject({
      'x-roles': ['token-admin'],
      security: [{ bearer: [] }],
      requestBody: { content: { 'application/json': { schema: { $ref: '#/components/schemas/NewSegment' } } } },
    });
    expect(Object.keys(post?.['responses'] as object)).toEqual(['201', '400', '401', '403', '404', '413', '414', '415', '503']);
    const hot = paths['/v1/environments/{environment}/hot']?.['post'];
    expect(hot).toMatchObject({
      'x-roles': ['validator-caller'],
      security: [{ bearer: [] }],
      parameters: [{ name: 'environment', in: 'path', required: true }],
      responses: { 401: { $ref: '#/components/responses/Unauthenticated' }, 404: { description: 'Not here' } },
    });
    expect(paths['/open']?.['get']).not.toHaveProperty('security');
    expect(await openApiFaults(body)).toEqual([]);
    expect(components.schemas['NewSegment']?.properties['weight']).toMatchObject({ type: 'integer', exclusiveMinimum: 0 });
    expect(JSON.stringify(components.schemas['Segment']?.properties['note'])).toContain('"null"');
    expect((await call('GET', '/docs')).body['text']).toContain('swagger-ui');
  });

  it('the page of the document runs no script and takes no style that is not its own file, or known by its hash', async () => {
    for (const path of ['/docs', '/docs/']) {
      const { headers, body } = await call('GET', path);
      const [policy, html] = [headers.get('content-security-policy') ?? '', String(body['text'])];
      expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self' 'sha256-");
      expect(policy).not.toMatch(/unsafe|\*|https?:/);
      const styles = [...html.matchAll(/<style[^>]*>([^]*?)<\/style>/g)].map(([, css = '']) => css);
      expect(styles.length).toBeGreaterThan(0);
      for (const css of styles) expect(policy).toContain(`'sha256-${createHash('sha256').update(css).digest('base64')}'`);
      expect(html).not.toMatch(/<[^>]+\s(?:style|on\w+)\s*=/);
      expect([...html.matchAll(/<script(?! src="\.?[/\w.-]+"> ?<\/script>)[^>]*>/g)].map(([tag]) => tag)).toEqual([]);
      expect(Number(headers.get('content-length'))).toBe(Buffer.byteLength(html));
    }
  });
});
