import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put, Query, Req } from '@nestjs/common';
import { ApiQuery, ApiTags } from '@nestjs/swagger';
import type { EnvironmentId } from '@tallystick/kernel-core';
import { CurrentPrincipal, idempotencyKeyOf, notFound, type Principal } from '@tallystick/platform-http';
import type { Segment } from '@tallystick/tokens-domain';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { environmentParameter } from '../http/documents/parameters.ts';
import { ChangesRotations, Pages, ReadsRotations } from './documented-rotations.ts';
import { operatorWord, pageQuery, removal, requestOf, schedulePlan } from './rotation-documents.ts';
import { RotationsApi, timesRefused } from './rotations-api.ts';
import { scheduleList, scheduleView, triggered, viewOfSchedule, viewOfScheduleSummary } from './schedule-documents.ts';
import { segmentParameter } from './segment-path.ts';

@ApiTags('rotations')
@Controller('v1/environments/:environment/rotation-schedules')
export class RotationSchedulesController {
  readonly #api: RotationsApi;
  constructor(api: RotationsApi) {
    this.#api = api;
  }

  @Get()
  @ReadsRotations('The segments that are rotated by a schedule', scheduleList)
  @Pages()
  async list(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
    @Query({ schema: pageQuery }) { limit, cursor }: z.output<typeof pageQuery>,
  ): Promise<z.input<typeof scheduleList>> {
    const page = { limit, ...(cursor === undefined ? {} : { cursor }) };
    const { items, next } = await this.#api.ask((rotations) => rotations.listSchedules(environment, page));
    return { items: items.map(viewOfScheduleSummary), ...(next === undefined ? {} : { next }) };
  }

  @Get(':segment')
  @ReadsRotations('When a segment is rotated, and how', scheduleView)
  async read(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
    @Param('segment', { schema: segmentParameter }) segment: Segment,
  ): Promise<z.input<typeof scheduleView>> {
    const schedule = await this.#api.ask((rotations) => rotations.readSchedule(environment, segment));
    if (!schedule) throw notFound();
    return viewOfSchedule(schedule);
  }

  @Put(':segment')
  @ChangesRotations('Rotates a segment at these times, or at others than before; while a rotation runs the next one is skipped', {
    answer: scheduleView,
  })
  async put(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
    @Param('segment', { schema: segmentParameter }) segment: Segment,
    @Body({ schema: schedulePlan }) { cron, jitterMinutes, ...plan }: z.output<typeof schedulePlan>,
    @CurrentPrincipal() principal: Principal,
    @Req() http: FastifyRequest,
  ): Promise<z.input<typeof scheduleView>> {
    const request = requestOf(environment, segment, principal.subject, plan);
    this.#api.checkRequest(request);
    const { reason } = plan;
    const deed = { action: 'schedule-rotation', reason, facts: { cron, jitterMinutes }, asked: plan };
    await this.#api.note(principal, environment, segment, idempotencyKeyOf(http), deed);
    const outcome = await this.#api.ask((rotations) => rotations.putSchedule(request, { cron, jitterMinutes }));
    if (outcome === 'times-refused') throw timesRefused();
    return this.read(environment, segment);
  }

  @Delete(':segment')
  @HttpCode(204)
  @ChangesRotations('Starts no further rotations of a segment; one that runs goes on', { status: 204 })
  @ApiQuery({ name: 'reason', required: true, schema: { type: 'string', minLength: 1, maxLength: 200 }, description: 'Why' })
  async remove(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
    @Param('segment', { schema: segmentParameter }) segment: Segment,
    @Query({ schema: removal }) { reason }: z.output<typeof removal>,
    @CurrentPrincipal() principal: Principal,
    @Req() http: FastifyRequest,
  ): Promise<void> {
    const noted = await this.#api.note(principal, environment, segment, idempotencyKeyOf(http), {
      action: 'unschedule-rotation',
      reason,
    });
    const isRemoved = await this.#api.ask((rotations) => rotations.removeSchedule(environment, segment));
    if (!isRemoved && noted !== 'repeated') throw notFound();
  }

  @Post(':segment/trigger')
  @HttpCode(202)
  @ChangesRotations('Starts the scheduled rotation now, unless one runs', { answer: triggered, status: 202 })
  async trigger(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
    @Param('segment', { schema: segmentParameter }) segment: Segment,
    @Body({ schema: operatorWord }) { reason }: z.output<typeof operatorWord>,
    @CurrentPrincipal() principal: Principal,
    @Req() http: FastifyRequest,
  ): Promise<z.input<typeof triggered>> {
    await this.#api.note(principal, environment, segment, idempotencyKeyOf(http), { action: 'trigger-rotation', reason });
    if (!(await this.#api.ask((rotations) => rotations.triggerSchedule(environment, segment)))) throw notFound();
    return { outcome: 'triggered' };
  }
}
