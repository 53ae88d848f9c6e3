import { Body, Controller, Delete, Get, HttpCode, Param, Put, Query, Res } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { PassKind } from '@tallystick/devices-domain';
import type { ConnectionId, EnvironmentId } from '@tallystick/kernel-core';
import { notFound, Roles } from '@tallystick/platform-http';
import type { FastifyReply } from 'fastify';
import type { z } from 'zod';
import { answerWith } from '../audit/audit.ts';
import { reasonQuery } from '../audit/change.documents.ts';
import { type Asking, Changing, ChangingWithoutBody, CurrentChange } from '../audit/changing.ts';
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
  @Changing()
  async put(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
    @Param('connection', { schema: connectionParameter }) connection: ConnectionId,
    @Param('kind', { schema: kindParameter }) kind: PassKind,
    @Body({ schema: passTimes }) { reason, ...times }: z.output<typeof passTimes>,
    @CurrentChange() asking: Asking,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<z.input<typeof scheduleView>> {
    const ref = { environment, connection };
    const { audit, connections, schedules, logger } = this.#api.needs;
    const made = await audit.change({ ...asking, reason }, environment, async (begin) => {
      await connections.read(ref);
      const before = (await ask(schedules.read(ref, kind)))?.times;
      const intent = { connection, action: 'set-pass-schedule', after: timesOf(times), facts: { kind } };
      const { by } = await begin({ ...intent, ...(before && { before }) });
      if ((await ask(schedules.put(ref, kind, timesOf(times)))) === 'times-refused') throw timesRefused();
      logger.info({ ...ref, kind, by, times }, 'a schedule of passes was set');
      return { body: await this.read(environment, connection, kind) };
    });
    return answerWith(reply, made);
  }

  @Delete()
  @HttpCode(204)
  @Roles('operator')
  @ApiOperation({ summary: 'Starts no further passes of this kind; one that is under way goes on' })
  @ApiNoContentResponse()
  @ApiResponse(away)
  @ChangingWithoutBody()
  async remove(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
    @Param('connection', { schema: connectionParameter }) connection: ConnectionId,
    @Param('kind', { schema: kindParameter }) kind: PassKind,
    @Query({ schema: reasonQuery }) { reason }: z.output<typeof reasonQuery>,
    @CurrentChange() asking: Asking,
  ): Promise<void> {
    const ref = { environment, connection };
    const { audit, schedules, logger } = this.#api.needs;
    await audit.change({ ...asking, reason }, environment, async (begin, again) => {
      const before = (await ask(schedules.read(ref, kind)))?.times;
      if (!before && !again) throw notFound();
      const intent = { connection, action: 'remove-pass-schedule', facts: { kind } };
      const { by } = await begin({ ...intent, ...(before && { before }), urgent: true });
      if (!(await ask(schedules.remove(ref, kind))) && !again) throw notFound();
      logger.info({ ...ref, kind, by }, 'a schedule of passes was removed');
      return { body: undefined };
    });
  }
}
