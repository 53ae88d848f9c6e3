import { Controller, Get, Param } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { EnvironmentId } from '@tallystick/kernel-core';
import { Roles } from '@tallystick/platform-http';
import { isSameRegistry } from '@tallystick/tokens-domain';
import type { z } from 'zod';
import { lagOf } from '../propagation/propagation.ts';
import { environmentParameter, validatorList } from './documents.ts';
import { storeUnavailable } from './problems.ts';
import { RingApi } from './ring-api.ts';

@ApiTags('validators')
@Controller('v1/environments/:environment/validators')
export class ValidatorsController {
  readonly #api: RingApi;
  constructor(api: RingApi) {
    this.#api = api;
  }

  @Get()
  @Roles('viewer', 'operator', 'token-admin', 'auditor')
  @ApiOperation({ summary: 'The validators that follow this environment, and how far each is behind' })
  @ApiOkResponse({ standardSchema: validatorList })
  async list(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
  ): Promise<z.input<typeof validatorList>> {
    await this.#api.read(environment);
    const { store, watch } = this.#api.needs;
    const shard = store.shardOf(environment);
    const look = await store.look(shard).catch((cause: unknown) => {
      throw storeUnavailable(cause);
    });
    const trust = watch.trustOf(shard);
    return {
      shard,
      changes: look.seq,
      trusted: trust !== undefined && isSameRegistry(trust.identity, look.identity),
      items: look.members.map((member) => {
        const lag = lagOf(look, member) ?? null;
        return {
          id: member.id,
          state: lag === null ? ('loading' as const) : ('following' as const),
          lag,
          leaseMs: member.leaseMs,
        };
      }),
    };
  }
}
