import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { request } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import Fastify, { type FastifyInstance } from 'fastify';
import { eventually } from '@tallystick/platform-testing';
import { rolesAccess, signatureAccess } from './access.decorators.ts';
import { limitRequests, requestsUnderWay } from './request-limit.ts';

let fastify: FastifyInstance;
let shed: number;
let release: (() => void)[];
beforeEach(async () => {
  [fastify, shed, release] = [Fastify({ forceCloseConnections: true }), 0, []];
  limitRequests(fastify, { underWay: requestsUnderWay(1), onShed: () => shed++ });
  const slow = () => new Promise<object>((resolve) => release.push(() => resolve({})));
  const roles = { config: { access: rolesAccess('token-admin') } };
  fastify.get('/slow', roles, slow);
  const access = { kind: 'roles', anyOf: ['token-admin'], revokes: true } as const;
  fastify.get('/revoke', { config: { access } }, () => ({}));
  fastify.get('/slow-revoke', { config: { access } }, slow);
  fastify.get('/quick', roles, () => ({}));
  fastify.post('/webhook', { config: { access: signatureAccess('nothing here') } }, slow);
  fastify.get('/public', { config: { access: { kind: 'public' } } }, () => 'x'.repeat(20_000_000));
  await fastify.listen({ port: 0, host: '127.0.0.1' });
});
afterEach(() => fastify.close());

/** The answer's status and Retry-After; a request that is taken back is undefined. */
function start(path: string) {
  const { port } = fastify.server.address() as AddressInfo;
  const sent = request({ host: '127.0.0.1', port, path, agent: false });
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
const get = (path: string) => start(path).answer;
/** Over one connection, without waiting for answers, and without reading them. */
async function sendAtOnce(...paths: readonly string[]): Promise<Socket> {
  const { port } = fastify.server.address() as AddressInfo;
  const socket = connect(port, '127.0.0.1').pause();
  const text = paths.map((path) => `GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`).join('');
  await new Promise((resolve) => socket.write(text, resolve));
  return socket;
}
const slowOne = async () => {
  const before = release.length;
  const slow = start('/slow');
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
