import { Body, Controller, Get, Param, Put, Req, Res } from '@nestjs/common';
import { ApiHeader, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { type EnvironmentId, instant, isoOf } from '@tallystick/kernel-core';
import { CurrentPrincipal, type Principal, Roles } from '@tallystick/platform-http';
import { activeTokens, inForce, type Ring } from '@tallystick/tokens-domain';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import {
  environmentParameter,
  requirementChange,
  requirementChanged,
  requirementView,
  viewOfPropagation,
  viewOfToken,
  viewOfWarnings,
} from './documents.ts';
import { etagOf, idempotencyKeyOf, ifMatchOf, RingApi } from './ring-api.ts';

@ApiTags('requirement')
@Controller('v1/environments/:environment/requirement')
export class RequirementController {
  readonly #api: RingApi;
  constructor(api: RingApi) {
    this.#api = api;
  }

  @Get()
  @Roles('viewer', 'token-admin', 'auditor')
  @ApiOperation({ summary: 'Whether devices must present a token, and from when' })
  @ApiOkResponse({ standardSchema: requirementView })
  async read(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<z.input<typeof requirementView>> {
    const ring = await this.#api.read(environment);
    void reply.header('etag', etagOf(ring));
    return this.#view(ring);
  }

  @Put()
  @Roles('token-admin')
  @ApiOperation({ summary: 'Turns the requirement on or off, or moves its date; makes a first token when there is none' })
  @ApiHeader({ name: 'If-Match', required: false, description: 'The ETag of what you have seen' })
  @ApiHeader({
    name: 'Idempotency-Key',
    required: false,
    description: 'Lets you repeat the request and see the value of a new token again',
  })
  @ApiOkResponse({ standardSchema: requirementChanged })
  async change(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
    @Body({ schema: requirementChange }) body: z.output<typeof requirementChange>,
    @CurrentPrincipal() principal: Principal,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<z.input<typeof requirementChanged>> {
    const { enabled, effectiveAt, force = false, version } = body;
    const expectedVersion = ifMatchOf(request) ?? version;
    const key = idempotencyKeyOf(request);
    const { ring, created, value, warnings, propagation, kind } = await this.#api.change({
      environment,
      actor: principal.subject,
      command: { kind: 'set-requirement', enabled, force, ...(effectiveAt === undefined ? {} : { effectiveAt }) },
      ...(key === undefined ? {} : { idempotencyKey: key }),
      ...(expectedVersion === undefined ? {} : { expectedVersion }),
    });
    const token = ring.tokens.find(({ id }) => id === created);
    void reply.header('etag', etagOf(ring));
    return {
      ...this.#view(ring),
      outcome: kind,
      warnings: viewOfWarnings(warnings),
      ...(token ? { created: { ...viewOfToken(token), ...(value === undefined ? {} : { value }) } } : {}),
      propagation: viewOfPropagation(propagation),
    };
  }

  #view(ring: Ring): z.input<typeof requirementView> {
    const { requirement, version } = ring;
    return {
      enabled: requirement.enabled,
      effectiveAt: isoOf(requirement.effectiveAt),
      inForce: inForce(requirement, instant(this.#api.needs.nowMs())),
      version,
      activeTokens: activeTokens(ring).length,
    };
  }
}
