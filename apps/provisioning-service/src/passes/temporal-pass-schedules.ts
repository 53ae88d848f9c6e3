import type { ConnectionRef, PassKind } from '@tallystick/devices-domain';
import { bulkTaskQueue, scheduledPassType, type ScheduledPassRequest, userAttributes } from '@tallystick/devices-workflow-api';
import { instant } from '@tallystick/kernel-core';
import { scheduleOf, Schedules, type TemporalClient } from '@tallystick/platform-temporal';
import { asAway } from './engine-away.ts';
import type { PassSchedule, PassSchedules, PassTimes } from './pass-engine.port.ts';

const scheduleIdOf = ({ environment, connection }: ConnectionRef, kind: PassKind): string =>
  `passes/${environment}/${connection}/${kind}`;

/** Schedules of Temporal, one for each connection and kind of pass. */
export class TemporalPassSchedules implements PassSchedules {
  readonly #schedules: Schedules;
  constructor(temporal: TemporalClient) {
    this.#schedules = new Schedules(temporal);
  }

  put({ environment, connection }: ConnectionRef, kind: PassKind, times: PassTimes): Promise<'put' | 'times-refused'> {
    const ref = { environment, connection };
    const request: ScheduledPassRequest = { ...ref, kind };
    const { jitterMinutes } = times;
    const asked = { cron: 'cron' in times ? times.cron : [], jitterMinutes };
    const { spec, policies } = scheduleOf(asked);
    const when = 'cron' in times ? spec : { jitter: spec.jitter, intervals: [{ every: times.everyMinutes * 60_000 }] };
    const options = {
      scheduleId: scheduleIdOf(ref, kind),
      spec: when,
      policies,
      action: {
        type: 'startWorkflow' as const,
        workflowType: scheduledPassType,
        workflowId: `scheduled-pass/${environment}/${connection}/${kind}`,
        taskQueue: bulkTaskQueue,
        args: [request],
        typedSearchAttributes: userAttributes(ref),
        staticSummary: `${environment}/${connection}: scheduled ${kind}`,
      },
      typedSearchAttributes: userAttributes(ref),
    };
    return this.#schedules.put(options, asked).catch(away('change'));
  }

  async read(ref: ConnectionRef, kind: PassKind): Promise<PassSchedule | undefined> {
    const found = await this.#schedules.read(scheduleIdOf(ref, kind)).catch(away('read'));
    if (!found) return undefined;
    const { description, times } = found;
    const every = description.spec.intervals?.[0]?.every;
    return {
      times:
        times.cron.length === 0 && every !== undefined
          ? { everyMinutes: Math.round(every / 60_000), jitterMinutes: times.jitterMinutes }
          : times,
      next: description.info.nextActionTimes.map((time) => instant(time.getTime())),
      started: description.info.recentActions.map(({ takenAt }) => instant(takenAt.getTime())),
    };
  }

  remove(ref: ConnectionRef, kind: PassKind): Promise<boolean> {
    return this.#schedules.remove(scheduleIdOf(ref, kind)).catch(away('change'));
  }
}

const away = (call: 'read' | 'change') => (error: unknown) => {
  throw asAway(error, call);
};
