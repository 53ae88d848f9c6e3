import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { PassId, UserHash } from '@tallystick/devices-domain';
import {
  createIdentities,
  RedisParkedStore,
  RedisReconciliationStore,
  RedisSourceRecordStore,
} from '@tallystick/devices-store-redis';
import { connectionDocument, InMemoryConnectionStore } from '@tallystick/devices-testing';
import {
  fullPassWorkflowId,
  inspectWorkflowId,
  type InspectRequest,
  reconcileUserWorkflowId,
} from '@tallystick/devices-workflow-api';
import { environmentId } from '@tallystick/kernel-core';
import { Ending } from '@tallystick/platform-config';
import { createHttpApp, type TokenVerifier } from '@tallystick/platform-http';
import { createLogger, createMetrics } from '@tallystick/platform-observability';
import { connectRedis, type Redis } from '@tallystick/platform-redis';
import { generateKeyRing, parseKeyRing } from '@tallystick/platform-secrets';
import { connectTemporal, type TemporalClient } from '@tallystick/platform-temporal';
import { endpoints, eventually, uniqueName } from '@tallystick/platform-testing';
import { appNeedsOf } from '../app-needs.ts';
import { openAuditTrail } from '../audit/audit-trail.ts';
import { sendableChange } from '../audit/test-support/memory-audit.ts';
import { AppModule } from '../app.module.ts';
import { createWake } from '../bridge/wake.ts';

// The service over a real Redis and a real Temporal, and no worker: what people ask for is durable, or said to be away.
const environment = environmentId(
  uniqueName('env')
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]/g, '-')
    .slice(0, 40),
);
const document = connectionDocument({ environment });
const { connection } = document;
const ref = { environment, connection };
const logger = createLogger({ service: 'passes-int', level: 'silent' });
const ring = parseKeyRing(generateKeyRing());
const auth: TokenVerifier = {
  prepare: () => Promise.resolve(),
  cached: () => ({ subject: 'ada', roles: { '*': ['operator', 'approver', 'viewer'] }, expiresAt: Number.MAX_SAFE_INTEGER }),
  verify: () => Promise.resolve({ kind: 'refused', reason: 'missing' }),
};

const ending = new Ending();
let redis: Redis;
let temporal: TemporalClient;
let app: Awaited<ReturnType<typeof createHttpApp>>;
beforeAll(async () => {
  redis = await connectRedis({ url: endpoints().redis, name: 'passes-int', logger });
  temporal = connectTemporal({ address: endpoints().temporal, namespace: 'default', logger });
  const address = { url: endpoints().redis };
  const metrics = createMetrics({ service: 'test' });
  const trail = await openAuditTrail({ redis, address, replicas: 0, digest: undefined, metrics, logger }, ending);
  const needs = appNeedsOf(
    {
      PROVISIONING_TEMPORAL_NAMESPACE: 'default',
      PROVISIONING_TEMPORAL_UI_URL: 'http://127.0.0.1:8233/',
      PROVISIONING_TOPICS: 'own',
    },
    {
      ...{ redis, temporal, logger, sealKeys: ring, identities: createIdentities(ring), wake: createWake(temporal) },
      documents: new InMemoryConnectionStore([document]),
      store: new RedisSourceRecordStore(redis, ring),
      parked: new RedisParkedStore(redis, ring),
      trail,
      watch: { lag: () => Promise.resolve(new Map([[0, 7n]])) },
      sourceOf: () => undefined,
    },
  );
  app = await createHttpApp(AppModule.of(needs), { service: 'test', logger, auth, openapi: { title: 't', description: 't' } });
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
});
const end = (id: string) =>
  temporal.client.workflow
    .getHandle(id)
    .terminate('the test is over')
    .catch(() => undefined);
afterAll(async () => {
  await end(fullPassWorkflowId({ ...ref, kind: 'pass', pass: '' as PassId }));
  await app.close();
  await ending.end();
  await temporal.close();
  await redis.close();
});

const call = async (
  method: 'GET' | 'PUT' | 'POST' | 'DELETE',
  rest: string,
  body?: object,
  headers: Record<string, string> = {},
) => {
  const url = `/v1/environments/${environment}/connections/${connection}${rest}`;
  const sent = sendableChange(method, url, { body, headers });
  const answer = await app
    .getHttpAdapter()
    .getInstance()
    .inject({
      method,
      url: sent.url,
      headers: { authorization: 'Bearer x', ...sent.headers },
      ...(sent.body === undefined ? {} : { payload: sent.body }),
    });
  const json = (answer.payload.startsWith('{') ? JSON.parse(answer.payload) : {}) as Record<string, unknown>;
  return { status: answer.statusCode, body: json };
};

