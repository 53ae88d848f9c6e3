import type { Logger } from '@tallystick/platform-observability';
import type { RelayMetrics } from './relay-metrics.ts';

export interface RelayHealthNeeds {
  readonly clock: { readonly nowMs: () => number };
  readonly logger: Pick<Logger, 'info' | 'warn' | 'error'>;
  readonly metrics: Pick<RelayMetrics, 'sinceSuccess'>;
}

const everyMs = 1_000;
const longestPauseMs = 30_000;
const alarmAfterMs = 30_000;

/** How the rounds of a relay go: said once when they fail and once when they fail for long, and how long the next one waits. */
export class RelayHealth {
  readonly #needs: RelayHealthNeeds;
  #failures = 0;
  #failingSinceMs: number | undefined;
  #isAlarmed = false;
  #successMs: number;

  constructor(needs: RelayHealthNeeds) {
    this.#needs = needs;
    this.#successMs = needs.clock.nowMs();
  }

  get isWell(): boolean {
    return this.#failures === 0;
  }

  get pauseMs(): number {
    return this.#failures === 0 ? everyMs : Math.min(everyMs * 2 ** Math.min(this.#failures - 1, 10), longestPauseMs);
  }

  succeeded(): void {
    const { clock, logger, metrics } = this.#needs;
    if (this.#isAlarmed) logger.info('the audit is published again');
    this.#failures = 0;
    this.#failingSinceMs = undefined;
    this.#isAlarmed = false;
    this.#successMs = clock.nowMs();
    metrics.sinceSuccess(0);
  }

  failed(error: unknown): void {
    const { clock, logger, metrics } = this.#needs;
    const now = clock.nowMs();
    this.#failures += 1;
    this.#failingSinceMs ??= now;
    metrics.sinceSuccess((now - this.#successMs) / 1_000);
    if (now - this.#failingSinceMs >= alarmAfterMs && !this.#isAlarmed) {
      this.#isAlarmed = true;
      logger.error(
        { err: error },
        'the audit can not be published: entries pile up, and changes but revocations stop when the outbox is full',
      );
    } else if (this.#failures === 1) logger.warn({ err: error }, 'the audit can not be published; trying again');
  }
}
