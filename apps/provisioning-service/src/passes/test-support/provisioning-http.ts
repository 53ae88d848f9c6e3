import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Inspection, Outcome, PassId, UserHash, UserRef } from '@tallystick/devices-domain';
import type { Identities } from '@tallystick/devices-store-redis';
import { connectionDocument, InMemoryConnectionStore, InMemoryGuardStore, InMemoryPassStore } from '@tallystick/devices-testing';
import type { PassRequest } from '@tallystick/devices-workflow-api';
import { instant } from '@tallystick/kernel-core';
import { createHttpApp, type Principal, type Role, type TokenVerifier } from '@tallystick/platform-http';
import { createLogger, createMetrics } from '@tallystick/platform-observability';
import { AppModule, type AppNeeds } from '../../app.module.ts';
import { memoryAudit, sendableChange } from '../../audit/test-support/memory-audit.ts';
import { ConnectionsApi } from '../../connections/connections-api.ts';
import { HoldsApi } from '../../holds/holds-api.ts';
import type { Commanded, PassEngine, PassSchedules, PassTimes } from '../pass-engine.port.ts';
import { PassesApi } from '../passes-api.ts';

/** Who calls, as `<subject>:<role>,<role>[@<environment>]`; more of the latter after a `+`. */
const principalOf = (bearer: string): Principal => {
  const [subject = '', rest = ''] = bearer.replace(/^Bearer /, '').split(':');
  const roles = rest.split('+').map((granted) => {
    const [roles = '', environment = '*'] = granted.split('@');
    return [environment, roles.split(',') as Role[]] as const;
  });
  return { subject, roles: Object.fromEntries(roles), expiresAt: Number.MAX_SAFE_INTEGER };
};
const auth: TokenVerifier = {
  prepare: () => Promise.resolve(),
  cached: (header) => (header === undefined ? undefined : principalOf(header)),
  verify: () => Promise.resolve({ kind: 'refused', reason: 'missing' }),
};

interface CallOptions {
  readonly body?: object;
  readonly as?: string;
  readonly headers?: Record<string, string>;
  /** Neither a key nor a reason is added. */
  readonly isBare?: boolean;
}

export const at = instant(1_800_000_000_000);
export const userOf = (n: number): UserHash => n.toString(16).padStart(32, '0') as UserHash;

/** Passes that are under way as long as nobody says otherwise. */
class MemoryEngine implements PassEngine, PassSchedules {
  readonly told: string[] = [];
  readonly times = new Map<string, PassTimes>();
  current: PassRequest | undefined;

  start(request: PassRequest): Promise<'started' | 'already-running'> {
    if (request.kind === 'pass' && this.current) return Promise.resolve('already-running');
    if (request.kind === 'pass') this.current = request;
    return this.#tell('start', request, 'started');
  }
  running(): Promise<{ readonly pass?: PassId } | undefined> {
    return Promise.resolve(this.current && { pass: this.current.pass });
  }
  command(request: PassRequest, command: 'pause' | 'resume', _id: string): Promise<Commanded> {
    return this.#tell(command, request, { kind: 'done' as const, stage: 'paused' as const });
  }
  cancel(request: PassRequest) {
    return this.#tell('cancel', request, 'asked' as const);
  }
  holdAnswered(request: PassRequest) {
    const result = this.current?.pass === request.pass ? ('told' as const) : ('not-running' as const);
    return this.#tell('hold-answered', request, result);
  }
  put(_ref: object, kind: string, times: PassTimes): Promise<'put' | 'times-refused'> {
    this.times.set(kind, times);
    return Promise.resolve('put');
  }
  read(_ref: object, kind: string) {
    const times = this.times.get(kind);
    return Promise.resolve(times && { times, next: [at], started: [] });
  }
  remove(_ref: object, kind: string): Promise<boolean> {
    return Promise.resolve(this.times.delete(kind));
  }
  #tell<T>(what: string, { kind, pass }: PassRequest, answer: T): Promise<T> {
    this.told.push(`${what} ${kind} ${pass}`);
    return Promise.resolve(answer);
  }
}

/**
 * All routes of the service over stores in memory, with one connection `acme/workforce`.
 * @param addRoutes registers what the composition root adds to the controllers' routes.
 */
