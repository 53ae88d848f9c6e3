import { Body, Controller, Get, HttpCode, Inject, Param, Post, Put, Query } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { ParkedBytes, ParkedRecord } from '@tallystick/devices-store-redis';
import { type ConnectionId, type EnvironmentId, isoOf } from '@tallystick/kernel-core';
import { notFound, ProblemException, Roles } from '@tallystick/platform-http';
import type { z } from 'zod';
import { Audit, type Made } from '../audit/audit.ts';
import { type Asking, type Caller, Changing, CurrentCaller, CurrentChange, NotesReading } from '../audit/changing.ts';
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
import type { ChangeResult, ParkedFailure, ParkedRecords, ReplayResult } from './parked-records.ts';

export const parkedRecords = Symbol('ParkedRecords');

const conflict = {
  status: 409,
  description:
    'Somebody changed it meanwhile or replays it now, it is settled, or superseded, or its bytes lie in the parking topic only.',
};

@ApiTags('parked records')
@Controller('v1/environments/:environment/connections/:connection/parked-records')
export class ParkedController {
  readonly #records: ParkedRecords;
  readonly #audit: Audit;

  constructor(@Inject(parkedRecords) records: ParkedRecords, audit: Audit) {
    this.#records = records;
    this.#audit = audit;
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
  @ApiOperation({ summary: 'Its bytes, personal data included; every reading is in the audit' })
  @ApiOkResponse({ standardSchema: parkedContent })
  @ApiResponse(conflict)
  @NotesReading()
  async content(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
    @Param('connection', { schema: connectionParameter }) connection: ConnectionId,
    @Param('id', { schema: parkedIdParameter }) id: string,
    @CurrentCaller() caller: Caller,
  ): Promise<z.input<typeof parkedContent>> {
    const about = { environment, connection, action: 'read-parked-record', subject: id };
    const bytes = await this.#records.bytes({ environment, connection }, id, () => this.#audit.reading(caller, about));
    if (typeof bytes === 'string') throw problemOf(bytes);
    return contentOf(bytes);
  }

  @Put(':id/content')
  @HttpCode(204)
  @Roles('operator')
  @ApiOperation({ summary: 'Other bytes in its place; the place in the topic stays' })
  @ApiNoContentResponse()
  @ApiResponse(conflict)
  @Changing()
  async edit(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
    @Param('connection', { schema: connectionParameter }) connection: ConnectionId,
    @Param('id', { schema: parkedIdParameter }) id: string,
    @Body({ schema: parkedEdit }) { revision, reason, ...content }: z.output<typeof parkedEdit>,
    @CurrentChange() asking: Asking,
  ): Promise<void> {
    await this.#audit.change({ ...asking, reason }, environment, async (begin, again) => {
      const edited = { revision, bytes: bytesOf(content) };
      return done(await this.#records.edit({ environment, connection }, id, edited, begin, again ? asking.by : undefined));
    });
  }

  @Post(':id/replay')
  @HttpCode(200)
  @Roles('operator')
  @ApiOperation({ summary: 'Take it as if it came now, at the place where it was: nothing newer is replaced' })
  @ApiOkResponse({ standardSchema: replayView })
  @ApiResponse(conflict)
  @Changing()
  async replay(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
    @Param('connection', { schema: connectionParameter }) connection: ConnectionId,
    @Param('id', { schema: parkedIdParameter }) id: string,
    @Body({ schema: parkedRevision }) { revision, reason }: z.output<typeof parkedRevision>,
    @CurrentChange() asking: Asking,
  ): Promise<z.input<typeof replayView>> {
    const { body } = await this.#audit.change({ ...asking, reason }, environment, async (begin, again) =>
      madeOf(await this.#records.replay({ environment, connection }, id, revision, begin, again ? asking.by : undefined)),
    );
    return body;
  }

  @Post(':id/discard')
  @HttpCode(204)
  @Roles('operator')
  @ApiOperation({ summary: 'Put it aside for good; it stays in the parking topic' })
  @ApiNoContentResponse()
  @ApiResponse(conflict)
  @Changing()
  async discard(
    @Param('environment', { schema: environmentParameter }) environment: EnvironmentId,
    @Param('connection', { schema: connectionParameter }) connection: ConnectionId,
    @Param('id', { schema: parkedIdParameter }) id: string,
    @Body({ schema: parkedRevision }) { revision, reason }: z.output<typeof parkedRevision>,
    @CurrentChange() asking: Asking,
  ): Promise<void> {
    await this.#audit.change({ ...asking, reason }, environment, async (begin, again) =>
      done(await this.#records.discard({ environment, connection }, id, revision, begin, again ? asking.by : undefined)),
    );
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

function done(result: ChangeResult): Made<undefined> {
  if (result.kind === 'failed') throw problemOf(result.because);
  return { body: undefined, ...(result.isRepeated && { result: 'done-before' }) };
}

function madeOf(result: ReplayResult): Made<z.input<typeof replayView>> {
  switch (result.kind) {
    case 'replayed':
      return { body: { result: result.what }, result: result.isRepeated ? 'done-before' : result.what };
    case 'unusable':
      return { body: { result: 'unusable', reason: result.reason }, result: result.isRepeated ? 'done-before' : 'unusable' };
    case 'failed':
      throw problemOf(result.because);
  }
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
    case 'replaying':
      return new ProblemException(
        'parked-record-replaying',
        409,
        'It is being replayed',
        'Somebody replays it now. Look at it again in a minute.',
        {},
        { headers: { 'retry-after': '60' } },
      );
    case 'superseded':
      return new ProblemException(
        'parked-record-superseded',
        409,
        'Other bytes were taken at its place',
        'It was edited after an attempt to replay it, and what is at its place can not be replaced. Have the source send the user again, then discard this.',
      );
    case 'bytes-in-topic':
      return new ProblemException(
        'parked-record-in-topic',
        409,
        'Its bytes are not here',
        'The value is too large for the index: read it from the parking topic, or put other bytes in its place.',
      );
  }
}
