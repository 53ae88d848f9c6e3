import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request as plainRequest } from 'node:http';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import { connect } from 'node:tls';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { Module } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import fc from 'fast-check';
import { createLogger, createMetrics } from '@tallystick/platform-observability';
import { eventually, freePort, testCertificates } from '@tallystick/platform-testing';
import { callerCertificates } from './caller-certificates.fixture.ts';
import { createCertificateCallers, namesOf } from './certificate-callers.ts';
import { closeHttpApp, createHttpApp, everyRoute, type HttpVariables, listeningOf, rolesAccess } from './index.ts';

@Module({})
class EmptyModule {}

const folder = mkdtempSync(join(tmpdir(), 'tls-'));
const write = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
const cert = write('cert.pem', testCertificates.server.certificate);
const key = write('key.pem', testCertificates.server.key);
const ca = write('ca.pem', callerCertificates.authority);
const name = 'uri:spiffe://test/sign-in';
const callersWith = (...callers: readonly object[]): string => write('callers.json', JSON.stringify({ callers }));
const path = '/v1/environments/:environment/verdicts';
const logger = createLogger({ service: 'tls', level: 'silent' });
const limits = { HTTP_MAX_CONNECTIONS: 100, HTTP_MAX_REQUESTS: 100 };
const tokens = new Map([
  ['Bearer a.b.c', { subject: 'by-token', roles: { globex: ['validator-caller' as const] }, expiresAt: 9e15 }],
]);

let elapsed = 0;
const roads: string[] = [];
let app: NestFastifyApplication | undefined;
afterEach(async () => {
  if (app) await closeHttpApp(app);
  app = undefined;
});
afterAll(() => rmSync(folder, { recursive: true }));

async function start(variables: Partial<HttpVariables>): Promise<number> {
  const listening = listeningOf({ ...limits, ...variables }, { host: '127.0.0.1', logger, lookEveryMs: 20 });
  const file = variables.AUTH_CALLERS_FILE;
  const authorities = listening.tls?.authorities ?? (() => 0);
  app = await createHttpApp(EmptyModule, {
    service: 'tls',
    logger,
    metrics: createMetrics({ service: 'tls' }),
    openapi: { title: 'TLS', description: '' },
    auth: {
      cached: (header) => tokens.get(header ?? ''),
      verify: () => Promise.resolve({ kind: 'refused', reason: 'invalid' }),
      prepare: () => Promise.resolve(),
    },
    listening: {
      ...listening,
      ...(file && { certificates: createCertificateCallers({ file, authorities, logger, elapsedMs: () => elapsed }) }),
    },
    fastRoute: {
      path,
      answer: ({ principal, send }) => {
        roads.push('fast');
        send(200, 'application/json', JSON.stringify({ by: principal.subject }));
        return true;
      },
    },
  });
  app
    .getHttpAdapter()
    .getInstance()
    .post(path, { config: { access: rolesAccess('validator-caller') } }, (request) => {
      roads.push('framework');
      return { by: request.principal?.subject };
    });
  await app.listen(0, '127.0.0.1');
  return Number(new URL(await app.getUrl()).port);
}

type Shown = { readonly certificate?: string; readonly authorization?: string; readonly agent?: Agent };
/** By the fast road, or with a query, which takes the other one. */
const ask = (port: number, road: 'fast' | 'framework', { certificate, authorization, agent }: Shown) =>
  new Promise<{ readonly status: number; readonly text: string; readonly hsts: unknown }>((resolve, reject) => {
    const asking = request(
      {
        host: '127.0.0.1',
        port,
        ca: testCertificates.authority,
        method: 'POST',
        path: `${path.replace(':environment', 'acme')}${road === 'fast' ? '' : '?a=1'}`,
        headers: {
          'content-type': 'application/json',
          'content-length': 2,
          ...(authorization === undefined ? {} : { authorization }),
        },
        ...(certificate && { cert: certificate, key: callerCertificates.key }),
        agent: agent ?? new Agent({ keepAlive: false }),
      },
      (response) => {
        let text = '';
        response.on('data', (chunk) => (text += String(chunk)));
        const hsts = response.headers['strict-transport-security'];
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text, hsts }));
      },
    );
    asking.on('error', reject);
    asking.end('{}');
  });
