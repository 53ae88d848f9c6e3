import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { isWorthASpan, type Logger } from '@tallystick/platform-observability';
import { authorise, type Principal, type RouteAccess } from './access.ts';
import { accessOfRoute, knownCaller } from './access.hook.ts';
import type { CertificateCallers } from './certificate-callers.ts';
import { problemContentType, problemOf } from './problem.ts';
import type { DurationSeries } from './request-durations.ts';
import type { RequestsUnderWay } from './request-limit.ts';
import { endRequestSpan, requestSpan } from './request-spans.ts';
import type { TokenVerifier } from './token-verifier.ts';

/** One POST route under `:environment` that is asked so often that the framework would cost more than the answer. */
export type FastRoute = {
  /** As it is registered on the server as well: from there come its roles, and there everything unusual is answered. */
  readonly path: `${string}/:environment/${string}`;
  /**
   * Answers a request whose caller may use the route. `body` is parsed JSON of any form. False: not answered, nothing done, and the
   * request goes through the framework from its start.
   */
  readonly answer: (call: FastCall, body: unknown) => boolean;
};

/** One request that came by the fast road. */
export type FastCall = {
  /** Letters, digits, `-` and `_`; anything else does not come this way. */
  readonly environment: string;
  readonly principal: Principal;
  readonly requestId: string;
  /** Writes the whole answer, with the headers that every answer has. Once, now or later. */
  readonly send: (status: number, contentType: string, body: string, headers?: Readonly<Record<string, string>>) => void;
};

export type FastRouteNeeds = {
  readonly auth: Pick<TokenVerifier, 'cached'>;
  readonly certificates?: CertificateCallers | undefined;
  /** What every answer says. */
  readonly always: Readonly<Record<string, string>>;
  readonly logger: Logger;
  readonly isDraining: () => boolean;
  /** Without room for one more, a request goes to the framework, which answers that. */
  readonly underWay: RequestsUnderWay;
  /** Bytes. */
  readonly bodyLimit: number;
  readonly durations: ((status: number) => DurationSeries) | undefined;
};

const jsonTypes: ReadonlySet<string | undefined> = new Set(['application/json', 'application/json; charset=utf-8']);
const plainName = /^[A-Za-z0-9_-]{1,256}$/;
const requestIdForm = /^[A-Za-z0-9._-]{1,64}$/;

/** The caller's request id if it is harmless, else a new one. */
export const requestIdOf = ({ headers }: Pick<IncomingMessage, 'headers'>): string => {
  const given = headers['x-request-id'];
  return typeof given === 'string' && requestIdForm.test(given) ? given : randomUUID();
};

/**
 * Lets the plainest requests of a route past the framework: an exact path, JSON of a known length within the limit, a caller whose token
 * was verified before and who has the role. Whatever is otherwise in any way goes to the server as if this were not there, so that this
 * road decides nothing that the framework would decide differently: it never refuses anybody.
 */
