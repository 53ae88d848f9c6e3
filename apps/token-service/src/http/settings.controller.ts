import { Body, Controller, Get, Param, Put, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { EnvironmentId } from '@tallystick/kernel-core';
import { CurrentPrincipal, type Principal } from '@tallystick/platform-http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { Changes, readers, Reads } from './documented.ts';
import { viewOfChanged } from './documents/outcomes.ts';
import { environmentParameter } from './documents/parameters.ts';
import { settingsChange, settingsChanged, settingsView, viewOfSettings } from './documents/requirement.ts';
import { askingOf, etagOf, requiredPreconditionOf, RingApi } from './ring-api.ts';

@ApiTags('settings')
@Controller('v1/environments/:environment/settings')
export class SettingsController {
  readonly #api: RingApi;
  constructor(api: RingApi) {
    this.#api = api;
  }

  @Get()
  @Reads('What the guards go by, and how this environment behaves', settingsView, [...readers, 'approver'])
  async read(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<z.input<typeof settingsView>> {
    const ring = await this.#api.read(environment);
    void reply.header('etag', etagOf(ring));
    return viewOfSettings(ring);
  }

  @Put()
  @Changes({
    summary: 'Replaces the settings; where two people have to agree, with force, and then it waits for the second one',
    answer: settingsChanged,
    roles: ['approver'],
    precondition: 'required',
  })
  async change(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
    @Body({ schema: settingsChange }) { reason, force, ...settings }: z.output<typeof settingsChange>,
    @CurrentPrincipal() principal: Principal,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const change = {
      ...askingOf(environment, principal, request, reason),
      ...requiredPreconditionOf(request),
      command: { kind: 'change-settings' as const, settings, ...(force ? { force } : {}) },
    };
    return this.#api.answer(change, reply, (done): z.input<typeof settingsChanged> => ({
      ...viewOfSettings(done.ring),
      ...viewOfChanged(done),
    }));
  }
}
