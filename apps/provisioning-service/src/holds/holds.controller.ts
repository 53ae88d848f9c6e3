import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiQuery, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { ConnectionRef, HoldId } from '@tallystick/devices-domain';
import type { ConnectionId, EnvironmentId } from '@tallystick/kernel-core';
import { Roles } from '@tallystick/platform-http';
import type { z } from 'zod';
import { type Asked, type Asking, Changing, CurrentChange } from '../audit/changing.ts';
import { connectionParameter, environmentParameter } from '../connections/connections.documents.ts';
import { stored } from '../passes/passes-api.ts';
import {
  answeredView,
  heldList,
  heldQuery,
  holdAnswer,
  holdList,
  holdParameter,
  holdsQuery,
  holdView,
  viewOfHeld,
  viewOfHold,
} from './hold.documents.ts';
import { type Answer, HoldsApi } from './holds-api.ts';

const readers = ['viewer', 'operator', 'approver', 'auditor'] as const;
const limit = { name: 'limit', required: false, schema: { type: 'integer', minimum: 1, maximum: 200, default: 50 } } as const;
const secondPerson = { status: 403, description: 'Your roles do not allow it, or a second person has to answer it.' };
const outdated = { status: 409, description: 'It is another one by now, or not open any more; `hold` is what it is now.' };

@ApiTags('holds')
@Controller('v1/environments/:environment/connections/:connection/holds')
export class HoldsController {
  readonly #api: HoldsApi;
  constructor(api: HoldsApi) {
    this.#api = api;
  }

  @Get()
  @Roles(...readers)
  @ApiOperation({ summary: 'Plans that a guard stopped, the newest hold first; those that are over stay for 90 days' })
  @ApiQuery({ name: 'cursor', required: false, schema: { type: 'string', pattern: '^[0-9]{1,15}$' } })
  @ApiQuery(limit)
  @ApiOkResponse({ standardSchema: holdList })
  async list(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
    @Param('connection', { schema: connectionParameter }) connection: ConnectionId,
    @Query({ schema: holdsQuery }) { cursor, limit: most }: z.output<typeof holdsQuery>,
  ): Promise<z.input<typeof holdList>> {
    const { holds, next } = await stored(this.#api.needs.guards.list({ environment, connection }, cursor, most));
    return { holds: holds.map(viewOfHold), ...(next === undefined ? {} : { next }) };
  }

  @Get(':hold')
  @Roles(...readers)
  @ApiOperation({ summary: 'One hold, with the hash that an answer has to name' })
  @ApiOkResponse({ standardSchema: holdView })
  async show(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
    @Param('connection', { schema: connectionParameter }) connection: ConnectionId,
    @Param('hold', { schema: holdParameter }) hold: HoldId,
  ): Promise<z.input<typeof holdView>> {
    return viewOfHold(await this.#api.read({ environment, connection }, hold));
  }

  @Get(':hold/users')
  @Roles(...readers)
  @ApiOperation({ summary: 'Whom it is about, by their hashes, with the steps that wait' })
  @ApiQuery({ name: 'cursor', required: false, schema: { type: 'string', pattern: '^[0-9a-f]{32}$' } })
  @ApiQuery(limit)
  @ApiOkResponse({ standardSchema: heldList })
  async users(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
    @Param('connection', { schema: connectionParameter }) connection: ConnectionId,
    @Param('hold', { schema: holdParameter }) hold: HoldId,
    @Query({ schema: heldQuery }) { cursor, limit: most }: z.output<typeof heldQuery>,
  ): Promise<z.input<typeof heldList>> {
    const ref = { environment, connection };
    await this.#api.read(ref, hold);
    const { users, next } = await stored(this.#api.needs.guards.users(ref, hold, cursor, most));
    return { users: users.map(viewOfHeld), ...(next === undefined ? {} : { next }) };
  }

  @Post(':hold/approve')
  @HttpCode(200)
  @Roles('approver')
  @ApiOperation({ summary: 'Lets exactly these plans be applied; a user who changed since is judged anew (R26)' })
  @ApiOkResponse({ standardSchema: answeredView })
  @ApiResponse(secondPerson)
  @ApiResponse(outdated)
  @Changing()
  approve(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
    @Param('connection', { schema: connectionParameter }) connection: ConnectionId,
    @Param('hold', { schema: holdParameter }) hold: HoldId,
    @Body({ schema: holdAnswer }) answer: z.output<typeof holdAnswer>,
    @CurrentChange() asking: Asking,
  ): Promise<z.input<typeof answeredView>> {
    return this.#answer({ environment, connection }, hold, { ...answer, kind: 'approve' }, { ...asking, reason: answer.reason });
  }

  @Post(':hold/reject')
  @HttpCode(200)
  @Roles('approver')
  @ApiOperation({ summary: 'Applies none of these plans, and holds none of them again' })
  @ApiOkResponse({ standardSchema: answeredView })
  @ApiResponse(secondPerson)
  @ApiResponse(outdated)
  @Changing()
  reject(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
    @Param('connection', { schema: connectionParameter }) connection: ConnectionId,
    @Param('hold', { schema: holdParameter }) hold: HoldId,
    @Body({ schema: holdAnswer }) answer: z.output<typeof holdAnswer>,
    @CurrentChange() asking: Asking,
  ): Promise<z.input<typeof answeredView>> {
    return this.#answer({ environment, connection }, hold, { ...answer, kind: 'reject' }, { ...asking, reason: answer.reason });
  }

  async #answer(ref: ConnectionRef, id: HoldId, answer: Answer, asked: Asked): Promise<z.input<typeof answeredView>> {
    const { body } = await this.#api.needs.audit.change(asked, ref.environment, async (begin) => {
      const { hold, told: woken } = await this.#api.answer(ref, id, answer, asked, begin);
      return { body: { hold: viewOfHold(hold), woken }, result: hold.state };
    });
    return body;
  }
}
