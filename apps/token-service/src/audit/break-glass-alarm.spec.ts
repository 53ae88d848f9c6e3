import { expect, it } from '@jest/globals';
import { createLogger, createMetrics } from '@tallystick/platform-observability';
import { declareBreakGlassMetrics } from '../token-metrics.ts';
import { BreakGlassAlarm, type BreakGlassAlarmNeeds } from './break-glass-alarm.ts';

const name = 'tallystick_break_glass_last_used_timestamp_seconds';
const logger = createLogger({ service: 'test', level: 'silent' });

/** A process of its own. */
function processOn(redis: object) {
  const metrics = createMetrics({ service: 'token-service' });
  const alarm = new BreakGlassAlarm({
    redis: redis as BreakGlassAlarmNeeds['redis'],
    prefix: 'tally',
    tell: declareBreakGlassMetrics(metrics).used,
    logger,
  });
  const shown = async () => Number(new RegExp(`^${name}\\{.*\\} (\\S+)$`, 'm').exec(await metrics.registry.metrics())?.[1]);
  return { alarm, shown };
}

it('the use of the break-glass credential is shown at once, also where the store is away, and by the process that comes after', async () => {
  const kept = new Map<string, string>();
  const redis = {
    get: (key: string) => Promise.resolve(kept.get(key) ?? null),
    set: (key: string, value: string) => Promise.resolve(kept.set(key, value)),
  };
  const [first, second] = [processOn(redis), processOn(redis)];
  await first.alarm.start();
  expect(await first.shown()).toBe(0);
  first.alarm.used(1_800_000_000_000);
  expect(await first.shown()).toBe(1_800_000_000);
  await second.alarm.start();
  expect(await second.shown()).toBe(1_800_000_000);

  const away = () => Promise.reject(new Error('away'));
  const blind = processOn({ get: away, set: away });
  await blind.alarm.start();
  blind.alarm.used(1_800_000_001_000);
  expect(await blind.shown()).toBe(1_800_000_001);
});
