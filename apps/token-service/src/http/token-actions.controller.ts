import { Body, Controller, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { EnvironmentId } from '@tallystick/kernel-core';
import { CurrentPrincipal, type Principal } from '@tallystick/platform-http';
import { liveTokens, type RingChangeCommand, type TokenId } from '@tallystick/tokens-domain';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { Changes } from './documented.ts';
import { environmentParameter, tokenParameter } from './documents/parameters.ts';
import {
  revocation,
  revocationOfOthers,
  revocations,
  tokenRevoked,
  tokensChanged,
  tokenSelection,
  tokensRevoked,
  viewOfRevocations,
  viewOfSelection,
} from './documents/tokens.ts';
import { callerOf, requiredKeyOf, RingApi } from './ring-api.ts';

type Marking = Extract<RingChangeCommand, { readonly kind: 'retire-tokens' | 'reinstate-tokens' | 'release-values' }>['kind'];

/** What is done to tokens; to one by its path, to several in one step by `tokens`. */
@ApiTags('tokens')
@Controller('v1/environments/:environment/tokens')
export class TokenActionsController {
  readonly #api: RingApi;
  constructor(api: RingApi) {
    this.#api = api;
  }

  @Post('revoke')
  @HttpCode(200)
  @Changes({
    summary: 'Revokes several tokens in one step; answers when no validator can accept them any more',
    answer: tokensRevoked,
    key: 'required',
  })
  revokeSeveral(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
    @Body({ schema: revocations }) { tokens, reason, force }: z.output<typeof revocations>,
    @CurrentPrincipal() principal: Principal,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.#revoke(environment, principal, request, reply, {
      kind: 'revoke-tokens',
      tokens,
      reason,
      ...(force ? { force } : {}),
    });
  }

  @Post('revoke-all-but')
  @HttpCode(200)
  @Changes({
    summary: 'Emergency: revokes every token but one; answers when no validator can accept them any more',
    answer: tokensRevoked,
    key: 'required',
  })
  revokeOthers(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
    @Body({ schema: revocationOfOthers }) { keep, reason, force }: z.output<typeof revocationOfOthers>,
    @CurrentPrincipal() principal: Principal,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.#revoke(environment, principal, request, reply, {
      kind: 'revoke-others',
      keep: keep as TokenId,
      reason,
      ...(force ? { force } : {}),
    });
  }

  @Post('retire')
  @HttpCode(200)
  @Changes({
    summary: 'Marks several tokens as on their way out; they are still accepted',
    answer: tokensChanged,
    key: 'required',
  })
  retireSeveral(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
    @Body({ schema: tokenSelection }) { tokens }: z.output<typeof tokenSelection>,
    @CurrentPrincipal() principal: Principal,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.#mark('retire-tokens', environment, tokens, principal, request, reply);
  }

  @Post('reinstate')
  @HttpCode(200)
  @Changes({ summary: 'Takes the mark of several retiring tokens away', answer: tokensChanged, key: 'required' })
  reinstateSeveral(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
    @Body({ schema: tokenSelection }) { tokens }: z.output<typeof tokenSelection>,
    @CurrentPrincipal() principal: Principal,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.#mark('reinstate-tokens', environment, tokens, principal, request, reply);
  }

  @Post('release-values')
  @HttpCode(200)
  @Changes({ summary: 'Erases the copies of several values that deliveries kept', answer: tokensChanged, key: 'required' })
  releaseSeveral(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
    @Body({ schema: tokenSelection }) { tokens }: z.output<typeof tokenSelection>,
    @CurrentPrincipal() principal: Principal,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.#mark('release-values', environment, tokens, principal, request, reply);
  }

  @Post(':token/revoke')
  @HttpCode(200)
  @Changes({
    summary: 'Revokes a token; answers when no validator can accept it any more',
    answer: tokenRevoked,
    key: 'required',
  })
  revoke(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
    @Param('token', { schema: tokenParameter }) token: TokenId,
    @Body({ schema: revocation }) { reason, force }: z.output<typeof revocation>,
    @CurrentPrincipal() principal: Principal,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const change = {
      ...callerOf(environment, principal),
      ...requiredKeyOf(request),
      command: { kind: 'revoke-tokens' as const, tokens: [token], reason, ...(force ? { force } : {}) },
    };
    return this.#api.answer(change, reply, (done) => oneRevoked(viewOfRevocations(done, [token], this.#api.now())));
  }

  @Post(':token/retire')
  @HttpCode(200)
  @Changes({ summary: 'Marks a token as on its way out; it is still accepted', answer: tokensChanged, key: 'required' })
  retire(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
    @Param('token', { schema: tokenParameter }) token: TokenId,
    @CurrentPrincipal() principal: Principal,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.#mark('retire-tokens', environment, [token], principal, request, reply);
  }

  @Post(':token/reinstate')
  @HttpCode(200)
  @Changes({ summary: 'Takes the mark of a retiring token away', answer: tokensChanged, key: 'required' })
  reinstate(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
    @Param('token', { schema: tokenParameter }) token: TokenId,
    @CurrentPrincipal() principal: Principal,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.#mark('reinstate-tokens', environment, [token], principal, request, reply);
  }

  @Post(':token/release-value')
  @HttpCode(200)
  @Changes({ summary: 'Erases the copy of a value that a delivery kept', answer: tokensChanged, key: 'required' })
  release(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
    @Param('token', { schema: tokenParameter }) token: TokenId,
    @CurrentPrincipal() principal: Principal,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.#mark('release-values', environment, [token], principal, request, reply);
  }

  #mark(
    kind: Marking,
    environment: EnvironmentId,
    tokens: readonly TokenId[],
    principal: Principal,
    request: FastifyRequest,
    reply: FastifyReply,
  ) {
    const change = { ...callerOf(environment, principal), ...requiredKeyOf(request), command: { kind, tokens } };
    return this.#api.answer(change, reply, (done) => viewOfSelection(done, tokens, this.#api.now()));
  }

  #revoke(
    environment: EnvironmentId,
    principal: Principal,
    request: FastifyRequest,
    reply: FastifyReply,
    command: Extract<RingChangeCommand, { readonly kind: 'revoke-tokens' | 'revoke-others' }>,
  ) {
    const change = { ...callerOf(environment, principal), ...requiredKeyOf(request), command };
    return this.#api.answer(change, reply, (done) => {
      const live = new Set(liveTokens(done.ring).map(({ id }) => id));
      const gone =
        command.kind === 'revoke-tokens' ? command.tokens : done.ring.tokens.flatMap(({ id }) => (live.has(id) ? [] : [id]));
      return viewOfRevocations(done, gone, this.#api.now());
    });
  }
}

function oneRevoked({ tokens, ...rest }: z.input<typeof tokensRevoked>): z.input<typeof tokenRevoked> {
  const [token] = tokens;
  if (!token) throw new TypeError('a token that was revoked is in its ring');
  return { ...rest, token };
}
