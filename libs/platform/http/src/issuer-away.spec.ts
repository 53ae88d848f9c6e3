import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Controller, Get, Module, Post } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { SignJWT } from 'jose';
import { createLogger, createMetrics } from '@tallystick/platform-observability';
import {
  type BreakGlass,
  closeHttpApp,
  createBreakGlass,
  createHttpApp,
  createTokenVerifier,
  CurrentPrincipal,
  type Principal,
  Roles,
  RolesToRevoke,
  type TokenVerifier,
} from './index.ts';
import { makeKey, TestIssuer } from './test-issuer.fixture.ts';

const minute = 60_000;
@Controller('v1/environments/:environment')
class DoorsController {
  @Post('revoke')
  @RolesToRevoke('token-admin')
  revoke(@CurrentPrincipal() principal: Principal) {
    return principal;
  }
  @Post('export')
  @Roles('token-admin')
  export() {
    return {};
  }
  @Get('tokens')
  @Roles('token-admin', 'viewer')
  tokens() {
    return [];
  }
}
@Module({ controllers: [DoorsController] })
class DoorsModule {}

const folder = mkdtempSync(join(tmpdir(), 'break-glass-'));
const file = join(folder, 'break-glass.json');
const credentialOf = () => `bg_${randomBytes(32).toString('base64url')}`;
const digestOf = (credential: string) => createHash('sha256').update(credential).digest('hex');
const credential = credentialOf();
const breakGlassHeader = `BreakGlass ${credential}`;

const issuer = new TestIssuer();
let key: Awaited<ReturnType<typeof makeKey>>;
let [clock, elapsed] = [Date.now(), 0];
let app: NestFastifyApplication | undefined;
let verifier: TokenVerifier;
let breakGlass: BreakGlass;
let used: number[];
let lines: string[];

const pass = (ms: number) => {
  clock += ms;
  elapsed += ms;
};
const tokenOf = (by = key, { iat = clock - minute, exp = clock + 24 * 60 * minute, sub = 's' } = {}) =>
  new SignJWT({ roles: { acme: ['token-admin'] } })
    .setProtectedHeader({ alg: 'ES256', kid: by.kid })
    .setSubject(sub)
    .setIssuer(issuer.url)
    .setAudience('tallystick')
    .setIssuedAt(Math.floor(iat / 1000))
    .setExpirationTime(Math.floor(exp / 1000))
    .sign(by.privateKey)
    .then((token) => `Bearer ${token}`);
const ask = async (
  authorization: string,
  { door = 'revoke', environment = 'acme', remoteAddress = '127.0.0.1' } = {},
): Promise<{ readonly status: number; readonly body: Record<string, unknown> }> => {
  const { statusCode, payload } = await app!
    .getHttpAdapter()
    .getInstance()
    .inject({
      method: door === 'tokens' ? 'GET' : 'POST',
      url: `/v1/environments/${environment}/${door}`,
      headers: { authorization },
      remoteAddress,
    });
  return { status: statusCode, body: JSON.parse(payload) as Record<string, unknown> };
};
const mount = (content: object) => writeFileSync(file, JSON.stringify(content));
const usual = { credentials: [{ sha256: digestOf(credential) }], environments: ['acme'] };

beforeAll(async () => {
  key = await makeKey('one');
  await issuer.start();
});
afterAll(async () => {
  await issuer.stop();
  await closeHttpApp(app!);
  rmSync(folder, { recursive: true });
});
beforeEach(async () => {
  if (app) await closeHttpApp(app);
  issuer.spoilt.clear();
  issuer.keys = [key];
  used = [];
  lines = [];
  mount(usual);
  const logger = createLogger({
    service: 'doors',
    level: 'debug',
    destination: { write: (line: string) => void lines.push(line) },
  });
  const now = () => clock;
  const elapsedMs = () => elapsed;
  verifier = createTokenVerifier({
    issuer: issuer.url,
    audience: 'tallystick',
    staleKeysMs: 240 * minute,
    now,
    elapsedMs,
    logger,
  });
  breakGlass = createBreakGlass({
    ...{ file, logger, now, elapsedMs },
    issuerAwayMs: () => verifier.issuerAwayMs!(),
    onUse: (at) => used.push(at),
  });
  const openapi = { title: 'Doors', description: '' };
  app = await createHttpApp(DoorsModule, {
    ...{ service: 'doors', logger, metrics: createMetrics({ service: 'doors' }), openapi, auth: verifier, breakGlass },
  });
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
  await verifier.prepare();
});
const away = (ms: number) => {
  issuer.spoilt.set('/keys', { status: 500, body: {} });
  pass(ms);
};

