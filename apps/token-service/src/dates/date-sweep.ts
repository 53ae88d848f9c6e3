import { type EnvironmentId, instant, isoOf } from '@tallystick/kernel-core';
import type { Logger, Metrics } from '@tallystick/platform-observability';
import {
  type Adoption,
  isLive,
  type Ring,
  type RingShard,
  type SightingStore,
  type TokenRingStore,
} from '@tallystick/tokens-domain';
import type { MonotonicClock } from '../propagation/clock.ts';
import type { RegistryWatch } from '../propagation/registry-watch.ts';
import { readAdoption } from '../rings/read-adoption.ts';
import { declareDateMetrics } from '../token-metrics.ts';
import { type DateAlarm, dateAlarms, needsFigures } from './date-alarms.ts';
import { newestShare } from './newest-share.ts';

export interface DateSweepNeeds {
  readonly store: Pick<TokenRingStore, 'shards' | 'environments' | 'read'>;
  readonly watch: Pick<RegistryWatch, 'lastLook'>;
  readonly sightings: Pick<SightingStore, 'counts'>;
  readonly clock: MonotonicClock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
}

const everyMs = 60_000;
const ringsPerSweep = 5_000;
const readAtOnce = 20;
const notAsked: Adoption = { kind: 'unknown', why: 'no-sightings' };

/** Says, once per step, which dates come near; and shows tokens that expire within 30 days as a metric. It never stops anything. */
export class DateSweep {
  readonly #needs: DateSweepNeeds;
  readonly #expires;
  readonly #adoption;
  /** What was said of an environment, and which ones are shown. */
  readonly #said = new Map<EnvironmentId, ReadonlySet<string>>();
  readonly #shown = new Set<EnvironmentId>();
  #rest: EnvironmentId[] = [];
  #stopped = false;
  #wake: () => void = () => undefined;
  #running: Promise<void> | undefined;

  constructor(needs: DateSweepNeeds) {
    this.#needs = needs;
    ({ expires: this.#expires, adoption: this.#adoption } = declareDateMetrics(needs.metrics));
  }

  start(): void {
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#wake();
    await this.#running;
  }

  /** Looks through as many rings as one sweep may, and goes on with the others at the next. Never throws. */
  async sweep(): Promise<void> {
    const { logger } = this.#needs;
    try {
      if (this.#rest.length === 0) this.#rest = await this.#environments();
      const some = this.#rest.splice(0, ringsPerSweep);
      for (let at = 0; at < some.length && !this.#stopped; at += readAtOnce)
        await Promise.all(some.slice(at, at + readAtOnce).map((environment) => this.#look(environment)));
    } catch (error) {
      logger.warn({ err: error }, 'the dates of the tokens could not be looked through');
    }
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      await this.sweep();
      if (this.#stopped) return;
      await Promise.race([this.#needs.clock.sleep(everyMs), new Promise<void>((resolve) => (this.#wake = resolve))]);
    }
  }

  async #environments(): Promise<EnvironmentId[]> {
    const { store, watch } = this.#needs;
    const readable: readonly RingShard[] = store.shards.filter((shard) => watch.lastLook(shard) !== undefined);
    const lists = await Promise.all(readable.map((shard) => store.environments(shard).catch(() => [])));
    return lists.flat();
  }

  async #look(environment: EnvironmentId): Promise<void> {
    const { store, nowMs, logger } = this.#needs;
    let ring: Ring | undefined;
    try {
      ring = await store.read(environment);
    } catch (error) {
      logger.debug({ environment, err: error }, 'the dates of a ring could not be looked at');
      return;
    }
    if (!ring) return;
    const now = instant(nowMs());
    const isRotating = ring.tokens.filter(isLive).length > 1;
    const adoption =
      isRotating || needsFigures(ring, now) ? await readAdoption(this.#needs, environment, ring.settings.guards, now) : notAsked;
    const alarms = dateAlarms(ring, adoption, now);
    this.#showAdoption(environment, isRotating ? newestShare(ring, adoption) : undefined);
    this.#show(environment, alarms, now);
    this.#say(environment, alarms);
  }

  #showAdoption(environment: EnvironmentId, share: number | undefined): void {
    if (share === undefined) this.#adoption.remove({ environment });
    else this.#adoption.set({ environment }, share);
  }

  #show(environment: EnvironmentId, alarms: readonly DateAlarm[], now: number): void {
    const seconds = alarms.flatMap((alarm) => (alarm.kind === 'token-expires' ? [Math.round((alarm.at - now) / 1_000)] : []));
    const ahead = seconds.filter((left) => left > 0);
    if (seconds.length > 0) {
      this.#expires.set({ environment }, ahead.length > 0 ? Math.min(...ahead) : Math.max(...seconds));
      this.#shown.add(environment);
    } else if (this.#shown.delete(environment)) this.#expires.remove({ environment });
  }

  #say(environment: EnvironmentId, alarms: readonly DateAlarm[]): void {
    const { logger } = this.#needs;
    const before = this.#said.get(environment);
    const said = new Set<string>();
    for (const alarm of alarms) {
      const name = `${alarm.kind} ${alarm.kind === 'token-expires' ? alarm.token : ''} ${alarm.at} ${alarm.step}`;
      said.add(name);
      if (before?.has(name)) continue;
      const at = isoOf(alarm.at);
      if (alarm.kind === 'token-expires') {
        const facts = { environment, id: alarm.token, at, step: alarm.step };
        if (alarm.step === 'passed') logger.error(facts, 'a token has expired: devices that have no other one are refused');
        else logger.warn(facts, 'a token expires soon: devices need another one by then');
      } else
        logger.warn(
          { environment, at, step: alarm.step, figures: figuresOf(alarm.figures) },
          'the requirement comes into force soon and would refuse devices, or nobody knows: see the figures',
        );
    }
    if (said.size > 0) this.#said.set(environment, said);
    else this.#said.delete(environment);
  }
}

/** Under names that the log takes for no secret. */
const figuresOf = (figures: Extract<DateAlarm, { readonly kind: 'date-will-refuse-devices' }>['figures']) => {
  if ('why' in figures) return figures;
  const { devices, byToken, bySiblings, unjudged } = figures;
  return { devices, refused: byToken + bySiblings, unjudged };
};
