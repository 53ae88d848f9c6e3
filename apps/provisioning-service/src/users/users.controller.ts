import { Body, Controller, HttpCode, Inject, Param, Post, Req, Res } from '@nestjs/common';
import { ApiHeader, ApiOkResponse, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { ReconciliationStore, UserHash } from '@tallystick/devices-domain';
import type { Identities } from '@tallystick/devices-store-redis';
import { reconcileUserWorkflowId } from '@tallystick/devices-workflow-api';
import type { ConnectionId, EnvironmentId } from '@tallystick/kernel-core';
import { notFound, Roles } from '@tallystick/platform-http';
import type { Logger } from '@tallystick/platform-observability';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { answerWith, type Audit } from '../audit/audit.ts';
import { justification } from '../audit/change.documents.ts';
import { type Asking, type Caller, Changing, CurrentCaller, CurrentChange, NotesReading } from '../audit/changing.ts';
import { connectionParameter, environmentParameter } from '../connections/connections.documents.ts';
import type { ConnectionsApi } from '../connections/connections-api.ts';
import { asAway, ask } from '../passes/engine-away.ts';
import { stored } from '../passes/passes-api.ts';
import { reconcileNow, type ReconcileNowNeeds, waitOf } from './reconcile-now.ts';
import { reconciledView, userLookup, userParameter, userView, viewOfOutcome } from './users.documents.ts';

/** What the controller needs, handed in by the composition root. */
export interface UsersNeeds extends ReconcileNowNeeds {
  readonly connections: Pick<ConnectionsApi, 'read'>;
  readonly audit: Audit;
  readonly identities: Identities;
  readonly records: Pick<ReconciliationStore, 'record'>;
  /** Where a person finds a workflow; undefined where nobody said where the UI is. */
  readonly linkTo: (workflowId: string) => string | undefined;
  readonly logger: Pick<Logger, 'info'>;
}

export const usersNeeds = Symbol('UsersNeeds');

@ApiTags('users')
@Controller('v1/environments/:environment/connections')
export class UsersController {
  readonly #needs: UsersNeeds;

  constructor(@Inject(usersNeeds) needs: UsersNeeds) {
    this.#needs = needs;
  }

  @Post(':connection/users/lookup')
  @HttpCode(200)
  @Roles('viewer', 'operator', 'approver', 'auditor')
  @ApiOperation({ summary: 'What became of one user, by its key in the datastore' })
  @ApiOkResponse({ standardSchema: userView })
  @NotesReading()
  async user(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
    @Param('connection', { schema: connectionParameter }) connection: ConnectionId,
    @Body({ schema: userLookup }) { sourceKey }: z.output<typeof userLookup>,
    @CurrentCaller() caller: Caller,
  ): Promise<z.input<typeof userView>> {
    const { audit, connections, identities, outcomes, records } = this.#needs;
    await connections.read({ environment, connection });
    const user = identities.userOf(environment, connection, sourceKey);
    const [record, outcome] = await Promise.all([stored(records.record(user)), stored(outcomes.lastOutcome(user))]);
    // Who is not known gets no name in the audit: else whoever tries names would fill it.
    const isKnown = record !== undefined || outcome !== undefined;
    const about = { environment, connection, action: 'look-up-user', facts: { known: isKnown } };
    await audit.reading(caller, about, [isKnown ? user : undefined]);
    return { user: user.user, workflowId: reconcileUserWorkflowId(user), outcome: outcome ? viewOfOutcome(outcome) : null };
  }

  @Post(':connection/users/:user/reconcile')
  @HttpCode(200)
  @Roles('operator')
  @ApiOperation({ summary: 'Looks at one user now, and waits for what becomes of them when asked to' })
  @ApiHeader({
    name: 'Prefer',
    required: false,
    description: 'wait=10: so many seconds, at most 20, for an outcome that is newer than this request',
    schema: { type: 'string' },
  })
  @ApiOkResponse({ standardSchema: reconciledView })
  @ApiResponse({ status: 202, description: 'Woken; there is no outcome yet', standardSchema: reconciledView as never })
  @ApiResponse({ status: 503, description: 'Temporal or the store did not answer.' })
  @Changing()
  async reconcile(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
    @Param('connection', { schema: connectionParameter }) connection: ConnectionId,
    @Param('user', { schema: userParameter }) hash: UserHash,
    @Body({ schema: justification }) { reason }: z.output<typeof justification>,
    @CurrentChange() asking: Asking,
    @Req() { headers }: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<z.input<typeof reconciledView>> {
    const user = { environment, connection, user: hash };
    const { audit, connections, records, outcomes, wake, pause, elapsedMs, linkTo, logger } = this.#needs;
    const needs: ReconcileNowNeeds = {
      outcomes: { lastOutcome: (of) => stored(outcomes.lastOutcome(of)) },
      wake: (of) =>
        wake(of).catch((error: unknown) => {
          throw asAway(error, 'change');
        }),
      ...{ pause, elapsedMs },
    };
    const id = reconcileUserWorkflowId(user);
    const url = linkTo(id);
    const made = await audit.change({ ...asking, reason }, environment, async (begin) => {
      await connections.read(user);
      if (!(await stored(records.record(user)))) throw notFound();
      const { by } = await begin({ connection, action: 'reconcile-user', person: user });
      logger.info({ ...user, by }, 'a user is reconciled because a person asked for it');
      const outcome = await ask(reconcileNow(needs, user, waitOf(headers['prefer']) * 1_000));
      return {
        status: outcome ? 200 : 202,
        body: {
          user: hash,
          workflow: { id, ...(url === undefined ? {} : { url }) },
          outcome: outcome ? viewOfOutcome(outcome) : null,
        },
        result: outcome ? outcome.kind : 'woken',
      };
    });
    return answerWith(reply, made);
  }
}
