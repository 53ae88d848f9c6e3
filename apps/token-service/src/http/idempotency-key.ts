import { applyDecorators, type CanActivate, type ExecutionContext, UseGuards } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import { invalidRequest } from '@tallystick/platform-http';
import type { FastifyRequest } from 'fastify';
import { idempotencyKey } from './documents/parameters.ts';
import { keyMissing } from './problems.ts';

/** Undefined without the header. @throws ProblemException when it is there and is no key. */
export function givenKeyOf(request: FastifyRequest): string | undefined {
  const given = request.headers['idempotency-key'];
  if (given === undefined) return undefined;
  const key = idempotencyKey.safeParse(given);
  if (!key.success) throw invalidRequest('header idempotency-key', key.error.issues);
  return key.data;
}

/** @throws ProblemException without a key, and for one that is none. */
export function keyOf(request: FastifyRequest): string {
  const key = givenKeyOf(request);
  if (key === undefined) throw keyMissing();
  return key;
}

/** Before the body is looked at: a route that documents its key can't forget to ask for it. */
const keyGuard: CanActivate = {
  canActivate: (context: ExecutionContext) => keyOf(context.switchToHttp().getRequest<FastifyRequest>()) !== '',
};

/** A route that changes something: it is done once for a key, and answered again. Refused without one. */
export const RequiresKey = () =>
  applyDecorators(
    UseGuards(keyGuard),
    ApiHeader({
      name: 'Idempotency-Key',
      required: true,
      description: 'A key of your choice; the same request with the same key is done once, and answered again',
      schema: { type: 'string', pattern: '^[A-Za-z0-9._:-]{1,128}$' },
    }),
  );
