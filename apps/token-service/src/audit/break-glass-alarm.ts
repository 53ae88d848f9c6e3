import type { Logger } from '@tallystick/platform-observability';
import type { Redis } from '@tallystick/platform-redis';

export interface BreakGlassAlarmNeeds {
  readonly redis: Pick<Redis, 'get' | 'set'>;
  readonly prefix: string;
  /** Milliseconds since 1970. */
  readonly tell: (at: number) => void;
  readonly logger: Logger;
}

/**
 * When the break-glass credential was used last: in the store, so that a process that ends in the emergency does not take the alarm with it.
 * What it was used for is in the audit; nothing is decided by this.
 */
export class BreakGlassAlarm {
  readonly #needs: BreakGlassAlarmNeeds;
  constructor(needs: BreakGlassAlarmNeeds) {
    this.#needs = needs;
  }

  /** Tells what is known of other processes and of before. Never rejects. */
  async start(): Promise<void> {
    const { redis, tell, logger } = this.#needs;
    try {
      const at = Number((await redis.get(this.#key)) ?? 0);
      if (at > 0) tell(at);
    } catch (error) {
      logger.warn({ err: error }, 'whether the break-glass credential was used is not known');
    }
  }

  /** Never throws: the alarm must not stop what it is about. */
  used(at: number): void {
    const { redis, tell, logger } = this.#needs;
    tell(at);
    void redis.set(this.#key, String(at)).catch((error: unknown) => {
      logger.error({ err: error }, 'that the break-glass credential was used could not be kept for other processes');
    });
  }

  get #key(): string {
    return `${this.#needs.prefix}:break-glass-used`;
  }
}
