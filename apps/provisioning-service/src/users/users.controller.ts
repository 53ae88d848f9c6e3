import { Body, Controller, Get, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { ReconciliationStore } from '@tallystick/devices-domain';
import type { Connection } from '@tallystick/devices-store-file';
import type { Identities } from '@tallystick/devices-store-redis';
import { reconcileUserWorkflowId } from '@tallystick/devices-workflow-api';
import { isoOf } from '@tallystick/kernel-core';
import { notFound, Roles } from '@tallystick/platform-http';
import type { z } from 'zod';
import { connectionList, userLookup, userView } from './users.documents.ts';

/** What the controller needs, handed in by the composition root. */
export interface UsersNeeds {
  readonly connections: readonly Connection[];
  readonly identities: Identities;
  readonly outcomes: Pick<ReconciliationStore, 'lastOutcome'>;
}

export const usersNeeds = Symbol('UsersNeeds');

@ApiTags('connections')
@Controller('v1/environments/:environment/connections')
export class UsersController {
  readonly #needs: UsersNeeds;

  constructor(@Inject(usersNeeds) needs: UsersNeeds) {
    this.#needs = needs;
  }

  @Get()
  @Roles('viewer', 'operator', 'approver', 'auditor')
  @ApiOperation({ summary: 'The connections of an environment, without credentials' })
  @ApiOkResponse({ standardSchema: connectionList })
  list(@Param('environment') environment: string): z.input<typeof connectionList> {
    const connections = this.#needs.connections.filter((one) => one.environment === environment);
    if (connections.length === 0) throw notFound();
    return {
      connections: connections.map(({ connection, source, directory, options }) => ({
        connection,
        topic: source.topic,
        directory: directory.kind,
        options: { ...options },
      })),
    };
  }

  @Post(':connection/users/lookup')
  @HttpCode(200)
  @Roles('viewer', 'operator', 'approver', 'auditor')
  @ApiOperation({ summary: 'What became of one user, by its key in the datastore' })
  @ApiOkResponse({ standardSchema: userView })
  async user(
    @Param('environment') environment: string,
    @Param('connection') connection: string,
    @Body({ schema: userLookup }) { sourceKey }: z.output<typeof userLookup>,
  ): Promise<z.input<typeof userView>> {
    const known = this.#needs.connections.find((one) => one.environment === environment && one.connection === connection);
    if (!known) throw notFound();
    const user = this.#needs.identities.userOf(known.environment, known.connection, sourceKey);
    const outcome = await this.#needs.outcomes.lastOutcome(user);
    return {
      user: user.user,
      workflowId: reconcileUserWorkflowId(user),
      outcome: outcome
        ? {
            kind: outcome.kind,
            ...(outcome.because === undefined ? {} : { because: outcome.because }),
            ...(outcome.detail === undefined ? {} : { detail: outcome.detail }),
            version: outcome.version,
            steps: outcome.steps.map((step) => ({ ...step })),
            findings: outcome.findings.map((finding) => ({ ...finding })),
            at: isoOf(outcome.at),
          }
        : null,
    };
  }
}
