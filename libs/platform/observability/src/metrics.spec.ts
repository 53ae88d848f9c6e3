import { describe, expect, it } from '@jest/globals';
import { createMetrics } from './index.ts';

describe('metrics', () => {
  it('live in a registry of their own, with the service as label and the defaults of Node', async () => {
    const first = createMetrics({ service: 'one' });
    const second = createMetrics({ service: 'two' });
    first.counter('things_total', 'Things', ['kind']).inc({ kind: 'a' }, 2);
    first.histogram('wait_seconds', 'Waiting', { buckets: [0.5, 1] }).observe(0.7);
    first.gauge('level', 'Level').set(3);
    second.counter('things_total', 'Things').inc();
    const text = await first.registry.metrics();
    expect(text).toContain('things_total{kind="a",service="one"} 2');
    expect(text).toContain('wait_seconds_bucket{le="0.5",service="one"} 0');
    expect(text).toContain('level{service="one"} 3');
    expect(text).toContain('process_cpu_user_seconds_total');
    expect(await second.registry.metrics()).toContain('things_total{service="two"} 1');
  });
});
