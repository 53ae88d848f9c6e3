import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { ProblemException } from './problem.ts';

/** How many requests are under way, whichever way they came. */
export type RequestsUnderWay = {
  /** There is no room for one more. */
  readonly isFull: () => boolean;
  /** Counts a request until its answer is written, or its connection ends before: who hangs up takes no place for ever. */
  readonly count: (response: ServerResponse) => void;
  /** Takes a count back: the request is counted elsewhere. */
  readonly discount: (response: ServerResponse) => void;
  /** Its answer is made. Who does not read what comes before it on their connection takes no place with it. */
  readonly answered: (response: ServerResponse) => void;
};

/** @param max requests; left out: there is always room. */
export function requestsUnderWay(max = Infinity): RequestsUnderWay {
  let underWay = 0;
  const over = (): void => void underWay--;
  const lines = new WeakMap<Socket, Line>();
  /** What ends the count of a request that waits behind others of its connection. */
  const endings = new WeakMap<ServerResponse, () => void>();

  function lineOf(socket: Socket): Line {
    const known = lines.get(socket);
    if (known) return known;
    const line: Line = { waiting: 0 };
    lines.set(socket, line);
    socket.once('close', () => {
      underWay -= line.waiting;
      line.waiting = 0;
    });
    return line;
  }

  /** A response that never had its turn tells nothing when its connection ends, so the connection is listened to: once, however many there are. */
  function endingInLine(response: ServerResponse): () => void {
    const line = lineOf(response.req.socket);
    line.waiting++;
    const ending = (): void => {
      if (line.waiting === 0) return;
      line.waiting--;
      underWay--;
    };
    endings.set(response, ending);
    return ending;
  }

  const discount = (response: ServerResponse, ending: () => void): void => {
    response.removeListener('close', ending);
    endings.delete(response);
    ending();
  };

  return {
    isFull: () => underWay >= max,
    count: (response) => {
      underWay++;
      response.once('close', response.socket ? over : endingInLine(response));
    },
    discount: (response) => discount(response, endings.get(response) ?? over),
    answered: (response) => {
      const ending = endings.get(response);
      if (ending) discount(response, ending);
    },
  };
}

/** How many requests of one connection were sent before those ahead of them were answered, and are under way. */
type Line = { waiting: number };

/**
 * Answers 503 to what comes while there is no room, before anything else is done for it: who asks again later is served, and who is served now
 * is not held up. What revokes comes in all the same. Routes that ask for no role (health, documents, webhooks, which have a limit of their own) are
 * not even counted, for strangers may call them and must take no places.
 */
export function limitRequests(
  fastify: FastifyInstance,
  { underWay, onShed }: { readonly underWay: RequestsUnderWay; readonly onShed: () => void },
): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    const { access } = request.routeOptions.config;
    if (access?.kind !== 'roles') return done();
    const isShed = underWay.isFull() && access.revokes !== true;
    underWay.count(reply.raw);
    if (!isShed) return done();
    onShed();
    done(
      new ProblemException(
        'unavailable',
        503,
        'The service is not available now',
        'Too many requests are under way. Try again later.',
        {},
        { headers: { 'retry-after': '1' } },
      ),
    );
  });
  fastify.addHook('onSend', (_request, reply, payload, done) => {
    underWay.answered(reply.raw);
    done(null, payload);
  });
}
