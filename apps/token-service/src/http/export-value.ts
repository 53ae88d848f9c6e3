import { applyDecorators } from '@nestjs/common';
import { ApiOperation, ApiResponse } from '@nestjs/swagger';
import type { EnvironmentId } from '@tallystick/kernel-core';
import { isLive, type TokenId } from '@tallystick/tokens-domain';
import type { FastifyReply } from 'fastify';
import type { z } from 'zod';
import { configurationFile, type valueExport } from './configuration-file.ts';
import { outcomeUnknown, valueNotKept } from './problems.ts';
import { problemOfNote, type RingApi, tokenIn } from './ring-api.ts';

/** The documents of a route that answers with a value as a file. */
export const ExportsValue = (summary: string) =>
  applyDecorators(
    ApiOperation({ summary }),
    ApiResponse({
      status: 200,
      description: 'The file',
      content: {
        'application/json': { schema: { type: 'object' } },
        'application/x-plist': { schema: { type: 'string' } },
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
}

/** Sends a kept value as a configuration file, after the audit has it who reads it. @throws ProblemException */
export async function exportValue(
  api: RingApi,
  { environment, actor, token: id, format, key, slot }: Export,
  reply: FastifyReply,
): Promise<void> {
  const token = tokenIn(await api.read(environment), id);
  if (!isLive(token) || token.valueKept === undefined) throw valueNotKept();
  const facts = { format, ...(slot === undefined ? {} : { slot }) };
  const note = { environment, actor, action: 'export-value', facts };
  const read = await api.needs.notes.readValues(note, [id]).catch((cause: unknown) => {
    throw outcomeUnknown(cause);
  });
  if (read.kind !== 'read') throw problemOfNote(read);
  const value = read.values.get(id);
  if (value === undefined) throw valueNotKept();
  const { name, type, text } = configurationFile(format, key, value);
  await reply
    .status(200)
    .headers({ 'content-type': type, 'content-disposition': `attachment; filename="${name}"` })
    .send(text);
}
