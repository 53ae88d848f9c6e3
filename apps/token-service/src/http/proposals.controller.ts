import { Body, Controller, Get, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { EnvironmentId } from '@tallystick/kernel-core';
import { CurrentPrincipal, type Principal } from '@tallystick/platform-http';
import type { ProposalCommand, ProposalId } from '@tallystick/tokens-domain';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { Changes, readers, Reads } from './documented.ts';
import { changedView, proposalView, viewOfChanged, viewOfProposal } from './documents/outcomes.ts';
import { environmentParameter, justification, proposalParameter } from './documents/parameters.ts';
import { createdToken, viewOfCreated } from './documents/tokens.ts';
import { type Asking, askingOf, etagOf, RingApi } from './ring-api.ts';

const proposalList = z.object({ version: z.int(), items: z.array(proposalView) }).meta({ id: 'ProposalList' });
const proposalDone = changedView.extend({ created: createdToken.optional() }).meta({ id: 'ProposalDone' });

@ApiTags('proposals')
@Controller('v1/environments/:environment/proposals')
export class ProposalsController {
  readonly #api: RingApi;
  constructor(api: RingApi) {
    this.#api = api;
  }

  @Get()
  @Reads('Changes that the guards stopped and that wait for a second person; at most 20', proposalList, [...readers, 'approver'])
  async list(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<z.input<typeof proposalList>> {
    const ring = await this.#api.read(environment);
    void reply.header('etag', etagOf(ring));
    const now = this.#api.now();
    return { version: ring.version, items: ring.proposals.filter(({ expiresAt }) => expiresAt > now).map(viewOfProposal) };
  }

  @Post(':proposal/approve')
  @HttpCode(200)
  @Changes({
    summary: 'Does what somebody else proposed, judged anew; a value that it makes is shown to who approves',
    answer: proposalDone,
    roles: ['approver'],
  })
  approve(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
    @Param('proposal', { schema: proposalParameter }) proposal: ProposalId,
    @Body({ schema: justification }) { reason }: z.output<typeof justification>,
    @CurrentPrincipal() principal: Principal,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.#decide({ kind: 'approve', proposal }, askingOf(environment, principal, request, reason), reply);
  }

  @Post(':proposal/withdraw')
  @HttpCode(200)
  @Changes({
    summary: 'Takes a proposal back: your own, or any with the role approver',
    answer: proposalDone,
    roles: ['token-admin', 'approver'],
  })
  withdraw(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
    @Param('proposal', { schema: proposalParameter }) proposal: ProposalId,
    @Body({ schema: justification }) { reason }: z.output<typeof justification>,
    @CurrentPrincipal() principal: Principal,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.#decide({ kind: 'withdraw', proposal }, askingOf(environment, principal, request, reason), reply);
  }

  #decide(command: ProposalCommand, asking: Asking, reply: FastifyReply) {
    return this.#api.answer({ ...asking, command }, reply, (done): z.input<typeof proposalDone> => {
      const created = viewOfCreated(done, this.#api.now());
      return { ...viewOfChanged(done), ...(created ? { created } : {}) };
    });
  }
}