export async function provisioningHttp({
  document = connectionDocument(),
  addRoutes = (_app: NestFastifyApplication): void => undefined,
} = {}) {
  const store = new InMemoryConnectionStore([document]);
  const engine = new MemoryEngine();
  const guards = new InMemoryGuardStore();
  const passes = new InMemoryPassStore();
  const logged: object[] = [];
  const woken: UserHash[] = [];
  const reminded: UserHash[] = [];
  const erased: string[] = [];
  const outcomes = new Map<UserHash, Outcome>();
  const state = {
    wakeFails: false,
    epoch: 0,
    inspection: undefined as Inspection | undefined,
    clock: 0,
    now: at,
    isKnown: true,
    busyLooks: 0,
  };
  const wake = ({ user }: UserRef): Promise<void> => {
    if (state.wakeFails) return Promise.reject(new Error('the engine is away'));
    woken.push(user);
    return Promise.resolve();
  };
  const logger = { info: (what: object) => logged.push(what), warn: (what: object) => logged.push(what) } as never;
  const now = () => state.now;
  const elapsedMs = () => (state.clock += 10);
  const { audit, trail, errors } = memoryAudit();
  const connections = new ConnectionsApi({
    store,
    audit,
    records: { record: () => Promise.resolve(undefined) },
    logger,
    now,
    elapsedMs,
  });
  const passesApi = new PassesApi({
    ...{ connections, audit, passes, engine, schedules: engine, guards, logger, now },
    usersOf: () => Promise.resolve(12),
  });
  const needs: AppNeeds = {
    audit,
    connections,
    users: {
      connections,
      audit,
      identities: { userOf: () => ({ ...document, user: userOf(1) }) } as unknown as Identities,
      records: {
        record: ({ user }) => Promise.resolve(user === userOf(1) && state.isKnown ? ({ deleted: false } as never) : undefined),
      },
      outcomes: { lastOutcome: ({ user }) => Promise.resolve(outcomes.get(user)) },
      wake,
      pause: (ms) => Promise.resolve((state.clock += ms)),
      elapsedMs,
      linkTo: (id) => `http://ui.example/${id}`,
      logger,
    },
    sources: {
      connections,
      audit,
      store: {
        source: () => Promise.resolve({ epoch: state.epoch }),
        raiseEpoch: () => Promise.resolve((state.epoch += 1)),
        oldestPendingMs: () => Promise.resolve(undefined),
      },
      lag: () => Promise.reject(new Error('Kafka is away')),
      parked: { count: () => Promise.resolve({ open: 3 }) },
      logger,
      now,
    },
    parked: {} as AppNeeds['parked'],
    holds: new HoldsApi({
      connections,
      audit,
      guards,
      passes: passesApi,
      wake,
      remind: ({ user }) => Promise.resolve(void reminded.push(user)),
      logger,
      now,
    }),
    passes: passesApi,
    erasure: {
      ...{ audit, passes, elapsedMs, logger },
      identities: { userOf: () => ({ ...document, user: userOf(1) }) },
      erasure: {
        known: () => Promise.resolve(state.isKnown && !erased.includes('name')),
        erase: () => Promise.resolve((erased.push('stores'), { accounts: 1, holds: 0, passEntries: 2, mentions: 0 })),
        forgetName: () => Promise.resolve(void erased.push('name')),
      },
      runs: {
        isBusy: () => Promise.resolve((state.busyLooks -= 1) >= 0),
        end: () => Promise.resolve(void erased.push('end')),
        forget: () => {
          if (state.wakeFails) return Promise.reject(new Error('the engine is away'));
          erased.push('runs');
          return Promise.resolve({ runs: 3, remaining: 0 });
        },
      },
      forgetParked: () => Promise.resolve((erased.push('parked'), { forgotten: 1, unread: 0 })),
      connectionIsThere: (ref) => connections.read(ref),
      pause: (ms) => Promise.resolve((state.clock += ms)),
    },
    explain: {
      connections,
      audit,
      inspect: () => Promise.resolve(state.inspection ?? 'unanswered'),
      linkTo: (id) => `http://ui.example/${id}`,
    },
  };
  const app = await createHttpApp(AppModule.of(needs), {
    service: 'test',
    logger: createLogger({ service: 'test', level: 'silent' }),
    auth,
    metrics: createMetrics({ service: 'test' }),
    openapi: { title: 'provisioning', description: 'provisioning' },
  });
  addRoutes(app);
  await app.init();
  const fastify = app.getHttpAdapter().getInstance();
  await fastify.ready();
  const call = async (
    method: 'GET' | 'PUT' | 'POST' | 'DELETE',
    rest: string,
    { body, as = 'ada:operator', headers = {}, isBare = false }: CallOptions = {},
  ) => {
    const path = `/v1/environments/acme/connections/workforce${rest}`;
    const sent = isBare ? { url: path, headers, ...(body && { body }) } : sendableChange(method, path, { body, headers });
    const answer = await fastify.inject({
      method,
      url: sent.url,
      headers: { authorization: `Bearer ${as}`, ...sent.headers },
      ...(sent.body === undefined ? {} : { payload: sent.body }),
    });
    const json = (answer.payload.startsWith('{') && !answer.payload.includes('\n') ? JSON.parse(answer.payload) : {}) as Record<
      string,
      unknown
    >;
    return { status: answer.statusCode, headers: answer.headers, text: answer.payload, body: json };
  };
  const openApi = async () => JSON.parse((await fastify.inject({ method: 'GET', url: '/openapi.json' })).payload) as object;
  const ref = { environment: document.environment, connection: document.connection };
  return {
    app,
    call,
    openApi,
    ref,
    store,
    engine,
    guards,
    holds: needs.holds,
    passes,
    logged,
    trail,
    errors,
    woken,
    erased,
    reminded,
    outcomes,
    state,
  };
}
