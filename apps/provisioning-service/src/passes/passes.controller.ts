import { Readable } from 'node:stream';
import { Body, Controller, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProduces, ApiQuery, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { Pass, PassId } from '@tallystick/devices-domain';
import type { ConnectionId, EnvironmentId } from '@tallystick/kernel-core';
import { Roles } from '@tallystick/platform-http';
import type { FastifyReply } from 'fastify';
import type { z } from 'zod';
import { answerWith } from '../audit/audit.ts';
import { justification } from '../audit/change.documents.ts';
import { type Asked, type Asking, Changing, CurrentChange } from '../audit/changing.ts';
import { connectionParameter, environmentParameter } from '../connections/connections.documents.ts';
import {
  commandView,
  newPass,
  passList,
  passParameter,
  passQuery,
  passSummary,
  passView,
  reportQuery,
  summaryOf,
  viewOfPass,
} from './pass.documents.ts';
import { reportOf, reportTypes } from './pass-report.ts';
import { PassesApi, stored } from './passes-api.ts';

const readers = ['viewer', 'operator', 'approver', 'auditor'] as const;
const notTaken = { status: 409, description: 'The pass does not take this now; `detail` says why.' };
const noWorker = { status: 503, description: 'Temporal, a worker or the store did not answer in time; `type` says which.' };

@ApiTags('passes')
@Controller('v1/environments/:environment/connections/:connection/passes')
export class PassesController {
  readonly #api: PassesApi;
  constructor(api: PassesApi) {
    this.#api = api;
  }

  @Post()
  @HttpCode(201)
  @Roles('operator')
  @ApiOperation({ summary: 'Starts a preview, a sample, or a pass over all users of the connection' })
  @ApiResponse({ status: 201, description: 'Started', standardSchema: passView as never })
  @ApiResponse({
    status: 409,
    description: 'A pass of this connection is under way, or three previews and samples are; `pass` names one.',
  })
  @ApiResponse({
    status: 422,
    description: 'The document has faults, can only be previewed, or the key belongs to another request.',
  })
  @ApiResponse(noWorker)
  @Changing()
  async start(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
    @Param('connection', { schema: connectionParameter }) connection: ConnectionId,
    @Body({ schema: newPass }) { reason, ...wanted }: z.output<typeof newPass>,
    @CurrentChange() asking: Asking,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<z.input<typeof passView>> {
    const made = await this.#api.needs.audit.change({ ...asking, reason }, environment, async (begin) => ({
      body: await this.#view(await this.#api.start({ environment, connection }, wanted, asking, begin)),
    }));
    return answerWith(reply, made);
  }

  @Get()
  @Roles(...readers)
  @ApiOperation({ summary: 'Passes, previews and samples of the last 14 days, newest first' })
  @ApiQuery({ name: 'limit', required: false, schema: { type: 'integer', minimum: 1, maximum: 200, default: 20 } })
  @ApiOkResponse({ standardSchema: passList })
  async list(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
    @Param('connection', { schema: connectionParameter }) connection: ConnectionId,
    @Query({ schema: passQuery }) { limit }: z.output<typeof passQuery>,
  ): Promise<z.input<typeof passList>> {
    const { document } = await this.#api.needs.connections.read({ environment, connection });
    const passes = await this.#api.list({ environment, connection }, limit);
    return { passes: passes.map((pass) => viewOfPass(pass, document.budget, this.#api.needs.now())) };
  }

  @Get(':pass')
  @Roles(...readers)
  @ApiOperation({ summary: 'One of them, with its progress and when it is likely to end' })
  @ApiOkResponse({ standardSchema: passView })
  async read(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
    @Param('connection', { schema: connectionParameter }) connection: ConnectionId,
    @Param('pass', { schema: passParameter }) pass: PassId,
  ): Promise<z.input<typeof passView>> {
    return this.#view(await this.#api.read({ environment, connection }, pass));
  }

  @Get(':pass/summary')
  @Roles(...readers)
  @ApiOperation({ summary: 'How many users differ for which reason, with a sentence for each' })
  @ApiOkResponse({ standardSchema: passSummary })
  async summary(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
    @Param('connection', { schema: connectionParameter }) connection: ConnectionId,
    @Param('pass', { schema: passParameter }) id: PassId,
  ): Promise<z.input<typeof passSummary>> {
    const pass = await this.#api.read({ environment, connection }, id);
    return summaryOf(pass, await this.#view(pass));
  }

  @Get(':pass/results')
  @Roles(...readers)
  @ApiOperation({ summary: 'What it found for each user, as a download; users by their hashes, steps without addresses' })
  @ApiProduces('application/jsonl', 'text/csv')
  @ApiQuery({ name: 'format', required: false, schema: { type: 'string', enum: ['jsonl', 'csv'], default: 'jsonl' } })
  @ApiQuery({
    name: 'only',
    required: false,
    schema: { type: 'string', enum: ['in-sync', 'differs', 'not-planned', 'unobservable'] },
  })
  @ApiOkResponse({
    content: { 'application/jsonl': { schema: { type: 'string' } }, 'text/csv': { schema: { type: 'string' } } },
  })
  async results(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
    @Param('connection', { schema: connectionParameter }) connection: ConnectionId,
    @Param('pass', { schema: passParameter }) id: PassId,
    @Query({ schema: reportQuery }) query: z.output<typeof reportQuery>,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const ref = { environment, connection };
    await this.#api.read(ref, id);
    const report = await stored(reportOf(this.#api.needs.passes, ref, id, query));
    void reply
      .status(200)
      .headers({
        'content-type': reportTypes[query.format],
        'cache-control': 'no-store',
        'content-disposition': `attachment; filename="${environment}-${connection}-${id}.${query.format}"`,
      })
      .send(Readable.from(report));
  }

  @Post(':pass/pause')
  @HttpCode(200)
  @Roles('operator')
  @ApiOperation({ summary: 'Begins no further page; 202 while those that are under way end' })
  @ApiOkResponse({ standardSchema: commandView })
  @ApiResponse({ status: 202, description: 'Taken up', standardSchema: commandView as never })
  @ApiResponse(notTaken)
  @ApiResponse(noWorker)
  @Changing()
  pause(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
    @Param('connection', { schema: connectionParameter }) connection: ConnectionId,
    @Param('pass', { schema: passParameter }) pass: PassId,
    @Body({ schema: justification }) { reason }: z.output<typeof justification>,
    @CurrentChange() asking: Asking,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<z.input<typeof commandView>> {
    return this.#command({ environment, connection }, pass, 'pause', { ...asking, reason }, reply);
  }

  @Post(':pass/resume')
  @HttpCode(200)
  @Roles('operator')
  @ApiOperation({ summary: 'Ends a pause' })
  @ApiOkResponse({ standardSchema: commandView })
  @ApiResponse({ status: 202, description: 'Taken up', standardSchema: commandView as never })
  @ApiResponse(notTaken)
  @ApiResponse(noWorker)
  @Changing()
  resume(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
    @Param('connection', { schema: connectionParameter }) connection: ConnectionId,
    @Param('pass', { schema: passParameter }) pass: PassId,
    @Body({ schema: justification }) { reason }: z.output<typeof justification>,
    @CurrentChange() asking: Asking,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<z.input<typeof commandView>> {
    return this.#command({ environment, connection }, pass, 'resume', { ...asking, reason }, reply);
  }

  @Post(':pass/cancel')
  @HttpCode(202)
  @Roles('operator')
  @ApiOperation({ summary: 'Ends it when the pages that are under way have ended; what was done stays' })
  @ApiResponse({ status: 202, description: 'Asked for', standardSchema: passView as never })
  @ApiResponse(notTaken)
  @ApiResponse(noWorker)
  @Changing()
  async cancel(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
    @Param('connection', { schema: connectionParameter }) connection: ConnectionId,
    @Param('pass', { schema: passParameter }) pass: PassId,
    @Body({ schema: justification }) { reason }: z.output<typeof justification>,
    @CurrentChange() asking: Asking,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<z.input<typeof passView>> {
    const made = await this.#api.needs.audit.change({ ...asking, reason }, environment, async (begin, again) => {
      const cancelled = await this.#api.cancel({ environment, connection }, pass, begin, again);
      return { body: await this.#view(cancelled.pass), ...(cancelled.result && { result: cancelled.result }) };
    });
    return answerWith(reply, made);
  }

  async #command(
    ref: { environment: EnvironmentId; connection: ConnectionId },
    id: PassId,
    command: 'pause' | 'resume',
    asked: Asked,
    reply: FastifyReply,
  ): Promise<z.input<typeof commandView>> {
    const made = await this.#api.needs.audit.change(asked, ref.environment, async (begin, again) => {
      const came = await this.#api.command(ref, id, command, asked, begin, again);
      const outcome = came === 'accepted' ? came : 'done';
      const body = { outcome, pass: await this.#view(await this.#api.read(ref, id)) } as const;
      return { status: outcome === 'done' ? 200 : 202, body, ...(came === 'done-before' && { result: came }) };
    });
    return answerWith(reply, made);
  }

  /** Results outlive their connection; then there is no budget to estimate with. */
  async #view(pass: Pass): Promise<z.input<typeof passView>> {
    const saved = await this.#api.needs.connections.find(pass);
    return viewOfPass(pass, saved?.document.budget, this.#api.needs.now());
  }
}
