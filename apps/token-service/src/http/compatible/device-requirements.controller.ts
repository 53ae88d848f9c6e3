import { randomUUID } from 'node:crypto';
import { applyDecorators, Body, Controller, Delete, Get, HttpCode, Param, Put, Query, Req, Res } from '@nestjs/common';
import { ApiHeader, ApiOperation, ApiQuery, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { EnvironmentId } from '@tallystick/kernel-core';
import {
  authorise,
  CurrentPrincipal,
  givenIdempotencyKeyOf,
  idempotencyKeyHeader,
  invalidRequest,
  notFound,
  type Principal,
  Roles,
} from '@tallystick/platform-http';
import { type Force, liveTokens, type Ring, type TokenId } from '@tallystick/tokens-domain';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { proposedView } from '../documents/outcomes.ts';
import { environmentParameter, shortText } from '../documents/parameters.ts';
import { outcomeUnknown } from '../problems.ts';
import { askingOf, etagOf, preconditionOf, problemOfNote, RingApi } from '../ring-api.ts';
import {
  type DeviceRequirements,
  deviceRequirements,
  type DeviceRequirementsChange,
  deviceRequirementsChange,
  pingOneError,
} from './device-requirements.documents.ts';
import { deviceRequirementsOf, planOf } from './device-requirements.mapping.ts';

const applicationParameter = z
  .string()
  .regex(/^[A-Za-z0-9-]{1,64}$/, { error: 'expected the id of an application' })
  .meta({ description: 'Not judged: an environment has one requirement' });
const changeQuery = z.strictObject({ force: shortText.optional(), reason: shortText.optional() });
const forceHeader = 'x-tallystick-force';
const reasonHeader = 'x-tallystick-reason';
/** In the audit, when neither a reason nor a forcing one is given: the reference product's clients know of none. */
const whyReplaced = 'by the compatible API: everything was replaced by a PUT';
const whyCleared = 'by the compatible API: everything was cleared by a DELETE';
const keyAndReason =
  'Unlike the other routes this one needs neither an Idempotency-Key nor a reason, for the reference product has none: without a reason the audit says that the compatible API was used and for what, and without a key the service makes one of the id of the request, so that a repeated request is another one.';

const failures: Readonly<Record<number, string>> = {
  400: 'INVALID_DATA: the object has the faults that are listed.',
  401: 'There is no bearer token, or it is not accepted.',
  403: 'ACCESS_FAILED: the roles of the caller do not allow this.',
  404: 'NOT_FOUND: nothing is defined, or the caller has no access to it.',
  409: 'CONSTRAINT_VIOLATION: the guards do not let it pass; innerError has their figures. Force it with a reason.',
  412: 'It was changed since you read it.',
  413: 'The request body is too large.',
  414: 'A part of the path is too long.',
  415: 'The body is not application/json.',
  429: 'REQUEST_LIMITED: too many changes in a short time; Retry-After says when. Revocations of live tokens are not limited.',
  503: 'It can not be done now.',
};
const Failures = (...statuses: readonly number[]) =>
  applyDecorators(
    ...statuses.map((status) =>
      ApiResponse({ status, description: failures[status] ?? '', standardSchema: pingOneError as never }),
    ),
  );
const always = [400, 401, 403, 404, 414, 429, 503];

const ChangesAll = (summary: string) =>
  applyDecorators(
    ApiOperation({ summary, description: keyAndReason }),
    ApiQuery({
      name: 'force',
      required: false,
      schema: { type: 'string', maxLength: 200 },
      description: 'Why it is done although the guards say no',
    }),
    ApiQuery({
      name: 'reason',
      required: false,
      schema: { type: 'string', minLength: 1, maxLength: 200 },
      description: 'Why; kept in the audit with the change',
    }),
    ApiHeader({ name: reasonHeader, required: false, description: 'The same as the query "reason"', schema: { type: 'string' } }),
    ApiHeader({ name: forceHeader, required: false, description: 'The same as the query "force"', schema: { type: 'string' } }),
    ApiHeader({ ...idempotencyKeyHeader, required: false }),
    ApiHeader({ name: 'If-Match', required: false, schema: { type: 'string', pattern: '^(W/)?"[0-9]{1,15}"$' } }),
    ApiResponse({
      status: 202,
      description: 'Written down for a second person; nothing else has changed',
      standardSchema: proposedView as never,
    }),
  );

/** The reference product's API (M31–M34). Errors have its shape on these routes: see `answerInPingOneShape`. */
@ApiTags('compatible API')
@Controller('v1/environments/:environment/applications/:application/deviceRequirements')
export class DeviceRequirementsController {
  readonly #api: RingApi;
  constructor(api: RingApi) {
    this.#api = api;
  }

  @Get()
  @Roles('viewer', 'token-admin', 'auditor')
  @ApiOperation({
    summary:
      'All device requirements in one object; tokens are masked. In the readable mode a token-admin gets the values that are kept, after an audit note per reading',
  })
  @ApiResponse({
    status: 200,
    description: 'The object; sent back by PUT it changes nothing',
    standardSchema: deviceRequirements as never,
  })
  @Failures(...always, 409)
  async read(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
    @Param('application', { schema: applicationParameter }) _application: string,
    @CurrentPrincipal() principal: Principal,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<DeviceRequirements> {
    const ring = await this.#defined(environment);
    const values = await this.#valuesFor(ring, principal);
    void reply.header('etag', etagOf(ring));
    return deviceRequirementsOf(ring, values);
  }

  @Put()
  @HttpCode(200)
  @Roles('token-admin')
  @ChangesAll(
    'Replaces everything by this object (M32): a token that is not listed is revoked. Answers when that is true at every validator. A date without time means 00:00 UTC',
  )
  @ApiResponse({
    status: 200,
    description: 'The object as it is now, tokens masked. The header x-tallystick-warnings names what follows from it',
    standardSchema: deviceRequirements as never,
  })
  @Failures(...always, 409, 412, 413, 415)
  async replace(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
    @Param('application', { schema: applicationParameter }) _application: string,
    @Query({ schema: changeQuery }) query: z.output<typeof changeQuery>,
    @Body({ schema: deviceRequirementsChange }) body: DeviceRequirementsChange,
    @CurrentPrincipal() principal: Principal,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const force = forceOf(query.force, request);
    const reason = reasonOf(query.reason, request) ?? force?.reason ?? whyReplaced;
    const values = body.mobileDeviceManagementRequire?.tokens?.map(({ token }) => token) ?? [];
    const finders = new Map(values.map((value) => [value, this.#api.needs.peppers.finderOf(value)]));
    const change = {
      ...askingOf(environment, principal, request, reason, givenIdempotencyKeyOf(request) ?? ownKeyOf(request)),
      ...preconditionOf(request),
      format: 'uuid' as const,
      sent: [body, force],
      plan: (before: Ring | undefined) => planOf(body, before, (value, ring) => finders.get(value)?.(ring), reason, force),
    };
    return this.#api.answer(change, reply, ({ ring, warnings }) => {
      if (warnings.length > 0) void reply.header('x-tallystick-warnings', warnings.join(', '));
      return deviceRequirementsOf(ring, new Map());
    });
  }

  @Delete()
  @HttpCode(204)
  @Roles('token-admin')
  @ChangesAll('Clears every device requirement and revokes every token (M34)')
  @ApiResponse({ status: 204, description: 'Nothing is required any more' })
  @Failures(...always, 409, 412, 413, 415)
  async clear(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
    @Param('application', { schema: applicationParameter }) _application: string,
    @Query({ schema: changeQuery }) query: z.output<typeof changeQuery>,
    @CurrentPrincipal() principal: Principal,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const key = givenIdempotencyKeyOf(request);
    if (key === undefined) await this.#defined(environment);
    const force = forceOf(query.force, request);
    const reason = reasonOf(query.reason, request) ?? force?.reason ?? whyCleared;
    const asking = askingOf(environment, principal, request, reason, key ?? ownKeyOf(request));
    const command = { kind: 'clear' as const, reason, ...(force ? { force } : {}) };
    return this.#api.answer({ ...asking, ...preconditionOf(request), command }, reply, () => undefined);
  }

  async #defined(environment: EnvironmentId): Promise<Ring> {
    const ring = await this.#api.read(environment);
    if (!ring.isDefined) throw notFound();
    return ring;
  }

  async #valuesFor(ring: Ring, principal: Principal): Promise<ReadonlyMap<TokenId, string>> {
    const { environment, settings } = ring;
    const kept = liveTokens(ring).flatMap(({ id, valueKept }) => (valueKept === undefined ? [] : [id]));
    const mayRead = settings.readableValues && authorise(principal, environment, ['token-admin']) === 'allowed';
    if (!mayRead || kept.length === 0) return new Map();
    const note = { environment, actor: principal.subject, action: 'read-values', facts: { by: 'compatible API' } };
    const read = await this.#api.needs.notes.readValues(note, kept).catch((cause: unknown) => {
      throw outcomeUnknown(cause);
    });
    if (read.kind !== 'read') throw problemOfNote(read);
    return read.values;
  }
}

function forceOf(query: string | undefined, request: FastifyRequest): Force | undefined {
  const reason = query ?? textIn(request, forceHeader);
  return reason === undefined ? undefined : { reason };
}

const reasonOf = (query: string | undefined, request: FastifyRequest): string | undefined =>
  query ?? textIn(request, reasonHeader);

function textIn({ headers }: FastifyRequest, name: string): string | undefined {
  if (headers[name] === undefined) return undefined;
  const text = shortText.safeParse(headers[name]);
  if (!text.success) throw invalidRequest(`header ${name}`, text.error.issues);
  return text.data;
}

/** Never twice the same: a caller may give the same request id to all that belongs together, and none of it must be taken for a repetition. */
const ownKeyOf = ({ id }: FastifyRequest): string => `request:${id}:${randomUUID()}`;
