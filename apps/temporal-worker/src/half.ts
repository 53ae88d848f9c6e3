import type { ReadinessCheck } from '@tallystick/platform-http';
import type { Logger, Metrics } from '@tallystick/platform-observability';
import type { RunningWorker } from '@tallystick/platform-temporal';
import type { CommonConfig } from './config.ts';

export interface HalfNeeds {
  readonly common: CommonConfig;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** One half of the product: its worker on its own task queue, and what that needs. */
export interface RunningHalf {
  readonly worker: RunningWorker;
  readonly readiness: readonly ReadinessCheck[];
  /** After the worker has ended. */
  readonly close: () => Promise<void>;
}
