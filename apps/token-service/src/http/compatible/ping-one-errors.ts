import type { Problem } from '@tallystick/platform-http';
import type { FastifyInstance } from 'fastify';
import type { z } from 'zod';
import type { pingOneError } from './device-requirements.documents.ts';

const compatibleRoutes = /^\/v1\/environments\/:environment\/applications\//;

const codes: Readonly<Record<number, string>> = {
  400: 'INVALID_DATA',
  401: 'ACCESS_FAILED',
  403: 'ACCESS_FAILED',
  404: 'NOT_FOUND',
  409: 'CONSTRAINT_VIOLATION',
  412: 'PRECONDITION_FAILED',
  413: 'REQUEST_TOO_LARGE',
  414: 'REQUEST_TOO_LARGE',
  415: 'UNSUPPORTED_MEDIA_TYPE',
  429: 'REQUEST_LIMITED',
};

/** What the ring says about the sent object itself. There a status of its own would be news to clients of the reference product. */
const faultsOfObject = new Set([
  'own-value-refused',
  'effective-date-missing',
  'tokens-missing',
  'unknown-token',
  'idempotency-key-reused',
  'dates-reversed',
  'date-is-past',
]);

interface Fault {
  readonly in?: string;
  readonly path?: string;
  readonly expected?: string;
}

/** A problem as the reference product says it. Everything in it was public already. */
export function pingOneErrorOf(
  problem: Problem,
  requestId: string,
): { readonly status: number; readonly error: z.input<typeof pingOneError> } {
  const kind = problem.type.replace(/^.*:/, '');
  const status = faultsOfObject.has(kind) ? 400 : problem.status;
  const { type: _type, title, status: _status, detail, instance: _instance, faults, ...more } = problem;
  const listed = Array.isArray(faults) ? (faults as readonly Fault[]) : [];
  const own = {
    code: kind.toUpperCase().replaceAll('-', '_'),
    message: detail ?? title,
    ...(Object.keys(more).length === 0 ? {} : { innerError: more }),
  };
  const details = listed.map(({ path, expected }) => ({
    code: 'INVALID_VALUE',
    ...(path ? { target: path } : {}),
    message: expected ?? title,
  }));
  return {
    status,
    error: {
      id: requestId,
      code: codes[status] ?? 'UNEXPECTED_ERROR',
      message: title,
      details: details.length > 0 ? details : [own],
    },
  };
}

/** Every error of the compatible routes in the reference product's shape, also those that come before the route's own code. */
export function answerInPingOneShape(fastify: FastifyInstance): void {
  fastify.addHook('onSend', (request, reply, payload, done) => {
    const isProblem = String(reply.getHeader('content-type') ?? '').startsWith('application/problem+json');
    if (!isProblem || typeof payload !== 'string' || !compatibleRoutes.test(request.routeOptions?.url ?? ''))
      return done(null, payload);
    const { status, error } = pingOneErrorOf(JSON.parse(payload) as Problem, request.id);
    void reply.code(status).header('content-type', 'application/json; charset=utf-8');
    done(null, JSON.stringify(error));
  });
}