describe('a pass over a real engine', () => {
  it('is started once for its key, refused to others by name, and cancelled durably without a worker', async () => {
    const headers = { 'idempotency-key': 'monday' };
    const start = () => call('POST', '/passes', { kind: 'pass' }, headers);
    const atOnce = await Promise.all([start(), start()]);
    // Whoever comes while the other is worked on is told to wait.
    for (const { status } of atOnce) expect([201, 409]).toContain(status);
    const [one, two] = [atOnce.find(({ status }) => status === 201)!, await start()];
    expect(two.status).toBe(201);
    expect(two.body['id']).toBe(one.body['id']);
    const other = await call('POST', '/passes', { kind: 'pass' });
    expect(other).toMatchObject({ status: 409, body: { pass: one.body['id'] } });
    expect((await call('GET', '/passes')).body).toMatchObject({ passes: [{ id: one.body['id'], stage: 'planning' }] });

    const path = `/passes/${String(one.body['id'])}`;
    expect((await call('POST', `${path}/cancel`)).status).toBe(202);
    const handle = temporal.client.workflow.getHandle(
      fullPassWorkflowId({ ...ref, kind: 'pass', pass: one.body['id'] as PassId }),
    );
    expect((await call('POST', `${path}/cancel`)).status).toBe(202); // asked twice it is asked
    const { events } = await handle.fetchHistory();
    expect(events?.some((event) => event.workflowExecutionCancelRequestedEventAttributes)).toBe(true);

    // It is gone without a word, and its record is closed by who cancels it again; then there is room for another.
    await handle.terminate('lost');
    expect((await call('POST', `${path}/pause`)).status).toBe(409);
    expect((await call('POST', `${path}/cancel`)).body).toMatchObject({ stage: 'cancelled' });
    const next = await call('POST', '/passes', { kind: 'pass' });
    expect(next.status).toBe(201);
    expect(next.body['id']).not.toBe(one.body['id']);
  }, 30_000);

  it('is paused by nobody while no worker runs, and the answer says so', async () => {
    const { body } = await call('POST', '/passes', { kind: 'preview' });
    const begun = performance.now();
    const paused = await call('POST', `/passes/${String(body['id'])}/pause`);
    expect(paused).toMatchObject({ status: 503, body: { type: 'urn:tallystick:problem:no-worker' } });
    expect(performance.now() - begun).toBeLessThan(20_000);
    await end(fullPassWorkflowId({ ...ref, kind: 'preview', pass: body['id'] as PassId }));
  }, 40_000);

  it('has a schedule with an interval or with times', async () => {
    const every = { everyMinutes: 90, jitterMinutes: 5 };
    expect((await call('PUT', '/pass-schedules/sample', every)).body).toMatchObject({ times: every, next: expect.any(Array) });
    const times = { cron: ['0 3 * * 6'], jitterMinutes: 0 };
    expect((await call('PUT', '/pass-schedules/sample', times)).body).toMatchObject({ times });
    expect((await call('GET', '/pass-schedules/sample')).body).toMatchObject({ kind: 'sample', times });
    expect((await call('PUT', '/pass-schedules/sample', { cron: ['99 3 * * 6'] })).status).toBe(422);
    expect((await call('DELETE', '/pass-schedules/sample')).status).toBe(204);
    expect((await call('GET', '/pass-schedules/sample')).status).toBe(404);
  }, 30_000);
});

describe('a user over a real engine', () => {
  const user = { ...ref, user: randomUUID().replaceAll('-', '') as UserHash };

  it('is woken and its new outcome answered', async () => {
    const sources = new RedisSourceRecordStore(redis, ring);
    await sources.put(user, 'e000000-01' as never, { kind: 'record', attributes: { username: 'ada' } });
    const store = new RedisReconciliationStore(redis, ring);
    const workflow = temporal.client.workflow.getHandle(reconcileUserWorkflowId(user));
    const answer = call('POST', `/users/${user.user}/reconcile`, undefined, { prefer: 'wait=20' });
    // In place of a worker: acts when the wake-up has arrived.
    await eventually(async () => (await workflow.describe().catch(() => undefined)) !== undefined, {
      withinMs: 10_000,
      what: 'the user is woken',
    });
    const { fence } = await store.begin(user);
    const outcome = { ...user, kind: 'in-sync', version: 'e000000-01', steps: [], findings: [], at: 1_800_000_000_000 };
    await store.finish(user, fence, outcome as never);
    expect(await answer).toMatchObject({ status: 200, body: { outcome: { kind: 'in-sync' } } });
    await end(reconcileUserWorkflowId(user));
  }, 30_000);

  it('is explained by nobody while no worker runs, and nothing of the question stays for long', async () => {
    const begun = performance.now();
    const answer = await call('GET', `/users/${user.user}/explain`);
    expect(answer).toMatchObject({ status: 503, body: { type: 'urn:tallystick:problem:inspection-unavailable' } });
    expect(performance.now() - begun).toBeLessThan(20_000);
    const prefix = inspectWorkflowId({ environment, id: '' } as unknown as InspectRequest);
    let found: { readonly raw: { readonly executionConfig?: unknown }; readonly workflowId: string } | undefined;
    await eventually(
      async () => {
        for await (const one of temporal.client.workflow.list({
          query: `Environment = '${environment}' AND WorkflowType = 'inspect'`,
        }))
          found = one as never;
        return found !== undefined;
      },
      { withinMs: 10_000, what: 'the list shows the inspection' },
    );
    expect(found!.workflowId.startsWith(prefix)).toBe(true);
    const described = await temporal.client.workflow.getHandle(found!.workflowId).describe();
    expect(Number(described.raw.executionConfig?.workflowExecutionTimeout?.seconds)).toBe(60);
    await end(found!.workflowId);
  }, 40_000);
});

describe('a source over a real store', () => {
  it('is shown, and raised by whom the state then names', async () => {
    expect((await call('GET', '/source')).body).toMatchObject({ epoch: 0, lag: [{ partition: 0, records: '7' }], parked: 0 });
    expect((await call('POST', '/source/epoch', { epoch: 0 })).body).toEqual({ epoch: 1 });
    expect((await call('GET', '/source')).body).toMatchObject({ epoch: 1, raised: { by: 'ada' } });
  });
});
