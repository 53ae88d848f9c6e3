import { AsyncLocalStorage } from 'node:async_hooks';
import { type Context, createContextKey, isSpanContextValid, ROOT_CONTEXT, type Span, type SpanContext, SpanKind, SpanStatusCode, trace, TraceFlags, type Tracer } from '@opentelemetry/api'; // prettier-ignore
import { allowedAttributes, type SpanAttributes } from './span-attributes.ts';

/** W3C's `traceparent`: `00-<trace id>-<span id>-<flags>`. */
export type TraceParent = string;

export interface SpanOptions {
  readonly kind: 'server' | 'client' | 'producer' | 'consumer' | 'internal';
  readonly attributes?: SpanAttributes;
  /** From elsewhere. What is no `traceparent` begins a trace of its own (`none`, by custom). Left out: the span that is open here, else a new trace. */
  readonly parent?: TraceParent | undefined;
  /** Others that it goes back to; those that are no `traceparent` are dropped. */
  readonly links?: readonly TraceParent[];
  /** Milliseconds since 1970, where the work began before. */
  readonly startedAt?: number;
  /** {@link isWorthASpan} has said so: it is not asked again whether a trace that begins here is kept. */
  readonly worth?: true;
  /**
   * It is one task among very many that one cause brings about: who is woken by it begins a trace of its own, which is linked, or the trace of
   * a pass would be that of a million users.
   */
  readonly fansOut?: boolean;
}

/** What can be said of an open span; nothing while there is no tracing. */
export interface OpenSpan {
  readonly set: (attributes: SpanAttributes) => void;
  /** `type`: a name from a closed list, or of an error's class. */
  readonly failed: (type: string) => void;
}
/** Of a span that does not end with a function. */
export interface ManualSpan extends OpenSpan {
  /** Calls it with the span open. */
  readonly run: <T>(act: () => T) => T;
  readonly end: () => void;
}

interface Here {
  readonly context: Context;
  readonly span: SpanContext;
  readonly fansOut: boolean;
}

const kinds = {
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
  internal: SpanKind.INTERNAL,
} as const;

// One for the process, as there is one exporter. Handed through every constructor it would be in each signature between a record and a call.
let tracer: Tracer | undefined;
let keptShare = 0;
const here = new AsyncLocalStorage<Here>();

/** Called by `startTracing`; undefined: no spans from now on. `share`: of the traces that begin here, how many are kept. */
export function traceWith(next: Tracer | undefined, share = 0): void {
  tracer = next;
  keptShare = share;
}

/** Set in the context of a trace that begins here and is kept. */
export const worthKey = createContextKey('tallystick.worth');

/**
 * For who is asked so often that a span that is thrown away costs too much: whether one would be kept, in the trace of the caller or in one that
 * begins here. With a no nothing is made, and nothing can be handed on.
 */
export function isWorthASpan(parent: unknown): boolean {
  if (tracer === undefined) return false;
  return typeof parent === 'string' ? parent.endsWith('1') : Math.random() < keptShare;
}

/** Whether spans are made in this process: what costs something to prepare is left out otherwise. */
export const isTracing = (): boolean => tracer !== undefined;

/** The span that is open here, to be handed on. Undefined while there is none. */
export function currentTraceParent(): TraceParent | undefined {
  const found = here.getStore();
  return found && textOf(found.span);
}

/** For log lines: the ids of the span that is open here. */
export function currentTraceIds(): { readonly trace_id: string; readonly span_id: string } | undefined {
  if (tracer === undefined) return undefined;
  const span = here.getStore()?.span;
  return span && { trace_id: span.traceId, span_id: span.spanId };
}

/** Whether what is woken from here begins a trace of its own. */
export const fansOutHere = (): boolean => here.getStore()?.fansOut ?? false;

/** A span for as long as `act` takes; a promise is waited for. What it throws is told by its name only. */
export function inSpan<T>(name: string, options: SpanOptions, act: (span: OpenSpan) => T): T {
  if (tracer === undefined) return act(noSpan);
  const span = openSpan(name, options);
  const fail = (error: unknown): never => {
    span.failed(typeOf(error));
    span.end();
    throw error;
  };
  let result: T;
  try {
    result = span.run(() => act(span));
  } catch (error) {
    return fail(error);
  }
  if (!isPromise(result)) {
    span.end();
    return result;
  }
  return result.then((value: unknown) => {
    span.end();
    return value;
  }, fail) as T;
}

/** A span that the caller ends. */
export function openSpan(name: string, options: SpanOptions): ManualSpan {
  if (tracer === undefined) return noSpan;
  const { kind, attributes, parent, links, startedAt, worth, fansOut = false } = options;
  const told = parent === undefined ? (here.getStore()?.context ?? ROOT_CONTEXT) : contextOf(parent);
  const above = worth ? told.setValue(worthKey, true) : told;
  const linked = links?.flatMap((text) => {
    const context = readTraceParent(text);
    return context ? [{ context }] : [];
  });
  const span = tracer.startSpan(
    name,
    {
      kind: kinds[kind],
      attributes: attributes ? allowedAttributes(attributes) : {},
      ...(linked?.length ? { links: linked } : {}),
      ...(startedAt === undefined ? {} : { startTime: startedAt }),
    },
    above,
  );
  return manual(span, { context: trace.setSpan(above, span), span: span.spanContext(), fansOut });
}

const manual = (span: Span, store: Here): ManualSpan => ({
  run: (act) => here.run(store, act),
  set: (attributes) => void span.setAttributes(allowedAttributes(attributes)),
  failed: (type) => {
    span.setAttributes(allowedAttributes({ 'error.type': type }));
    span.setStatus({ code: SpanStatusCode.ERROR });
  },
  end: () => span.end(),
});

const noSpan: ManualSpan = { run: (act) => act(), set: () => undefined, failed: () => undefined, end: () => undefined };

const contextOf = (parent: TraceParent): Context => {
  const remote = readTraceParent(parent);
  return remote ? trace.setSpanContext(ROOT_CONTEXT, remote) : ROOT_CONTEXT;
};

const form = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

/** Undefined for what is none. */
function readTraceParent(text: TraceParent): SpanContext | undefined {
  const [, traceId, spanId, flags] = form.exec(text) ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  const context = { traceId, spanId, traceFlags: parseInt(flags, 16) & TraceFlags.SAMPLED, isRemote: true };
  return isSpanContextValid(context) ? context : undefined;
}

const textOf = ({ traceId, spanId, traceFlags }: SpanContext): TraceParent =>
  `00-${traceId}-${spanId}-0${traceFlags & TraceFlags.SAMPLED}`;

const isPromise = (value: unknown): value is Promise<unknown> =>
  typeof (value as { then?: unknown } | undefined)?.then === 'function';

/** Temporal's failures have a type of ours; an error of anything else is known by its class. */
function typeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  const { type } = error as { type?: unknown };
  const name = typeof type === 'string' ? type : error.name;
  return /^[A-Za-z][\w-]{0,63}$/.test(name) ? name : 'Error';
}
