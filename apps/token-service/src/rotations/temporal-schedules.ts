import { type EnvironmentId, instant } from '@tallystick/kernel-core';
import { Schedules, type TemporalClient } from '@tallystick/platform-temporal';
import type { RotationRequest, Segment } from '@tallystick/tokens-domain';
import {
  environmentAttribute,
  rotationSchedule,
  rotationScheduleId,
  type RotationTimes,
  segmentAttribute,
} from '@tallystick/tokens-workflow-api';
import type { Page, PageAsked, RotationSchedule, RotationSchedules, ScheduleSummary } from './rotations.port.ts';
import { asAway } from './temporal-answers.ts';

/** Schedules of Temporal, one per segment. */
export class TemporalSchedules implements RotationSchedules {
  readonly #schedules: Schedules;
  constructor(temporal: TemporalClient) {
    this.#schedules = new Schedules(temporal);
  }

  async listSchedules(environment: EnvironmentId, page: PageAsked): Promise<Page<ScheduleSummary>> {
    const query = `${environmentAttribute.name} = '${environment}'`;
    const attributes = [segmentAttribute.name];
    const found = await answered('read', this.#schedules.list(query, { ...page, attributes }));
    const items = found.items.flatMap(({ attributes: { [segmentAttribute.name]: segmentName }, next }): ScheduleSummary[] =>
      segmentName === undefined ? [] : [{ segmentName, next }],
    );
    return { ...found, items };
  }

  async readSchedule(environment: EnvironmentId, segment: Segment): Promise<RotationSchedule | undefined> {
    const found = await answered('read', this.#schedules.read(rotationScheduleId(environment, segment)));
    if (!found) return undefined;
    const { action, info } = found.description;
    return {
      request: action.args?.[0] as RotationRequest,
      times: found.times,
      next: info.nextActionTimes.map((time) => instant(time.getTime())),
      started: info.recentActions.map(({ takenAt }) => instant(takenAt.getTime())),
    };
  }

  putSchedule(request: RotationRequest, times: RotationTimes): Promise<'put' | 'times-refused'> {
    return answered('change', this.#schedules.put(rotationSchedule(request, times), times));
  }

  removeSchedule(environment: EnvironmentId, segment: Segment): Promise<boolean> {
    return answered('change', this.#schedules.remove(rotationScheduleId(environment, segment)));
  }

  triggerSchedule(environment: EnvironmentId, segment: Segment): Promise<boolean> {
    return answered('change', this.#schedules.trigger(rotationScheduleId(environment, segment)));
  }
}

/** What is no cursor is the caller's fault, everything else is the engine's. */
const answered = <T>(kind: 'read' | 'change', call: Promise<T>): Promise<T> =>
  call.catch((error: unknown) => {
    throw error instanceof RangeError ? error : asAway(error, kind);
  });