const certificates = { HTTP_TLS_CERT_FILE: cert, HTTP_TLS_KEY_FILE: key, HTTP_TLS_CLIENT_CA_FILE: ca };

describe('a client certificate', () => {
  it('is a caller by its name, in the environments of the file; any Authorization header decides alone; both roads say the same', async () => {
    const port = await start({ ...certificates, AUTH_CALLERS_FILE: callersWith({ san: name, environments: ['acme'] }) });
    const { caller, selfSigned, forServers, expired, tooEarly, twoNames, withoutItsIssuer } = callerCertificates;
    const bad = [selfSigned, forServers, expired, tooEarly, withoutItsIssuer, twoNames];
    const cases: readonly (readonly [Shown, number])[] = [
      [{ certificate: caller }, 200],
      [{ certificate: caller, authorization: 'Bearer x.y.z' }, 401],
      [{ certificate: caller, authorization: '' }, 401],
      [{ certificate: caller, authorization: 'Bearer a.b.c' }, 404], // the token's environment is another one
      [{}, 401],
      ...bad.slice(0, -1).map((certificate) => [{ certificate }, 401] as const),
      [{ certificate: selfSigned, authorization: 'Bearer a.b.c' }, 404],
    ];
    for (const [shown, status] of cases)
      for (const road of ['fast', 'framework'] as const)
        expect([shown, road, (await ask(port, road, shown)).status]).toEqual([shown, road, status]);
    expect(await ask(port, 'fast', { certificate: caller })).toMatchObject({
      text: `{"by":"certificate:${name}"}`,
      hsts: expect.stringContaining('max-age'),
    });
    expect(new Set(roads)).toEqual(new Set(['fast', 'framework']));
  }, 30_000);

  it('with the names of two callers is nobody, and a name that was taken out of the file ends open connections too', async () => {
    const both = [
      { san: name, environments: ['acme'] },
      { san: 'uri:spiffe://test/reports', environments: ['globex'] },
    ];
    const port = await start({ ...certificates, AUTH_CALLERS_FILE: callersWith(...both) });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    expect((await ask(port, 'fast', { certificate: callerCertificates.twoNames })).status).toBe(401);
    for (const road of ['fast', 'framework'] as const)
      expect((await ask(port, road, { certificate: callerCertificates.caller, agent })).status).toBe(200);
    callersWith(both[1]!);
    elapsed += 10_000;
    for (const road of ['fast', 'framework'] as const)
      expect((await ask(port, road, { certificate: callerCertificates.caller, agent })).status).toBe(401);
    expect((await ask(port, 'fast', { certificate: callerCertificates.twoNames })).status).toBe(404);
    agent.destroy();
  }, 30_000);

  it('of an authority that was exchanged is nobody, on an open connection too', async () => {
    const mine = write('own-ca.pem', callerCertificates.authority);
    const file = callersWith({ san: name, environments: ['acme'] });
    const port = await start({ ...certificates, HTTP_TLS_CLIENT_CA_FILE: mine, AUTH_CALLERS_FILE: file });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const asked = async (agent?: Agent) =>
      (await ask(port, 'fast', { certificate: callerCertificates.caller, ...(agent && { agent }) })).status;
    expect(await asked(agent)).toBe(200);
    write('own-ca.pem', testCertificates.authority);
    await eventually(async () => (await asked()) === 401, { withinMs: 3_000, what: 'the new authority' });
    expect(await asked(agent)).toBe(401);
    agent.destroy();
  }, 30_000);

  it('never has a name that another name is hidden in', () => {
    expect(namesOf('URI:spiffe://test/sign-in, DNS:a.test, email:x')).toEqual([name, 'dns:a.test']);
    for (const text of ['URI:"spiffe://x, URI:spiffe://test/sign-in"', 'DNS:*.test', 'DNS:"a.test\\u002c"', undefined])
      expect(namesOf(text)).toEqual([]);
    fc.assert(
      fc.property(fc.string(), fc.string(), (before, after) => {
        const quoted = JSON.stringify(`${before}, URI:spiffe://test/sign-in, ${after}`); // as OpenSSL's text of one strange name is quoted
        expect(namesOf(`URI:${quoted}`)).toEqual([]);
      }),
    );
  });
});

