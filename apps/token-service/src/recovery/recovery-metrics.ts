import type { Metrics } from '@tallystick/platform-observability';

export interface RecoveryMetrics {
  shut(shards: number): void;
  unwitnessed(shards: number): void;
  revokedAgain(tokens: number): void;
}

export function declareRecoveryMetrics(metrics: Metrics): RecoveryMetrics {
  const shut = metrics.gauge(
    'tallystick_ring_shards_shut',
    'Shards that no validator serves because their store went back; alarm above 0',
  );
  const unwitnessed = metrics.gauge(
    'tallystick_ring_shards_unwitnessed',
    'Shards of which nobody can tell whether their store went back',
  );
  const again = metrics.counter(
    'tallystick_revocations_made_again_total',
    'Tokens that a store had brought back to life, revoked again',
  );
  return {
    shut: (shards) => shut.set(shards),
    unwitnessed: (shards) => unwitnessed.set(shards),
    revokedAgain: (tokens) => again.inc(tokens),
  };
}
