import type { EnvironmentId } from '@tallystick/kernel-core';
import type { Logger } from '@tallystick/platform-observability';
import { dayOf, type Sighting, type SightingStore } from '@tallystick/tokens-domain';
import { within } from '../within.ts';

export interface SightingFigures {
  readonly recorded: number;
  /**
   * Turned away because the buffer was full or the clocks disagreed; lost with a store that was away for too long, or that refused an
   * environment's sightings again and again.
   */
  readonly dropped: number;
  readonly failedFlushes: number;
  readonly waiting: number;
}

export interface SightingRecorderOptions {
  readonly store: Pick<SightingStore, 'record'>;
  readonly logger: Logger;
  /** Sightings that may wait, one for each device; default 40 000. At most a quarter of them are of one environment. */
  readonly mostWaiting?: number;
  /** Monotonic milliseconds. */
  readonly now?: () => number;
  /** This machine's wall clock, in milliseconds. */
  readonly wallNow?: () => number;
}

const flushEveryMs = 1_000;
const flushAt = 500;
const mostAtOnce = 1_000;
const callsAtOnce = 8;
const sameForMs = 5 * 60_000;
/** Devices remembered as seen lately: two halves of so many. */
const rememberedDevices = 50_000;
/** An environment whose sightings the store refused so often, while it took others, has its next ones dropped when they are refused. */
const mostRefusals = 3;
/** A sighting's time is the ring store's. Further apart from this machine's one of the two is wrong, and nobody knows which. */
const mostApartMs = 60 * 60_000;

/**
 * Collects what devices presented and writes it to the sighting store in batches. Bounded in every direction and never waited for: what
 * does not fit is dropped and counted. An environment that floods, or that the store refuses, takes no other's room. A device that was seen with the same facts in the last five minutes is not written again.
 */
export class SightingRecorder {
  readonly #store: SightingRecorderOptions['store'];
  readonly #logger: Logger;
  readonly #mostWaiting: number;
  readonly #now: () => number;
  readonly #wallNow: () => number;
  readonly #timer: NodeJS.Timeout;
  /** By environment and device. */
  #waiting = new Map<EnvironmentId, Map<string, Sighting>>();
  #size = 0;
  /** How often each environment was refused since it was last recorded, while others were. */
  readonly #refused = new Map<EnvironmentId, number>();
  /** Seen lately, in two halves: when the younger is full, the older one is forgotten. */
  #young = new Map<string, Seen>();
  #old = new Map<string, Seen>();
  #flushing: Promise<void> | undefined;
  #isAway = false;
  #areClocksApart = false;
  #lastError: unknown;
  #recorded = 0;
  #dropped = 0;
  #failedFlushes = 0;

  constructor({
    store,
    logger,
    mostWaiting = 40_000,
    now = () => performance.now(),
    wallNow = () => Date.now(),
  }: SightingRecorderOptions) {
    this.#store = store;
    this.#logger = logger;
    this.#mostWaiting = mostWaiting;
    this.#now = now;
    this.#wallNow = wallNow;
    this.#timer = setInterval(() => void this.flush(), flushEveryMs);
    this.#timer.unref();
  }

