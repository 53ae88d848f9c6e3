import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Module } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { createLogger, createMetrics } from '@tallystick/platform-observability';
import { eventually } from '@tallystick/platform-testing';
import { closeHttpApp, createHttpApp, createTokenVerifier, type FastCall, rolesAccess } from './index.ts';

@Module({})
class EmptyModule {}

const [issuer, audience, path] = ['https://issuer.example', 'tallystick', '/v1/environments/:environment/hot'] as const;
const metrics = createMetrics({ service: 'fast' });
const lines: string[] = [];
/** By which road each request came, with its body. */
const roads: string[] = [];
let app: NestFastifyApplication;
let port: number;
let sign: (roles: Record<string, string[]>) => Promise<string>;
let caller: string;
let answer: (call: FastCall, body: unknown) => boolean;

const answered = ({ send, environment, principal }: FastCall, body: unknown): boolean => {
  roads.push(`fast ${JSON.stringify(body)}`);
  send(200, 'application/json', JSON.stringify({ environment, by: principal.subject }));
  return true;
};

beforeAll(async () => {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  sign = (roles) =>
    new SignJWT({ sub: 'tester', roles })
      .setProtectedHeader({ alg: 'ES256', kid: 'a' })
      .setIssuer(issuer)
      .setAudience(audience)
      .setExpirationTime('5m')
      .sign(privateKey);
  app = await createHttpApp(EmptyModule, {
    service: 'fast',
    logger: createLogger({ service: 'fast', level: 'info', destination: { write: (line: string) => void lines.push(line) } }),
    metrics,
    openapi: { title: 'Fast', description: '' },
    auth: createTokenVerifier({
      jwks: { keys: [{ ...(await exportJWK(publicKey)), kid: 'a', alg: 'ES256' }] },
      issuer,
      audience,
    }),
    bodyLimit: 1_000,
    listening: { maxRequests: 2 },
    fastRoute: { path, answer: (call, body) => answer(call, body) },
  });
  app
    .getHttpAdapter()
    .getInstance()
    .post(path, { config: { access: rolesAccess('validator-caller') } }, (request, reply) => {
      roads.push(`framework ${JSON.stringify(request.body)}`);
      return reply.send({ framework: true });
    });
  await app.listen(0, '127.0.0.1');
  port = Number(new URL(await app.getUrl()).port);
  caller = await sign({ acme: ['validator-caller'] });
  await ask(message('{}')); // from now on the caller is known
});
afterAll(() => closeHttpApp(app));
beforeEach(() => {
  answer = answered;
  roads.length = 0;
});

const message = (
  body: string | Buffer,
  {
    token = caller,
    url = '/v1/environments/acme/hot',
    type = 'application/json',
    more = '',
    length = Buffer.byteLength(body),
  } = {},
): Buffer =>
  Buffer.concat([
    Buffer.from(
      `POST ${url} HTTP/1.1\r\nhost: x\r\n${token === '' ? '' : `authorization: Bearer ${token}\r\n`}content-type: ${type}\r\n` +
        `${length < 0 ? '' : `content-length: ${length}\r\n`}${more}\r\n`,
    ),
    Buffer.from(body),
  ]);

/** Writes pieces over one connection; the second waits until the first was read. @returns all answers, as soon as there are so many. */
async function ask(pieces: Buffer | readonly Buffer[], answers = 1): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let text = '';
  socket.on('data', (chunk) => (text += chunk.toString()));
  for (const piece of [pieces].flat()) {
    await new Promise((resolve) => socket.write(piece, resolve));
    await new Promise((resolve) => setImmediate(resolve));
  }
  const count = (): boolean => text.split('HTTP/1.1 ').length - 1 >= answers && /\r\n\r\n[^]*}$/.test(text);
  await eventually(count, { withinMs: 3_000, what: `${answers} answers`, everyMs: 1 });
  socket.destroy();
  return text;
}
/** So many requests that are under way until their connections are ended. */
async function holding(count: number): Promise<readonly Socket[]> {
  let held = 0;
  answer = (call, body) => (JSON.stringify(body) === '{"held":1}' ? ++held > 0 : answered(call, body));
  const sockets = Array.from({ length: count }, () => connect(port, '127.0.0.1'));
  for (const socket of sockets) socket.write(message('{"held":1}'));
  await eventually(() => held === count, { withinMs: 3_000, what: 'all to arrive' });
  return sockets;
}
const statuses = (text: string): string[] => [...text.matchAll(/HTTP\/1\.1 (\d+)/gi)].map(([, status]) => status!);

