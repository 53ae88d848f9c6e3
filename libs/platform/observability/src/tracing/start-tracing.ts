import { randomUUID } from 'node:crypto';
import type { Sampler, SpanExporter } from '@opentelemetry/sdk-trace';
import { z } from 'zod';
import { traceWith, worthKey } from './spans.ts';

const ratio = 'expected a share from 0 to 1, for example 0.05';

/** Entries of a service's configuration schema. What else the standard says of OTLP's exporter (headers, time-outs, certificates) is read by it. */
export const tracingVariables = {
  OTEL_EXPORTER_OTLP_ENDPOINT: z
    .url({ protocol: /^https?$/, error: 'expected a URL that starts with http:// or https://' })
    .optional()
    .describe('OpenTelemetry collector that takes spans by OTLP over HTTP, without /v1/traces. Default: none, and no tracing'),
  OTEL_TRACES_SAMPLER_ARG: z
    .string()
    .regex(/^(?:0(?:\.\d+)?|1(?:\.0+)?)$/, { error: ratio })
    .transform(Number)
    .optional()
    .describe('Share of the traces that begin here and are kept; whoever was kept before is kept on. Default: 1'),
};
export type TracingVariables = {
  readonly OTEL_EXPORTER_OTLP_ENDPOINT?: string | undefined;
  readonly OTEL_TRACES_SAMPLER_ARG?: number | undefined;
};

export interface TracingOptions {
  readonly service: string;
  readonly variables: TracingVariables;
  /** In place of OTLP: a test's. Switches tracing on by itself. */
  readonly exporter?: SpanExporter;
}

/** How long the end of a process waits for a collector. */
const flushWithinMs = 3_000;

/**
 * Switches tracing on where a collector is set; nothing of OpenTelemetry's SDK is loaded otherwise. Call it before anything is connected, since
 * clients look once whether there is tracing. Spans wait in a bounded queue and are dropped beyond it: nothing waits for a collector.
 * @returns what sends the rest at the end of the process; never rejects, and takes three seconds at most.
 */
export async function startTracing({ service, variables, exporter }: TracingOptions): Promise<() => Promise<void>> {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_TRACES_SAMPLER_ARG: share = 1 } = variables;
  if (endpoint === undefined && exporter === undefined) return () => Promise.resolve();
  const [
    { AlwaysOnSampler, BatchSpanProcessor, ParentBasedSampler, TraceIdRatioBasedSampler, TracerProvider },
    { resourceFromAttributes },
    otlp,
  ] = await Promise.all([
    import('@opentelemetry/sdk-trace'),
    import('@opentelemetry/resources'),
    exporter === undefined ? import('@opentelemetry/exporter-trace-otlp-http') : undefined,
  ]);
  const sink = exporter ?? new otlp!.OTLPTraceExporter({ url: `${(endpoint ?? '').replace(/\/+$/, '')}/v1/traces` });
  const [always, some] = [new AlwaysOnSampler(), new TraceIdRatioBasedSampler(share)];
  const root: Sampler = {
    shouldSample: (context, traceId) =>
      context.getValue(worthKey) === true ? always.shouldSample() : some.shouldSample(context, traceId),
    toString: () => `kept share ${share}`,
  };
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': service, 'service.instance.id': randomUUID() }),
    sampler: new ParentBasedSampler({ root }),
    spanLimits: { attributeValueLengthLimit: 256, linkCountLimit: 32 },
    spanProcessors: [new BatchSpanProcessor({ exporter: sink, scheduledDelayMillis: 1_000, exportTimeoutMillis: flushWithinMs })],
  });
  traceWith(provider.getTracer('tallystick'), share);
  return async () => {
    traceWith(undefined);
    let timer: NodeJS.Timeout | undefined;
    const over = new Promise<void>((resolve) => (timer = setTimeout(resolve, flushWithinMs)));
    await Promise.race([provider.shutdown().catch(() => undefined), over]);
    clearTimeout(timer);
  };
}
