import { Body, Controller, Get, HttpCode, Inject, Param, Post, Put, Query } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { ParkedBytes, ParkedRecord } from '@tallystick/devices-store-redis';
import { type ConnectionId, type EnvironmentId, isoOf } from '@tallystick/kernel-core';
import { CurrentPrincipal, notFound, type Principal, ProblemException, Roles } from '@tallystick/platform-http';
import type { z } from 'zod';
import {
  connectionParameter,
  environmentParameter,
  parkedContent,
  parkedEdit,
  parkedIdParameter,
  parkedList,
  parkedQuery,
  parkedRevision,
  parkedView,
  replayView,
} from './parked.documents.ts';
import type { ChangeResult, ParkedFailure, ParkedRecords } from './parked-records.ts';

export const parkedRecords = Symbol('ParkedRecords');

const conflict = {
  status: 409,
  description: 'Somebody changed it meanwhile, it is settled, or its bytes lie in the parking topic only.',
};

@ApiTags('parked records')
@Controller('v1/environments/:environment/connections/:connection/parked-records')
export class ParkedController {
  readonly #records: ParkedRecords;

  constructor(@Inject(parkedRecords) records: ParkedRecords) {
    this.#records = records;
  }

  @Get()
  @Roles('viewer', 'operator', 'approver', 'auditor')
  @ApiOperation({ summary: 'Records that could not be used, oldest first, without their content' })
  @ApiOkResponse({ standardSchema: parkedList })
  async list(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
    @Param('connection', { schema: connectionParameter }) connection: ConnectionId,
    @Query({ schema: parkedQuery }) { state, cursor, limit }: z.output<typeof parkedQuery>,
  ): Promise<z.input<typeof parkedList>> {
    const ref = { environment, connection };
    const page = await this.#records.list(ref, state, cursor, limit);
    if (!page) throw notFound();
    const count = await this.#records.count(ref);
    return { records: page.records.map(viewOf), ...(page.next === undefined ? {} : { next: page.next }), ...count };
  }

  @Get(':id')
  @Roles('viewer', 'operator', 'approver', 'auditor')
  @ApiOperation({ summary: 'One of them, without its content' })
  @ApiOkResponse({ standardSchema: parkedView })
  async show(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
    @Param('connection', { schema: connectionParameter }) connection: ConnectionId,
    @Param('id', { schema: parkedIdParameter }) id: string,
  ): Promise<z.input<typeof parkedView>> {
    const record = await this.#records.show({ environment, connection }, id);
    if (!record) throw notFound();
    return viewOf(record);
  }

  @Get(':id/content')
  @Roles('auditor')
  @ApiOperation({ summary: 'Its bytes, personal data included; every reading is logged' })
  @ApiOkResponse({ standardSchema: parkedContent })
  @ApiResponse(conflict)
  async content(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
    @Param('connection', { schema: connectionParameter }) connection: ConnectionId,
    @Param('id', { schema: parkedIdParameter }) id: string,
    @CurrentPrincipal() { subject }: Principal,
  ): Promise<z.input<typeof parkedContent>> {
    const bytes = await this.#records.bytes({ environment, connection }, id, subject);
    if (typeof bytes === 'string') throw problemOf(bytes);
    return contentOf(bytes);
  }

  @Put(':id/content')
  @HttpCode(204)
  @Roles('operator')
  @ApiOperation({ summary: 'Other bytes in its place; the place in the topic stays' })
  @ApiNoContentResponse()
  @ApiResponse(conflict)
  async edit(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
    @Param('connection', { schema: connectionParameter }) connection: ConnectionId,
    @Param('id', { schema: parkedIdParameter }) id: string,
    @Body({ schema: parkedEdit }) { revision, ...content }: z.output<typeof parkedEdit>,
    @CurrentPrincipal() { subject }: Principal,
  ): Promise<void> {
    done(await this.#records.edit({ environment, connection }, id, revision, bytesOf(content), subject));
  }

  @Post(':id/replay')
  @HttpCode(200)
  @Roles('operator')
  @ApiOperation({ summary: 'Take it as if it came now, at the place where it was: nothing newer is replaced' })
  @ApiOkResponse({ standardSchema: replayView })
  @ApiResponse(conflict)
  async replay(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
    @Param('connection', { schema: connectionParameter }) connection: ConnectionId,
    @Param('id', { schema: parkedIdParameter }) id: string,
    @Body({ schema: parkedRevision }) { revision }: z.output<typeof parkedRevision>,
    @CurrentPrincipal() { subject }: Principal,
  ): Promise<z.input<typeof replayView>> {
    const result = await this.#records.replay({ environment, connection }, id, revision, subject);
    switch (result.kind) {
      case 'replayed':
        return { result: result.what };
      case 'unusable':
        return { result: 'unusable', reason: result.reason };
      case 'failed':
        throw problemOf(result.because);
    }
  }

  @Post(':id/discard')
  @HttpCode(204)
  @Roles('operator')
  @ApiOperation({ summary: 'Put it aside for good; it stays in the parking topic' })
  @ApiNoContentResponse()
  @ApiResponse(conflict)
  async discard(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
    @Param('connection', { schema: connectionParameter }) connection: ConnectionId,
    @Param('id', { schema: parkedIdParameter }) id: string,
    @Body({ schema: parkedRevision }) { revision }: z.output<typeof parkedRevision>,
    @CurrentPrincipal() { subject }: Principal,
  ): Promise<void> {
    done(await this.#records.discard({ environment, connection }, id, revision, subject));
  }
}

const viewOf = (record: ParkedRecord): z.input<typeof parkedView> => {
  const { id, state, reason, topic, partition, offset, epoch, keyBytes, valueBytes, here, revision } = record;
  return {
    ...{ id, state, reason, topic, partition, offset, epoch, keyBytes, valueBytes, here, revision },
    parkedAt: isoOf(record.parkedAt),
    ...(record.changedBy === undefined ? {} : { changedBy: record.changedBy }),
    ...(record.changedAt === undefined ? {} : { changedAt: isoOf(record.changedAt) }),
  };
};

const base64 = (bytes: Buffer | null): string | null => bytes?.toString('base64') ?? null;
const fromBase64 = (text: string | null): Buffer | null => (text === null ? null : Buffer.from(text, 'base64'));

const contentOf = ({ key, value, headers }: ParkedBytes): z.input<typeof parkedContent> => ({
  key: base64(key),
  value: base64(value),
  headers: Object.fromEntries(Object.entries(headers).map(([name, texts]) => [name, texts.map((it) => it.toString('base64'))])),
});

const bytesOf = ({ key, value, headers }: z.output<typeof parkedContent>): ParkedBytes => ({
  key: fromBase64(key),
  value: fromBase64(value),
  headers: Object.fromEntries(
    Object.entries(headers).map(([name, texts]) => [name, texts.map((it) => Buffer.from(it, 'base64'))]),
  ),
});

function done(result: ChangeResult): void {
  if (result.kind === 'failed') throw problemOf(result.because);
}

function problemOf(failure: ParkedFailure): ProblemException {
  switch (failure) {
    case 'unknown':
      return notFound();
    case 'conflict':
      return new ProblemException(
        'parked-record-changed',
        409,
        'It was changed',
        'Somebody changed it since that revision: read it again.',
      );
    case 'settled':
      return new ProblemException('parked-record-settled', 409, 'It is settled', 'It was replayed or discarded already.');
    case 'bytes-in-topic':
      return new ProblemException(
        'parked-record-in-topic',
        409,
        'Its bytes are not here',
        'The value is too large for the index: read it from the parking topic, or put other bytes in its place.',
      );
  }
}
