import { Body, Controller, Get, Param, Put, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { EnvironmentId } from '@tallystick/kernel-core';
import { CurrentPrincipal, type Principal } from '@tallystick/platform-http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { Changes, Reads } from './documented.ts';
import { viewOfChanged } from './documents/outcomes.ts';
import { environmentParameter } from './documents/parameters.ts';
import { siblingsChange, siblingsChanged, siblingsView, viewOfSiblings } from './documents/requirement.ts';
import { askingOf, etagOf, requiredPreconditionOf, RingApi } from './ring-api.ts';

@ApiTags('requirement')
@Controller('v1/environments/:environment/sibling-requirements')
export class SiblingRequirementsController {
  readonly #api: RingApi;
  constructor(api: RingApi) {
    this.#api = api;
  }

  @Get()
  @Reads('What devices must meet besides the token, and whether it is enforced', siblingsView)
  async read(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<z.input<typeof siblingsView>> {
    const ring = await this.#api.read(environment);
    void reply.header('etag', etagOf(ring));
    return viewOfSiblings(ring);
  }

  @Put()
  @Changes({
    summary: 'Replaces all rules beside the token; observe them before you enforce them',
    answer: siblingsChanged,
    precondition: 'required',
  })
  async change(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
    @Body({ schema: siblingsChange }) { reason, mode, rules, force }: z.output<typeof siblingsChange>,
    @CurrentPrincipal() principal: Principal,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const change = {
      ...askingOf(environment, principal, request, reason),
      ...requiredPreconditionOf(request),
      command: { kind: 'set-siblings' as const, mode, rules, ...(force ? { force } : {}) },
    };
    return this.#api.answer(change, reply, (done): z.input<typeof siblingsChanged> => ({
      ...viewOfSiblings(done.ring),
      ...viewOfChanged(done),
    }));
  }
}
