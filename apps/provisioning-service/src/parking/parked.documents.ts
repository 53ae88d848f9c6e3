import { connectionId, type ConnectionId, type EnvironmentId, environmentId, isName } from '@tallystick/kernel-core';
import { z } from 'zod';
import { reason } from '../audit/change.documents.ts';

export const environmentParameter = z
  .string()
  .refine(isName, { error: 'expected an environment id' })
  .transform((text): EnvironmentId => environmentId(text));
export const connectionParameter = z
  .string()
  .refine(isName, { error: 'expected a connection id' })
  .transform((text): ConnectionId => connectionId(text));
export const parkedIdParameter = z
  .string()
  .regex(/^\d{1,6}-\d{1,10}-\d{1,20}-[0-9a-f]{8}$/, { error: 'expected the id of a parked record' });

export const parkedQuery = z.object({
  state: z.enum(['open', 'settled']).default('open'),
  cursor: z.coerce.number().int().min(0).max(1_000_000).default(0),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

export const parkedView = z
  .object({
    id: z.string(),
    state: z.enum(['open', 'replayed', 'discarded']),
    reason: z.string().meta({ description: 'why it can not be used, from a closed list' }),
    topic: z.string(),
    partition: z.number().int(),
    offset: z.string().meta({ description: 'decimal' }),
    epoch: z.number().int(),
    parkedAt: z.iso.datetime(),
    keyBytes: z.number().int(),
    valueBytes: z.number().int(),
    here: z.boolean().meta({ description: 'false: the value is too large for the index and lies in the parking topic only' }),
    revision: z.number().int().meta({ description: 'name it when you change the record' }),
    changedBy: z.string().optional(),
    changedAt: z.iso.datetime().optional(),
  })
  .meta({ id: 'ParkedRecord', description: 'a record that could not be used; never its content' });

export const parkedList = z
  .object({
    records: z.array(parkedView),
    next: z.number().int().optional().meta({ description: 'the cursor of the next page; absent at the end' }),
    open: z.number().int().meta({ description: 'how many wait for a person' }),
    topicOnly: z
      .number()
      .int()
      .meta({ description: 'how many were parked while the index was full: they lie in the parking topic only' }),
  })
  .meta({ id: 'ParkedRecordList' });

const base64 = z.base64().max(1_500_000);

/** Bytes, in base64: what was parked may be no text at all. */
export const parkedContent = z
  .object({
    key: base64.nullable(),
    value: base64.nullable().meta({ description: 'null: a tombstone' }),
    headers: z.record(z.string().max(256), z.array(base64).max(16)),
  })
  .meta({ id: 'ParkedContent' });

export const parkedEdit = parkedContent.extend({ revision: z.number().int().min(1), reason }).meta({ id: 'ParkedEdit' });
export const parkedRevision = z.object({ revision: z.number().int().min(1), reason }).meta({ id: 'ParkedRevision' });

export const replayView = z
  .object({
    result: z.enum(['stored', 'still-pending', 'superseded', 'ignored', 'unusable']).meta({
      description: 'stored: it is the record now · superseded: a newer one is there, nothing changed · unusable: it stays parked',
    }),
    reason: z.string().optional().meta({ description: 'why it still can not be used' }),
  })
  .meta({ id: 'Replay' });
