import { Body, Controller, Delete, Get, HttpCode, Param, Put } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { PassKind } from '@tallystick/devices-domain';
import type { ConnectionId, EnvironmentId } from '@tallystick/kernel-core';
import { CurrentPrincipal, notFound, type Principal, Roles } from '@tallystick/platform-http';
import type { z } from 'zod';
import { connectionParameter, environmentParameter } from '../connections/connections.documents.ts';
import { ask } from './engine-away.ts';
import { kindParameter, passTimes, scheduleView, timesOf, viewOfSchedule } from './pass.documents.ts';
import { timesRefused } from './pass-problems.ts';
import { PassesApi } from './passes-api.ts';

const away = { status: 503, description: 'Temporal did not answer in time.' };

@ApiTags('passes')
@Controller('v1/environments/:environment/connections/:connection/pass-schedules/:kind')
export class PassSchedulesController {
  readonly #api: PassesApi;
  constructor(api: PassesApi) {
    this.#api = api;
  }

  @Get()
  @Roles('viewer', 'operator', 'approver', 'auditor')
  @ApiOperation({ summary: 'When passes of this kind begin by themselves' })
  @ApiOkResponse({ standardSchema: scheduleView })
  @ApiResponse(away)
  async read(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
    @Param('connection', { schema: connectionParameter }) connection: ConnectionId,
    @Param('kind', { schema: kindParameter }) kind: PassKind,
  ): Promise<z.input<typeof scheduleView>> {
    const schedule = await ask(this.#api.needs.schedules.read({ environment, connection }, kind));
    if (!schedule) throw notFound();
    return viewOfSchedule(kind, schedule);
  }

  @Put()
  @Roles('operator')
  @ApiOperation({ summary: 'Starts passes of this kind at these times; one that is due while another is under way is left out' })
  @ApiOkResponse({ standardSchema: scheduleView })
  @ApiResponse({ status: 422, description: 'The times can not be read.' })
  @ApiResponse(away)
  async put(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
    @Param('connection', { schema: connectionParameter }) connection: ConnectionId,
    @Param('kind', { schema: kindParameter }) kind: PassKind,
    @Body({ schema: passTimes }) times: z.output<typeof passTimes>,
    @CurrentPrincipal() { subject }: Principal,
  ): Promise<z.input<typeof scheduleView>> {
    const ref = { environment, connection };
    const { connections, schedules, logger } = this.#api.needs;
    await connections.read(ref);
    if ((await ask(schedules.put(ref, kind, timesOf(times)))) === 'times-refused') throw timesRefused();
    logger.info({ ...ref, kind, by: subject, times }, 'a schedule of passes was set');
    return this.read(environment, connection, kind);
  }

  @Delete()
  @HttpCode(204)
  @Roles('operator')
  @ApiOperation({ summary: 'Starts no further passes of this kind; one that is under way goes on' })
  @ApiNoContentResponse()
  @ApiResponse(away)
  async remove(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
    @Param('connection', { schema: connectionParameter }) connection: ConnectionId,
    @Param('kind', { schema: kindParameter }) kind: PassKind,
    @CurrentPrincipal() { subject }: Principal,
  ): Promise<void> {
    if (!(await ask(this.#api.needs.schedules.remove({ environment, connection }, kind)))) throw notFound();
    this.#api.needs.logger.info({ environment, connection, kind, by: subject }, 'a schedule of passes was removed');
  }
}
