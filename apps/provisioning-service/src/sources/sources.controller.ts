import { Body, Controller, Get, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { ConnectionRef, SourceRecordStore } from '@tallystick/devices-domain';
import type { ConnectionId, EnvironmentId, Instant } from '@tallystick/kernel-core';
import { CurrentPrincipal, type Principal, ProblemException, Roles } from '@tallystick/platform-http';
import type { Logger } from '@tallystick/platform-observability';
import type { z } from 'zod';
import { connectionParameter, environmentParameter } from '../connections/connections.documents.ts';
import type { ConnectionsApi } from '../connections/connections-api.ts';
import { stored } from '../passes/passes-api.ts';
import { epochView, raisedEpoch, sourceView, viewOfSource } from './source.documents.ts';

/** What the controller needs, handed in by the composition root. */
export interface SourcesNeeds {
  readonly connections: Pick<ConnectionsApi, 'read'>;
  readonly store: Pick<SourceRecordStore, 'source' | 'raiseEpoch' | 'oldestPendingMs'>;
  /** Records of the topic that are not stored yet, by partition. Throws when Kafka does not say. */
  readonly lag: (ref: ConnectionRef, topic: string) => Promise<ReadonlyMap<number, bigint>>;
  readonly parked: { readonly count: (ref: ConnectionRef) => Promise<{ readonly open: number }> };
  readonly logger: Pick<Logger, 'warn'>;
  readonly now: () => Instant;
}

export const sourcesNeeds = Symbol('SourcesNeeds');

@ApiTags('sources')
@Controller('v1/environments/:environment/connections/:connection/source')
export class SourcesController {
  readonly #needs: SourcesNeeds;
  constructor(@Inject(sourcesNeeds) needs: SourcesNeeds) {
    this.#needs = needs;
  }

  @Get()
  @Roles('viewer', 'operator', 'approver', 'auditor')
  @ApiOperation({
    summary: 'How the source of a connection is: its epoch, whether it is stopped or has a gap, and how far it is behind',
  })
  @ApiOkResponse({ standardSchema: sourceView })
  async read(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
    @Param('connection', { schema: connectionParameter }) connection: ConnectionId,
  ): Promise<z.input<typeof sourceView>> {
    const ref = { environment, connection };
    const { store, parked, lag } = this.#needs;
    const { topic } = (await this.#needs.connections.read(ref)).document.source;
    const [state, oldest, count, behind] = await Promise.all([
      stored(store.source(ref)),
      stored(store.oldestPendingMs(ref)),
      stored(parked.count(ref)),
      lag(ref, topic).catch(() => undefined),
    ]);
    return viewOfSource(topic, state, {
      ...(oldest === undefined ? {} : { oldestPendingMs: oldest }),
      lag: behind ? [...behind].map(([partition, records]) => ({ partition, records: String(records) })) : null,
      parked: count.open,
    });
  }

  @Post('epoch')
  @HttpCode(200)
  @Roles('operator')
  @ApiOperation({
    summary:
      'Says that the source is another one now (restored, failed over, made anew): it is read from its beginning, everything in it is newer than all before, and the next pass waits for an approver',
  })
  @ApiOkResponse({ standardSchema: epochView })
  @ApiResponse({ status: 409, description: 'The epoch is another one by now; `epoch` is it.' })
  @ApiResponse({ status: 503, description: 'The store can not be reached.' })
  async raise(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
    @Param('connection', { schema: connectionParameter }) connection: ConnectionId,
    @Body({ schema: raisedEpoch }) { epoch: seen }: z.output<typeof raisedEpoch>,
    @CurrentPrincipal() { subject }: Principal,
  ): Promise<z.input<typeof epochView>> {
    const ref = { environment, connection };
    await this.#needs.connections.read(ref);
    const { epoch } = await stored(this.#needs.store.source(ref));
    if (epoch !== seen)
      throw new ProblemException('epoch-changed', 409, 'It was raised meanwhile', 'Read the source again, and decide again.', {
        epoch,
      });
    const raised = await stored(this.#needs.store.raiseEpoch(ref, subject, this.#needs.now()));
    this.#needs.logger.warn({ ...ref, epoch: raised, by: subject }, 'the epoch of a source was raised: its topic is read anew');
    return { epoch: raised };
  }
}
