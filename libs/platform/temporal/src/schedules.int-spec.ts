import { defineSearchAttributeKey } from '@temporalio/common';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createLogger } from '@tallystick/platform-observability';
import { endpoints, eventually, uniqueName } from '@tallystick/platform-testing';
import { connectTemporal, scheduleOf, Schedules, type ScheduleTimes, type TemporalClient } from './index.ts';

const logger = createLogger({ service: 'schedules-int', level: 'silent' });
const environment = uniqueName('acme');
const scheduleId = uniqueName('pass');
let temporal: TemporalClient;
let schedules: Schedules;

beforeAll(() => {
  temporal = connectTemporal({ address: endpoints().temporal, namespace: 'default', logger });
  schedules = new Schedules(temporal);
});
afterAll(() => temporal?.close());

const typedSearchAttributes = [{ key: defineSearchAttributeKey('Environment', 'KEYWORD'), value: environment }];
const put = (times: ScheduleTimes) =>
  schedules.put(
    {
      scheduleId,
      ...scheduleOf(times),
      action: {
        type: 'startWorkflow',
        workflowType: 'nothing',
        workflowId: scheduleId,
        taskQueue: 'nowhere',
        args: [environment],
      },
      typedSearchAttributes,
    },
    times,
  );
const list = () => schedules.list(`Environment = '${environment}'`, { limit: 10, attributes: ['Environment', 'Segment'] });

describe('schedules', () => {
  it('are made, replaced, found, triggered without an overlap and removed', async () => {
    expect(await schedules.read(scheduleId)).toBeUndefined();
    expect([await schedules.trigger(scheduleId), await schedules.remove(scheduleId)]).toEqual([false, false]);

    expect(await put({ cron: ['0 7 1 * *'], jitterMinutes: 30 })).toBe('put');
    const times = { cron: ['0 3 * * 6', '0 4 * * 0'], jitterMinutes: 10 };
    expect(await put(times)).toBe('put');
    const found = await schedules.read(scheduleId);
    expect(found?.times).toEqual(times);
    expect(found?.description).toMatchObject({
      policies: { overlap: 'SKIP', catchupWindow: 86_400_000 },
      spec: { jitter: 600_000 },
    });
    await eventually(async () => (await list()).items[0]?.next[0] !== undefined, { withinMs: 20_000, what: 'the list shows it' });
    expect((await list()).items).toHaveLength(1);
    expect((await list()).items[0]?.attributes).toEqual({ Environment: environment });

    expect(await schedules.trigger(scheduleId)).toBe(true);
    const running = async () => (await schedules.read(scheduleId))?.description.info;
    await eventually(async () => (await running())?.runningActions.length === 1, {
      withinMs: 20_000,
      what: 'it has started one',
    });
    expect(await schedules.trigger(scheduleId)).toBe(true); // nobody works: the first one still runs
    await eventually(async () => (await running())?.numActionsSkippedOverlap === 1, {
      withinMs: 20_000,
      what: 'it has skipped one',
    });
    expect(await schedules.remove(scheduleId)).toBe(true);
    expect(await schedules.read(scheduleId)).toBeUndefined();
  }, 60_000);

  it('with times that nobody can read are refused, and leave what was there', async () => {
    expect(await put({ cron: ['never'], jitterMinutes: 0 })).toBe('times-refused');
    expect(await put({ cron: ['0 7 1 * *'], jitterMinutes: 0 })).toBe('put');
    expect(await put({ cron: ['99 7 1 * *'], jitterMinutes: 0 })).toBe('times-refused');
    expect((await schedules.read(scheduleId))?.times.cron).toEqual(['0 7 1 * *']);
    await schedules.remove(scheduleId);
  }, 30_000);
});
