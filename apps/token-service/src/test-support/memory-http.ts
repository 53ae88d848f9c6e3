import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createHttpApp, type Principal, type Role, type TokenVerifier } from '@tallystick/platform-http';
import { createLogger, createMetrics } from '@tallystick/platform-observability';
import { Deliveries } from '../delivery/deliveries.ts';
import { DeliveryApi } from '../delivery/delivery-targets.controller.ts';
import { addWebhookRoute, webhookPaths } from '../delivery/webhook-route.ts';
import { Webhooks } from '../delivery/webhooks.ts';
import { ShardRecovery } from '../recovery/shards.controller.ts';
import { AppModule } from '../app.module.ts';
import { createBreakGlassLimit } from '../audit/break-glass-limit.ts';
import { answerInPingOneShape } from '../http/compatible/ping-one-errors.ts';
import type { RingApiNeeds } from '../http/ring-api.ts';
import type { RotationEngine } from '../rotations/rotations.port.ts';
import { memoryService } from './memory-service.ts';
import { memorySlotLock, type MemoryTargets, memoryTargets } from './memory-targets.ts';
import type { Answer } from './running-service.ts';

/**
 * Who calls, as `<subject>:<role>,<role>[@<environment>]`; more of the latter after a `+`. `break-glass…` hold a credential, and the keys of `stale`
 * are those of before.
 */
const principalOf = (bearer: string): Principal => {
  const [subject = '', rest = ''] = bearer.replace(/^Bearer /, '').split(':');
  const roles = rest.split('+').map((granted) => {
    const [roles = '', environment = '*'] = granted.split('@');
    return [environment, roles.split(',') as Role[]] as const;
  });
  return {
    subject,
    roles: Object.fromEntries(roles),
    expiresAt: Number.MAX_SAFE_INTEGER,
    ...(subject.startsWith('break-glass') && { via: 'break-glass' as const }),
    ...(subject === 'stale' && { keys: 'stale' as const }),
  };
};
const auth: TokenVerifier = {
  prepare: () => Promise.resolve(),
  cached: (header) => (header === undefined ? undefined : principalOf(header)),
  verify: () => Promise.resolve({ kind: 'refused', reason: 'missing' }),
};

interface Schema {
  readonly $ref?: string;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly minLength?: number;
  readonly maxLength?: number;
}

export interface Operation {
  readonly responses: Readonly<Record<string, unknown>>;
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly required?: boolean;
    readonly schema?: Schema;
  }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
}

export interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

/** What a request must have in its JSON body, by the document. */
export function bodyOf({ components }: Document, { requestBody }: Operation): Schema | undefined {
  const schema = requestBody?.content['application/json']?.schema;
  return schema?.$ref === undefined ? schema : components.schemas[schema.$ref.replace(/^.*\//, '')];
}
const noneShut = { shut: new Map(), reopen: () => Promise.resolve('not-shut' as const) };
let document: Document | undefined; // made once: it takes longer than most tests

/** The whole HTTP side over stores in memory; every answer must have a status that its route documents. */
export async function memoryHttp(
  around?: Parameters<typeof memoryService>[0],
  rotations?: RotationEngine,
  targets: MemoryTargets = memoryTargets(),
  logger = createLogger({ service: 'test', level: 'silent' }),
  more: Partial<RingApiNeeds> = {},
) {
  const service = memoryService(around);
  const metrics = createMetrics({ service: 'test' });
  const delivery = new DeliveryApi(
    targets,
    new Deliveries({ ...service.needs, ...service, metrics, holdSlot: memorySlotLock() }),
  );
  const app: NestFastifyApplication = await createHttpApp(
    AppModule.of(
      { ...service.needs, ...service, metrics, breakGlassLimit: createBreakGlassLimit(10_000, () => 0), ...more },
      new ShardRecovery(noneShut),
      delivery,
      rotations,
    ),
    {
      service: 'token-service',
      logger,
      auth,
      metrics,
      openapi: { title: 'tokens', description: 'tokens', paths: webhookPaths },
    },
  );
  answerInPingOneShape(app.getHttpAdapter().getInstance());
  addWebhookRoute(app.getHttpAdapter().getInstance(), new Webhooks({ targets, logger, metrics }), logger);
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
  /** A change gets a key and a reason that it does not name itself, where its route asks for them; `isBare`: it is sent as it is. */
  const call = async (
    method: 'GET' | 'PUT' | 'POST' | 'PATCH' | 'DELETE',
    url: string,
    {
      body,
      as = 'admin:token-admin,approver',
      headers = {},
      isBare = false,
    }: {
      readonly body?: object;
      readonly as?: string;
      readonly headers?: Readonly<Record<string, string>>;
      readonly isBare?: boolean;
    } = {},
  ) => {
    const path = url.split('?')[0] ?? '';
    const routes = documented.filter((one) => one.path.test(path)).sort((a, b) => Number(b.isLiteral) - Number(a.isLiteral));
    const operation = routes.map(({ operations }) => operations[method.toLowerCase()]).find((one) => one !== undefined);
    const asksKey = operation?.parameters?.some(({ name, required }) => name === 'Idempotency-Key' && required);
    const asksReason = operation && bodyOf(document!, operation)?.required?.includes('reason');
    const payload = asksReason && !isBare ? { reason: 'a test', ...body } : body;
    const answer = await fastify.inject({
      method,
      url,
      headers: {
        authorization: `Bearer ${as}`,
        ...(asksKey && !isBare ? { 'idempotency-key': `key-${++keys}` } : {}),
        ...headers,
      },
      ...(payload === undefined ? {} : { payload }),
    });
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
