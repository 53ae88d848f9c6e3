import type { Instant } from '@tallystick/kernel-core';
import {
  ScheduleAlreadyRunning,
  type ScheduleDescription,
  type ScheduleHandle,
  ScheduleNotFoundError,
  type ScheduleOptions,
  type ScheduleOptionsStartWorkflowAction,
} from '@temporalio/client';
import type { Workflow } from '@temporalio/common';
import type { TemporalClient } from './connect-temporal.ts';
import { attributeOf, cursorOf, isInvalidArgument, pageToken, timeOf } from './server-answers.ts';

/** When something begins, in UTC. */
export type ScheduleTimes = {
  /** Cron expressions with five fields, e.g. `0 7 1 * *`. */
  readonly cron: readonly string[];
  /** Each begins up to so many minutes later, at random: not all at once. */
  readonly jitterMinutes: number;
};

export type ListedSchedule = {
  /** The Keywords that were asked for, as far as it has them. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly next: readonly Instant[];
};

type StartingOptions = ScheduleOptions<ScheduleOptionsStartWorkflowAction<Workflow>>;

/**
 * Times as `client.schedule.create` takes them. What still runs when the next one is due is left alone, and that one is skipped; one that was
 * missed for more than a day is not made up for.
 */
export const scheduleOf = ({ cron, jitterMinutes }: ScheduleTimes) => ({
  spec: { cronExpressions: [...cron], jitter: jitterMinutes * 60_000, timezone: 'UTC' },
  policies: { overlap: 'SKIP' as const, catchupWindow: 86_400_000 },
});

/**
 * Schedules of Temporal. Each call ends within `withinMs` and throws what the SDK throws, unless it says otherwise. The server keeps a
 * schedule with a worker of its own, and asks another after 5 s when that one does not answer: a shorter wait calls a healthy server away.
 */
export class Schedules {
  readonly #temporal: TemporalClient;
  readonly #withinMs: number;
  constructor(temporal: TemporalClient, withinMs = 10_000) {
    this.#temporal = temporal;
    this.#withinMs = withinMs;
  }

  /** Makes or replaces one; whether it is paused stays. `times-refused`: the server can't read the cron expressions. */
  async put(options: StartingOptions, times: ScheduleTimes): Promise<'put' | 'times-refused'> {
    const { client, withDeadline } = this.#temporal;
    // The server turns cron expressions into calendars: the memo keeps what was asked for.
    const action = { ...options.action, memo: { cron: times.cron, jitterMinutes: times.jitterMinutes } };
    try {
      await withDeadline(this.#withinMs, () => client.schedule.create({ ...options, action }));
      return 'put';
    } catch (error) {
      if (isInvalidArgument(error)) return 'times-refused';
      if (!(error instanceof ScheduleAlreadyRunning)) throw error;
    }
    const { spec, policies, typedSearchAttributes } = options;
    const more = { ...(policies && { policies }), ...(typedSearchAttributes && { typedSearchAttributes }) };
    try {
      const handle = client.schedule.getHandle(options.scheduleId);
      await withDeadline(this.#withinMs, () => handle.update(({ state }) => ({ spec, action, state, ...more })));
      return 'put';
    } catch (error) {
      if (isInvalidArgument(error)) return 'times-refused';
      throw error;
    }
  }

  /** With the times that it was put with; undefined when there is none. */
  async read(
    scheduleId: string,
  ): Promise<{ readonly description: ScheduleDescription; readonly times: ScheduleTimes } | undefined> {
    const description = await this.#with(scheduleId, (handle) => handle.describe());
    if (!description || description.action.type !== 'startWorkflow') return undefined;
    const memo = description.action.memo as Partial<ScheduleTimes> | undefined;
    return { description, times: { cron: memo?.cron ?? [], jitterMinutes: memo?.jitterMinutes ?? 0 } };
  }

  /** False when there was none. What it started goes on. */
  async remove(scheduleId: string): Promise<boolean> {
    return (await this.#with(scheduleId, (handle) => handle.delete().then(() => true))) ?? false;
  }

  /** Starts one now, unless the one before still runs. False when there is no schedule. */
  async trigger(scheduleId: string): Promise<boolean> {
    return (await this.#with(scheduleId, (handle) => handle.trigger('SKIP').then(() => true))) ?? false;
  }

  /** @param query a list filter of Temporal. @throws RangeError when `cursor` is none of a page before. */
  async list(
    query: string,
    {
      limit,
      cursor,
      attributes,
    }: { readonly limit: number; readonly cursor?: string | undefined; readonly attributes: readonly string[] },
  ): Promise<{ readonly items: readonly ListedSchedule[]; readonly next?: string }> {
    const { client, withDeadline } = this.#temporal;
    const asked = { namespace: client.options.namespace, query, maximumPageSize: limit, nextPageToken: pageToken(cursor) };
    const { schedules, nextPageToken } = await withDeadline(this.#withinMs, () => client.workflowService.listSchedules(asked));
    const items = (schedules ?? []).map(({ searchAttributes, info }): ListedSchedule => {
      const found = attributes.map((name) => [name, attributeOf(searchAttributes, name)] as const);
      return {
        attributes: Object.fromEntries(found.filter((pair): pair is readonly [string, string] => pair[1] !== undefined)),
        next: (info?.futureActionTimes ?? []).flatMap((time) => timeOf(time) ?? []),
      };
    });
    return { items, ...cursorOf(nextPageToken) };
  }

  /** Undefined when there is no such schedule. */
  async #with<T>(scheduleId: string, call: (handle: ScheduleHandle) => Promise<T>): Promise<T | undefined> {
    const { client, withDeadline } = this.#temporal;
    try {
      return await withDeadline(this.#withinMs, () => call(client.schedule.getHandle(scheduleId)));
    } catch (error) {
      if (error instanceof ScheduleNotFoundError) return undefined;
      throw error;
    }
  }
}
