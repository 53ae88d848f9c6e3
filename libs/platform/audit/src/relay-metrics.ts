import type { Metrics } from '@tallystick/platform-observability';

/** What a relay tells of itself. */
export interface RelayMetrics {
  /** Entries in the fullest outbox; one refuses changes but revocations near its limit (R43). */
  waiting(entries: number): void;
  published(entries: number): void;
  /** Since the outbox was last seen empty or was published from; alarm on it. */
  sinceSuccess(seconds: number): void;
  /** Since heads were last signed and published, while some have moved; 0 otherwise. Alarm on it. */
  sinceVouched(seconds: number): void;
}

export function declareRelayMetrics(metrics: Metrics): RelayMetrics {
  const waiting = metrics.gauge(
    'tallystick_audit_outbox_waiting',
    'Audit entries that wait to be published, in the fullest shard',
  );
  const published = metrics.counter('tallystick_audit_published_total', 'Audit entries published; a repetition counts again');
  const age = metrics.gauge(
    'tallystick_audit_since_success_seconds',
    'Since the audit outbox was last seen empty, or published from, by this service',
  );
  const vouched = metrics.gauge(
    'tallystick_audit_since_vouched_seconds',
    'Since heads of audit chains were last signed and published, while some have moved',
  );
  return {
    waiting: (entries) => waiting.set(entries),
    published: (entries) => published.inc(entries),
    sinceSuccess: (seconds) => age.set(seconds),
    sinceVouched: (seconds) => vouched.set(seconds),
  };
}
