import { Body, Controller, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { EnvironmentId } from '@tallystick/kernel-core';
import { CurrentPrincipal, type Principal, Roles } from '@tallystick/platform-http';
import type { TokenId } from '@tallystick/tokens-domain';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { valueExport } from './configuration-file.ts';
import { Changes } from './documented.ts';
import { viewOfOutcome, viewOfPropagation } from './documents/outcomes.ts';
import { environmentParameter, tokenParameter } from './documents/parameters.ts';
import { replacement, tokenRevoked, viewOfCreated, viewOfToken } from './documents/tokens.ts';
import { ExportsValue, exportValue } from './export-value.ts';
import { askingOf, RingApi, tokenIn } from './ring-api.ts';

@ApiTags('tokens')
@Controller('v1/environments/:environment/tokens/:token')
export class TokenValuesController {
  readonly #api: RingApi;
  constructor(api: RingApi) {
    this.#api = api;
  }

  @Post('replace-value')
  @HttpCode(200)
  @Changes({
    summary: 'Revokes a token and adds another with its label, segment and dates in the same change: no overlap (M20)',
    answer: tokenRevoked,
  })
  async replace(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
    @Param('token', { schema: tokenParameter }) token: TokenId,
    @Body({ schema: replacement }) { reason, value: own, format, force }: z.output<typeof replacement>,
    @CurrentPrincipal() principal: Principal,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const change = {
      ...askingOf(environment, principal, request, reason),
      ...(format === undefined ? {} : { format }),
      command: { kind: 'replace-value' as const, token, reason, ...(force ? { force } : {}) },
      ...(own === undefined ? {} : { ownValues: [own] }),
    };
    return this.#api.answer(change, reply, (done): z.input<typeof tokenRevoked> => {
      const made = viewOfCreated(done, this.#api.now());
      return {
        ...viewOfPropagation(done.propagation),
        ...viewOfOutcome(done),
        token: viewOfToken(tokenIn(done.ring, token), this.#api.now()),
        ...(made ? { replacement: made } : {}),
      };
    });
  }

  @Post('export')
  @HttpCode(200)
  @Roles('token-admin')
  @ExportsValue('The value as a configuration file for an MDM, while a copy is kept. Each export is written into the audit first')
  async export(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
    @Param('token', { schema: tokenParameter }) token: TokenId,
    @Body({ schema: valueExport }) asked: z.output<typeof valueExport>,
    @CurrentPrincipal() { subject }: Principal,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await exportValue(this.#api, { environment, actor: subject, token, ...asked }, reply);
  }
}
