import { Body, Controller, Get, Param, Put, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { EnvironmentId } from '@tallystick/kernel-core';
import { CurrentPrincipal, type Principal } from '@tallystick/platform-http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { Changes, Reads } from './documented.ts';
import { viewOfOutcome, viewOfPropagation } from './documents/outcomes.ts';
import { environmentParameter } from './documents/parameters.ts';
import { requirementChange, requirementChanged, requirementView, viewOfRequirement } from './documents/requirement.ts';
import { viewOfCreated } from './documents/tokens.ts';
import { askingOf, etagOf, preconditionOf, RingApi } from './ring-api.ts';

@ApiTags('requirement')
@Controller('v1/environments/:environment/requirement')
export class RequirementController {
  readonly #api: RingApi;
  constructor(api: RingApi) {
    this.#api = api;
  }

  @Get()
  @Reads('Whether devices must present a token, and from when', requirementView)
  async read(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<z.input<typeof requirementView>> {
    const ring = await this.#api.read(environment);
    void reply.header('etag', etagOf(ring));
    return viewOfRequirement(ring, this.#api.now());
  }

  @Put()
  @Changes({
    summary: 'Sets the mode, or moves the date; makes a first token when there is none',
    answer: requirementChanged,
    precondition: 'optional',
  })
  async change(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
    @Body({ schema: requirementChange }) { reason, mode, effectiveAt, force, format }: z.output<typeof requirementChange>,
    @CurrentPrincipal() principal: Principal,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const change = {
      ...askingOf(environment, principal, request, reason),
      ...preconditionOf(request),
      ...(format === undefined ? {} : { format }),
      command: {
        kind: 'set-requirement' as const,
        mode,
        ...(effectiveAt === undefined ? {} : { effectiveAt }),
        ...(force ? { force } : {}),
      },
    };
    return this.#api.answer(change, reply, (done): z.input<typeof requirementChanged> => {
      const created = viewOfCreated(done, this.#api.now());
      return {
        ...viewOfRequirement(done.ring, this.#api.now()),
        ...viewOfOutcome(done),
        ...(created ? { created } : {}),
        propagation: viewOfPropagation(done.propagation),
      };
    });
  }
}
