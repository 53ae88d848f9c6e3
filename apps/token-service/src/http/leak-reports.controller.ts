import { Body, Controller, HttpCode, Param, Post, Req } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { EnvironmentId } from '@tallystick/kernel-core';
import { CurrentPrincipal, idempotencyKeyOf, type Principal, RequiresIdempotencyKey, Roles } from '@tallystick/platform-http';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { type LeakFinding, LeakReports } from '../rings/leak-reports.ts';
import { leakAnswer, leakReport } from './documents/leaks.ts';
import { environmentParameter } from './documents/parameters.ts';
import { storeUnavailable } from './problems.ts';
import { RingApi } from './ring-api.ts';
import { declareLeakMetrics } from '../token-metrics.ts';

const answered = ApiResponse({
  status: 200,
  description: 'What became of each item, without its value',
  standardSchema: leakAnswer as never,
});

/** For secret scanners: a value was found where it should not be. A report must not be a button that locks a company out (ADR 4). */
@ApiTags('leak reports')
@Controller('v1')
export class LeakReportsController {
  readonly #reports: LeakReports;
  readonly #count;

  constructor(api: RingApi) {
    const { store, changes, peppers, logger, metrics } = api.needs;
    this.#reports = new LeakReports({ store, changes, peppers, logger });
    this.#count = declareLeakMetrics(metrics);
  }

  @Post('environments/:environment/leak-reports')
  @HttpCode(200)
  @Roles('token-admin')
  @ApiOperation({ summary: 'Revokes the reported tokens of this environment where the guards let it pass, and marks the others' })
  @RequiresIdempotencyKey()
  @answered
  async here(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
    @Body({ schema: leakReport }) { items }: z.output<typeof leakReport>,
    @CurrentPrincipal() { subject }: Principal,
    @Req() request: FastifyRequest,
  ): Promise<z.input<typeof leakAnswer>> {
    return this.#answer(
      await this.#reports
        .report({ items, actor: subject, environment, idempotencyKey: idempotencyKeyOf(request) })
        .catch(rethrow),
    );
  }

  @Post('leak-reports')
  @HttpCode(200)
  @Roles('token-admin')
  @ApiOperation({
    summary: 'The same for generated tokens of all environments; needs the role under "*". Looks through every ring',
  })
  @RequiresIdempotencyKey()
  @answered
  async everywhere(
    @Body({ schema: leakReport }) { items }: z.output<typeof leakReport>,
    @CurrentPrincipal() { subject }: Principal,
    @Req() request: FastifyRequest,
  ): Promise<z.input<typeof leakAnswer>> {
    return this.#answer(
      await this.#reports
        .report({ items, actor: subject, environment: undefined, idempotencyKey: idempotencyKeyOf(request) })
        .catch(rethrow),
    );
  }

  #answer(findings: readonly LeakFinding[]): z.input<typeof leakAnswer> {
    for (const { outcome } of findings) this.#count.inc({ outcome });
    return { items: findings.map((finding) => ({ ...finding })) };
  }
}

const rethrow = (cause: unknown): never => {
  throw storeUnavailable(cause);
};
