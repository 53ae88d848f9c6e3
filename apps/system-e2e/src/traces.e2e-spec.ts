import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { endpoints, freePort, uniqueName } from '@tallystick/platform-testing';
import { createFeed, type Feed } from './system/feed.ts';
import { ProvisioningClient } from './system/provisioning-client.ts';
import { SeenDirectory } from './system/seen-directory.ts';
import { ampleBudget, startSystem, type System } from './system/system.ts';
import { type SeenSpan, startTraceCollector, type TraceCollector } from './system/trace-collector.ts';
import { waitUntil } from './system/wait-until.ts';

// What somebody sees who follows one record: the real processes, a collector that takes what they send.
const root = resolve(import.meta.dirname, '../../..');
const environment = uniqueName('e2e').toLowerCase();
const topic = `${environment}.people`;
const person = { id: 'key-1', username: 'nobody-knows-me', mobile: '+447700900142', mail: 'nobody-knows-me@example.com' };
const traceId = '0af7651916cd43dd8448eb211c80319c';
const traceparent = `00-${traceId}-b7ad6b7169203331-01`;

let collector: TraceCollector;
let system: System;
let feed: Feed;
let metricsPort: number;

const ofTrace = (id: string): readonly SeenSpan[] => collector.spans.filter((span) => span.traceId === id);
const named = (spans: readonly SeenSpan[], name: string) => spans.find((span) => span.name === name);
/** From a span up to where its trace came into the system. */
function roadTo(span: SeenSpan): readonly string[] {
  const above = ofTrace(span.traceId).find(({ spanId }) => spanId === span.parentSpanId);
  return [...(above ? roadTo(above) : []), `${span.service}: ${span.name}`];
}

beforeAll(async () => {
  const { redis, kafka, temporal, oidc } = endpoints();
  collector = await startTraceCollector();
  metricsPort = await freePort();
  const traced = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url };
  system = await startSystem({
    root,
    folder: join(root, '.stack', 'test', 'traces'),
    servers: { redis, kafka: kafka.join(','), temporal, oidc },
    environment,
    halves: ['devices'],
    validators: 0,
    deviceLimit: 9,
    env: {
      'provisioning-service': traced,
      'temporal-worker': { ...traced, TEMPORAL_METRICS_PORT: String(metricsPort) },
    },
    connections: (propertiesFile) => [
      {
        environment,
        connection: 'hr',
        source: { topic, format: { kind: 'json' } },
        directory: { kind: 'pingid', properties: { file: propertiesFile } },
        defaultCountry: 'GB',
        mapping: {
          userName: { attribute: 'username' },
          email: { attribute: 'mail' },
          mfaEmail1: { attribute: 'mail' },
          mfaSms1: { attribute: 'mobile' },
          enabled: { attribute: 'enabled', default: 'true' },
        },
        options: { manageDevices: 'merge' },
        budget: ampleBudget,
      },
    ],
  });
  feed = createFeed(kafka.join(','));
}, 120_000);

afterAll(async () => {
  await feed?.close();
  await system?.stop();
  await collector?.close();
}, 60_000);

describe('one record', () => {
  it('is one trace from its topic through signal and activity to the calls of the provider', async () => {
    await feed.send(topic, [{ key: person.id, value: JSON.stringify(person), headers: { traceparent } }]);
    const directory = new SeenDirectory(system.url('directory-simulator'));
    await waitUntil('both devices', async () => (await directory.user(person.username))?.devices.length === 2);
    const call = await waitUntil('the span of a pairing', () =>
      Promise.resolve(named(ofTrace(traceId), 'POST /rest/4/offlinepairing/do')),
    );
    await waitUntil('the spans above it', () => Promise.resolve(roadTo(call).length === 4));
    expect(roadTo(call)).toEqual([
      'provisioning-service: process source record',
      'provisioning-service: signal reconcileUser',
      'temporal-worker: activity reconcile',
      'temporal-worker: POST /rest/4/offlinepairing/do',
    ]);
    expect(named(ofTrace(traceId), 'process source record')?.parentSpanId).toBe('b7ad6b7169203331');
    expect(call.attributes).toEqual({
      'http.request.method': 'POST',
      'http.response.status_code': expect.anything() as unknown,
      'server.address': '127.0.0.1',
      'server.port': expect.anything() as unknown,
      'url.template': '/rest/4/offlinepairing/do',
    });
    expect(named(ofTrace(traceId), 'process source record')?.attributes).toMatchObject({
      'messaging.destination.name': topic,
      'tallystick.environment': environment,
      'tallystick.connection': 'hr',
    });
  });

  it('says nothing of the person to the collector', () => {
    const { username, mobile, mail } = person;
    for (const text of [username, mobile, mobile.slice(1), mail]) expect(collector.text()).not.toContain(text);
  });
});

describe('a request', () => {
  it('goes on with the trace of its caller, gives it to the workflow, and its ids to the log', async () => {
    const client = await ProvisioningClient.as(system, 'hr', { account: 'operator', roles: ['operator'] });
    const asked = '1bf7651916cd43dd8448eb211c80319c';
    const answer = await client.raw(
      'POST',
      '/passes',
      { kind: 'preview', reason: 'to follow it' },
      { traceparent: `00-${asked}-b7ad6b7169203331-01` },
    );
    expect([200, 201, 202]).toContain(answer.status);
    const activity = await waitUntil('an activity of the pass', () =>
      Promise.resolve(named(ofTrace(asked), 'activity openPass')),
    );
    await waitUntil('the spans above it', () => Promise.resolve(roadTo(activity).length === 3));
    expect(roadTo(activity)).toEqual([
      'provisioning-service: POST /v1/environments/:environment/connections/:connection/passes',
      'provisioning-service: start fullPass',
      'temporal-worker: activity openPass',
    ]);
    const lines = readFileSync(system.logFile('provisioning-service'), 'utf8').split('\n');
    expect(lines.find((line) => line.includes('a pass was started'))).toContain(`"trace_id":"${asked}"`);
  });
});

describe("Temporal's SDK", () => {
  it('serves every metric of the catalogue that is said to be its own', async () => {
    const catalogue = JSON.parse(readFileSync(join(root, 'deploy', 'metrics.json'), 'utf8')) as {
      name: string;
      type: string;
      labels: string[];
    }[];
    const text = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
    // It appears with the first failure: see broken-determinism.int-spec.
    const fromTheBeginning = ({ name }: { name: string }) =>
      name.startsWith('temporal_') && name !== 'temporal_workflow_task_execution_failed_total';
    for (const { name, type, labels } of catalogue.filter(fromTheBeginning)) {
      expect(text).toContain(`# TYPE ${name} ${type}`);
      const samples = [...text.matchAll(new RegExp(`^${name}(?:_bucket)?\\{(.*)\\} `, 'gm'))].map(([, sample = '']) => sample);
      const has = new Set(samples.flatMap((sample) => [...sample.matchAll(/(\w+)="/g)].map(([, label]) => label)));
      expect([name, [...has].filter((label) => label !== 'le').sort()]).toEqual([name, [...labels].sort()]);
    }
  });
});
