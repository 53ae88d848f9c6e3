import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { request } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import Fastify, { type FastifyInstance } from 'fastify';
import { eventually } from '@tallystick/platform-testing';
import { rolesAccess, signatureAccess } from './access.decorators.ts';
import { limitRequests, requestsUnderWay } from './request-limit.ts';

let fastify: FastifyInstance;
let shed: number;
let strangers: number;
let release: (() => void)[];
beforeEach(async () => {
  [fastify, shed, strangers, release] = [Fastify({ forceCloseConnections: true }), 0, 0, []];
  await listen(1);
});
afterEach(() => fastify.close());

/** Callers are who they say in `x-subject`; about a `stranger` the issuer is asked, who hangs. */
async function listen(max: number): Promise<void> {
  limitRequests(fastify, { underWay: requestsUnderWay(max), onShed: () => shed++ });
  fastify.decorateRequest('principal', null);
  fastify.addHook('onRequest', (request, _reply, done) => {
    const subject = String(request.headers['x-subject'] ?? 'known');
    if (subject === 'stranger') return void strangers++;
    request.principal = { subject, roles: {}, expiresAt: Infinity };
    done();
  });
  const slow = () => new Promise<object>((resolve) => release.push(() => resolve({})));
  const roles = { config: { access: rolesAccess('token-admin') } };
  fastify.get('/slow', roles, slow);
  const access = { kind: 'roles', anyOf: ['token-admin'], revokes: true } as const;
  fastify.get('/revoke', { config: { access } }, () => ({}));
  fastify.get('/slow-revoke', { config: { access } }, slow);
  fastify.post('/body', roles, () => ({}));
  fastify.get('/quick', roles, () => ({}));
  fastify.post('/webhook', { config: { access: signatureAccess('nothing here') } }, slow);
  fastify.get('/public', { config: { access: { kind: 'public' } } }, () => 'x'.repeat(20_000_000));
  await fastify.listen({ port: 0, host: '127.0.0.1' });
}

/** The answer's status and Retry-After; a request that is taken back is undefined. */
function start(path: string, subject = 'known') {
  const { port } = fastify.server.address() as AddressInfo;
  const sent = request({ host: '127.0.0.1', port, path, agent: false, headers: { 'x-subject': subject } });
  const answer = new Promise<unknown>((resolve) => {
    sent.on('response', (response) => {
      response.resume();
      response.on('end', () => resolve([response.statusCode, response.headers['retry-after']]));
    });
    sent.on('error', () => resolve(undefined));
  });
  sent.end();
  return { answer, hangUp: () => sent.destroy() };
}
const get = (path: string, subject?: string) => start(path, subject).answer;
/** Over one connection, without waiting for answers, and without reading them. */
async function sendAtOnce(...paths: readonly string[]): Promise<Socket> {
  const { port } = fastify.server.address() as AddressInfo;
  const socket = connect(port, '127.0.0.1').pause();
  const text = paths.map((path) => `GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`).join('');
  await new Promise((resolve) => socket.write(text, resolve));
  return socket;
}
const slowOne = async (subject?: string) => {
  const before = release.length;
  const slow = start('/slow', subject);
  await eventually(() => release.length > before, { withinMs: 3_000, what: 'the slow request to arrive' });
  return slow;
};
const served = () =>
  eventually(async () => JSON.stringify(await get('/quick')) === '[200,null]', { withinMs: 3_000, what: 'room again' });

it('answers 503 with Retry-After to what comes while too much is under way, but not to what revokes; and serves again after that', async () => {
  const first = await slowOne();
  expect(await get('/quick')).toEqual([503, '1']);
  expect(await get('/revoke')).toEqual([200, undefined]);
  release[0]!();
  expect(await first.answer).toEqual([200, undefined]);
  await served();
  expect(shed).toBeGreaterThan(0);
});

it('has room again when callers hang up before they are answered', async () => {
  for (let round = 0; round < 3; round++) {
    const slow = await slowOne();
    expect(await get('/quick')).toEqual([503, '1']);
    slow.hangUp();
    await served();
  }
});

it('has room again when a caller hangs up who had sent several requests at once, of which none had its turn', async () => {
  const socket = await sendAtOnce('/slow', '/slow-revoke', '/slow-revoke');
  await eventually(() => release.length === 3, { withinMs: 3_000, what: 'all three to arrive' });
  expect(await get('/quick')).toEqual([503, '1']);
  socket.destroy();
  await served();
});

it('a stranger who asks for much and reads nothing takes no place, whatever else they send', async () => {
  const sockets = await Promise.all(Array.from({ length: 3 }, () => sendAtOnce('/public', '/quick', '/none', '/quick')));
  for (let again = 0; again < 20; again++) expect(await get('/quick')).toEqual([200, undefined]);
  for (const socket of sockets) socket.destroy();
});

it('nor do webhooks, whose callers are known only when the body is there: they have a limit of their own', async () => {
  const { port } = fastify.server.address() as AddressInfo;
  const hook = connect(port, '127.0.0.1');
  await new Promise((resolve) => hook.write('POST /webhook HTTP/1.1\r\nhost: x\r\n\r\n', resolve));
  await eventually(() => release.length > 0, { withinMs: 3_000, what: 'the webhook to arrive' });
  expect(await get('/quick')).toEqual([200, undefined]);
  hook.destroy();
});

it('nor do strangers about whom the issuer is asked, and bodies of known callers that do not come', async () => {
  const asked = Array.from({ length: 3 }, () => start('/quick', 'stranger'));
  await eventually(() => strangers === 3, { withinMs: 3_000, what: 'the strangers to arrive' });
  const { port } = fastify.server.address() as AddressInfo;
  const idle = Array.from({ length: 3 }, () => connect(port, '127.0.0.1'));
  const head = 'POST /body HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{';
  for (const socket of idle) await new Promise((resolve) => socket.write(head, resolve));
  for (let again = 0; again < 20; again++) expect(await get('/quick')).toEqual([200, undefined]);
  for (const socket of idle) socket.destroy();
  for (const { hangUp } of asked) hangUp();
});

it('one caller may hold three quarters of the places: the others have the rest', async () => {
  await fastify.close();
  fastify = Fastify({ forceCloseConnections: true });
  await listen(4);
  for (let n = 0; n < 3; n++) await slowOne('greedy');
  expect(await get('/quick', 'greedy')).toEqual([503, '1']);
  expect(await get('/revoke', 'greedy')).toEqual([200, undefined]);
  expect(await get('/quick', 'other')).toEqual([200, undefined]);
  release[0]!();
  const isServed = async () => JSON.stringify(await get('/quick', 'greedy')) === '[200,null]';
  await eventually(isServed, { withinMs: 3_000, what: 'room again' });
});

it('who hangs up before their request is counted takes no place for ever', async () => {
  await fastify.close();
  fastify = Fastify({ forceCloseConnections: true });
  const admit: (() => void)[] = [];
  let counted = 0;
  fastify.addHook('preValidation', (request, _reply, done) => void (request.url === '/slow' ? admit.push(done) : done()));
  fastify.addHook('onRequestAbort', (_request, done) => done(void counted++));
  await listen(1);
  for (let n = 0; n < 3; n++) {
    const { hangUp } = start('/slow');
    await eventually(() => admit.length > n, { withinMs: 3_000, what: 'the request to arrive' });
    hangUp();
    await eventually(() => counted > n, { withinMs: 3_000, what: 'the connection to end' });
    admit[n]!();
    expect(await get('/quick')).toEqual([200, undefined]);
  }
});
