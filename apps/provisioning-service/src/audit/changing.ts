import { applyDecorators, createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { ApiQuery, ApiResponse } from '@nestjs/swagger';
import { idempotencyKeyOf, RequiresIdempotencyKey } from '@tallystick/platform-http';
import type { FastifyRequest } from 'fastify';
import type { Reason } from './change.documents.ts';

/** Who asks, and under which id. */
export interface Caller {
  readonly by: string;
  readonly requestId: string;
}

/** A request that wants to change something, as far as its headers say. */
export interface Asking extends Caller {
  readonly key: string;
  /** All that makes it this request and no other. */
  readonly request: string;
}

/** The same with its reason: nothing is changed without. */
export interface Asked extends Asking {
  readonly reason: Reason;
}

const requestOf = (context: ExecutionContext): FastifyRequest => context.switchToHttp().getRequest<FastifyRequest>();

/** A route that changes something: it is done once for a key and answered again, and noted in the audit before it is done (R43). */
export const Changing = () =>
  applyDecorators(
    RequiresIdempotencyKey(),
    ApiResponse({ status: 409, description: 'The same request is being worked on.' }),
    ApiResponse({ status: 422, description: 'The Idempotency-Key belongs to another request.' }),
    ApiResponse({ status: 503, description: 'The audit can not be written: nothing was changed.' }),
  );

/** The same for a route without a body. */
export const ChangingWithoutBody = () =>
  applyDecorators(
    Changing(),
    ApiQuery({ name: 'reason', required: true, schema: { type: 'string', minLength: 1, maxLength: 200 }, description: 'Why' }),
  );

/** A reading of personal data: it is noted before it is answered, and refused when it can't be. */
export const NotesReading = () => ApiResponse({ status: 503, description: 'The audit can not be written: nothing is shown.' });

const callerOf = (request: FastifyRequest): Caller => {
  if (!request.principal) throw new TypeError('a public route has no principal');
  return { by: request.principal.subject, requestId: request.id };
};

export const CurrentCaller = createParamDecorator((_: unknown, context: ExecutionContext): Caller =>
  callerOf(requestOf(context)),
);

/** Of a route that is {@link Changing}. */
export const CurrentChange = createParamDecorator((_: unknown, context: ExecutionContext): Asking => {
  const request = requestOf(context);
  const { 'if-match': match, 'if-none-match': none, prefer } = request.headers;
  const all = [request.method, request.url, match ?? null, none ?? null, prefer ?? null, request.body ?? null];
  return { ...callerOf(request), key: idempotencyKeyOf(request), request: JSON.stringify(all) };
});
