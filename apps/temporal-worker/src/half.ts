import type { Ending } from '@tallystick/platform-config';
import type { ReadinessCheck } from '@tallystick/platform-http';
import type { Logger, Metrics } from '@tallystick/platform-observability';
import type { RunningWorker, TemporalAddress } from '@tallystick/platform-temporal';
import type { CommonConfig } from './config.ts';

export interface HalfNeeds {
  readonly common: CommonConfig;
  readonly temporal: TemporalAddress;
  /** Each worker is told as soon as it runs, so that it is drained also where the start ends half way. */
  readonly runs: (worker: RunningWorker) => RunningWorker;
  /** What is closed after all workers have ended, last first. */
  readonly stores: Ending;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** One half of the product: its workers run on task queues of their own. */
export interface RunningHalf {
  readonly readiness: readonly ReadinessCheck[];
  /** Rejects when a newer version has taken over what the half works on. */
  readonly refused?: Promise<never>;
}
