import type { SourceRecordStore } from '@tallystick/devices-domain';
import { isoOf } from '@tallystick/kernel-core';
import { z } from 'zod';
import { reason } from '../audit/change.documents.ts';

type SourceState = Awaited<ReturnType<SourceRecordStore['source']>>;

export const sourceView = z
  .object({
    topic: z.string(),
    epoch: z.int().meta({ description: 'in front of every position that is read now; name it when you raise it' }),
    raised: z.object({ by: z.string(), at: z.iso.datetime() }).optional(),
    stopped: z
      .object({
        because: z.enum(['beyond-the-end', 'other-record', 'other-source']),
        partition: z.int(),
        read: z.string(),
        end: z.string(),
        at: z.iso.datetime(),
      })
      .optional()
      .meta({ description: 'nothing is read until the epoch is raised: the topic is another one than was read' }),
    gap: z
      .object({ partition: z.int(), from: z.string(), to: z.string(), at: z.iso.datetime() })
      .optional()
      .meta({ description: 'records were lost before they were read: take a new snapshot of the source' }),
    oldestPendingMs: z
      .number()
      .optional()
      .meta({ description: 'how long the oldest change waits for its wake-up; absent: none waits' }),
    lag: z
      .array(z.object({ partition: z.int(), records: z.string().meta({ description: 'decimal' }) }))
      .nullable()
      .meta({ description: 'records of the topic that are not stored yet; null: Kafka did not say' }),
    parked: z.int().meta({ description: 'records that could not be used and wait for a person' }),
  })
  .meta({ id: 'Source' });

export const raisedEpoch = z
  .strictObject({
    epoch: z.int().min(0).max(999_998).meta({ description: 'the epoch that you have seen: it is raised by one' }),
    reason,
  })
  .meta({ id: 'RaiseEpoch' });

export const epochView = z.object({ epoch: z.int() }).meta({ id: 'EpochRaised' });

export function viewOfSource(
  topic: string,
  { epoch, raised, stopped, gap }: SourceState,
  more: Pick<z.input<typeof sourceView>, 'oldestPendingMs' | 'lag' | 'parked'>,
): z.input<typeof sourceView> {
  return {
    topic,
    epoch,
    ...(raised && { raised: { by: raised.by, at: isoOf(raised.at) } }),
    ...(stopped && {
      stopped: { ...pick(stopped), because: stopped.because, read: stopped.read, end: stopped.end },
    }),
    ...(gap && { gap: { ...pick(gap), from: gap.from, to: gap.to } }),
    ...more,
  };
}

const pick = ({ partition, at }: { readonly partition: number; readonly at: Parameters<typeof isoOf>[0] }) => ({
  partition,
  at: isoOf(at),
});
