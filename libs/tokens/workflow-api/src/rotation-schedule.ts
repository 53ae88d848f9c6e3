import type { EnvironmentId } from '@tallystick/kernel-core';
import { type RotationRequest, type Segment, segmentName } from '@tallystick/tokens-domain';
import { scheduledRotationType, tokensTaskQueue } from './rotate-token-api.ts';
import { rotationAttributes } from './search-attributes.ts';

/** One schedule per segment. */
export const rotationScheduleId = (environment: EnvironmentId, segment: Segment): string =>
  `rotations/${environment}/${segmentName(segment)}`;

/** When rotations begin, in UTC. */
export interface RotationTimes {
  /** Cron expressions with five fields, e.g. `0 7 1 * *`. */
  readonly cron: readonly string[];
  /** Each begins up to so many minutes later, at random: not all environments at once. */
  readonly jitterMinutes: number;
}

/**
 * What `client.schedule.create` takes. A rotation that still runs when the next one is due is left alone, and that one is skipped;
 * one that was missed for more than a day is not made up for.
 */
export const rotationSchedule = (request: RotationRequest, { cron, jitterMinutes }: RotationTimes) => ({
  scheduleId: rotationScheduleId(request.environment, request.segment),
  spec: { cronExpressions: [...cron], jitter: jitterMinutes * 60_000, timezone: 'UTC' },
  action: {
    type: 'startWorkflow' as const,
    workflowType: scheduledRotationType,
    workflowId: `scheduled-rotation/${request.environment}/${segmentName(request.segment)}`,
    taskQueue: tokensTaskQueue,
    args: [request],
    typedSearchAttributes: rotationAttributes(request),
    staticSummary: `scheduled rotation of ${request.environment}, ${segmentName(request.segment)}`,
  },
  policies: { overlap: 'SKIP' as const, catchupWindow: 86_400_000 },
  typedSearchAttributes: rotationAttributes(request),
});
