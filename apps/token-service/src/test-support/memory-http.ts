import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createHttpApp, type Principal, type Role, type TokenVerifier } from '@tallystick/platform-http';
import { createLogger, createMetrics } from '@tallystick/platform-observability';
import { ShardRecovery } from '../recovery/shards.controller.ts';
import { AppModule } from '../app.module.ts';
import { answerInPingOneShape } from '../http/compatible/ping-one-errors.ts';
import type { RotationEngine } from '../rotations/rotations.port.ts';
import { memoryService } from './memory-service.ts';
import type { Answer } from './running-service.ts';

/** Who calls, as `<subject>:<role>,<role>[@<environment>]`. */
const principalOf = (bearer: string): Principal => {
  const [subject = '', rest = ''] = bearer.replace(/^Bearer /, '').split(':');
  const [roles = '', environment = '*'] = rest.split('@');
  return { subject, roles: { [environment]: roles.split(',') as Role[] }, expiresAt: Number.MAX_SAFE_INTEGER };
};
const auth: TokenVerifier = {
  prepare: () => Promise.resolve(),
  cached: (header) => (header === undefined ? undefined : principalOf(header)),
  verify: () => Promise.resolve({ kind: 'refused', reason: 'missing' }),
};

interface Operation {
  readonly responses: Readonly<Record<string, unknown>>;
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}
const noneShut = { shut: new Map(), reopen: () => Promise.resolve('not-shut' as const) };
let document: Document | undefined; // made once: it takes longer than most tests

/** The whole HTTP side over stores in memory; every answer must have a status that its route documents. */
export async function memoryHttp(around?: Parameters<typeof memoryService>[0], rotations?: RotationEngine) {
  const service = memoryService(around);
  const metrics = createMetrics({ service: 'test' });
  const logger = createLogger({ service: 'test', level: 'silent' });
  const app: NestFastifyApplication = await createHttpApp(
    AppModule.of({ ...service.needs, ...service, metrics }, new ShardRecovery(noneShut), rotations),
    {
      service: 'token-service',
      logger,
      auth,
      openapi: { title: 'tokens', description: 'tokens' },
    },
  );
  answerInPingOneShape(app.getHttpAdapter().getInstance());
  await app.init();
  const fastify = app.getHttpAdapter().getInstance();
  await fastify.ready();
  document ??= JSON.parse((await fastify.inject({ method: 'GET', url: '/openapi.json' })).payload) as Document;
  const documented = Object.entries(document.paths).map(([path, operations]) => ({
    path: new RegExp(`^${path.replaceAll(/\{[^}]+\}/g, '([^/]+)')}$`),
    isLiteral: !path.endsWith('}'),
    operations,
  }));

  let keys = 0;
  const call = async (
    method: 'GET' | 'PUT' | 'POST' | 'PATCH' | 'DELETE',
    url: string,
    {
      body,
      as = 'admin:token-admin,approver',
      headers = {},
    }: { readonly body?: object; readonly as?: string; readonly headers?: Readonly<Record<string, string>> } = {},
  ) => {
    const answer = await fastify.inject({
      method,
      url,
      headers: {
        authorization: `Bearer ${as}`,
        ...(method === 'POST' ? { 'idempotency-key': `key-${++keys}` } : {}),
        ...headers,
      },
      ...(body === undefined ? {} : { payload: body }),
    });
    const path = url.split('?')[0] ?? '';
    const routes = documented.filter((one) => one.path.test(path)).sort((a, b) => Number(b.isLiteral) - Number(a.isLiteral));
    const operation = routes.map(({ operations }) => operations[method.toLowerCase()]).find((one) => one !== undefined);
    if (operation && !(String(answer.statusCode) in operation.responses))
      throw new Error(`${method} ${path} answered ${answer.statusCode}, which it does not document: ${answer.payload}`);
    return {
      status: answer.statusCode,
      headers: answer.headers,
      text: answer.payload,
      body: (answer.payload.startsWith('{') ? JSON.parse(answer.payload) : {}) as Answer,
    };
  };
  return { ...service, metrics, app, document, call };
}
