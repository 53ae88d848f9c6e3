import { expect, it } from '@jest/globals';
import Fastify from 'fastify';
import { limitRequests } from './request-limit.ts';

it('answers 503 with Retry-After to what comes while too much is under way, but not to what revokes; and serves again after that', async () => {
  const fastify = Fastify();
  let shed = 0;
  limitRequests(fastify, { max: 1, onShed: () => shed++ });
  const release: (() => void)[] = [];
  const slow = () => new Promise<object>((resolve) => release.push(() => resolve({})));
  fastify.get('/slow', slow);
  const access = { kind: 'roles', anyOf: ['token-admin'], revokes: true } as const;
  fastify.get('/revoke', { config: { access } }, () => ({}));
  fastify.get('/quick', () => ({}));
  await fastify.ready();
  const first = fastify.inject('/slow').then((answer) => answer);
  while (release.length === 0) await new Promise((resolve) => setImmediate(resolve));
  const get = async (url: string) => {
    const { statusCode, headers } = await fastify.inject(url);
    return [statusCode, headers['retry-after']];
  };
  expect(await get('/quick')).toEqual([503, '1']);
  expect(await get('/revoke')).toEqual([200, undefined]);
  release[0]!();
  await first;
  expect([await get('/quick'), shed]).toEqual([[200, undefined], 1]);
  await fastify.close();
});
