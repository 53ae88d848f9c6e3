import { Body, Controller, Get, Param, Patch, Post, Query, Req, Res } from '@nestjs/common';
import { ApiQuery, ApiTags } from '@nestjs/swagger';
import { type EnvironmentId, instant } from '@tallystick/kernel-core';
import { CurrentPrincipal, invalidRequest, type Principal } from '@tallystick/platform-http';
import { isLive, liveTokens, type Ring, segmentName, type TokenId } from '@tallystick/tokens-domain';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { Changes, Reads } from './documented.ts';
import { viewOfOutcome, viewOfPropagation } from './documents/outcomes.ts';
import { environmentParameter, tokenParameter } from './documents/parameters.ts';
import {
  newToken,
  tokenChanged,
  tokenCreated,
  tokenEdit,
  tokenList,
  tokenPage,
  tokenView,
  viewOfToken,
} from './documents/tokens.ts';
import { askingOf, etagOf, preconditionOf, RingApi, tokenIn } from './ring-api.ts';

const dayMs = 86_400_000;

@ApiTags('tokens')
@Controller('v1/environments/:environment/tokens')
export class TokensController {
  readonly #api: RingApi;
  constructor(api: RingApi) {
    this.#api = api;
  }

  @Get()
  @Reads(
    'Tokens, revoked ones included, without their values, oldest first. "revoked" here promises nothing; the answer to a revocation does',
    tokenList,
  )
  @ApiQuery({ name: 'limit', required: false, schema: { type: 'integer', minimum: 1, maximum: 200, default: 100 } })
  @ApiQuery({ name: 'cursor', required: false, schema: { type: 'string', maxLength: 64 } })
  @ApiQuery({ name: 'state', required: false, schema: { type: 'string', enum: ['live', 'revoked'] } })
  async list(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
    @Query({ schema: tokenPage }) { limit, cursor, state }: z.output<typeof tokenPage>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<z.input<typeof tokenList>> {
    const ring = await this.#api.read(environment);
    const after = cursor === undefined ? 0 : ring.tokens.findIndex(({ id }) => id === cursor) + 1;
    if (cursor !== undefined && after === 0)
      throw invalidRequest('query', [{ message: 'expected the cursor of a page before', path: ['cursor'] }]);
    const rest = ring.tokens.slice(after).filter((token) => state === undefined || isLive(token) === (state === 'live'));
    const items = rest.slice(0, limit);
    void reply.header('etag', etagOf(ring));
    return {
      version: ring.version,
      items: items.map((token) => viewOfToken(token, this.#api.now())),
      ...(rest.length > items.length ? { next: items.at(-1)?.id } : {}),
    };
  }

  @Get(':token')
  @Reads('One token, without its value', tokenView)
  async one(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
    @Param('token', { schema: tokenParameter }) id: TokenId,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<z.input<typeof tokenView>> {
    const ring = await this.#api.read(environment);
    void reply.header('etag', etagOf(ring));
    return viewOfToken(tokenIn(ring, id), this.#api.now());
  }

  @Post()
  @Changes({
    summary: 'Adds a token beside the others; its value is shown once, when every validator accepts it',
    answer: tokenCreated,
    status: 201,
  })
  async add(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
    @Body({ schema: newToken }) body: z.output<typeof newToken>,
    @CurrentPrincipal() principal: Principal,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const {
      label,
      value: own,
      format,
      segment = {},
      notBefore,
      expiresAt,
      expiresAfterDays,
      keepValue,
      showValue = true,
      mostInSegment,
    } = body;
    const ends = expiresAfterDays === undefined ? expiresAt : instant(this.#api.now() + expiresAfterDays * dayMs);
    const command = {
      kind: 'add-token' as const,
      label,
      segment,
      ...(notBefore === undefined ? {} : { notBefore }),
      ...(ends === undefined ? {} : { expiresAt: ends }),
      ...(keepValue === undefined ? {} : { keepValue }),
    };
    const change = {
      ...askingOf(environment, principal, request, body.reason),
      ...(format === undefined ? {} : { format }),
      sent: body,
      plan: (before: Ring | undefined) => {
        const isSame = (token: { segment: typeof segment }) => segmentName(token.segment) === segmentName(segment);
        const inSegment = before ? liveTokens(before).filter(isSame).length : 0;
        if (mostInSegment !== undefined && inSegment >= mostInSegment) return { kind: 'two-generations' as const };
        return { command, ...(own === undefined ? {} : { ownValues: [own] }) };
      },
    };
    return this.#api.answer(change, reply, (done): z.input<typeof tokenCreated> => {
      const [made] = done.created;
      return {
        ...viewOfOutcome(done),
        token: viewOfToken(tokenIn(done.ring, made?.token), this.#api.now()),
        ...(made?.value === undefined || !showValue ? {} : { value: made.value }),
        propagation: viewOfPropagation(done.propagation),
      };
    });
  }

  @Patch(':token')
  @Changes({
    summary: 'Changes label, segment or dates of a token; a date that would refuse devices meets the guards',
    answer: tokenChanged,
    precondition: 'optional',
  })
  async edit(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
    @Param('token', { schema: tokenParameter }) token: TokenId,
    @Body({ schema: tokenEdit }) { reason, label, segment, notBefore, expiresAt, force }: z.output<typeof tokenEdit>,
    @CurrentPrincipal() principal: Principal,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const change = {
      ...askingOf(environment, principal, request, reason),
      ...preconditionOf(request),
      command: {
        kind: 'edit-token' as const,
        token,
        ...(label === undefined ? {} : { label }),
        ...(segment === undefined ? {} : { segment }),
        ...(notBefore === undefined ? {} : { notBefore }),
        ...(expiresAt === undefined ? {} : { expiresAt }),
        ...(force ? { force } : {}),
      },
    };
    return this.#api.answer(change, reply, (done): z.input<typeof tokenChanged> => ({
      ...viewOfOutcome(done),
      token: viewOfToken(tokenIn(done.ring, token), this.#api.now()),
      propagation: viewOfPropagation(done.propagation),
    }));
  }
}