export function addFastRoute(fastify: FastifyInstance, route: FastRoute, needs: FastRouteNeeds): void {
  const { server } = fastify;
  const [usual, ...others] = server.listeners('request') as ((request: IncomingMessage, response: ServerResponse) => void)[];
  if (!usual || others.length > 0) throw new TypeError('the server has not one listener for requests');
  const always = Object.entries(needs.always).flat();
  const isOpen = (): boolean => server.listening && !needs.isDraining() && !needs.underWay.isFull();
  const admit = admission(fastify, route.path, needs, isOpen);
  server.removeListener('request', usual);
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const admitted = admit(request);
    if (!admitted) return usual(request, response);
    const { environment, principal, length } = admitted;
    const startedAt = performance.now();
    let received: Buffer | undefined;
    const read = (chunk: Buffer): void => {
      received = received === undefined ? chunk : Buffer.concat([received, chunk]);
      if (received.length < length) return; // the server itself ends what comes too slowly, and sees to it that no more comes
      if (needs.underWay.isFull(principal.subject)) return handOver(request, response, received);
      needs.underWay.count(response, principal.subject); // not before: bodies that do not come take no places
      const requestId = requestIdOf(request);
      const send: FastCall['send'] = (status, contentType, body, headers) => {
        response.writeHead(status, headersOf(requestId, contentType, body, always, headers));
        response.end(body);
        const ms = performance.now() - startedAt;
        needs.durations?.(status).observe(ms / 1_000);
        if (!isWorthASpan(request.headers['traceparent'])) return;
        const seen = {
          method: 'POST',
          route: route.path,
          requestId,
          headers: request.headers,
          startedAt: Date.now() - ms,
          worth: true,
        } as const;
        endRequestSpan(requestSpan(seen), status);
      };
      try {
        const body = plainJson(received);
        if (body !== undefined && route.answer({ environment, principal, requestId, send }, body)) return;
      } catch (error) {
        needs.logger.error({ requestId, method: 'POST', route: route.path, status: 500, err: error }, 'a request failed');
        const problem = JSON.stringify(problemOf(undefined, `urn:tallystick:request:${requestId}`));
        if (!response.headersSent) send(500, problemContentType, problem);
        return;
      }
      handOver(request, response, received);
    };
    /** The body is put back, all of it, before the end of it was told to anybody. */
    const handOver = (request: IncomingMessage, response: ServerResponse, body: Buffer): void => {
      request.removeListener('data', read);
      needs.underWay.discount(response);
      request.pause();
      request.unshift(body);
      response.once('finish', () => request.resume()); // an answer that did not want the body must not hold up the connection
      usual(request, response);
    };
    request.on('data', read);
  });
}

type Admitted = { readonly environment: string; readonly principal: Principal; readonly length: number };

/** Undefined: not by this road. */
function admission(
  fastify: FastifyInstance,
  path: string,
  { auth, certificates, bodyLimit }: FastRouteNeeds,
  isOpen: () => boolean,
): (request: IncomingMessage) => Admitted | undefined {
  const [before = '', after = ''] = path.split(':environment');
  let access: RouteAccess | 'closed' | undefined; // a server that listens takes no more routes
  const gate = { verifier: auth, certificates };
  return (request) => {
    const { method, url = '', headers } = request;
    if (method !== 'POST' || !url.startsWith(before) || !url.endsWith(after) || !isOpen()) return undefined;
    const length = Number(headers['content-length']);
    if (!(length > 0 && length <= bodyLimit) || !jsonTypes.has(headers['content-type'])) return undefined;
    const environment = url.slice(before.length, -after.length);
    if (!plainName.test(environment)) return undefined;
    access ??= accessOfRoute(fastify, 'POST', path);
    if (access === undefined || access === 'closed' || access.kind !== 'roles') return undefined;
    const principal = knownCaller(gate, request);
    if (!principal || principal === 'refused' || authorise(principal, environment, access.anyOf) !== 'allowed') return undefined;
    return { environment, principal, length };
  };
}

/**
 * The body, if it is JSON that needs no second look. Undefined where a parser that is wary of poisoned prototypes might say otherwise,
 * or where bytes are no UTF-8.
 */
function plainJson(bytes: Buffer): unknown {
  const text = bytes.toString('utf8');
  if (text.includes('\ufffd')) return undefined;
  if (text.includes('proto') || text.includes('\\')) return undefined; // `__proto__`, `constructor.prototype`, and both in escapes
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // the framework says what is wrong
  }
}

function headersOf(
  requestId: string,
  contentType: string,
  body: string,
  always: readonly string[],
  more: Readonly<Record<string, string>> | undefined,
): string[] {
  const headers = [
    'x-request-id',
    requestId,
    'content-type',
    contentType,
    'content-length',
    String(Buffer.byteLength(body)),
    ...always,
  ];
  for (const name in more) headers.push(name, more[name]!);
  return headers;
}

/** What every answer of every service says. */
export const everyAnswer = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
} as const;

/** Over TLS: browsers ask this host in no other way for two years. */
export const overTls = { 'strict-transport-security': 'max-age=63072000' } as const;
