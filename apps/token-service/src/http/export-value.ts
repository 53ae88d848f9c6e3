import { randomUUID } from 'node:crypto';
import { applyDecorators } from '@nestjs/common';
import { ApiOperation, ApiResponse } from '@nestjs/swagger';
import type { EnvironmentId } from '@tallystick/kernel-core';
import { isLive, type Platform, type TokenId } from '@tallystick/tokens-domain';
import type { FastifyReply } from 'fastify';
import type { z } from 'zod';
import { configurationFile, importWarnings, type valueExport } from './configuration-file.ts';
import { outcomeUnknown, valueNotKept } from './problems.ts';
import { problemOfNote, type RingApi, tokenIn } from './ring-api.ts';

/** The documents of a route that answers with a value as a file. */
export const ExportsValue = (summary: string) =>
  applyDecorators(
    ApiOperation({ summary }),
    ApiResponse({
      status: 200,
      description:
        'The file, a secret that is never cached. Importing it replaces what a console holds of the app besides: the header says what, for people.',
      headers: {
        'content-disposition': { description: 'attachment, with the name of the file', schema: { type: 'string' } },
        'x-tallystick-warnings': {
          description: 'Sentences to be shown beside the download: what the import replaces, and what to do with the file',
          schema: { type: 'string' },
        },
      },
      content: {
        'application/json': { schema: { type: 'object' } },
        'application/x-plist': { schema: { type: 'string' } },
        'application/xml': { schema: { type: 'string' } },
        'text/csv': { schema: { type: 'string' } },
      },
    }),
    ApiResponse({
      status: 409,
      description: 'No copy of the value is kept, or others change this environment at the same time.',
    }),
    ApiResponse({ status: 429, description: 'Too many readings in a short time; Retry-After says when.' }),
  );

interface Export extends z.output<typeof valueExport> {
  readonly environment: EnvironmentId;
  readonly actor: string;
  readonly token: TokenId;
  readonly platform?: Platform;
}

/** Sends a kept value as a configuration file, after the audit has it who reads it. @throws ProblemException */
export async function exportValue(
  api: RingApi,
  { environment, actor, token: id, format, key, iosBundleId, androidPackage, slot, platform }: Export,
  reply: FastifyReply,
): Promise<void> {
  const token = tokenIn(await api.read(environment), id);
  if (!isLive(token) || token.valueKept === undefined) throw valueNotKept();
  const facts = { as: format, ...(slot === undefined ? {} : { slot }) };
  const note = { environment, actor, action: 'export-value', facts };
  const read = await api.needs.notes.readValues(note, [id]).catch((cause: unknown) => {
    throw outcomeUnknown(cause);
  });
  if (read.kind !== 'read') throw problemOfNote(read);
  const value = read.values.get(id);
  if (value === undefined) throw valueNotKept();
  const on = platform ?? token.segment.platform;
  const options = { commandUuid: randomUUID(), ...(on === undefined ? {} : { platform: on }) };
  const { name, type, text } = configurationFile(format, { key, iosBundleId, androidPackage }, value, options);
  await reply
    .status(200)
    .headers({
      'content-type': type,
      'content-disposition': `attachment; filename="${name}"`,
      'x-tallystick-warnings': importWarnings(format).join(' '),
    })
    .send(text);
}
