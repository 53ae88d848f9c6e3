import { applyDecorators } from '@nestjs/common';
import { ApiOperation, ApiQuery, ApiResponse } from '@nestjs/swagger';
import { RequiresIdempotencyKey, type Role, Roles } from '@tallystick/platform-http';
import type { z } from 'zod';

type AnyOf = readonly [Role, ...Role[]];

const readers: AnyOf = ['viewer', 'token-admin', 'auditor', 'operator', 'approver'];

/** A route that reads rotations. */
export const ReadsRotations = (summary: string, schema: z.ZodType) =>
  applyDecorators(
    Roles(...readers),
    ApiOperation({ summary }),
    ApiResponse({ status: 200, description: 'As asked', standardSchema: schema as never }),
  );

/** The query of a list. */
export const Pages = () =>
  applyDecorators(
    ApiQuery({ name: 'limit', required: false, schema: { type: 'integer', minimum: 1, maximum: 200, default: 100 } }),
    ApiQuery({ name: 'cursor', required: false, schema: { type: 'string', pattern: '^[A-Za-z0-9_-]{1,2000}$' } }),
  );

/** A route that starts, changes or ends something; who asked is in the audit before it is done. */
export const ChangesRotations = (
  summary: string,
  {
    answer,
    status = 200,
    roles = ['token-admin'],
  }: { readonly answer?: z.ZodType; readonly status?: 200 | 201 | 202 | 204; readonly roles?: AnyOf },
) =>
  applyDecorators(
    Roles(...roles),
    ApiOperation({ summary }),
    RequiresIdempotencyKey(),
    ApiResponse({ status, description: 'Done', ...(answer ? { standardSchema: answer as never } : {}) }),
    ApiResponse({ status: 429, description: 'Too many changes of this environment in a short time; try again later.' }),
    ApiResponse({
      status: 409,
      description: 'The rotation does not take this now, or others change this environment at the same time.',
    }),
    ApiResponse({
      status: 422,
      description: 'It can not be done as asked; `problems` may say why. Or the Idempotency-Key belongs to another request.',
    }),
  );

/** A command to a rotation. */
export const CommandsRotation = (summary: string, answer: z.ZodType, roles: AnyOf = ['token-admin']) =>
  ChangesRotations(summary, { answer, roles });
