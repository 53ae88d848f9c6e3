import { Body, Controller, Get, HttpCode, Param, Post, Req } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import {
  CurrentPrincipal,
  idempotencyKeyOf,
  notFound,
  type Principal,
  ProblemException,
  RequiresIdempotencyKey,
  Roles,
} from '@tallystick/platform-http';
import { type RingShard, ringShards } from '@tallystick/tokens-domain';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { reason } from '../http/documents/parameters.ts';
import { problemOfFailure } from '../http/problems.ts';
import { type RingRecovery, shutReasons } from './ring-recovery.ts';

const shardParameter = z.string().max(64);
const reopening = z.strictObject({ reason }).meta({
  id: 'ShardReopening',
  description: 'Why it is reopened although revocations may be lost; kept in the audit of every environment in it.',
});
const shardState = z.object({ shard: z.string(), outcome: z.enum(['reopened', 'not-shut']) }).meta({ id: 'ShardReopened' });
const shutList = z
  .object({ items: z.array(z.object({ shard: z.string(), why: z.string(), text: z.string() })) })
  .meta({ id: 'ShutShards' });

/** What the controller needs of {@link RingRecovery}, as a token of Nest. */
export class ShardRecovery {
  readonly recovery: Pick<RingRecovery, 'shut' | 'reopen'>;
  constructor(recovery: Pick<RingRecovery, 'shut' | 'reopen'>) {
    this.recovery = recovery;
  }
}

@ApiTags('shards')
@Controller('v1/shards')
export class ShardsController {
  readonly #recovery: Pick<RingRecovery, 'shut' | 'reopen'>;
  constructor({ recovery }: ShardRecovery) {
    this.#recovery = recovery;
  }

  @Get()
  @Roles('viewer', 'operator', 'approver', 'auditor', 'token-admin')
  @ApiOperation({ summary: 'The shards that no validator serves because their store went back, and why they are still shut' })
  @ApiResponse({ status: 200, description: 'As asked', standardSchema: shutList as never })
  list(): z.input<typeof shutList> {
    return { items: [...this.#recovery.shut].map(([shard, why]) => ({ shard, why, text: shutReasons[why] })) };
  }

  @Post(':shard/reopen')
  @HttpCode(200)
  @Roles('approver')
  @RequiresIdempotencyKey()
  @ApiOperation({
    summary:
      'Serves a shut shard again, without the revocations that its store lost and nobody could make again: revoke those first',
  })
  @ApiResponse({ status: 200, description: 'Reopened, or not shut to begin with', standardSchema: shardState as never })
  @ApiResponse({ status: 422, description: 'The Idempotency-Key belongs to another request.' })
  @ApiResponse({
    status: 503,
    description: 'The store can not be reached, or the audit can not be written; nothing was reopened, or repeat it.',
  })
  async reopen(
    @Param('shard', { schema: shardParameter }) name: string,
    @Body({ schema: reopening }) { reason: why }: z.output<typeof reopening>,
    @CurrentPrincipal() { subject }: Principal,
    @Req() request: FastifyRequest,
  ): Promise<z.input<typeof shardState>> {
    const shard: RingShard | undefined = ringShards.find((one) => one === name);
    if (!shard) throw notFound();
    const by = { actor: subject, reason: why, idempotencyKey: idempotencyKeyOf(request) };
    const outcome = await this.#recovery.reopen(shard, by).catch((cause: unknown) => {
      const detail = 'Repeat the same request; a shard is reopened once.';
      throw new ProblemException(
        'not-reopened',
        503,
        'The shard could not be reopened',
        detail,
        {},
        { cause, headers: { 'retry-after': '1' } },
      );
    });
    if (outcome === 'key-reused') throw problemOfFailure({ kind: outcome });
    return { shard, outcome };
  }
}
