import { Body, Controller, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiQuery, ApiTags } from '@nestjs/swagger';
import type { EnvironmentId } from '@tallystick/kernel-core';
import { CurrentPrincipal, idempotencyKeyOf, notFound, type Principal, Roles } from '@tallystick/platform-http';
import { pingIdApp, type RotationCommand, type Segment } from '@tallystick/tokens-domain';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { appIdPattern, configurationFormats, defaultKey, formatDescription, keyPattern } from '../http/configuration-file.ts';
import { environmentParameter } from '../http/documents/parameters.ts';
import { ExportsValue, exportValue } from '../http/export-value.ts';
import { CommandsRotation } from './documented-rotations.ts';
import {
  extension,
  operatorWord,
  redelivery,
  rotationView,
  slotConfirmation,
  slotExport,
  slotParameter,
  viewOfRotation,
} from './rotation-documents.ts';
import { doneOf, RotationsApi, slotNotOpen } from './rotations-api.ts';
import { segmentParameter } from './segment-path.ts';

type Said = z.output<typeof operatorWord>;
/** A command without who says it: that is whoever calls. */
type Unsigned = RotationCommand extends infer C
  ? C extends RotationCommand
    ? Omit<C, 'by' | 'id'> & { readonly reason: string }
    : never
  : never;

@ApiTags('rotations')
@Controller('v1/environments/:environment/rotations/:segment')
export class RotationCommandsController {
  readonly #api: RotationsApi;
  constructor(api: RotationsApi) {
    this.#api = api;
  }

  @Post('approve')
  @HttpCode(200)
  @CommandsRotation(
    'Opens the gate before adoption or overlap do, and after a refused revocation; never forces the guards',
    rotationView,
    ['approver'],
  )
  approve(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
    @Param('segment', { schema: segmentParameter }) segment: Segment,
    @Body({ schema: operatorWord }) said: Said,
    @CurrentPrincipal() principal: Principal,
    @Req() request: FastifyRequest,
  ) {
    return this.#command(environment, segment, { kind: 'approve', ...said }, principal, request);
  }

  @Post('pause')
  @HttpCode(200)
  @CommandsRotation('Begins no further step; one that is being made is not broken off', rotationView)
  pause(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
    @Param('segment', { schema: segmentParameter }) segment: Segment,
    @Body({ schema: operatorWord }) said: Said,
    @CurrentPrincipal() principal: Principal,
    @Req() request: FastifyRequest,
  ) {
    return this.#command(environment, segment, { kind: 'pause', ...said }, principal, request);
  }

  @Post('resume')
  @HttpCode(200)
  @CommandsRotation('Ends a pause or a hold, and tries what fails again at once', rotationView)
  resume(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
    @Param('segment', { schema: segmentParameter }) segment: Segment,
    @Body({ schema: operatorWord }) said: Said,
    @CurrentPrincipal() principal: Principal,
    @Req() request: FastifyRequest,
  ) {
    return this.#command(environment, segment, { kind: 'resume', ...said }, principal, request);
  }

  @Post('extend')
  @HttpCode(200)
  @CommandsRotation('Gives the overlap, or the marked tokens, more time', rotationView)
  extend(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
    @Param('segment', { schema: segmentParameter }) segment: Segment,
    @Body({ schema: extension }) said: z.output<typeof extension>,
    @CurrentPrincipal() principal: Principal,
    @Req() request: FastifyRequest,
  ) {
    return this.#command(environment, segment, { kind: 'extend', ...said }, principal, request);
  }

  @Post('confirm-slot')
  @HttpCode(200)
  @CommandsRotation('Says that a token is where it belongs, or that its target refused it', rotationView)
  confirmSlot(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
    @Param('segment', { schema: segmentParameter }) segment: Segment,
    @Body({ schema: slotConfirmation }) said: z.output<typeof slotConfirmation>,
    @CurrentPrincipal() principal: Principal,
    @Req() request: FastifyRequest,
  ) {
    return this.#command(environment, segment, { kind: 'confirm-slot', ...said }, principal, request);
  }

  @Post('redeliver')
  @HttpCode(200)
  @CommandsRotation('Writes a target again where somebody else changed it, over whatever value stands there now', rotationView)
  redeliver(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
    @Param('segment', { schema: segmentParameter }) segment: Segment,
    @Body({ schema: redelivery }) said: z.output<typeof redelivery>,
    @CurrentPrincipal() principal: Principal,
    @Req() request: FastifyRequest,
  ) {
    return this.#command(environment, segment, { kind: 'redeliver', ...said }, principal, request);
  }

  @Post('roll-back')
  @HttpCode(200)
  @CommandsRotation('Brings the old token back, until the first revocation has begun', rotationView)
  rollBack(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
    @Param('segment', { schema: segmentParameter }) segment: Segment,
    @Body({ schema: operatorWord }) said: Said,
    @CurrentPrincipal() principal: Principal,
    @Req() request: FastifyRequest,
  ) {
    return this.#command(environment, segment, { kind: 'roll-back', ...said }, principal, request);
  }

  @Post('slots/:slot/export')
  @HttpCode(200)
  @Roles('token-admin')
  @ExportsValue('The value that belongs on this slot now, as a configuration file. Each export is written into the audit first')
  @ApiQuery({ name: 'format', schema: { type: 'string', enum: [...configurationFormats] }, description: formatDescription })
  @ApiQuery({
    name: 'key',
    required: false,
    schema: { type: 'string', pattern: keyPattern, default: defaultKey },
    description: 'What the app reads it by',
  })
  @ApiQuery({
    name: 'iosBundleId',
    required: false,
    schema: { type: 'string', pattern: appIdPattern, default: pingIdApp.iosBundleId },
  })
  @ApiQuery({
    name: 'androidPackage',
    required: false,
    schema: { type: 'string', pattern: appIdPattern, default: pingIdApp.androidPackage },
  })
  async export(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
    @Param('segment', { schema: segmentParameter }) segment: Segment,
    @Param('slot', { schema: slotParameter }) slot: string,
    @Query({ schema: slotExport }) asked: z.output<typeof slotExport>,
    @CurrentPrincipal() { subject }: Principal,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { slots } = await this.#api.status(environment, segment);
    const found = slots.find(({ id }) => id === slot);
    if (!found) throw notFound();
    if (found.token === undefined) throw slotNotOpen();
    const platform = found.platform === 'any' ? {} : { platform: found.platform };
    const of = { environment, actor: subject, token: found.token, slot, ...platform };
    await exportValue(this.#api.rings, { ...asked, ...of }, reply);
  }

  async #command(
    environment: EnvironmentId,
    segment: Segment,
    unsigned: Unsigned,
    principal: Principal,
    request: FastifyRequest,
  ): Promise<z.input<typeof rotationView>> {
    const key = idempotencyKeyOf(request);
    const status = await this.#api.status(environment, segment);
    const { rotation = status.rotation } = unsigned; // another one does not take it
    if (unsigned.kind === 'approve') await this.#api.checkSecondPerson(principal, environment, status);
    const { kind, reason, ...said } = unsigned;
    const facts = 'result' in said ? { slot: said.slot, token: said.token, said: said.result } : said;
    // With the rotation: what is repeated when the next one of the segment has begun is another request, and not done.
    const about = { action: `${kind}-rotation`, reason, facts: { ...facts, rotation } };
    await this.#api.note(principal, environment, segment, key, about);
    const command: RotationCommand = { ...unsigned, by: principal.subject, rotation };
    return viewOfRotation(doneOf(await this.#api.ask((rotations) => rotations.command(environment, segment, command, key))));
  }
}
