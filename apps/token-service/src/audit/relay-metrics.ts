import type { Metrics } from '@tallystick/platform-observability';

/** What the relay tells of itself. */
export interface RelayMetrics {
  /** Entries in the fullest shard; a shard refuses changes but revocations near its limit (R43). */
  waiting(entries: number): void;
  published(entries: number): void;
  /** Since the outbox was last seen empty or was published from; alarm on it. */
  sinceSuccess(seconds: number): void;
}

export function relayMetrics(metrics: Metrics): RelayMetrics {
  const waiting = metrics.gauge(
    'tallystick_audit_outbox_waiting',
    'Audit entries that wait to be published, in the fullest shard',
  );
  const published = metrics.counter('tallystick_audit_published_total', 'Audit entries published; a repetition counts again');
  const age = metrics.gauge(
    'tallystick_audit_since_success_seconds',
    'Since the audit outbox was last seen empty, or published from, by this service',
  );
  return {
    waiting: (entries) => waiting.set(entries),
    published: (entries) => published.inc(entries),
    sinceSuccess: (seconds) => age.set(seconds),
  };
}
