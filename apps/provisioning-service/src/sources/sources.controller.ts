import { Body, Controller, Get, HttpCode, Inject, Param, Post, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { ConnectionRef, SourceRecordStore } from '@tallystick/devices-domain';
import type { ConnectionId, EnvironmentId, Instant } from '@tallystick/kernel-core';
import { ProblemException, Roles } from '@tallystick/platform-http';
import type { Logger } from '@tallystick/platform-observability';
import type { FastifyReply } from 'fastify';
import type { z } from 'zod';
import { answerWith, type Audit } from '../audit/audit.ts';
import { type Asking, Changing, CurrentChange } from '../audit/changing.ts';
import { connectionParameter, environmentParameter } from '../connections/connections.documents.ts';
import type { ConnectionsApi } from '../connections/connections-api.ts';
import { stored } from '../passes/passes-api.ts';
import { epochView, raisedEpoch, sourceView, viewOfSource } from './source.documents.ts';

/** What the controller needs, handed in by the composition root. */
export interface SourcesNeeds {
  readonly connections: Pick<ConnectionsApi, 'read'>;
  readonly audit: Audit;
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
  @Changing()
  async raise(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
    @Param('connection', { schema: connectionParameter }) connection: ConnectionId,
    @Body({ schema: raisedEpoch }) { epoch: seen, reason }: z.output<typeof raisedEpoch>,
    @CurrentChange() asking: Asking,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<z.input<typeof epochView>> {
    const ref = { environment, connection };
    const { audit, connections, store, logger, now } = this.#needs;
    const made = await audit.change({ ...asking, reason }, environment, async (begin, again) => {
      await connections.read(ref);
      const { epoch, raised } = await stored(store.source(ref));
      const isOurs = again && epoch === seen + 1 && raised?.by === asking.by; // its answer was lost
      if (epoch !== seen && !isOurs) throw epochChanged(epoch);
      const { by } = await begin({ connection, action: 'raise-epoch', facts: { from: seen, to: seen + 1 } });
      if (isOurs) return { body: { epoch }, result: 'done-before' };
      const next = await stored(store.raiseEpoch(ref, by, now()));
      logger.warn({ ...ref, epoch: next, by }, 'the epoch of a source was raised: its topic is read anew');
      return { body: { epoch: next } };
    });
    return answerWith(reply, made);
  }
}

const epochChanged = (epoch: number): ProblemException =>
  new ProblemException('epoch-changed', 409, 'It was raised meanwhile', 'Read the source again, and decide again.', { epoch });
