import { instant } from '@tallystick/kernel-core';
import type { Logger } from '@tallystick/platform-observability';
import { dayOf, sightingRetentionDays, type SightingStore } from '@tallystick/tokens-domain';
import type { MonotonicClock } from '../propagation/clock.ts';

export interface ForgetSightingsNeeds {
  readonly sightings: Pick<SightingStore, 'forget' | 'environments'>;
  readonly clock: MonotonicClock;
  readonly logger: Logger;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
  /** 0 … 1: services that start together must not sweep together. */
  readonly random: () => number;
}

const firstWithinMs = 15 * 60_000;
const everyMs = 6 * 3_600_000;
/** A call does an eighth of an environment: twice a whole round, should another service have begun one. */
const callsPerEnvironment = 16;
/** Between two calls, so that whoever records is not held up. */
const pauseMs = 50;

/**
 * Forgets devices that were last seen longer ago than sightings are kept: a few times a day, in small pieces. Several services may do it at
 * once, for the store keeps where a round stands.
 */
export class ForgetSightings {
  readonly #needs: ForgetSightingsNeeds;
  #stopped = false;
  #wake: () => void = () => undefined;
  #running: Promise<void> | undefined;

  constructor(needs: ForgetSightingsNeeds) {
    this.#needs = needs;
  }

  start(): void {
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#wake();
    await this.#running;
  }

  /** Once through all environments with sightings. Never throws. */
  async sweep(): Promise<void> {
    const { sightings, logger, nowMs } = this.#needs;
    const before = dayOf(instant(nowMs())) - sightingRetentionDays;
    try {
      for (const environment of await sightings.environments()) {
        let devices = 0;
        try {
          for (let call = 0; call < callsPerEnvironment && !this.#stopped; call++) {
            const { forgotten, isDone } = await sightings.forget(environment, before);
            devices += forgotten;
            if (isDone) break;
            await this.#pause(pauseMs);
          }
        } catch (error) {
          logger.warn({ environment, err: error }, 'old sightings could not be forgotten');
        }
        if (devices > 0) logger.info({ environment, devices }, 'devices that were not seen for long are forgotten');
        if (this.#stopped) return;
      }
    } catch (error) {
      logger.warn({ err: error }, 'the sightings can not be reached, so none are forgotten');
    }
  }

  async #run(): Promise<void> {
    const { random } = this.#needs;
    await this.#pause(firstWithinMs * random());
    while (!this.#stopped) {
      await this.sweep();
      await this.#pause(everyMs * (0.5 + random()));
    }
  }

  async #pause(ms: number): Promise<void> {
    if (this.#stopped) return;
    await Promise.race([this.#needs.clock.sleep(ms), new Promise<void>((resolve) => (this.#wake = resolve))]);
  }
}
