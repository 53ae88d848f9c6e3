import { describe, expect, it } from '@jest/globals';
import { connectionId, environmentId, instant } from '@tallystick/kernel-core';
import { createMetrics } from '@tallystick/platform-observability';
import { createSourceMetrics } from './source-metrics.ts';

const ref = (name: string) => ({ environment: environmentId('acme'), connection: connectionId(name) });

describe('the metrics of the sources', () => {
  it('tell lag, age of the oldest change, parked records and a stopped source; one that can not be asked does not hide the others', async () => {
    const metrics = createMetrics({ service: 't' });
    const stopped = { because: 'beyond-the-end', topic: 'users', partition: 0, read: '9', end: '1', at: instant(1) } as const;
    const measure = createSourceMetrics({
      metrics,
      watch: {
        lag: ({ connection }) =>
          connection === 'erp' ? Promise.reject(new Error('the broker is away')) : Promise.resolve(new Map([[2, 40n]])),
      },
      store: { source: () => Promise.resolve({ epoch: 0, stopped }), oldestPendingMs: () => Promise.resolve(2_500) },
      parked: { count: () => Promise.resolve({ open: 3, topicOnly: 1 }) },
    });
    const sources = [
      { ref: ref('erp'), topic: 'b' },
      { ref: ref('hr'), topic: 'a' },
    ];
    await expect(measure(sources)).rejects.toThrow('1 sources could not be measured');
    const text = await metrics.registry.metrics();
    const figures = [...text.matchAll(/^(tallystick_\w+)\{([^}]*)\} (\S+)$/gm)].map(([, name, labels, value]) => [
      name,
      labels?.replace(',service="t"', ''),
      value,
    ]);
    const hr = 'environment="acme",connection="hr"';
    expect(figures).toEqual([
      ['tallystick_source_lag_records', `${hr},partition="2"`, '40'],
      ['tallystick_source_oldest_pending_seconds', hr, '2.5'],
      ['tallystick_source_parked_records', hr, '3'],
      ['tallystick_source_parked_topic_only_records', hr, '1'],
      ['tallystick_source_stopped', hr, '1'],
      ['tallystick_source_gap', hr, '0'],
    ]);
  });
});
