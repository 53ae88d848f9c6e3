import type { Metrics } from '@tallystick/platform-observability';

export { declareRelayMetrics } from '@tallystick/platform-audit';

// Every metric of the provisioning service. What is said of a source or of holds is said by every replica: take the largest, not the sum.

const connection = ['environment', 'connection'] as const;

export const declareConnectionMetrics = (metrics: Metrics) =>
  metrics.gauge(
    'tallystick_connections_unreadable',
    '1 while the saved document of a connection can not be read: it is at rest',
    connection,
  );

export const declareRecordMetrics = (metrics: Metrics) => ({
  handled: metrics.counter('tallystick_source_records_total', 'Source records by what became of them', [...connection, 'what']),
  retried: metrics.counter(
    'tallystick_source_batches_retried_total',
    'Batches that came again because a store or the engine was away',
  ),
});

export const declareDurabilityMetrics = (metrics: Metrics) =>
  metrics.gauge(
    'tallystick_redis_durability_faults',
    'Settings of a Redis by which what was confirmed could be lost; the log names them; absent until they were read',
    ['store'],
  );

export const declareSourceMetrics = (metrics: Pick<Metrics, 'gauge'>) => ({
  lag: metrics.gauge('tallystick_source_lag_records', 'Records of the topic that are not stored yet', [
    ...connection,
    'partition',
  ]),
  oldest: metrics.gauge(
    'tallystick_source_oldest_pending_seconds',
    'How long the oldest change waits for its wake-up; 0: none',
    connection,
  ),
  waiting: metrics.gauge('tallystick_source_parked_records', 'Records that could not be used and wait for a person', connection),
  overflow: metrics.gauge(
    'tallystick_source_parked_topic_only_records',
    'Records that were parked while the index was full',
    connection,
  ),
  stopped: metrics.gauge(
    'tallystick_source_stopped',
    '1 while the source is not read until an operator raises the epoch',
    connection,
  ),
  gap: metrics.gauge(
    'tallystick_source_gap',
    '1 while records were lost before they were read; until the epoch is raised',
    connection,
  ),
});

export const declareHoldMetrics = (metrics: Pick<Metrics, 'gauge'>) => ({
  open: metrics.gauge('tallystick_holds_open', 'Holds that wait for a person; counted up to 1,000', connection),
  users: metrics.gauge('tallystick_holds_users', 'Users whose plans wait in open holds', connection),
  oldest: metrics.gauge('tallystick_hold_oldest_seconds', 'Age of the oldest open hold; 0: none', connection),
});

export const declareAuditMetrics = (metrics: Metrics) =>
  metrics.counter(
    'tallystick_audit_notes_refused_total',
    'Notes that could not be written into the audit outbox, or that too few replicas have; what they were about was not done (R43), unless it stops or takes back and is not-replicated',
    ['because'],
  );
