import { type DynamicModule, Module } from '@nestjs/common';
import type { ConnectionDocument, SourceRecord, UserHash } from '@tallystick/devices-domain';
import { connectionDocument, InMemoryConnectionStore } from '@tallystick/devices-testing';
import { instant } from '@tallystick/kernel-core';
import { createHttpApp, type Principal, type Role, type TokenVerifier } from '@tallystick/platform-http';
import { createLogger } from '@tallystick/platform-observability';
import { Audit } from '../../audit/audit.ts';
import { memoryAudit, sendableChange } from '../../audit/test-support/memory-audit.ts';
import { ConnectionChecksController } from '../connection-checks.controller.ts';
import { ConnectionsApi } from '../connections-api.ts';
import { ConnectionsController } from '../connections.controller.ts';
import type { ConnectionsNeeds } from '../connections.port.ts';

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

@Module({})
class ConnectionsModule {
  static of(needs: ConnectionsNeeds): DynamicModule {
    return {
      module: ConnectionsModule,
      controllers: [ConnectionsController, ConnectionChecksController],
      providers: [
        { provide: ConnectionsApi, useValue: new ConnectionsApi(needs) },
        { provide: Audit, useValue: needs.audit },
      ],
    };
  }
}

interface CallOptions {
  readonly body?: object;
  readonly as?: string;
  readonly headers?: Record<string, string>;
  /** Neither a key nor a reason is added. */
  readonly isBare?: boolean;
}

export const ada = '0123456789abcdef0123456789abcdef' as UserHash;

/** The routes of connections over a store in memory, with one connection `acme/workforce` and one stored user. */
export async function connectionsHttp({ readOnly = false, document = connectionDocument() } = {}) {
  const store = new InMemoryConnectionStore([document], readOnly);
  const logged: object[] = [];
  const record: SourceRecord = {
    attributes: { username: 'ada.lovelace', mobile: '+447700900123', department: 'it' },
    deleted: false,
  } as unknown as SourceRecord;
  const inspected: ConnectionDocument[] = [];
  const { audit, trail } = memoryAudit();
  const needs: ConnectionsNeeds = {
    store,
    audit,
    records: { record: ({ user }) => Promise.resolve(user === ada ? record : undefined) },
    index: { random: () => Promise.resolve([ada]) },
    inspector: {
      inspect: (of) => {
        inspected.push(of);
        return Promise.resolve({ kind: 'inspected', checks: [{ part: 'secret', result: 'failed', because: 'not-there' }] });
      },
    },
    logger: { info: (what: object) => logged.push(what) },
    now: () => instant(1_800_000_000_000),
    elapsedMs: () => performance.now(),
  };
  const logger = createLogger({ service: 'test', level: 'silent' });
  const openapi = { title: 'connections', description: 'connections' };
  const app = await createHttpApp(ConnectionsModule.of(needs), { service: 'test', logger, auth, openapi });
  await app.init();
  const fastify = app.getHttpAdapter().getInstance();
  await fastify.ready();
  const call = async (
    method: 'GET' | 'PUT' | 'POST' | 'DELETE',
    rest: string,
    { body, as = 'ada:operator', headers = {}, isBare = false }: CallOptions = {},
  ) => {
    const path = `/v1/environments/acme/connections${rest}`;
    const sent = isBare ? { url: path, headers, ...(body && { body }) } : sendableChange(method, path, { body, headers });
    const answer = await fastify.inject({
      method,
      url: sent.url,
      headers: { authorization: `Bearer ${as}`, ...sent.headers },
      ...(sent.body === undefined ? {} : { payload: sent.body }),
    });
    const json = (answer.payload.startsWith('{') ? JSON.parse(answer.payload) : {}) as Record<string, never>;
    return { status: answer.statusCode, headers: answer.headers, text: answer.payload, body: json };
  };
  const openApi = async () => JSON.parse((await fastify.inject({ method: 'GET', url: '/openapi.json' })).payload) as object;
  return { app, call, store, logged, trail, inspected, openApi };
}
