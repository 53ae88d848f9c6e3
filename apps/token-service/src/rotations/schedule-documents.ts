import { isoOf } from '@tallystick/kernel-core';
import { z } from 'zod';
import { segment } from '../http/documents/parameters.ts';
import { namesOf, type schedulePlan } from './rotation-documents.ts';
import type { RotationSchedule, ScheduleSummary } from './rotations.port.ts';
import { segmentPath } from './segment-path.ts';

const moments = z.array(z.string().meta({ format: 'date-time' }));
const members = {
  segmentName: z.string(),
  path: z.string(),
  next: moments.meta({ description: 'When it starts the next ones, with jitter' }),
};

export const scheduleView = z
  .object({
    ...members,
    segment,
    started: moments.meta({ description: 'When it started the last ones' }),
    requestedBy: z.string(),
    plan: z.looseObject({ cron: z.array(z.string()) }).meta({ description: 'As RotationSchedulePlan' }),
  })
  .meta({ id: 'RotationSchedule' });
export const scheduleList = z
  .object({ items: z.array(z.object(members)), next: z.string().optional().meta({ description: 'The cursor of the next page' }) })
  .meta({ id: 'RotationScheduleList' });
export const triggered = z.object({ outcome: z.literal('triggered') }).meta({ id: 'RotationTriggered' });

export function viewOfSchedule({ request, times, next, started }: RotationSchedule): z.input<typeof scheduleView> {
  const { environment: _environment, segment: of, requestedBy, slots, ...plan } = request;
  return {
    ...namesOf(segmentPath(of)),
    segment: of,
    requestedBy,
    plan: { ...plan, slots: [...slots], cron: [...times.cron], jitterMinutes: times.jitterMinutes } satisfies z.input<
      typeof schedulePlan
    >,
    next: next.map(isoOf),
    started: started.map(isoOf),
  };
}

export const viewOfScheduleSummary = ({ segmentName, next }: ScheduleSummary) => ({
  ...namesOf(segmentName),
  next: next.map(isoOf),
});