describe('how a service listens', () => {
  it('is refused half-set, by the name of the variable', () => {
    const listen = (variables: Partial<HttpVariables>) => () =>
      listeningOf({ ...limits, ...variables }, { host: '127.0.0.1', logger });
    expect(listen({ HTTP_TLS_CERT_FILE: cert })).toThrow(/HTTP_TLS_KEY_FILE: is missing/);
    expect(listen({ HTTP_TLS_KEY_FILE: key })).toThrow(/HTTP_TLS_CERT_FILE: is missing/);
    expect(listen({ HTTP_TLS_CLIENT_CA_FILE: ca })).toThrow(/AUTH_CALLERS_FILE: is missing/);
    const file = callersWith({ san: name, environments: ['acme'] });
    expect(listen({ HTTP_TLS_CLIENT_CA_FILE: ca, AUTH_CALLERS_FILE: file })).toThrow(/HTTP_TLS_CERT_FILE: is missing/);
    const foreign = write('foreign.pem', callerCertificates.key);
    expect(listen({ HTTP_TLS_CERT_FILE: cert, HTTP_TLS_KEY_FILE: foreign })).toThrow(/HTTP_TLS_KEY_FILE: is not the key/);
    for (const wrong of [
      [
        { san: name, environments: ['acme'] },
        { san: name, environments: ['globex'] },
      ],
      [{ san: 'cn:x', environments: ['acme'] }],
      [{ san: 'dns:*.test', environments: ['acme'] }],
      [{ san: name, environments: ['acme'], roles: ['token-admin'] }],
    ])
      expect(listen({ ...certificates, AUTH_CALLERS_FILE: callersWith(...wrong) })).toThrow(/^AUTH_CALLERS_FILE: /);
  });

  it('shows the certificate that is in the files now, and keeps the old one where the new ones do not belong together', async () => {
    const [own, ownKey] = [
      write('own.pem', testCertificates.server.certificate),
      write('own-key.pem', testCertificates.server.key),
    ];
    const port = await start({ HTTP_TLS_CERT_FILE: own, HTTP_TLS_KEY_FILE: ownKey });
    const shown = () =>
      new Promise<string>((resolve, reject) => {
        const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false }, () => {
          resolve(socket.getPeerX509Certificate()!.toString().trim());
          socket.destroy();
        }).on('error', reject);
      });
    expect(await shown()).toBe(testCertificates.server.certificate);
    write('own.pem', callerCertificates.selfSigned);
    for (let look = 0; look < 5; look++) {
      expect(await shown()).toBe(testCertificates.server.certificate);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    write('own-key.pem', callerCertificates.key);
    await eventually(async () => (await shown()) === callerCertificates.selfSigned, {
      withinMs: 3_000,
      what: 'the new certificate',
    });
  }, 30_000);

  it('with a port for operations has health and metrics there and nothing else, and none of them on the other port', async () => {
    const operations = await freePort();
    const api = await start({ OPERATIONS_PORT: operations });
    const status = (port: number, method: string, path: string): Promise<number> =>
      new Promise((resolve, reject) =>
        plainRequest(
          { host: '127.0.0.1', port, method, path, agent: false, headers: { authorization: 'Bearer a.b.c' } },
          (response) => {
            response.resume();
            resolve(response.statusCode ?? 0);
          },
        )
          .on('error', reject)
          .end(),
      );
    const rows = [
      ...(await everyRoute(app!)),
      ...['/health/live', '/health/ready', '/metrics'].map((pattern) => ({ method: 'GET', pattern })),
    ];
    const open: string[] = [];
    for (const { method, pattern } of rows)
      if ((await status(operations, method, pattern.replace(':environment', 'globex'))) !== 404)
        open.push(`${method} ${pattern}`);
    expect(open).toEqual(['GET /health/live', 'GET /health/ready', 'GET /metrics']);
    for (const path of ['/health/live', '/health/ready', '/metrics']) expect(await status(api, 'GET', path)).toBe(404);
    await app!.getHttpAdapter().getInstance().close();
    expect(await status(operations, 'GET', '/health/ready')).toBe(503);
  });
});
