import { applyDecorators, type CanActivate, type ExecutionContext, UseGuards } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { ProblemException } from './problem.ts';
import { invalidRequest } from './validation.pipe.ts';

const form = /^[A-Za-z0-9._:-]{1,128}$/;

/** Read by hand: a missing header gets an answer of its own. */
const idempotencyKey = z.string().regex(form, { error: 'expected 1–128 letters, digits, ".", "_", ":" and "-"' });

/** How the header is described, where it may be left out as well. */
export const idempotencyKeyHeader = { name: 'Idempotency-Key', schema: { type: 'string', pattern: form.source } } as const;

/** Undefined without the header. @throws ProblemException when it is there and is no key. */
export function givenIdempotencyKeyOf({ headers }: Pick<FastifyRequest, 'headers'>): string | undefined {
  const given = headers['idempotency-key'];
  if (given === undefined) return undefined;
  const key = idempotencyKey.safeParse(given);
  if (!key.success) throw invalidRequest('header idempotency-key', key.error.issues);
  return key.data;
}

/** @throws ProblemException without a key, and for one that is none. */
export function idempotencyKeyOf(request: Pick<FastifyRequest, 'headers'>): string {
  const key = givenIdempotencyKeyOf(request);
  if (key !== undefined) return key;
  throw new ProblemException(
    'idempotency-key-missing',
    400,
    'Send an Idempotency-Key',
    'A key of your choice in the header Idempotency-Key lets you repeat the request when its answer got lost.',
  );
}

/** Before the body is looked at: a route that documents its key can't forget to ask for it. */
const keyGuard: CanActivate = {
  canActivate: (context: ExecutionContext) => idempotencyKeyOf(context.switchToHttp().getRequest<FastifyRequest>()) !== '',
};

/** A route that changes something: it is done once for a key, and answered again. Refused without one. */
export const RequiresIdempotencyKey = () =>
  applyDecorators(
    UseGuards(keyGuard),
    ApiHeader({
      ...idempotencyKeyHeader,
      required: true,
      description: 'A key of your choice; the same request with the same key is done once, and answered again',
    }),
  );
