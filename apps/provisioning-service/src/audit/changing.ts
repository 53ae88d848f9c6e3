import { applyDecorators, type CanActivate, createParamDecorator, type ExecutionContext, UseGuards } from '@nestjs/common';
import { ApiHeader, ApiQuery, ApiResponse } from '@nestjs/swagger';
import { invalidRequest, ProblemException } from '@tallystick/platform-http';
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

const form = /^[A-Za-z0-9._:-]{1,128}$/;

const keyMissing = (): ProblemException =>
  new ProblemException(
    'idempotency-key-missing',
    400,
    'Send an Idempotency-Key',
    'A key of your choice in the header Idempotency-Key lets you repeat the request when its answer got lost.',
  );

/** @throws ProblemException 400 without a key, and for one that is none */
function keyOf({ headers }: Pick<FastifyRequest, 'headers'>): string {
  const key = headers['idempotency-key'];
  if (key === undefined) throw keyMissing();
  if (typeof key !== 'string' || !form.test(key))
    throw invalidRequest('header idempotency-key', [{ message: 'expected 1–128 letters, digits and ._:-' }]);
  return key;
}

const requestOf = (context: ExecutionContext): FastifyRequest => context.switchToHttp().getRequest<FastifyRequest>();

/** Before the body is looked at: a route that documents its key can't forget to ask for it. */
const keyGuard: CanActivate = { canActivate: (context) => keyOf(requestOf(context)) !== '' };

/** A route that changes something: it is done once for a key and answered again, and noted in the audit before it is done (R43). */
export const Changing = () =>
  applyDecorators(
    UseGuards(keyGuard),
    ApiHeader({
      name: 'Idempotency-Key',
      required: true,
      description: 'A key of your choice; the same request with the same key is done once, and answered again',
      schema: { type: 'string', pattern: '^[A-Za-z0-9._:-]{1,128}$' },
    }),
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
  return { ...callerOf(request), key: keyOf(request), request: JSON.stringify(all) };
});
