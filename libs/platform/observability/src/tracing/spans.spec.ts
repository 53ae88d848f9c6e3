import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { InMemorySpanExporter } from '@opentelemetry/sdk-trace';
import { createLogger, currentTraceParent, inSpan, isTracing, isWorthASpan, openSpan, startTracing } from '../index.ts';

const remote = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const refused = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00';

describe('without a collector', () => {
  it('nothing is traced, nothing is loaded, and what is in a span is done all the same', async () => {
    await (
      await startTracing({ service: 'test', variables: {} })
    )();
    expect(isTracing()).toBe(false);
    expect(inSpan('a', { kind: 'internal' }, () => currentTraceParent() ?? 'none')).toBe('none');
    await expect(inSpan('a', { kind: 'internal' }, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    openSpan('a', { kind: 'internal' }).end();
  });
});

describe('a span', () => {
  const exporter = new InMemorySpanExporter();
  let stop: () => Promise<void>;
  beforeAll(async () => (stop = await startTracing({ service: 'test', variables: {}, exporter })));
  afterAll(() => stop());
  beforeEach(() => exporter.reset());
  /** What was exported, once the batch has gone out. */
  const spans = async (count: number) => {
    while (exporter.getFinishedSpans().length < count) await new Promise((resolve) => setTimeout(resolve, 20));
    return exporter.getFinishedSpans();
  };

  it('keeps the attributes of the list only, and of an error its name', async () => {
    const attributes = { 'http.route': '/v1/:user', 'user.name': 'anna', phone: '+491701234567', 'url.path': '/v1/anna' };
    await expect(
      inSpan('GET', { kind: 'server', attributes }, (span) => {
        span.set({ ...attributes, 'server.address': 'x'.repeat(500) });
        return Promise.reject(Object.assign(new TypeError('anna is not there'), { username: 'anna' }));
      }),
    ).rejects.toThrow('anna');
    const [span] = await spans(1);
    expect(span?.attributes).toEqual({ 'http.route': '/v1/:user', 'error.type': 'TypeError' });
    expect(span?.events).toEqual([]);
    expect(span?.status).toEqual({ code: 2 });
    expect(JSON.stringify([span?.name, span?.attributes, span?.status])).not.toContain('anna');
  });

  it('goes on with the trace that it is told, links others, and drops what is no trace', async () => {
    inSpan('outer', { kind: 'server', parent: remote, links: ['nonsense', refused] }, () =>
      inSpan('inner', { kind: 'client' }, () => undefined),
    );
    inSpan('alone', { kind: 'server', parent: '00-00000000000000000000000000000000-b7ad6b7169203331-01' }, () => undefined);
    const [inner, outer, alone] = await spans(3);
    expect(outer?.parentSpanContext?.spanId).toBe('b7ad6b7169203331');
    expect(outer?.links).toHaveLength(1);
    expect(inner?.parentSpanContext?.spanId).toBe(outer?.spanContext().spanId);
    expect(inner?.spanContext().traceId).toBe('0af7651916cd43dd8448eb211c80319c');
    expect(alone?.spanContext().traceId).not.toMatch(/^0+$|^0af765/);
    expect(alone?.parentSpanContext).toBeUndefined();
  });

  it('of a trace that is not kept is handed on as such, and not exported', async () => {
    const told = inSpan('unkept', { kind: 'server', parent: refused }, () => currentTraceParent());
    inSpan('kept', { kind: 'server', parent: remote }, () => undefined);
    expect(told).toMatch(/^00-0af7651916cd43dd8448eb211c80319c-[0-9a-f]{16}-00$/);
    expect((await spans(1)).map(({ name }) => name)).toEqual(['kept']);
  });

  it('gives its ids to the lines that are logged in it, and to no other', async () => {
    const lines: string[] = [];
    const logger = createLogger({ service: 'test', destination: { write: (line: string) => void lines.push(line) } });
    await inSpan('work', { kind: 'internal', parent: remote }, async () => {
      await Promise.resolve();
      logger.info({ environment: 'acme' }, 'inside');
    });
    logger.info('outside');
    const [span] = await spans(1);
    const [inside, outside] = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    const { traceId, spanId } = span!.spanContext();
    expect(inside).toMatchObject({ trace_id: traceId, span_id: spanId, environment: 'acme' });
    expect(outside).not.toHaveProperty('trace_id');
  });

  it('is made in the trace of a caller that keeps it, and in no other; of those that begin here by their share', async () => {
    expect([remote, refused, undefined].map(isWorthASpan)).toEqual([true, false, true]);
    await stop();
    expect([remote, undefined].map(isWorthASpan)).toEqual([false, false]);
    const none = new InMemorySpanExporter();
    stop = await startTracing({ service: 'test', variables: { OTEL_TRACES_SAMPLER_ARG: 0 }, exporter: none });
    expect([remote, undefined].map(isWorthASpan)).toEqual([true, false]);
    inSpan('unkept', { kind: 'server' }, () => undefined);
    inSpan('kept', { kind: 'server', worth: true }, () => undefined);
    while (none.getFinishedSpans().length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(none.getFinishedSpans().map(({ name }) => name)).toEqual(['kept']);
  });
});
