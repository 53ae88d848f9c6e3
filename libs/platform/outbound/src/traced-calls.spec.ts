import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { instant } from '@tallystick/kernel-core';
import { inSpan, startTracing } from '@tallystick/platform-observability';
import { InMemorySpanExporter } from '@opentelemetry/sdk-trace';
import { createOutbound } from './index.ts';

const exporter = new InMemorySpanExporter();
const seen: IncomingHttpHeaders[] = [];
const server = createServer((request, response) => {
  seen.push(request.headers);
  response.writeHead(404).end('{}');
});
let stop: () => Promise<void>;
let host: string;

beforeAll(async () => {
  stop = await startTracing({ service: 'test', variables: {}, exporter });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  await stop();
  server.close();
});

/** Calls within a span and gives the calls' spans. */
async function call(traceHosts: readonly string[]) {
  const outbound = createOutbound({ hosts: [], insecureHosts: [host], traceHosts, now: () => instant(0) });
  const url = `http://${host}/users/anna.smith?filter=anna`;
  const request = { method: 'GET', url, template: '/users/{user}', read: true } as const;
  await inSpan('work', { kind: 'internal' }, () => outbound.send(request, AbortSignal.timeout(5_000)));
  await outbound.close();
}

describe('a call of another', () => {
  it('tells the collector its pattern and its outcome, and no name; and tells the other nothing of the trace', async () => {
    await call([]);
    while (exporter.getFinishedSpans().length < 2) await new Promise((resolve) => setTimeout(resolve, 20));
    const [span, work] = exporter.getFinishedSpans();
    expect(span?.name).toBe('GET /users/{user}');
    expect(span?.parentSpanContext?.spanId).toBe(work?.spanContext().spanId);
    expect(span?.attributes).toEqual({
      'http.request.method': 'GET',
      'server.address': '127.0.0.1',
      'server.port': Number(host.split(':')[1]),
      'url.template': '/users/{user}',
      'http.response.status_code': 404,
      'error.type': '404',
    });
    expect(seen.at(-1)).not.toHaveProperty('traceparent');
  });

  it('tells those that are named of the trace', async () => {
    await call([host]);
    expect(seen.at(-1)?.['traceparent']).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  });
});
