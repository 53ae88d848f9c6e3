import { Controller, Get, Inject, Param } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { ConnectionDocument, InspectionFault, UserHash } from '@tallystick/devices-domain';
import { reconcileUserWorkflowId } from '@tallystick/devices-workflow-api';
import type { ConnectionId, EnvironmentId } from '@tallystick/kernel-core';
import { CurrentPrincipal, type Principal, ProblemException, Roles } from '@tallystick/platform-http';
import type { z } from 'zod';
import type { Audit } from '../audit/audit.ts';
import { type Caller, CurrentCaller } from '../audit/changing.ts';
import { connectionParameter, environmentParameter } from '../connections/connections.documents.ts';
import { type ConnectionsApi, mayAct } from '../connections/connections-api.ts';
import { ask } from '../passes/engine-away.ts';
import { userParameter } from '../users/users.documents.ts';
import { explanationView } from './explain.documents.ts';
import type { Inspect } from './inspections.ts';
import { masked, unmasked } from './mask-personal.ts';
import { isKnown, showExplanation } from './show-explanation.ts';
import { secretOf } from './test-connection.ts';

/** What the controller needs, handed in by the composition root. */
export interface ExplainNeeds {
  readonly connections: Pick<ConnectionsApi, 'read'>;
  readonly audit: Audit;
  readonly inspect: Inspect;
  /** Where a person finds a workflow; undefined where nobody said where the UI is. */
  readonly linkTo: (workflowId: string) => string | undefined;
}

export const explainNeeds = Symbol('ExplainNeeds');

@ApiTags('users')
@Controller('v1/environments/:environment/connections/:connection/users/:user/explain')
export class ExplainController {
  readonly #needs: ExplainNeeds;
  constructor(@Inject(explainNeeds) needs: ExplainNeeds) {
    this.#needs = needs;
  }

  @Get()
  @Roles('viewer', 'operator', 'approver', 'auditor')
  @ApiOperation({
    summary:
      'Why a user is as they are: record, mapping, what is wanted, what the directory shows, the plan that would be made now; masked unless you are an auditor. Of nobody it says `known: false`. Writes nothing',
  })
  @ApiOkResponse({ standardSchema: explanationView })
  @ApiResponse({ status: 409, description: 'A worker could not look; `type` says why.' })
  @ApiResponse({
    status: 503,
    description:
      'No worker answered in time, the directory is in quarantine or busy, or the audit of readings can not be written.',
  })
  async explain(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
    @Param('connection', { schema: connectionParameter }) connection: ConnectionId,
    @Param('user', { schema: userParameter }) user: UserHash,
    @CurrentPrincipal() principal: Principal,
    @CurrentCaller() caller: Caller,
  ): Promise<z.input<typeof explanationView>> {
    const ref = { environment, connection };
    const { document } = await this.#needs.connections.read(ref);
    const answer = await ask(this.#needs.inspect(ref, { kind: 'explain', user }));
    if (answer === 'too-many') throw tooMany();
    if (answer === 'unanswered' || answer.kind === 'checks') throw unanswered();
    if (answer.kind === 'fault') throw problems[answer.because](document);
    const mayRead = mayAct(principal, ref, 'auditor');
    // Before it is shown, so that no reading goes unsaid.
    // Who is not known gets no name in the audit: whoever was erased would be known again.
    const known = isKnown(answer.explanation);
    const about = { ...ref, action: 'explain-user', ...(!known && { facts: { known: false } }) };
    if (mayRead) await this.#needs.audit.reading(caller, about, [known ? { ...ref, user } : undefined]);
    const id = reconcileUserWorkflowId({ ...ref, user });
    const url = this.#needs.linkTo(id);
    return {
      user,
      masked: !mayRead,
      workflow: { id, ...(url === undefined ? {} : { url }) },
      ...showExplanation(answer.explanation, mayRead ? unmasked : masked),
    };
  }
}

const later = { headers: { 'retry-after': '10' } } as const;

const tooMany = (): ProblemException =>
  new ProblemException(
    'inspections-under-way',
    503,
    'Others of this environment are being looked at',
    'A few are looked at at a time. Try again later.',
    {},
    later,
  );

const unanswered = (): ProblemException =>
  new ProblemException(
    'inspection-unavailable',
    503,
    'Nobody could look in time',
    'No worker answered within 15 seconds. Look whether one runs for the devices half.',
    {},
    later,
  );

const problems: Readonly<Record<InspectionFault, (document: ConnectionDocument) => ProblemException>> = {
  'no-connection': () =>
    new ProblemException(
      'connection-not-usable',
      409,
      'The worker can not use the connection',
      'It does not know the connection yet, or can not use its document: test the connection.',
    ),
  'secret-missing': (document) =>
    new ProblemException(
      'secret-missing',
      409,
      'The worker lacks a secret of the connection',
      `Where the worker runs, it expects the ${secretOf(document)}.`,
    ),
  quarantined: () =>
    new ProblemException(
      'directory-quarantined',
      503,
      'The directory is in quarantine',
      'It did not work for too long. It is tried again by itself; test the connection to see why.',
      {},
      later,
    ),
  budget: () =>
    new ProblemException(
      'directory-busy',
      503,
      'The budget of the directory is used up',
      'Other calls are before this one. Try again later.',
      {},
      later,
    ),
  failed: () =>
    new ProblemException(
      'inspection-failed',
      503,
      'Looking failed',
      'The log of the worker says why. Try again later.',
      {},
      later,
    ),
};
