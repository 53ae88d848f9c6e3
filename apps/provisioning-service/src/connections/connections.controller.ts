import { applyDecorators, Body, Controller, Delete, Get, HttpCode, Param, Put, Query, Req, Res } from '@nestjs/common';
import { ApiHeader, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { keptVersions, warningsOf } from '@tallystick/devices-store-connections';
import type { ConnectionId, EnvironmentId } from '@tallystick/kernel-core';
import { CurrentPrincipal, notFound, type Principal, Roles } from '@tallystick/platform-http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { answerWith } from '../audit/audit.ts';
import { reasonQuery } from '../audit/change.documents.ts';
import { type Asking, Changing, ChangingWithoutBody, CurrentChange } from '../audit/changing.ts';
import { etagOf, expectedVersionOf, needsApprover, readOnly, versionMismatch } from './connection-problems.ts';
import { ConnectionsApi, mayAct, outcomeUnknown, unavailable } from './connections-api.ts';
import {
  connectionList,
  connectionParameter,
  connectionToSave,
  environmentParameter,
  historyView,
  metaOf,
  namedWarnings,
  savedView,
  viewOfSaved,
} from './connections.documents.ts';

const readers = ['viewer', 'operator', 'approver', 'auditor'] as const;

const Conditional = () =>
  applyDecorators(
    ApiHeader({
      name: 'If-Match',
      required: false,
      description: 'The ETag of what you have seen',
      schema: { type: 'string', pattern: '^(W/)?"[0-9]{1,15}"$' },
    }),
    ApiResponse({ status: 409, description: 'Connections are read from a mounted file: nothing can be changed.' }),
    ApiResponse({ status: 412, description: 'Somebody changed it since you read it.' }),
    ApiResponse({ status: 428, description: 'The version that you have seen is missing.' }),
    ApiResponse({ status: 503, description: 'The store can not be reached.' }),
  );

@ApiTags('connections')
@Controller('v1/environments/:environment/connections')
export class ConnectionsController {
  readonly #api: ConnectionsApi;
  constructor(api: ConnectionsApi) {
    this.#api = api;
  }

  @Get()
  @Roles(...readers)
  @ApiOperation({ summary: 'The connections of an environment' })
  @ApiOkResponse({ standardSchema: connectionList })
  async list(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
  ): Promise<z.input<typeof connectionList>> {
    const unreadable: { connection: string; because: string }[] = [];
    const all = await this.#api.all(({ environment: of, connection, because }) => {
      if (of === environment) unreadable.push({ connection, because });
    });
    const documents = all.map(({ document }) => document);
    return {
      readOnly: this.#api.needs.store.readOnly,
      connections: all
        .filter(({ document }) => document.environment === environment)
        .map((saved) => ({
          connection: saved.document.connection,
          topic: saved.document.source.topic,
          directory: saved.document.directory.kind,
          options: { ...saved.document.options },
          ...metaOf(saved),
          warnings: [...warningsOf(saved.document, documents)],
        })),
      unreadable,
    };
  }

  @Get(':connection')
  @Roles(...readers)
  @ApiOperation({ summary: 'One connection: its document, with references in place of secrets' })
  @ApiOkResponse({ standardSchema: savedView, headers: { ETag: { description: 'Its version', schema: { type: 'string' } } } })
  async read(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
    @Param('connection', { schema: connectionParameter }) connection: ConnectionId,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<z.input<typeof savedView>> {
    const saved = await this.#api.read({ environment, connection });
    void reply.header('etag', etagOf(saved));
    return viewOfSaved(saved, namedWarnings(warningsOf(saved.document, await this.#api.others({ environment, connection }))));
  }

  @Put(':connection')
  @Roles('operator', 'approver')
  @ApiOperation({ summary: 'Makes a connection, or replaces its document; what is more dangerous than before needs an approver' })
  @Conditional()
  @ApiHeader({
    name: 'If-None-Match',
    required: false,
    description: '* for a new connection',
    schema: { type: 'string', enum: ['*'] },
  })
  @ApiOkResponse({ standardSchema: savedView })
  @ApiResponse({ status: 201, description: 'Made', standardSchema: savedView as never })
  @ApiResponse({ status: 422, description: 'The document has faults; all are listed, by path.' })
  @Changing()
  async save(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
    @Param('connection', { schema: connectionParameter }) connection: ConnectionId,
    @Body({ schema: connectionToSave }) { reason, document: body }: z.output<typeof connectionToSave>,
    @CurrentPrincipal() principal: Principal,
    @CurrentChange() asking: Asking,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<z.input<typeof savedView>> {
    const { audit, store, logger, now } = this.#api.needs;
    if (store.readOnly) throw readOnly();
    const ref = { environment, connection };
    const expected = expectedVersionOf(request);
    const made = await audit.change({ ...asking, reason }, environment, async (begin, again) => {
      const { version, saved: before } = await this.#api.standing(ref);
      const isMine = again && version === expected + 1 && before?.savedBy === asking.by; // its answer may have been lost
      if (version !== expected && !isMine) throw versionMismatch(version);
      const { document, warnings, dangers } = await this.#api.usable(ref, body, before);
      if (isMine && !isSame(before.document, document)) throw versionMismatch(version);
      if (dangers.length > 0 && !mayAct(principal, ref, 'approver')) throw needsApprover(dangers);
      const kinds = dangers.map(({ kind }) => kind);
      const { by } = await begin({
        ...{ connection, action: 'save-connection', after: document },
        ...(before && { before: before.document }),
        facts: { version: expected + 1, dangers: kinds.join(' ') },
      });
      const saved = isMine ? before : await store.save(document, expected, by, now()).catch(outcomeUnknown);
      if (saved === 'read-only') throw readOnly();
      if (saved === 'conflict') throw versionMismatch((await this.#api.standing(ref)).version);
      logger.info({ environment, connection, version: saved.version, by, dangers: kinds }, 'a connection was saved');
      const [status, headers] = [expected > 0 ? 200 : 201, { etag: etagOf(saved) }];
      return { status, headers, body: viewOfSaved(saved, warnings), ...(isMine && { result: 'done-before' }) };
    });
    return answerWith(reply, made);
  }

  @Delete(':connection')
  @HttpCode(204)
  @Roles('operator', 'approver')
  @ApiOperation({ summary: 'Removes a connection: its users are not reconciled any more, and stay as they are' })
  @Conditional()
  @ApiNoContentResponse()
  @ChangingWithoutBody()
  async remove(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
    @Param('connection', { schema: connectionParameter }) connection: ConnectionId,
    @Query({ schema: reasonQuery }) { reason }: z.output<typeof reasonQuery>,
    @CurrentChange() asking: Asking,
    @Req() request: FastifyRequest,
  ): Promise<void> {
    const { audit, store, logger, now } = this.#api.needs;
    if (store.readOnly) throw readOnly();
    const ref = { environment, connection };
    const expected = expectedVersionOf(request);
    await audit.change({ ...asking, reason }, environment, async (begin, again) => {
      const { version, saved: before } = await this.#api.standing(ref);
      if (version === 0 && !again) throw notFound();
      if (version !== 0 && version !== expected) throw versionMismatch(version);
      const intent = { connection, action: 'remove-connection', facts: { version: expected } };
      const { by } = await begin({ ...intent, ...(before && { before: before.document }), urgent: true });
      if (version === 0) return { body: undefined, result: 'done-before' };
      const removed = await store.remove(ref, expected, by, now()).catch(outcomeUnknown);
      if (removed === 'unknown') throw notFound();
      if (removed === 'read-only') throw readOnly();
      if (removed === 'conflict') throw versionMismatch((await this.#api.standing(ref)).version);
      logger.info({ environment, connection, version: expected, by }, 'a connection was removed');
      return { body: undefined };
    });
  }

  @Get(':connection/history')
  @Roles(...readers)
  @ApiOperation({ summary: 'The last 20 versions, newest first; those of a removed connection as well' })
  @ApiOkResponse({ standardSchema: historyView })
  async history(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
    @Param('connection', { schema: connectionParameter }) connection: ConnectionId,
  ): Promise<z.input<typeof historyView>> {
    const versions = await this.#api.needs.store
      .history({ environment, connection }, keptVersions, () => undefined)
      .catch(unavailable);
    if (versions.length === 0) throw notFound();
    return { versions: versions.map((saved) => ({ ...metaOf(saved), document: { ...saved.document } })) };
  }
}

const isSame = (a: object, b: object): boolean => JSON.stringify(a) === JSON.stringify(b);