describe('the fast road', () => {
  it('is for a caller who was verified before, and its answers say what all answers say', async () => {
    const other = await sign({ acme: ['validator-caller'], globex: ['viewer'] });
    const framework = (await ask(message('{"a":1}', { token: other }))).toLowerCase();
    const fast = (await ask(message('{"a":2}', { token: other, more: 'x-request-id: trace-7\r\n' }))).toLowerCase();
    expect([...statuses(framework), ...statuses(fast)]).toEqual(['200', '200']);
    expect(roads).toEqual(['framework {"a":1}', 'fast {"a":2}']);
    const security = ['cache-control: no-store', 'x-content-type-options: nosniff', 'x-frame-options: deny'];
    for (const header of security) expect([framework, fast]).toEqual(Array(2).fill(expect.stringContaining(header)));
    expect(fast).toContain('x-request-id: trace-7\r\n');
    expect(fast).toContain('{"environment":"acme","by":"tester"}');
  });

  it('refuses nobody: whoever may not use the route hears it from the framework', async () => {
    const strangers = [
      { token: '' },
      { token: `${caller}x` },
      { token: await sign({ acme: ['viewer'] }) },
      { url: '/v1/environments/globex/hot' },
      { url: '/v1/environments/__proto__/hot' },
    ];
    for (const [at, stranger] of strangers.entries())
      for (let again = 0; again < 2; again++)
        expect(statuses(await ask(message('{}', stranger)))).toEqual([['401', '401', '403', '404', '404'][at]]);
    expect(roads).toEqual([]);
  });

  it.each<[string, () => Buffer, string, string[]]>([
    ['broken JSON', () => message('{"a":'), '400', []],
    ['no body', () => message(''), '400', []],
    ['a poisoned prototype', () => message('{"__proto__":{"a":1}}'), '400', []],
    ['a poisoned prototype in escapes', () => message('{"\\u005f_proto__":{"a":1}}'), '400', []],
    ['a constructor', () => message('{"constructor":{"prototype":{"a":1}}}'), '400', []],
    ['harmless escapes', () => message('{"a":"\\n"}'), '200', ['framework {"a":"\\n"}']],
    ['bytes that are no text', () => message(Buffer.from([0x22, 0xff, 0x22])), '200', ['framework "\ufffd"']],
    ['a body over the limit', () => message(`"${'x'.repeat(1_000)}"`), '413', []],
    ['another type', () => message('a=1', { type: 'text/plain' }), '415', []],
    ['a query', () => message('{}', { url: '/v1/environments/acme/hot?a=1' }), '200', ['framework {}']],
    ['an escaped path', () => message('{}', { url: '/v1/environments/%61cme/hot' }), '200', ['framework {}']],
    [
      'a body in chunks',
      () => message('2\r\n{}\r\n0\r\n\r\n', { length: -1, more: 'transfer-encoding: chunked\r\n' }),
      '200',
      ['framework {}'],
    ],
  ])('leaves %s to the framework, and the connection goes on unless it closes it', async (_, first, status, road) => {
    const isLast = status === '400' || status === '413';
    const text = await ask(isLast ? [first()] : [first(), message('{"next":true}')], isLast ? 1 : 2);
    expect(statuses(text)).toEqual(isLast ? [status] : [status, '200']);
    expect(roads).toEqual(isLast ? road : [...road, 'fast {"next":true}']);
  });

  it('takes a body that comes in pieces, other alphabets, and requests that do not wait for each other', async () => {
    const whole = message('{"a":"Jörgs 📱"}');
    const cut = whole.length - 6;
    const both = [whole.subarray(0, cut), Buffer.concat([whole.subarray(cut), message('{"b":1}'), message('{"c":')])];
    expect(statuses(await ask(both, 3))).toEqual(['200', '200', '400']);
    expect(roads).toEqual(['fast {"a":"Jörgs 📱"}', 'fast {"b":1}']);
  });

  it('hands over what the route does not want to answer, body and all', async () => {
    answer = () => false;
    expect(statuses(await ask([message('{"a":1}'), message('{"a":2}')], 2))).toEqual(['200', '200']);
    expect(roads).toEqual(['framework {"a":1}', 'framework {"a":2}']);
  });

  it('counts with all other requests: where too many are under way the next is answered 503, and health all the same; who hangs up makes room', async () => {
    const waiting = await holding(2);
    const next = () => ask(message('{"next":1}'));
    const text = (await next()).toLowerCase();
    expect(statuses(text)).toEqual(['503']);
    expect(text).toContain('retry-after: 1\r\n');
    expect((await fetch(`http://127.0.0.1:${port}/health/live`)).status).toBe(200);
    expect(Number(/^tallystick_http_shed_total\S* (\d+)$/m.exec(await metrics.registry.metrics())?.[1])).toBeGreaterThan(0);
    expect(roads).toEqual([]);
    for (const socket of waiting) socket.destroy();
    const isServed = async () => statuses(await next())[0] === '200';
    await eventually(isServed, { withinMs: 3_000, what: 'room again' });
    expect(roads).toEqual(['fast {"next":1}']);
  });

  it('takes no place for a body that does not come, and sheds it as the framework does when it comes while there is none', async () => {
    const whole = message('{"late":1}');
    const late = Array.from({ length: 5 }, () => connect(port, '127.0.0.1'));
    for (const socket of late) await new Promise((resolve) => socket.write(whole.subarray(0, -1), resolve));
    for (let again = 0; again < 5; again++) expect(statuses(await ask(message('{}')))).toEqual(['200']);
    const waiting = await holding(2);
    const answers = late.map((socket) => new Promise<string>((resolve) => socket.on('data', (chunk) => resolve(String(chunk)))));
    for (const socket of late) socket.write(whole.subarray(-1));
    expect((await Promise.all(answers)).flatMap(statuses)).toEqual(Array(5).fill('503'));
    for (const socket of [...late, ...waiting]) socket.destroy();
    const isServed = async () => statuses(await ask(message('{}')))[0] === '200';
    await eventually(isServed, { withinMs: 3_000, what: 'room again' });
  });

  it('takes no place twice for what it hands over', async () => {
    const [socket] = await holding(1);
    answer = () => false;
    for (let again = 0; again < 5; again++) expect(statuses(await ask(message('{}')))).toEqual(['200']);
    socket!.destroy();
  });

  it('answers a defect as one, and logs it', async () => {
    answer = () => {
      throw new Error('secret-host failed');
    };
    const text = await ask(message('{}'));
    expect([statuses(text), text]).toEqual([['500'], expect.stringContaining('urn:tallystick:problem:internal')]);
    expect(text).not.toContain('secret-host');
    expect(lines.join('')).toContain('secret-host failed');
  });

  it('counts in the same histogram, by status', async () => {
    const counted = async (status: number): Promise<number> =>
      Number(
        new RegExp(`http_request_duration_seconds_count\\{[^}]*status="${status}"[^}]*\\} (\\d+)`).exec(
          await metrics.registry.metrics(),
        )?.[1] ?? 0,
      );
    const before = await counted(200);
    await ask([message('{}'), message('"\\n"')], 2);
    expect(await counted(200)).toBe(before + 2);
    expect(await metrics.registry.metrics()).toMatch(/http_request_duration_seconds_bucket\{le="\+Inf",[^}]*route="\/v1\/env/);
  });

  it('ends with the service: while it drains the framework answers, and closes the connection', async () => {
    const closing = closeHttpApp(app, { announceMs: 150 });
    const text = await ask(message('{"last":1}'));
    expect([roads, text.toLowerCase()]).toEqual([['framework {"last":1}'], expect.stringContaining('connection: close')]);
    await closing;
  });
});