describe('keys of before', () => {
  it('open what revokes and nothing else, before it, after it, and at the same time', async () => {
    const token = await tokenOf();
    away(40 * minute);
    const others = async () =>
      (await Promise.all(['export', 'tokens'].map((door) => ask(token, { door })))).map(({ status }) => status);
    expect(await others()).toEqual([503, 503]);
    const [revoked, ...beside] = await Promise.all([ask(token), ask(token, { door: 'export' }), ask(token, { door: 'tokens' })]);
    expect(revoked).toMatchObject({ status: 201, body: { subject: 's', keys: 'stale' } });
    expect(beside.map(({ status }) => status)).toEqual([503, 503]);
    expect([await others(), verifier.cached(token)]).toEqual([[503, 503], undefined]);
  });

  it('end after their time, by either clock', async () => {
    const token = await tokenOf();
    away(240 * minute);
    expect((await ask(token)).status).toBe(503);
    clock -= 239 * minute;
    expect((await ask(token)).status).toBe(503);
  });

  it('are not believed about a token that was issued since the last good look', async () => {
    const stolen = await tokenOf(key, { iat: clock + minute });
    away(40 * minute);
    expect((await ask(stolen)).status).toBe(503);
  });

  it('are dead at once where the issuer can be asked: a withdrawn key opens nothing, nor does an issuer with no keys at all', async () => {
    const token = await tokenOf();
    pass(40 * minute);
    issuer.keys = [];
    expect((await ask(token)).status).toBe(401);
    away(40 * minute);
    expect((await ask(token)).status).toBe(503);
  });

  it('tell nobody which environments there are, and let no stranger in', async () => {
    const [token, stranger] = [await tokenOf(), await tokenOf(await makeKey('two'))];
    away(40 * minute);
    expect((await ask(token, { environment: 'globex' })).status).toBe(404);
    for (const environment of ['acme', 'globex']) expect((await ask(stranger, { environment })).status).toBe(503);
  });
});

