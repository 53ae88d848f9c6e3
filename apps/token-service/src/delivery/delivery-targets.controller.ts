import { applyDecorators, Body, Controller, Get, HttpCode, Param, Post, Req } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { EnvironmentId } from '@tallystick/kernel-core';
import {
  CurrentPrincipal,
  idempotencyKeyOf,
  notFound,
  type Principal,
  RequiresIdempotencyKey,
  Roles,
} from '@tallystick/platform-http';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { environmentParameter } from '../http/documents/parameters.ts';
import { readers } from '../http/documented.ts';
import { outcomeUnknown } from '../http/problems.ts';
import { problemOfNote, RingApi } from '../http/ring-api.ts';
import type { Deliveries } from './deliveries.ts';
import {
  checkAsked,
  deliveryAsked,
  findings,
  planAsked,
  platformAsked,
  receiptIn,
  slotAnswer,
  slotCheck,
  slotPlan,
  targetList,
  targetParameter,
  viewOf,
  viewOfTarget,
} from './delivery-documents.ts';
import type { ConfiguredTarget, Targets } from './targets.ts';

/** What the routes work with. */
export class DeliveryApi {
  readonly targets: Pick<Targets, 'find' | 'of'>;
  readonly deliveries: Deliveries;
  constructor(targets: Pick<Targets, 'find' | 'of'>, deliveries: Deliveries) {
    this.targets = targets;
    this.deliveries = deliveries;
  }
}

const checkWithinMs = 30_000;

/** A route that a rotation uses: noted before anything is opened. */
const Delivers = (summary: string, answer: z.ZodType) =>
  applyDecorators(
    Roles('token-admin'),
    ApiOperation({ summary }),
    RequiresIdempotencyKey(),
    ApiResponse({ status: 200, description: 'What came of it; nothing of it holds a value', standardSchema: answer as never }),
    ApiResponse({ status: 409, description: 'Others change this environment at the same time.' }),
    ApiResponse({ status: 429, description: 'Too many notes in a short time; Retry-After says when.' }),
    ApiResponse({ status: 422, description: 'The Idempotency-Key belongs to another request.' }),
  );

@ApiTags('delivery')
@Controller('v1/environments/:environment/delivery-targets')
export class DeliveryTargetsController {
  readonly #api: DeliveryApi;
  readonly #rings: RingApi;
  constructor(api: DeliveryApi, rings: RingApi) {
    this.#api = api;
    this.#rings = rings;
  }

  @Get()
  @Roles(...readers, 'operator')
  @ApiOperation({ summary: 'Where values of this environment are delivered; set by who deploys, not here' })
  @ApiResponse({ status: 200, description: 'As asked', standardSchema: targetList as never })
  list(@Param('environment', { schema: environmentParameter }) environment: EnvironmentId): z.input<typeof targetList> {
    return { items: this.#api.targets.of(environment).map(viewOfTarget) };
  }

  @Post(':target/check')
  @HttpCode(200)
  @Roles('token-admin', 'operator')
  @ApiOperation({ summary: 'What would keep a delivery from arriving, and which token stands there; changes nothing' })
  @ApiResponse({ status: 200, description: 'As found', standardSchema: findings as never })
  async check(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
    @Param('target', { schema: targetParameter }) id: string,
    @Body({ schema: platformAsked }) { platform }: z.output<typeof platformAsked>,
  ): Promise<z.input<typeof findings>> {
    const configured = this.#find(environment, id);
    const found = await configured.target.check(platform, AbortSignal.timeout(checkWithinMs));
    const holds = await this.#api.deliveries.holds(configured, platform);
    return { holds: 'kind' in holds ? holds : [...holds], findings: [...found] };
  }

  @Post(':target/plan')
  @HttpCode(200)
  @Delivers('Reads what stands there, and whether a token may replace it; writes nothing', slotPlan)
  async plan(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
    @Param('target', { schema: targetParameter }) id: string,
    @Body({ schema: planAsked }) { reason, known, overwrite, ...slot }: z.output<typeof planAsked>,
    @CurrentPrincipal() principal: Principal,
    @Req() request: FastifyRequest,
  ) {
    const configured = this.#find(environment, id);
    await this.#note('plan-delivery', environment, principal, request, reason, { target: id, ...slot, overwrite });
    return viewOf(await this.#api.deliveries.plan({ environment, configured, ...slot }, known, overwrite));
  }

  @Post(':target/deliver')
  @HttpCode(200)
  @Delivers('Writes the value of a token that was planned with, and reads it back', slotAnswer)
  async deliver(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
    @Param('target', { schema: targetParameter }) id: string,
    @Body({ schema: deliveryAsked }) { reason, expected, ...slot }: z.output<typeof deliveryAsked>,
    @CurrentPrincipal() principal: Principal,
    @Req() request: FastifyRequest,
  ) {
    const configured = this.#find(environment, id);
    await this.#note('deliver', environment, principal, request, reason, { target: id, ...slot });
    return viewOf(await this.#api.deliveries.apply({ environment, configured, ...slot }, expected));
  }

  @Post(':target/verify')
  @HttpCode(200)
  @Roles('token-admin')
  @ApiOperation({
    summary: 'Reads whether a slot holds what was delivered, all else as it was, and how far it has come; writes nothing',
  })
  @ApiResponse({ status: 200, description: 'As found', standardSchema: slotCheck as never })
  async verify(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
    @Param('target', { schema: targetParameter }) id: string,
    @Body({ schema: checkAsked }) { receipt, ...slot }: z.output<typeof checkAsked>,
  ) {
    const configured = this.#find(environment, id);
    return viewOf(await this.#api.deliveries.check({ environment, configured, ...slot }, receiptIn(receipt)));
  }

  #find(environment: EnvironmentId, id: string): ConfiguredTarget {
    const configured = this.#api.targets.find(environment, id);
    if (!configured) throw notFound();
    return configured;
  }

  /** Before the value is opened; what can not be audited is not done. */
  async #note(
    action: string,
    environment: EnvironmentId,
    { subject }: Principal,
    request: FastifyRequest,
    reason: string,
    facts: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    const note = { environment, actor: subject, action, reason, facts, idempotencyKey: idempotencyKeyOf(request) };
    const outcome = await this.#rings.needs.notes.write(note).catch((cause: unknown) => {
      throw outcomeUnknown(cause);
    });
    if (outcome.kind !== 'noted') throw problemOfNote(outcome);
  }
}
