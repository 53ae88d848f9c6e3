import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { ProblemException } from './problem.ts';

/** How many requests are under way, whichever way they came: from when all of a request is there and its caller is known, until it is answered. */
export type RequestsUnderWay = {
  /** There is no room for one more; with a subject: for one more of theirs. */
  readonly isFull: (subject?: string) => boolean;
  /**
   * Counts a request until its answer is written, or its connection ends before: who hangs up takes no place for ever. One whose connection has
   * ended already is not counted.
   */
  readonly count: (response: ServerResponse, subject: string) => void;
  /** Takes a count back: the request is counted elsewhere. */
  readonly discount: (response: ServerResponse) => void;
  /** Its answer is made. Who does not read what comes before it on their connection takes no place with it. */
  readonly answered: (response: ServerResponse) => void;
};

/** How much one caller may hold. */
const shareOfOne = 0.75;

/** @param max requests; left out: there is always room. Nobody has more than three quarters of them, so that one caller never shuts out all others. */
export function requestsUnderWay(max = Infinity): RequestsUnderWay {
  const mostOfOne = Math.ceil(max * shareOfOne);
  let underWay = 0;
  const bySubject = new Map<string, Held>();
  const counted = new WeakMap<ServerResponse, Held>();
  /** The responses of a connection that wait behind others. */
  const lines = new WeakMap<Socket, Set<ServerResponse>>();

  function end(response: ServerResponse): void {
    const held = counted.get(response);
    if (!held) return;
    counted.delete(response);
    lines.get(response.req.socket)?.delete(response);
    underWay--;
    if (--held.requests === 0) bySubject.delete(held.subject);
  }
  const onClose = function (this: ServerResponse): void {
    end(this);
  };

  /** A response that never had its turn tells nothing when its connection ends, so the connection is listened to: once, however many there are. */
  function lineOf(socket: Socket): Set<ServerResponse> {
    const known = lines.get(socket);
    if (known) return known;
    const line = new Set<ServerResponse>();
    lines.set(socket, line);
    socket.once('close', () => line.forEach(end));
    return line;
  }

  const discount = (response: ServerResponse): void => {
    response.removeListener('close', onClose);
    end(response);
  };

  return {
    isFull: (subject) => underWay >= max || (subject !== undefined && (bySubject.get(subject)?.requests ?? 0) >= mostOfOne),
    count: (response, subject) => {
      const socket = response.socket ?? response.req.socket;
      if (socket.destroyed) return; // nothing would ever tell that it is over
      let held = bySubject.get(subject);
      if (!held) bySubject.set(subject, (held = { subject, requests: 0 }));
      held.requests++;
      underWay++;
      counted.set(response, held);
      response.once('close', onClose);
      if (!response.socket) lineOf(socket).add(response);
    },
    discount,
    answered: (response) => {
      if (lines.get(response.req.socket)?.has(response)) discount(response);
    },
  };
}

/** How many requests of a caller are under way. */
type Held = { readonly subject: string; requests: number };

/**
 * Answers 503 to what comes while there is no room, before anything else is done for it: who asks again later is served, and who is served now
 * is not held up. What revokes comes in all the same. A request takes a place when its caller was let in and its body is there: neither strangers,
 * nor the issuer that is asked about them, nor bodies that do not come take places; of those HTTP_MAX_CONNECTIONS is the bound. Routes that ask for
 * no role (health, documents, webhooks, which have a limit of their own) are not counted, for strangers may call them.
 */
export function limitRequests(
  fastify: FastifyInstance,
  { underWay, onShed }: { readonly underWay: RequestsUnderWay; readonly onShed: () => void },
): void {
  const shed = (): ProblemException => {
    onShed();
    return new ProblemException(
      'unavailable',
      503,
      'The service is not available now',
      'Too many requests are under way. Try again later.',
      {},
      { headers: { 'retry-after': '1' } },
    );
  };
  fastify.addHook('onRequest', (request, _reply, done) => {
    const { access } = request.routeOptions.config;
    done(access?.kind === 'roles' && access.revokes !== true && underWay.isFull() ? shed() : undefined);
  });
  fastify.addHook('preHandler', (request, reply, done) => {
    const { access } = request.routeOptions.config;
    if (access?.kind !== 'roles') return done();
    const subject = request.principal?.subject ?? '';
    if (access.revokes !== true && underWay.isFull(subject)) return done(shed());
    underWay.count(reply.raw, subject);
    done();
  });
  fastify.addHook('onSend', (_request, reply, payload, done) => {
    underWay.answered(reply.raw);
    done(null, payload);
  });
}