describe('the break-glass credential', () => {
  it('opens what revokes, in its environments, once the issuer was away for ten minutes, whatever keys are held', async () => {
    away(11 * minute);
    const { status, body } = await ask(breakGlassHeader);
    expect([status, body]).toEqual([
      201,
      expect.objectContaining({
        subject: `break-glass:${digestOf(credential).slice(0, 12)}`,
        via: 'break-glass',
        roles: { acme: ['token-admin'] },
      }),
    ]);
    expect(used).toEqual([clock]);
    const elsewhere = [
      ask(breakGlassHeader, { environment: 'globex' }),
      ask(breakGlassHeader, { door: 'export' }),
      ask(breakGlassHeader, { door: 'tokens' }),
    ];
    expect((await Promise.all(elsewhere)).map(({ status }) => status)).toEqual([404, 401, 401]);
  });

  it('is like any unknown scheme while the keys are fresh, also when a stranger names a key that nobody knows and the look for it fails', async () => {
    expect(await ask(breakGlassHeader)).toMatchObject({ status: 401 });
    away(minute);
    await ask(await tokenOf(await makeKey('two')));
    const [right, unknown] = await Promise.all([ask(breakGlassHeader), ask('Unknown x')]);
    expect([right.status, { ...right.body, instance: '' }]).toEqual([401, { ...unknown.body, instance: '' }]);
    clock += 60 * minute; // the wall clock is set forward
    issuer.spoilt.clear();
    expect((await ask(breakGlassHeader)).status).toBe(401);
  });

  it('is opened by who mounts the file as well, for a day at most, and shut when it is over', async () => {
    mount({ ...usual, armedUntil: new Date(clock + 60 * minute).toISOString() });
    expect((await ask(breakGlassHeader)).status).toBe(401);
    pass(11_000);
    expect((await ask(breakGlassHeader)).status).toBe(201);
    pass(60 * minute);
    await verifier.prepare();
    expect((await ask(breakGlassHeader)).status).toBe(401);
    mount({ ...usual, armedUntil: new Date(clock + 48 * 60 * minute).toISOString() });
    pass(11_000);
    expect((await ask(breakGlassHeader)).status).toBe(401);
  });

  it('opens as soon as tokens open nothing any more, where that is sooner', async () => {
    const link = { remoteAddress: '127.0.0.1' };
    const openAfterMs = 20_000;
    const logger = createLogger({ service: 'doors', level: 'silent' });
    const sooner = createBreakGlass({
      ...{ file, logger, openAfterMs, now: () => clock, elapsedMs: () => elapsed, onUse: () => undefined },
      issuerAwayMs: () => verifier.issuerAwayMs!(),
    });
    away(openAfterMs - 1);
    expect(await sooner.admit(breakGlassHeader, link)).toBeUndefined();
    pass(1);
    expect(await sooner.admit(breakGlassHeader, link)).toMatchObject({ via: 'break-glass' });
    expect(await breakGlass.admit(breakGlassHeader, link)).toBeUndefined();
  });

  it('is not locked by ten thousand wrong ones, and the log has none of them', async () => {
    away(11 * minute);
    const link = { remoteAddress: '127.0.0.1' };
    for (let at = 0; at < 10_000; at++)
      if (await breakGlass.admit(`BreakGlass ${credentialOf()}`, link)) throw new Error('a wrong one came in');
    for (const header of ['BreakGlass', 'BreakGlass bg_', `BreakGlass ${credentialOf()}`])
      expect((await ask(header)).status).toBe(401);
    expect((await ask(breakGlassHeader)).status).toBe(201);
    expect(lines.filter((line) => line.includes('credential was refused')).length).toBe(1);
    expect(lines.join('')).not.toMatch(/bg_[\w-]{43}/);
  });

  it('is refused when it came over the net without TLS', async () => {
    away(11 * minute);
    expect((await ask(breakGlassHeader, { remoteAddress: '10.1.2.3' })).status).toBe(401);
    expect(lines.join('')).toContain('mount the digest of another one');
    expect([lines.join('').includes(credential), used]).toEqual([false, []]);
  });

  it('ends when its digest is taken out of the file, or the file away', async () => {
    away(11 * minute);
    mount({ ...usual, credentials: [] });
    pass(11_000);
    expect((await ask(breakGlassHeader)).status).toBe(401);
    mount(usual);
    pass(11_000);
    expect((await ask(breakGlassHeader)).status).toBe(201);
    rmSync(file);
    pass(11_000);
    expect((await ask(breakGlassHeader)).status).toBe(401);
  });

  it('is never the name of somebody with a token', async () => {
    for (const sub of ['break-glass:abc', ' Break-Glass:x', 'certificate:payments'])
      expect((await ask(await tokenOf(key, { sub }))).status).toBe(401);
  });

  it('has a file that nobody can get wrong', () => {
    const make = () =>
      createBreakGlass({
        file,
        issuerAwayMs: () => Promise.resolve(0),
        onUse: () => undefined,
        logger: createLogger({ service: 'x', level: 'silent' }),
      });
    const digest = { sha256: 'a'.repeat(64) };
    for (const wrong of [
      { ...usual, credentials: [digest, digest, digest] },
      { ...usual, credentials: [{ sha256: 'password' }] },
      { ...usual, environments: [] },
      { ...usual, environments: ['*'] },
      { ...usual, roles: ['approver'] },
      { ...usual, armedUntil: new Date(Date.now() + 25 * 3_600_000).toISOString() },
    ]) {
      mount(wrong);
      expect(make).toThrow();
    }
    writeFileSync(file, credential);
    expect(make).toThrow(/no JSON$/);
  });
});
