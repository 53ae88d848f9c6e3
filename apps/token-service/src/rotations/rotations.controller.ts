import { Body, Controller, Get, HttpCode, Param, Post, Query, Req } from '@nestjs/common';
import { ApiQuery, ApiTags } from '@nestjs/swagger';
import type { EnvironmentId } from '@tallystick/kernel-core';
import { CurrentPrincipal, idempotencyKeyOf, type Principal } from '@tallystick/platform-http';
import { rotationStatus, type Segment, startRotation } from '@tallystick/tokens-domain';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { environmentParameter } from '../http/documents/parameters.ts';
import { problemOfFailure } from '../http/problems.ts';
import { ChangesRotations, Pages, ReadsRotations } from './documented-rotations.ts';
import {
  newRotation,
  requestOf,
  rotationList,
  rotationQuery,
  rotationView,
  viewOfRotation,
  viewOfSummary,
} from './rotation-documents.ts';
import { alreadyRotating, RotationsApi } from './rotations-api.ts';
import { segmentParameter } from './segment-path.ts';

@ApiTags('rotations')
@Controller('v1/environments/:environment/rotations')
export class RotationsController {
  readonly #api: RotationsApi;
  constructor(api: RotationsApi) {
    this.#api = api;
  }

  @Post()
  @HttpCode(201)
  @ChangesRotations(
    'Starts the rotation of a segment: a new token is made, delivered and adopted, then the old ones are revoked',
    {
      answer: rotationView,
      status: 201,
    },
  )
  async start(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
    @Body({ schema: newRotation }) { segment, ...plan }: z.output<typeof newRotation>,
    @CurrentPrincipal() principal: Principal,
    @Req() http: FastifyRequest,
  ): Promise<z.input<typeof rotationView>> {
    const key = idempotencyKeyOf(http);
    const request = requestOf(environment, segment, principal.subject, plan);
    this.#api.checkRequest(request);
    const { label, reason } = plan;
    const deed = { action: 'start-rotation', reason, facts: { label }, asked: plan };
    await this.#api.note(principal, environment, segment, key, deed);
    const attempt = { at: this.#api.rings.now(), key };
    const started = await this.#api.ask((rotations) => rotations.start(request, attempt));
    if (started.kind === 'already-rotating') throw alreadyRotating();
    if (started.kind === 'key-reused') throw problemOfFailure(started);
    // Its first status, without waiting for a worker to take it up; the same again for who repeats the request.
    return viewOfRotation(rotationStatus(startRotation(request, started.rotation, started.at), started.at));
  }

  @Get()
  @ReadsRotations('Rotations of this environment, newest first; one may be missing for a moment after its start', rotationList)
  @Pages()
  @ApiQuery({ name: 'state', required: false, schema: { type: 'string', enum: ['running', 'over'] } })
  async list(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
    @Query({ schema: rotationQuery }) { limit, cursor, state }: z.output<typeof rotationQuery>,
  ): Promise<z.input<typeof rotationList>> {
    const page = { limit, ...(cursor === undefined ? {} : { cursor }), ...(state === undefined ? {} : { state }) };
    const { items, next } = await this.#api.ask((rotations) => rotations.list(environment, page));
    return { items: items.map(viewOfSummary), ...(next === undefined ? {} : { next }) };
  }

  @Get(':segment')
  @ReadsRotations('The last rotation of a segment, as it stands', rotationView)
  async read(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
    @Param('segment', { schema: segmentParameter }) segment: Segment,
  ): Promise<z.input<typeof rotationView>> {
    return viewOfRotation(await this.#api.status(environment, segment));
  }
}
