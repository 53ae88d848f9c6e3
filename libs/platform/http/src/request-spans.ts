import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { isTracing, type ManualSpan, openSpan } from '@tallystick/platform-observability';

/** Asked every few seconds by machines that look after the process. */
const unseen = /^\/(?:health\/|metrics$|docs(?:\/|$)|openapi\.json$)/;

export interface SeenRequest {
  readonly method: string;
  /** The pattern, never the path: ids of people stand in paths. */
  readonly route: string;
  readonly requestId: string;
  readonly headers: IncomingHttpHeaders;
  /** Milliseconds since 1970; now, unless told. */
  readonly startedAt?: number;
  /** `isWorthASpan` has said so. */
  readonly worth?: true;
}

/** In the trace of the caller, if it sends one; a caller is somebody with a token, or gets an answer that cost little. */
export function requestSpan({ method, route, requestId, headers, startedAt, worth }: SeenRequest): ManualSpan {
  const { traceparent } = headers;
  return openSpan(`${method} ${route}`, {
    kind: 'server',
    parent: typeof traceparent === 'string' ? traceparent : 'none',
    attributes: { 'http.request.method': method, 'http.route': route, 'tallystick.request_id': requestId },
    ...(startedAt === undefined ? {} : { startedAt }),
    ...(worth && { worth }),
  });
}

export function endRequestSpan(span: ManualSpan, status: number): void {
  span.set({ 'http.response.status_code': status });
  if (status >= 500) span.failed(String(status));
  span.end();
}

/** A span for each request that a route was found for. Where there is no tracing nothing is hooked in. */
export function addRequestSpans(fastify: FastifyInstance): void {
  if (!isTracing()) return;
  const spans = new WeakMap<FastifyRequest, ManualSpan>();
  fastify.addHook('onRequest', (request, _reply, done) => {
    const { method, id, headers } = request;
    const route = request.routeOptions.url;
    if (request.is404 || route === undefined || unseen.test(route)) return done();
    const span = requestSpan({ method, route, requestId: id, headers });
    spans.set(request, span);
    span.run(done);
  });
  // A body comes by an event of the connection, which knows nothing of the span.
  fastify.addHook('preValidation', (request, _reply, done) => {
    const span = spans.get(request);
    if (span) span.run(done);
    else done();
  });
  fastify.addHook('onResponse', (request, reply, done) => {
    const span = spans.get(request);
    if (span) endRequestSpan(span, reply.statusCode);
    done();
  });
}
