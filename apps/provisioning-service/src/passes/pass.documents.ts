import { type BudgetSettings, estimateDrift, type Pass, type PassId, type PassKind } from '@tallystick/devices-domain';
import { type Instant, isoOf } from '@tallystick/kernel-core';
import { z } from 'zod';
import { reason } from '../audit/change.documents.ts';
import { documentBody } from '../connections/connections.documents.ts';
import { estimateEnd, lookedAt } from './estimate-end.ts';
import type { PassSchedule, PassTimes } from './pass-engine.port.ts';
import { meaningsOf } from './pass-reasons.ts';

const kinds = ['preview', 'pass', 'sample'] as const satisfies readonly PassKind[];
const stages = ['planning', 'held', 'applying', 'paused', 'done', 'cancelled', 'rejected', 'failed'] as const;

export const passParameter = z
  .string()
  .regex(/^[A-Za-z0-9-]{1,64}$/, { error: 'expected the id of a pass' })
  .transform((text) => text as PassId);
export const kindParameter = z.enum(kinds, { error: `expected ${kinds.join(', ')}` });

export const newPass = z
  .strictObject({
    kind: z.enum(kinds).meta({
      description:
        'preview: plans and writes nothing · sample: a preview of some, drawn at random · pass: plans, meets the guards, then reconciles who differs',
    }),
    document: documentBody
      .exactOptional()
      .meta({ description: 'of preview and sample: planned with in place of the saved document' }),
    reason,
  })
  .meta({ id: 'NewPass' });

export const passQuery = z.object({ limit: z.coerce.number().int().min(1).max(200).default(20) });

export const counts = z
  .object({ deletions: z.int(), suspensions: z.int(), removals: z.int(), replacements: z.int(), accountChanges: z.int() })
  .meta({ id: 'ChangeCounts' });

export const passView = z
  .object({
    id: z.string(),
    kind: z.enum(kinds),
    stage: z.enum(stages),
    connectionVersion: z.int().meta({ description: 'of the saved document that it plans with; 0: a document that is not saved' }),
    startedBy: z.string(),
    startedAt: z.iso.datetime(),
    endedAt: z.iso.datetime().optional(),
    expectedEnd: z.iso
      .datetime()
      .optional()
      .meta({ description: 'at best, under the budget of the directory and by the pace so far' }),
    hold: z.string().optional().meta({ description: 'the hold that it waits for, or has waited for' }),
    because: z.string().optional().meta({ description: 'why it is held' }),
    progress: z.object({
      users: z.int().meta({ description: 'of the connection, as the pass began' }),
      looked: z.int(),
      inSync: z.int(),
      differ: z.int(),
      notPlanned: z.int(),
      unobservable: z.int().meta({ description: 'whom the directory would not show' }),
      applied: z.int(),
    }),
    counts,
  })
  .meta({ id: 'Pass' });

export const passList = z.object({ passes: z.array(passView) }).meta({ id: 'PassList' });

export const passSummary = z
  .object({
    pass: passView,
    reasons: z
      .array(
        z.object({
          reason: z.string(),
          users: z.int(),
          meanings: z.array(z.object({ kind: z.enum(['step', 'finding', 'not-planned', 'directory']), text: z.string() })),
        }),
      )
      .meta({ description: 'the most frequent first' }),
    drift: z
      .object({
        of: z.int().meta({ description: 'users of the sample that could be planned' }),
        share: z.number().optional(),
        low: z.number(),
        high: z.number(),
      })
      .optional()
      .meta({
        description: 'of a sample: between low and high the share of all users who differ lies, in 95 of 100 samples (R33)',
      }),
    filled: z.record(z.string(), z.int()).meta({ description: 'for how many users each mapped target has a value' }),
  })
  .meta({ id: 'PassSummary' });

export const commandView = z
  .object({
    outcome: z
      .enum(['done', 'accepted'])
      .meta({ description: 'accepted: it is done when the pages that are under way have ended' }),
    pass: passView,
  })
  .meta({ id: 'PassCommanded' });

export const reportQuery = z.object({
  format: z.enum(['jsonl', 'csv']).default('jsonl'),
  only: z.enum(['in-sync', 'differs', 'not-planned', 'unobservable']).optional(),
});

export function viewOfPass(pass: Pass, budget: BudgetSettings | undefined, now: Instant): z.input<typeof passView> {
  const { id, kind, stage, connectionVersion, startedBy, startedAt, endedAt, hold, because, sums, applied } = pass;
  const end = budget && estimateEnd(pass, budget, now);
  return {
    ...{ id, kind, stage, connectionVersion, startedBy, startedAt: isoOf(startedAt) },
    ...(endedAt === undefined ? {} : { endedAt: isoOf(endedAt) }),
    ...(end === undefined ? {} : { expectedEnd: isoOf(end) }),
    ...(hold === undefined ? {} : { hold }),
    ...(because === undefined ? {} : { because }),
    progress: {
      ...{ users: sums.users, looked: lookedAt(pass), inSync: sums.inSync, differ: sums.differ },
      ...{ notPlanned: sums.notPlanned, unobservable: sums.unobservable, applied },
    },
    counts: { ...sums.counts },
  };
}

export const summaryOf = ({ kind, sums }: Pass, pass: z.input<typeof passView>): z.input<typeof passSummary> => ({
  pass,
  reasons: Object.entries(sums.reasons)
    .sort(([a, some], [b, more]) => more - some || (a < b ? -1 : 1))
    .map(([reason, users]) => ({ reason, users, meanings: meaningsOf(reason) })),
  ...(kind === 'sample' && { drift: { ...estimateDrift(sums) } }),
  filled: { ...sums.filled },
});

// Schedules.

const year = 527_040;
const cron = z
  .string()
  .regex(/^[0-9A-Za-z*/,\-]+( [0-9A-Za-z*/,\-]+){4}$/, { error: 'expected five fields: minute hour day month weekday' })
  .max(100);

export const passTimes = z
  .strictObject({
    cron: z.array(cron).min(1).max(10).exactOptional().meta({ description: 'in UTC, e.g. 0 3 * * 6' }),
    everyMinutes: z.int().min(5).max(year).exactOptional(),
    jitterMinutes: z
      .int()
      .min(0)
      .max(1_440)
      .default(0)
      .meta({ description: 'each begins up to so many minutes later, at random' }),
    reason,
  })
  .refine(({ cron: times, everyMinutes }) => (times === undefined) !== (everyMinutes === undefined), {
    error: 'expected one of cron and everyMinutes',
  })
  .meta({ id: 'PassTimes' });

export const scheduleView = z
  .object({
    kind: z.enum(kinds),
    times: z.object({ cron: z.array(z.string()).optional(), everyMinutes: z.int().optional(), jitterMinutes: z.int() }),
    next: z.array(z.iso.datetime()),
    started: z.array(z.iso.datetime()),
  })
  .meta({ id: 'PassSchedule' });

export function timesOf({ cron: times, everyMinutes, jitterMinutes }: Omit<z.output<typeof passTimes>, 'reason'>): PassTimes {
  return times === undefined ? { everyMinutes: everyMinutes ?? year, jitterMinutes } : { cron: times, jitterMinutes };
}

export const viewOfSchedule = (kind: PassKind, { times, next, started }: PassSchedule): z.input<typeof scheduleView> => ({
  kind,
  times: 'cron' in times ? { ...times, cron: [...times.cron] } : { ...times },
  next: next.map(isoOf),
  started: started.map(isoOf),
});
