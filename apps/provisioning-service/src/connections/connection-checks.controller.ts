import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { ConnectionId, EnvironmentId } from '@tallystick/kernel-core';
import { CurrentPrincipal, type Principal, Roles } from '@tallystick/platform-http';
import type { z } from 'zod';
import type { ConnectionRef, UserHash } from '@tallystick/devices-domain';
import { type Caller, CurrentCaller, NotesReading } from '../audit/changing.ts';
import { invalidDocument, noSample, notTestable } from './connection-problems.ts';
import { ConnectionsApi, mayAct, unavailable } from './connections-api.ts';
import {
  candidateFields,
  connectionParameter,
  documentBody,
  environmentParameter,
  inspectionRequest,
  inspectionView,
  mappingTrial,
  trialView,
  validationView,
  viewOfTried,
} from './connections.documents.ts';
import { maskedTrace, tryOnAttributes, tryOnUsers } from './try-mapping.ts';

/** What can be asked about a connection before it is saved. Nothing here changes anything, so a read-only service answers too. */
@ApiTags('connections')
@Controller('v1/environments/:environment/connections/:connection')
export class ConnectionChecksController {
  readonly #api: ConnectionsApi;
  constructor(api: ConnectionsApi) {
    this.#api = api;
  }

  @Post('validate')
  @HttpCode(200)
  @Roles('operator', 'approver')
  @ApiOperation({ summary: 'All faults of a document, or its warnings, and whether an approver has to save it' })
  @ApiOkResponse({ standardSchema: validationView })
  async validate(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
    @Param('connection', { schema: connectionParameter }) connection: ConnectionId,
    @Body({ schema: documentBody }) body: z.output<typeof documentBody>,
  ): Promise<z.input<typeof validationView>> {
    const ref = { environment, connection };
    const judged = await this.#api.judge(ref, body, (await this.#api.standing(ref)).saved);
    if (judged.kind === 'faulty')
      return { valid: false, faults: judged.faults.map((one) => ({ ...one })), warnings: [], dangers: [] };
    const { warnings, dangers } = judged;
    return { valid: true, faults: [], warnings: [...warnings], dangers: [...dangers] };
  }

  @Post('try-mapping')
  @HttpCode(200)
  @Roles('operator', 'approver', 'auditor')
  @ApiOperation({
    summary: 'What a mapping makes of stored users, or of attributes that you send; masked unless you are an auditor',
  })
  @ApiOkResponse({ standardSchema: trialView })
  @ApiResponse({ status: 409, description: 'There is no sample to draw from.' })
  @ApiResponse({ status: 422, description: 'The mapping has faults; all are listed, by path.' })
  @NotesReading()
  async tryMapping(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
    @Param('connection', { schema: connectionParameter }) connection: ConnectionId,
    @Body({ schema: mappingTrial }) trial: z.output<typeof mappingTrial>,
    @CurrentPrincipal() principal: Principal,
    @CurrentCaller() caller: Caller,
  ): Promise<z.input<typeof trialView>> {
    const ref = { environment, connection };
    const saved = await this.#api.read(ref);
    const { candidate = {}, attributes, sample } = trial;
    const foreign = Object.keys(candidate).filter((name) => !candidateFields.has(name));
    if (foreign.length > 0)
      throw invalidDocument([{ path: 'candidate', expected: `may have ${[...candidateFields].join(', ')}, and nothing else` }]);
    const body = Object.fromEntries(Object.entries({ ...saved.document, ...candidate }).filter(([, value]) => value !== null));
    const { mapping } = await this.#api.usable(ref, body, saved);
    const users = sample === undefined ? (trial.users ?? []) : await this.#sample(ref, sample);
    const masked = !mayAct(principal, ref, 'auditor');
    // Masked as well: an expression can ask of a value whatever it likes, and its answer is two letters, or "in" and "out".
    if (!attributes) await this.#note(ref, caller, users, masked);
    const tried = attributes
      ? [tryOnAttributes(attributes, mapping)]
      : await tryOnUsers(this.#api.needs, ref, users, mapping).catch(unavailable);
    return {
      masked,
      results: tried.map((one) => viewOfTried(masked && one.trace ? { ...one, trace: maskedTrace(one.trace) } : one)),
    };
  }

  @Post('test')
  @HttpCode(200)
  @Roles('operator', 'approver')
  @ApiOperation({ summary: 'Whether a worker has the secret, reaches the directory, is let in and may read; part by part' })
  @ApiOkResponse({ standardSchema: inspectionView })
  @ApiResponse({ status: 422, description: 'The document has faults; all are listed, by path.' })
  @ApiResponse({ status: 503, description: 'No worker took the test in time.' })
  async test(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
    @Param('connection', { schema: connectionParameter }) connection: ConnectionId,
    @Body({ schema: inspectionRequest }) { document: given }: z.output<typeof inspectionRequest>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<z.input<typeof inspectionView>> {
    const ref = { environment, connection };
    const document = given
      ? (await this.#api.usable(ref, given, await this.#api.find(ref))).document
      : (await this.#api.read(ref)).document;
    const inspection = await this.#api.needs.inspector?.inspect(document, principal.subject);
    if (inspection?.kind !== 'inspected') throw notTestable();
    return { checks: inspection.checks.map((check) => ({ ...check })) };
  }

  /** Who is not known gets no name in the audit: else whoever tries hashes would fill it. */
  async #note(ref: ConnectionRef, caller: Caller, users: readonly UserHash[], masked: boolean): Promise<void> {
    const { audit, records } = this.#api.needs;
    const known = await Promise.all(
      users.map(async (user) => (await records.record({ ...ref, user })) && { ...ref, user }),
    ).catch(unavailable);
    await audit.reading(caller, { ...ref, action: 'try-mapping', facts: { masked } }, known);
  }

  async #sample(ref: { environment: EnvironmentId; connection: ConnectionId }, count: number) {
    const drawn = await (this.#api.needs.index?.random(ref, count) ?? Promise.resolve([])).catch(unavailable);
    if (drawn.length === 0) throw noSample();
    return drawn;
  }
}
