import { Body, Controller, HttpCode, Param, Post, Req } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { EnvironmentId } from '@tallystick/kernel-core';
import { CurrentPrincipal, idempotencyKeyOf, type Principal, RequiresIdempotencyKey, Roles } from '@tallystick/platform-http';
import { platforms, rotationNotices } from '@tallystick/tokens-domain';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { environmentParameter, reason, shortText, wellFormed } from './documents/parameters.ts';
import { outcomeUnknown } from './problems.ts';
import { problemOfNote, RingApi } from './ring-api.ts';
import { declareNoticeMetrics } from '../token-metrics.ts';

const name = z.string().regex(/^[A-Za-z0-9-]{1,64}$/, { error: 'expected 1–64 letters, digits and "-"' });
const notice = z
  .strictObject({
    reason,
    what: z.enum(rotationNotices),
    rotation: wellFormed.min(1).max(200),
    detail: wellFormed.trim().max(1_000).optional(),
    token: wellFormed.max(64).optional(),
    slot: z
      .strictObject({
        id: name,
        mdm: shortText,
        platform: z.enum([...platforms, 'any']),
        kind: z.enum(['file', 'person', 'target']),
      })
      .optional(),
  })
  .meta({ id: 'Notice' });
const noticed = z
  .object({
    outcome: z
      .enum(['noted', 'said'])
      .meta({ description: 'said: there is no ring yet whose audit could take it; it is in the log' }),
    version: z.int(),
  })
  .meta({ id: 'Noticed' });

/** What a rotation tells the people on call: a line in the audit, one in the log, and a metric. */
@ApiTags('rotations')
@Controller('v1/environments/:environment/notices')
export class NoticesController {
  readonly #api: RingApi;
  readonly #count;

  constructor(api: RingApi) {
    this.#api = api;
    this.#count = declareNoticeMetrics(api.needs.metrics);
  }

  @Post()
  @HttpCode(201)
  @Roles('token-admin')
  @ApiOperation({ summary: 'Writes down that a rotation waits for somebody, or what became of it' })
  @RequiresIdempotencyKey()
  @ApiResponse({ status: 201, description: 'Written down', standardSchema: noticed as never })
  @ApiResponse({ status: 409, description: 'Others change this environment at the same time.' })
  @ApiResponse({ status: 429, description: 'Too many notices in a short time; Retry-After says when.' })
  @ApiResponse({ status: 422, description: 'The Idempotency-Key belongs to another request.' })
  async write(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
    @Body({ schema: notice }) { reason: why, what, ...facts }: z.output<typeof notice>,
    @CurrentPrincipal() { subject }: Principal,
    @Req() request: FastifyRequest,
  ): Promise<z.input<typeof noticed>> {
    const by = { actor: subject, reason: why, idempotencyKey: idempotencyKeyOf(request) };
    const note = { environment, action: `rotation-${what}`, facts, ...by };
    const outcome = await this.#api.needs.notes.write(note).catch((cause: unknown) => {
      throw outcomeUnknown(cause);
    });
    // Making a ring for it would make the environment known, and so let its devices in.
    if (outcome.kind !== 'noted' && outcome.kind !== 'no-ring') throw problemOfNote(outcome);
    // Whoever may write notices everywhere could otherwise make a series for each name that comes to mind.
    this.#count.inc({ environment: outcome.kind === 'noted' ? environment : 'none', what });
    this.#api.needs.logger.warn(
      { environment, what, rotation: facts.rotation, slot: facts.slot?.id },
      'a rotation needs to be looked at',
    );
    return outcome.kind === 'noted' ? { outcome: 'noted', version: outcome.ring.version } : { outcome: 'said', version: 0 };
  }
}
