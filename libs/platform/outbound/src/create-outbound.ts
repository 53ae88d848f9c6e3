import { setTimeout as pause } from 'node:timers/promises';
import { currentTraceParent, inSpan, type OpenSpan, type SpanAttributes } from '@tallystick/platform-observability';
import { Pool } from 'undici';
import { type Destination, destinationOf, lookupElsewhere } from './allowed-destinations.ts';
import type { NoAnswer, Outbound, OutboundAnswer, OutboundOptions, OutboundRequest } from './outbound.ts';
import { retryAfterMsOf } from './retry-after.ts';
import { whyNoAnswer } from './why-no-answer.ts';

const oneMebibyte = 1_048_576;

/**
 * How long a *read* that got no answer waits before it is sent once more; a fault that is not named here is not repeated, and neither is any
 * answer. A time-out has used the deadline up, a 429 or 5xx is for those who keep the budget, and the rest does not heal by itself.
 */
const repeatAfterMs: Partial<Record<NoAnswer, number>> = {
  broken: 0, // most often a kept connection that the other side closed in the same moment
  'not-reachable': 100,
};

/**
 * A client with kept connections to a few named hosts, apart from everybody else's: one that hangs takes no connection from another.
 * Built on undici's pools, because Node's own client has no time-out for connecting and none between the parts of a body.
 */
export function createOutbound(options: OutboundOptions): Outbound {
  const pools = new Map<string, Pool>();
  const poolOf = (origin: string, destination: Destination): Pool => {
    const kept = pools.get(origin);
    if (kept) return kept;
    const pool = new Pool(origin, poolOptions(options, destination));
    pools.set(origin, pool);
    return pool;
  };

  async function sendOnce(
    { method, headers = {}, body, wanted }: OutboundRequest,
    url: URL,
    deadline: AbortSignal,
  ): Promise<OutboundAnswer> {
    const destination = destinationOf(url, options);
    if (destination === 'not-allowed') return none('not-allowed');
    if (deadline.aborted) return none('timed-out');
    const parent = options.traceHosts?.includes(url.host) ? currentTraceParent() : undefined;
    try {
      const answer = await poolOf(url.origin, destination).request({
        method,
        path: url.pathname + url.search,
        headers: parent === undefined ? { ...headers } : { ...headers, traceparent: parent },
        body: body ?? null,
        signal: deadline,
      });
      const retryAfterMs = retryAfterMsOf(first(answer.headers['retry-after']), first(answer.headers['date']), options.now());
      const text = await answer.body.text();
      return {
        ...{ kind: 'answer', status: answer.statusCode, text },
        ...(retryAfterMs !== undefined && { retryAfterMs }),
        ...(wanted && { headers: only(wanted, answer.headers) }),
      };
    } catch (thrown) {
      return none(whyNoAnswer(thrown, deadline));
    }
  }

  const sendInSpan = (request: OutboundRequest, url: URL, deadline: AbortSignal): Promise<OutboundAnswer> =>
    inSpan(nameOf(request), { kind: 'client', attributes: spanOf(request, url) }, async (span) => {
      const answer = await sendOnce(request, url, deadline);
      tell(span, answer);
      return answer;
    });

  let isClosed = false;
  return {
    async send(request, deadline) {
      if (isClosed) return none('broken');
      const url = URL.canParse(request.url) ? new URL(request.url) : undefined;
      if (!url) return none('not-allowed');
      const answer = await sendInSpan(request, url, deadline);
      const waitMs = request.read && answer.kind === 'none' ? repeatAfterMs[answer.because] : undefined;
      if (waitMs === undefined || isClosed) return answer;
      const waited = await pause(waitMs, true, { signal: deadline, ref: false }).catch(() => false);
      return waited && !isClosed ? sendInSpan(request, url, deadline) : answer;
    },
    async close() {
      isClosed = true;
      await Promise.all([...pools.values()].map((pool) => pool.destroy()));
      pools.clear();
    },
  };
}

const nameOf = ({ method, template }: OutboundRequest): string => (template === undefined ? method : `${method} ${template}`);

/** Nothing of the path and the query: the names of people stand there. */
const spanOf = ({ method, template }: OutboundRequest, { hostname, port, protocol }: URL): SpanAttributes => ({
  'http.request.method': method,
  'server.address': hostname,
  'server.port': Number(port || (protocol === 'http:' ? 80 : 443)),
  'url.template': template,
});

function tell(span: OpenSpan, answer: OutboundAnswer): void {
  if (answer.kind === 'none') {
    span.set({ 'tallystick.no_answer': answer.because });
    return span.failed(answer.because);
  }
  span.set({ 'http.response.status_code': answer.status });
  if (answer.status >= 400) span.failed(String(answer.status));
}

const none = (because: NoAnswer): OutboundAnswer => ({ kind: 'none', because });

const first = (header: string | string[] | undefined): string | undefined => (Array.isArray(header) ? header[0] : header);

const only = (
  wanted: readonly string[],
  headers: Readonly<Record<string, string | string[] | undefined>>,
): Readonly<Record<string, string>> =>
  Object.fromEntries(
    wanted.flatMap((name) => {
      const value = headers[name];
      return value === undefined ? [] : [[name, Array.isArray(value) ? value.join('\n') : value]];
    }),
  );

function poolOptions(options: OutboundOptions, destination: Destination): Pool.Options {
  const { connections = 8, connectTimeoutMs = 3_000, headersTimeoutMs = 30_000, bodyTimeoutMs = 5_000, authorities } = options;
  return {
    connections,
    pipelining: 1, // a hanging answer holds nobody else's back
    keepAliveMaxTimeout: 10_000, // servers offer more: an idle connection that a time-out left behind would keep theirs from stopping
    headersTimeout: headersTimeoutMs,
    bodyTimeout: bodyTimeoutMs,
    maxResponseSize: options.mostBytes ?? oneMebibyte,
    connect: {
      timeout: connectTimeoutMs,
      ...(destination === 'safe' && { lookup: lookupElsewhere }),
      ...(authorities !== undefined && { ca: authorities }),
    },
  };
}
