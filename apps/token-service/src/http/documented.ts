import { applyDecorators } from '@nestjs/common';
import { ApiHeader, ApiOperation, ApiResponse } from '@nestjs/swagger';
import { RequiresIdempotencyKey, type Role, Roles, RolesToRevoke } from '@tallystick/platform-http';
import type { z } from 'zod';
import { proposedView } from './documents/outcomes.ts';

type AnyOf = readonly [Role, ...Role[]];

/** Whoever may read an environment's rings. */
export const readers: AnyOf = ['viewer', 'token-admin', 'auditor'];

const etag = { ETag: { description: 'The version of everything in this environment', schema: { type: 'string' as const } } };

/** A route that reads: its roles and its documents. The platform adds the refusals that hold for all. */
export const Reads = (summary: string, schema: z.ZodType, roles: AnyOf = readers) =>
  applyDecorators(
    Roles(...roles),
    ApiOperation({ summary }),
    ApiResponse({ status: 200, description: 'As asked', standardSchema: schema as never, headers: etag }),
  );

interface ChangeDocuments {
  readonly summary: string;
  readonly answer: z.ZodType;
  readonly status?: 200 | 201;
  readonly roles?: AnyOf;
  readonly precondition?: 'required' | 'optional';
  /** It revokes by id and does nothing else, and so stays open while the issuer is away. */
  readonly revokes?: true;
}

/** A route that changes a ring: its key, what it may answer besides, and which headers it reads. */
export const Changes = ({ summary, answer, status = 200, roles = ['token-admin'], precondition, revokes }: ChangeDocuments) =>
  applyDecorators(
    (revokes ? RolesToRevoke : Roles)(...roles),
    ApiOperation({ summary }),
    RequiresIdempotencyKey(),
    ...(precondition === undefined
      ? []
      : [
          ApiHeader({
            name: 'If-Match',
            required: false,
            description: 'The ETag of what you have seen. This or If-None-Match is needed where 428 is listed',
            schema: { type: 'string', pattern: '^(W/)?"[0-9]{1,15}"$' },
          }),
          ApiHeader({
            name: 'If-None-Match',
            required: false,
            description: '* when there is nothing yet',
            schema: { type: 'string', enum: ['*'] },
          }),
          ApiResponse({ status: 412, description: 'Somebody changed it since you read it.' }),
        ]),
    ...(precondition === 'required' ? [ApiResponse({ status: 428, description: 'If-Match or If-None-Match is missing.' })] : []),
    ApiResponse({ status, description: 'Done, and true at every validator', standardSchema: answer as never, headers: etag }),
    ApiResponse({
      status: 202,
      description: 'Written down for a second person; nothing else has changed',
      standardSchema: proposedView as never,
    }),
    ApiResponse({
      status: 409,
      description: 'The guards or the state of the tokens do not let it pass; `figures` says what they went by.',
    }),
    ApiResponse({ status: 413, description: 'The request body is too large.' }),
    ApiResponse({ status: 415, description: 'The body is not application/json.' }),
    ApiResponse({
      status: 429,
      description: revokes
        ? 'Too many changes in a short time; Retry-After says when. Revocations of live tokens are not limited, except those by the break-glass credential.'
        : 'Too many changes in a short time; Retry-After says when. Revocations of live tokens are not limited.',
    }),
    ApiResponse({ status: 422, description: 'It can not be done as asked, or the Idempotency-Key belongs to another request.' }),
  );
