import { Body, Controller, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { EnvironmentId } from '@tallystick/kernel-core';
import { CurrentPrincipal, type Principal } from '@tallystick/platform-http';
import { liveTokens, type RingChangeCommand, type TokenId } from '@tallystick/tokens-domain';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { Changes } from './documented.ts';
import { environmentParameter, justification, tokenParameter } from './documents/parameters.ts';
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
import { type Asking, askingOf, RingApi } from './ring-api.ts';

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
    revokes: true,
  })
  async revokeSeveral(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
    @Body({ schema: revocations }) { tokens, successor, reason, force }: z.output<typeof revocations>,
    @CurrentPrincipal() principal: Principal,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const asking = askingOf(environment, principal, request, reason);
    await this.#api.beforeRevoking(asking, tokens, force !== undefined);
    return this.#revoke(asking, reply, {
      kind: 'revoke-tokens',
      tokens,
      ...(successor !== undefined && { successor }),
      reason,
      ...(force ? { force } : {}),
    });
  }

  @Post('revoke-all-but')
  @HttpCode(200)
  @Changes({
    summary: 'Emergency: revokes every token but one; answers when no validator can accept them any more',
    answer: tokensRevoked,
  })
  revokeOthers(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
    @Body({ schema: revocationOfOthers }) { keep, reason, force }: z.output<typeof revocationOfOthers>,
    @CurrentPrincipal() principal: Principal,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.#revoke(askingOf(environment, principal, request, reason), reply, {
      kind: 'revoke-others',
      keep,
      reason,
      ...(force ? { force } : {}),
    });
  }

  @Post('retire')
  @HttpCode(200)
  @Changes({
    summary: 'Marks several tokens as on their way out; they are still accepted',
    answer: tokensChanged,
  })
  retireSeveral(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
    @Body({ schema: tokenSelection }) { reason, tokens }: z.output<typeof tokenSelection>,
    @CurrentPrincipal() principal: Principal,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.#mark('retire-tokens', tokens, askingOf(environment, principal, request, reason), reply);
  }

  @Post('reinstate')
  @HttpCode(200)
  @Changes({ summary: 'Takes the mark of several retiring tokens away', answer: tokensChanged })
  reinstateSeveral(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
    @Body({ schema: tokenSelection }) { reason, tokens }: z.output<typeof tokenSelection>,
    @CurrentPrincipal() principal: Principal,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.#mark('reinstate-tokens', tokens, askingOf(environment, principal, request, reason), reply);
  }

  @Post('release-values')
  @HttpCode(200)
  @Changes({ summary: 'Erases the copies of several values that deliveries kept', answer: tokensChanged })
  releaseSeveral(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
    @Body({ schema: tokenSelection }) { reason, tokens }: z.output<typeof tokenSelection>,
    @CurrentPrincipal() principal: Principal,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.#mark('release-values', tokens, askingOf(environment, principal, request, reason), reply);
  }

  @Post(':token/revoke')
  @HttpCode(200)
  @Changes({
    summary: 'Revokes a token; answers when no validator can accept it any more',
    answer: tokenRevoked,
    revokes: true,
  })
  async revoke(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
    @Param('token', { schema: tokenParameter }) token: TokenId,
    @Body({ schema: revocation }) { reason, force }: z.output<typeof revocation>,
    @CurrentPrincipal() principal: Principal,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const asking = askingOf(environment, principal, request, reason);
    await this.#api.beforeRevoking(asking, [token], force !== undefined);
    const change = {
      ...asking,
      command: { kind: 'revoke-tokens' as const, tokens: [token], reason, ...(force ? { force } : {}) },
    };
    return this.#api.answer(change, reply, (done) => oneRevoked(viewOfRevocations(done, [token], this.#api.now())));
  }

  @Post(':token/retire')
  @HttpCode(200)
  @Changes({ summary: 'Marks a token as on its way out; it is still accepted', answer: tokensChanged })
  retire(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
    @Param('token', { schema: tokenParameter }) token: TokenId,
    @Body({ schema: justification }) { reason }: z.output<typeof justification>,
    @CurrentPrincipal() principal: Principal,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.#mark('retire-tokens', [token], askingOf(environment, principal, request, reason), reply);
  }

  @Post(':token/reinstate')
  @HttpCode(200)
  @Changes({ summary: 'Takes the mark of a retiring token away', answer: tokensChanged })
  reinstate(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
    @Param('token', { schema: tokenParameter }) token: TokenId,
    @Body({ schema: justification }) { reason }: z.output<typeof justification>,
    @CurrentPrincipal() principal: Principal,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.#mark('reinstate-tokens', [token], askingOf(environment, principal, request, reason), reply);
  }

  @Post(':token/release-value')
  @HttpCode(200)
  @Changes({ summary: 'Erases the copy of a value that a delivery kept', answer: tokensChanged })
  release(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
    @Param('token', { schema: tokenParameter }) token: TokenId,
    @Body({ schema: justification }) { reason }: z.output<typeof justification>,
    @CurrentPrincipal() principal: Principal,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.#mark('release-values', [token], askingOf(environment, principal, request, reason), reply);
  }

  #mark(kind: Marking, tokens: readonly TokenId[], asking: Asking, reply: FastifyReply) {
    return this.#api.answer({ ...asking, command: { kind, tokens } }, reply, (done) =>
      viewOfSelection(done, tokens, this.#api.now()),
    );
  }

  #revoke(
    asking: Asking,
    reply: FastifyReply,
    command: Extract<RingChangeCommand, { readonly kind: 'revoke-tokens' | 'revoke-others' }>,
  ) {
    return this.#api.answer({ ...asking, command }, reply, (done) => {
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