  /** Synchronous; never throws. */
  add(environment: EnvironmentId, sighting: Sighting): void {
    const key = `${environment} ${sighting.device}`;
    const now = this.#now();
    const seen = this.#young.get(key) ?? this.#old.get(key);
    if (seen !== undefined && now - seen.at < sameForMs && isSame(seen.sighting, sighting)) return;
    if (!this.#isTimeBelieved(sighting) || !this.#wait(environment, sighting)) {
      this.#dropped++;
      return;
    }
    if (this.#young.size >= rememberedDevices) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, { sighting, at: now });
    if (this.#size >= flushAt && !this.#isAway) void this.flush();
  }

  get figures(): SightingFigures {
    return {
      recorded: this.#recorded,
      dropped: this.#dropped,
      failedFlushes: this.#failedFlushes,
      waiting: this.#size,
    };
  }

  /** Writes what waits. One at a time; never rejects. */
  flush(): Promise<void> {
    return (this.#flushing ??= this.#flush().finally(() => (this.#flushing = undefined)));
  }

  /** Writes what waits, at most this long. */
  async stop(withinMs = 2_000): Promise<void> {
    clearInterval(this.#timer);
    await within(
      withinMs,
      this.flush().then(() => this.flush()), // the first may have been under way already
    );
  }

  async #flush(): Promise<void> {
    if (this.#size === 0) return;
    const batch = this.#waiting;
    this.#waiting = new Map();
    this.#size = 0;
    // Environments that were refused come last, so that they hold up no other.
    const parts = [...batch]
      .sort(([left], [right]) => Number(this.#refused.has(left)) - Number(this.#refused.has(right)))
      .flatMap(([environment, sightings]) => inParts(environment, [...sightings.values()]));
    let [isAway, hasWritten] = [false, false];
    for (let from = 0; from < parts.length; from += callsAtOnce) {
      const group = parts.slice(from, from + callsAtOnce);
      const outcomes = isAway ? [] : await Promise.all(group.map((part) => this.#record(part)));
      const failed = group.filter((_, index) => outcomes[index] !== true);
      const hasRecorded = failed.length < group.length;
      hasWritten ||= hasRecorded;
      // When it takes nothing at all, it is away; what it refuses beside others is refused for its own sake.
      const areSuspects = hasWritten && failed.every(({ environment }) => this.#refused.has(environment));
      const isOwnFault = hasRecorded || (areSuspects && !isAway);
      isAway ||= !isOwnFault;
      if (isOwnFault) this.#judge(group, failed);
      for (const part of failed) this.#putBack(part, isOwnFault);
    }
    this.#tell(isAway);
  }

  async #record({ environment, sightings }: Part): Promise<boolean> {
    try {
      await this.#store.record(environment, sightings);
      this.#recorded += sightings.length;
      return true;
    } catch (error) {
      this.#failedFlushes++;
      this.#lastError = error;
      return false;
    }
  }

  #judge(group: readonly Part[], failed: readonly Part[]): void {
    const refused = new Set(failed.map(({ environment }) => environment));
    for (const { environment } of group) if (!refused.has(environment)) this.#refused.delete(environment);
    for (const environment of refused) this.#refuse(environment);
  }

  #refuse(environment: EnvironmentId): void {
    const times = (this.#refused.get(environment) ?? 0) + 1;
    this.#refused.set(environment, times);
    const what = 'sightings of an environment can not be recorded, those of others can: its adoption figures will be unknown';
    if (times === mostRefusals) this.#logger.error({ environment, err: this.#lastError }, what);
  }

  #tell(isAway: boolean): void {
    if (isAway && !this.#isAway)
      this.#logger.warn({ err: this.#lastError }, 'sightings can not be recorded; they wait while there is room');
    if (!isAway && this.#isAway) this.#logger.info('sightings are recorded again');
    this.#isAway = isAway;
  }

  #isTimeBelieved({ at }: Sighting): boolean {
    const areApart = Math.abs(at - this.#wallNow()) > mostApartMs;
    const what = 'the clocks of the ring store and of this machine are more than an hour apart: sightings are dropped';
    if (areApart && !this.#areClocksApart) this.#logger.error(what);
    this.#areClocksApart = areApart;
    return !areApart;
  }

  /** False when there is no room. */
  #wait(environment: EnvironmentId, sighting: Sighting): boolean {
    const known = this.#waiting.get(environment);
    if (!known?.has(sighting.device)) {
      if (this.#size >= this.#mostWaiting || (known?.size ?? 0) >= this.#mostWaiting / 4) return false;
      this.#size++;
    }
    if (known) known.set(sighting.device, sighting);
    else this.#waiting.set(environment, new Map([[sighting.device, sighting]]));
    return true;
  }

  /** Behind what came meanwhile: a newer sighting of a device stands for the older one. */
  #putBack({ environment, sightings }: Part, isOwnFault: boolean): void {
    const isGivenUp = isOwnFault && (this.#refused.get(environment) ?? 0) >= mostRefusals;
    for (const sighting of sightings) {
      if (this.#waiting.get(environment)?.has(sighting.device)) continue;
      if (!isGivenUp && this.#wait(environment, sighting)) continue;
      this.#dropped++;
      const key = `${environment} ${sighting.device}`; // its next sighting is written
      this.#young.delete(key);
      this.#old.delete(key);
    }
  }
}

interface Seen {
  readonly sighting: Sighting;
  /** When it was taken to be written, by the recorder's own clock. */
  readonly at: number;
}

interface Part {
  readonly environment: EnvironmentId;
  readonly sightings: readonly Sighting[];
}

function inParts(environment: EnvironmentId, all: readonly Sighting[]): readonly Part[] {
  const parts: Part[] = [];
  for (let from = 0; from < all.length; from += mostAtOnce)
    parts.push({ environment, sightings: all.slice(from, from + mostAtOnce) });
  return parts;
}

/** The day counts too, since devices are counted by day. */
const isSame = (before: Sighting, now: Sighting): boolean =>
  before.presented === now.presented &&
  before.platform === now.platform &&
  before.siblings?.revision === now.siblings?.revision &&
  before.siblings?.met === now.siblings?.met &&
  dayOf(before.at) === dayOf(now.at);
