import { type EnvironmentId, instant } from '@tallystick/kernel-core';
import type { TemporalClient } from '@tallystick/platform-temporal';
import type { RotationRequest, Segment } from '@tallystick/tokens-domain';
import {
  environmentAttribute,
  rotationSchedule,
  rotationScheduleId,
  type RotationTimes,
  segmentAttribute,
} from '@tallystick/tokens-workflow-api';
import { ScheduleAlreadyRunning, type ScheduleHandle, ScheduleNotFoundError } from '@temporalio/client';
import type { Page, PageAsked, RotationSchedule, RotationSchedules, ScheduleSummary } from './rotations.port.ts';
import { asAway, attributeOf, cursorOf, isInvalidArgument, pageToken, timeOf } from './temporal-answers.ts';

const withinMs = 5_000;

/** Schedules of Temporal, one per segment. */
export class TemporalSchedules implements RotationSchedules {
  readonly #temporal: TemporalClient;
  constructor(temporal: TemporalClient) {
    this.#temporal = temporal;
  }

  async listSchedules(environment: EnvironmentId, { limit, cursor }: PageAsked): Promise<Page<ScheduleSummary>> {
    const { client, withDeadline } = this.#temporal;
    const query = `${environmentAttribute.name} = '${environment}'`;
    const asked = { namespace: client.options.namespace, query, maximumPageSize: limit, nextPageToken: pageToken(cursor) };
    const call = withDeadline(withinMs, () => client.workflowService.listSchedules(asked));
    const { schedules, nextPageToken } = await call.catch((error: unknown) => {
      throw asAway(error, 'read');
    });
    const items = (schedules ?? []).flatMap(({ searchAttributes, info }): ScheduleSummary[] => {
      const segmentName = attributeOf(searchAttributes, segmentAttribute.name);
      const next = (info?.futureActionTimes ?? []).flatMap((time) => timeOf(time) ?? []);
      return segmentName === undefined ? [] : [{ segmentName, next }];
    });
    return { items, ...cursorOf(nextPageToken) };
  }

  async readSchedule(environment: EnvironmentId, segment: Segment): Promise<RotationSchedule | undefined> {
    const described = await this.#with(environment, segment, 'read', (handle) => handle.describe());
    if (!described || described.action.type !== 'startWorkflow') return undefined;
    const { args, memo } = described.action;
    const { nextActionTimes, recentActions } = described.info;
    return {
      request: args?.[0] as RotationRequest,
      times: { cron: [], jitterMinutes: 0, ...(memo as Partial<RotationTimes> | undefined) },
      next: nextActionTimes.map((time) => instant(time.getTime())),
      started: recentActions.map(({ takenAt }) => instant(takenAt.getTime())),
    };
  }

  async putSchedule(request: RotationRequest, times: RotationTimes): Promise<'put' | 'times-refused'> {
    const { client, withDeadline } = this.#temporal;
    const options = rotationSchedule(request, times);
    // The server turns cron expressions into calendars: the memo keeps what was asked for.
    const action = { ...options.action, memo: { cron: times.cron, jitterMinutes: times.jitterMinutes } };
    try {
      await withDeadline(withinMs, () => client.schedule.create({ ...options, action }));
      return 'put';
    } catch (error) {
      if (isInvalidArgument(error)) return 'times-refused';
      if (!(error instanceof ScheduleAlreadyRunning)) throw asAway(error, 'change');
    }
    const { spec, policies, typedSearchAttributes } = options;
    try {
      const handle = client.schedule.getHandle(options.scheduleId);
      await withDeadline(withinMs, () =>
        handle.update(({ state }) => ({ spec, action, policies, typedSearchAttributes, state })),
      );
      return 'put';
    } catch (error) {
      if (isInvalidArgument(error)) return 'times-refused';
      throw asAway(error, 'change');
    }
  }

  async removeSchedule(environment: EnvironmentId, segment: Segment): Promise<boolean> {
    return (await this.#with(environment, segment, 'change', (handle) => handle.delete().then(() => true))) ?? false;
  }

  async triggerSchedule(environment: EnvironmentId, segment: Segment): Promise<boolean> {
    return (await this.#with(environment, segment, 'change', (handle) => handle.trigger('SKIP').then(() => true))) ?? false;
  }

  /** Undefined when there is no such schedule. */
  async #with<T>(
    environment: EnvironmentId,
    segment: Segment,
    kind: 'read' | 'change',
    call: (handle: ScheduleHandle) => Promise<T>,
  ): Promise<T | undefined> {
    const { client, withDeadline } = this.#temporal;
    try {
      return await withDeadline(withinMs, () => call(client.schedule.getHandle(rotationScheduleId(environment, segment))));
    } catch (error) {
      if (error instanceof ScheduleNotFoundError) return undefined;
      throw asAway(error, kind);
    }
  }
}
