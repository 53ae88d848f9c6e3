import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Module } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { RefusedAttempts } from '@tallystick/platform-audit';
import { createHttpApp, type Role, rolesAccess, type TokenVerifier } from '@tallystick/platform-http';
import { createLogger } from '@tallystick/platform-observability';
import { memoryService } from '../test-support/memory-service.ts';
import { noteRefusals } from './note-refusals.ts';

@Module({})
class NoRoutes {}

/** Who calls, as `<subject>:<role>`. */
const auth: TokenVerifier = {
  prepare: () => Promise.resolve(),
  cached: (header = '') => {
    const [subject = '', role = ''] = header.replace('Bearer ', '').split(':');
    return { subject, roles: { '*': [role as Role] }, expiresAt: Number.MAX_SAFE_INTEGER };
  },
  verify: () => Promise.resolve({ kind: 'refused', reason: 'missing' }),
};

let app: NestFastifyApplication;
let written: { readonly environment: string; readonly entry: Record<string, unknown> }[];
let logged: object[];
let now: number;
let isHalfFull: boolean;
beforeEach(async () => {
  [written, logged, now, isHalfFull] = [[], [], 0, false];
  const { notes, store } = memoryService((memory) => ({
    read: (environment) =>
      environment === 'acme' ? Promise.resolve({ environment, version: 1 } as never) : Promise.resolve(undefined),
    change: ({ ring, audit, leavesHalf }) => {
      if (isHalfFull && leavesHalf) return Promise.resolve({ kind: 'outbox-full' } as never);
      written.push({ environment: ring.environment, entry: JSON.parse(audit) as Record<string, unknown> });
      return Promise.resolve({ kind: 'changed', position: { epoch: 'e', seq: 1 }, acknowledged: 0 } as never);
    },
    shardOf: (environment) => memory.shardOf(environment),
  }));
  expect(store.shards.length).toBeGreaterThan(0);
  const logger = createLogger({ service: 'test', level: 'silent' });
  const openapi = { title: 'tokens', description: 'tokens' };
  app = await createHttpApp(NoRoutes, { service: 'test', logger, auth, openapi });
  const fastify = app.getHttpAdapter().getInstance();
  const told = { warn: (what: object) => void logged.push(what) };
  noteRefusals(fastify, { notes, attempts: new RefusedAttempts({ nowMs: () => now }), logger: told as never });
  const route = { config: { access: rolesAccess('token-admin') } };
  fastify.post('/v1/environments/:environment/tokens', route, () => ({}));
  fastify.get('/v1/environments/:environment/tokens', route, () => ({}));
  fastify.get('/v1/environments/:environment/adoption/laggards', route, () => ({}));
  fastify.post('/v1/shards/:shard/reopen', route, () => ({}));
  await app.init();
  await fastify.ready();
});
afterEach(() => app.close());

const call = async (method: 'GET' | 'POST', url: string, as = 'eve:viewer') => {
  const authorization = `Bearer ${as}`;
  const { statusCode } = await app.getHttpAdapter().getInstance().inject({ method, url, headers: { authorization } });
  await new Promise(setImmediate); // what comes after the answer
  return statusCode;
};
const acme = '/v1/environments/acme';

describe('a refused attempt', () => {
  it('to change something, or to see devices, is in the audit of the environment; other readings are not', async () => {
    expect(await call('POST', `${acme}/tokens`)).toBe(403);
    expect(await call('GET', `${acme}/tokens`, 'ivan:viewer')).toBe(403);
    expect(await call('GET', `${acme}/adoption/laggards`, 'mallory:viewer')).toBe(403);
    expect(await call('POST', `${acme}/tokens`, 'ada:token-admin')).toBe(200);
    expect(written.map(({ entry }) => entry)).toMatchObject([
      {
        ...{ environment: 'acme', actor: 'eve', action: 'try-what-is-refused', result: 'refused', method: 'POST', unnoted: 0 },
        ...{ reason: 'the roles of the caller do not allow it', requestId: expect.any(String) },
        route: '/v1/environments/:environment/tokens',
      },
      { actor: 'mallory', method: 'GET' },
    ]);
    expect(logged).toEqual([]);
  });

  it('is noted once a minute for a caller, so that a flood fills no outbox', async () => {
    for (let n = 0; n < 20; n += 1) await call('POST', `${acme}/tokens`);
    expect(written).toHaveLength(1);
    now = 60_000;
    await call('POST', `${acme}/tokens`);
    expect(written[1]).toMatchObject({ entry: { unnoted: 19 } });
  });

  it('is in the log where the outbox is half full: what is left is for changes', async () => {
    isHalfFull = true;
    await call('POST', `${acme}/tokens`);
    expect([written, logged]).toMatchObject([[], [{ by: 'eve', because: 'outbox-full' }]]);
  });

  it('where no ring is, or in no environment, is in the log', async () => {
    await call('POST', '/v1/environments/elsewhere/tokens');
    await call('POST', '/v1/shards/07/reopen', 'mallory:viewer');
    expect(written).toEqual([]);
    expect(logged).toMatchObject([
      { by: 'eve', because: 'no-ring' },
      { by: 'mallory', because: 'no-environment' },
    ]);
  });
});
