import { Controller, Get, Param } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { EnvironmentId } from '@tallystick/kernel-core';
import { hasApplied, isSameRegistry, liveTokens } from '@tallystick/tokens-domain';
import { z } from 'zod';
import { readers, Reads } from './documented.ts';
import { environmentParameter } from './documents/parameters.ts';
import { storeUnavailable } from './problems.ts';
import { RingApi } from './ring-api.ts';

const validatorList = z
  .object({
    trusted: z.boolean().meta({ description: 'A revocation may rely on this list; else it waits until every lease has run out' }),
    items: z.array(
      z.object({
        id: z.string(),
        state: z.enum(['following', 'loading']),
        leaseMs: z.number(),
        missingPeppers: z.array(z.string()).nullable().meta({
          description:
            "Keys of this environment's live tokens that it lacks: it gives no denial there; null when it does not say",
        }),
      }),
    ),
  })
  .meta({ id: 'ValidatorList' });

@ApiTags('validators')
@Controller('v1/environments/:environment/validators')
export class ValidatorsController {
  readonly #api: RingApi;
  constructor(api: RingApi) {
    this.#api = api;
  }

  /** Other environments share the member table: nothing here tells how much they change. */
  @Get()
  @Reads('The validators that answer for this environment, as far as it concerns it', validatorList, [...readers, 'operator'])
  async list(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
  ): Promise<z.input<typeof validatorList>> {
    const ring = await this.#api.read(environment);
    const { store, watch } = this.#api.needs;
    const shard = store.shardOf(environment);
    const look = await store.look(shard).catch((cause: unknown) => {
      throw storeUnavailable(cause);
    });
    const trust = watch.trustOf(shard);
    const needed = [...new Set(liveTokens(ring).map(({ pepperId }) => pepperId))];
    return {
      trusted: trust !== undefined && isSameRegistry(trust.identity, look.identity),
      items: look.members.map((member) => ({
        id: member.id,
        state: hasApplied(member, look.identity, 0) ? ('following' as const) : ('loading' as const),
        leaseMs: member.leaseMs,
        missingPeppers: member.peppers ? needed.filter((pepper) => !member.peppers?.includes(pepper)) : null,
      })),
    };
  }
}
