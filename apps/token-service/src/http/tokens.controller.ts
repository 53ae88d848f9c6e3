import { Body, Controller, Get, HttpCode, Param, Post, Req } from '@nestjs/common';
import { ApiCreatedResponse, ApiHeader, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { EnvironmentId } from '@tallystick/kernel-core';
import { CurrentPrincipal, notFound, type Principal, Roles } from '@tallystick/platform-http';
import type { Ring, Token, TokenId } from '@tallystick/tokens-domain';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import {
  environmentParameter,
  newToken,
  revocation,
  tokenCreated,
  tokenList,
  tokenParameter,
  tokenRevoked,
  tokenView,
  viewOfPropagation,
  viewOfToken,
  viewOfWarnings,
} from './documents.ts';
import { requiredIdempotencyKeyOf, RingApi } from './ring-api.ts';

const keyHeader = {
  name: 'Idempotency-Key',
  required: true,
  description: 'A key of your choice; the same request with the same key is done once',
};

@ApiTags('tokens')
@Controller('v1/environments/:environment/tokens')
export class TokensController {
  readonly #api: RingApi;
  constructor(api: RingApi) {
    this.#api = api;
  }

  @Get()
  @Roles('viewer', 'token-admin', 'auditor')
  @ApiOperation({
    summary:
      'All tokens, revoked ones included, without their values. "revoked" here promises nothing; the answer to a revocation does',
  })
  @ApiOkResponse({ standardSchema: tokenList })
  async list(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
  ): Promise<z.input<typeof tokenList>> {
    const { version, tokens } = await this.#api.read(environment);
    return { version, items: tokens.map(viewOfToken) };
  }

  @Get(':token')
  @Roles('viewer', 'token-admin', 'auditor')
  @ApiOperation({ summary: 'One token, without its value' })
  @ApiOkResponse({ standardSchema: tokenView })
  async one(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
    @Param('token', { schema: tokenParameter }) id: TokenId,
  ): Promise<z.input<typeof tokenView>> {
    return viewOfToken(tokenOf(await this.#api.read(environment), id));
  }

  @Post()
  @Roles('token-admin')
  @ApiOperation({ summary: 'Adds a token beside the others; its value is shown once' })
  @ApiHeader(keyHeader)
  @ApiCreatedResponse({ standardSchema: tokenCreated })
  async add(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
    @Body({ schema: newToken }) { label, value: ownValue, format }: z.output<typeof newToken>,
    @CurrentPrincipal() { subject }: Principal,
    @Req() request: FastifyRequest,
  ): Promise<z.input<typeof tokenCreated>> {
    const { ring, created, value, warnings, propagation, kind } = await this.#api.change({
      environment,
      actor: subject,
      command: { kind: 'add-token', label },
      idempotencyKey: requiredIdempotencyKeyOf(request),
      ...(ownValue === undefined ? {} : { ownValue }),
      ...(format === undefined ? {} : { format }),
    });
    return {
      outcome: kind,
      token: viewOfToken(tokenOf(ring, created)),
      ...(value === undefined ? {} : { value }),
      warnings: viewOfWarnings(warnings),
      propagation: viewOfPropagation(propagation),
    };
  }

  @Post(':token/revoke')
  @HttpCode(200)
  @Roles('token-admin')
  @ApiOperation({ summary: 'Revokes a token; answers when no validator can accept it any more' })
  @ApiHeader(keyHeader)
  @ApiOkResponse({ standardSchema: tokenRevoked })
  async revoke(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
    @Param('token', { schema: tokenParameter }) id: TokenId,
    @Body({ schema: revocation }) { reason, force = false }: z.output<typeof revocation>,
    @CurrentPrincipal() { subject }: Principal,
    @Req() request: FastifyRequest,
  ): Promise<z.input<typeof tokenRevoked>> {
    const { ring, created, value, warnings, propagation, kind } = await this.#api.change({
      environment,
      actor: subject,
      command: { kind: 'revoke-token', token: id, reason, force },
      idempotencyKey: requiredIdempotencyKeyOf(request),
    });
    return {
      ...viewOfPropagation(propagation),
      outcome: kind,
      token: viewOfToken(tokenOf(ring, id)),
      ...(created === undefined
        ? {}
        : { replacement: { ...viewOfToken(tokenOf(ring, created)), ...(value === undefined ? {} : { value }) } }),
      warnings: viewOfWarnings(warnings),
    };
  }
}

function tokenOf(ring: Ring, id: TokenId | undefined): Token {
  const token = ring.tokens.find((one) => one.id === id);
  if (!token) throw notFound();
  return token;
}
