import { type EnvironmentId, type Instant, instant } from '@tallystick/kernel-core';
import {
  type Day,
  dayOf,
  isStrange,
  maxDevicesPerEnvironment,
  mostStrangers,
  type SeenDevice,
  type SightedGroup,
  type Sighting,
  type SightingCounts,
  type SightingStore,
  type TokenId,
} from '@tallystick/tokens-domain';

interface Sights {
  readonly devices: Map<string, Sighting>;
  readonly days: Map<Day, Map<string, Sighting>>;
  /** Those of the devices that never showed a token. */
  readonly strangers: Set<string>;
  since: Instant | undefined;
  newest: Instant | undefined;
  turnedAway: Instant | undefined;
  strangersTurnedAway: Instant | undefined;
}

export interface InMemorySightingOptions {
  /** Devices of an environment, without its strangers, beyond which new ones are turned away; default `maxDevicesPerEnvironment`. */
  readonly maxDevices?: number;
  /** The store's own clock in milliseconds; default: the machine's. */
  readonly now?: () => number;
}

/** A caller's clock may be ahead of the store's by so much; what is later is taken as now. */
const aheadMs = 5 * 60_000;

/**
 * What a device presented and how it stood, as one text. Equal for sightings that count together; of two sightings of a device at one
 * instant the one whose text is later by its characters counts, so that the order of recording does not matter.
 */
export const sightedFacts = ({ presented, platform, siblings }: Omit<Sighting, 'device' | 'at'>): string =>
  `${presented}|${platform.charAt(0)}|${siblings ? `${siblings.revision}${siblings.met ? '+' : '-'}` : ''}`;

/** Sightings in memory, kept whole and counted when asked: the reference for `sightingStoreConformance`. */
export class InMemorySightingStore implements SightingStore {
  /** False: every call fails, as when the link is cut. */
  reachable = true;
  readonly #maxDevices: number;
  readonly #now: () => number;
  readonly #environments = new Map<EnvironmentId, Sights>();

  constructor({ maxDevices = maxDevicesPerEnvironment, now = Date.now }: InMemorySightingOptions = {}) {
    this.#maxDevices = maxDevices;
    this.#now = now;
  }

  async record(environment: EnvironmentId, sightings: readonly Sighting[]): Promise<void> {
    await this.#reach();
    if (sightings.length > 1_000) throw new RangeError('at most 1000 sightings are recorded at once');
    for (const { device, at } of sightings)
      if (!/^[\x20-\x7e]{1,64}$/.test(device) || !Number.isSafeInteger(at) || at < 0)
        throw new RangeError('a sighting has a device of 1–64 characters of printable ASCII and a whole number of milliseconds');
    if (sightings.length === 0) return;
    const sights = this.#open(environment);
    const now = instant(this.#now());
    const latest = instant(now + aheadMs);
    // Kept from a time when the clock was ahead: no more than what comes now.
    if (sights.newest !== undefined && sights.newest > latest) sights.newest = undefined;
    if (sights.since !== undefined && sights.since > latest) sights.since = undefined;
    for (const sighting of [...sightings].sort((left, right) => left.at - right.at))
      this.#recordOne(sights, sighting.at > latest ? { ...sighting, at: now } : sighting, latest);
  }

  #recordOne(sights: Sights, sighting: Sighting, latest: Instant): void {
    const { device, at } = sighting;
    const known = sights.devices.get(device);
    if (known && known.at <= latest && (known.at > at || (known.at === at && sightedFacts(known) >= sightedFacts(sighting))))
      return;
    if (!this.#findRoom(sights, sighting)) return;
    sights.devices.set(device, sighting);
    const day = sights.days.get(dayOf(at)) ?? new Map<string, Sighting>();
    sights.days.set(dayOf(at), day.set(device, sighting));
    sights.since = instant(Math.min(sights.since ?? at, at));
    sights.newest = instant(Math.max(sights.newest ?? at, at));
  }

  /** False: it was turned away. */
  #findRoom(sights: Sights, { device, presented, at }: Sighting): boolean {
    const { devices, strangers } = sights;
    if (devices.has(device) && !(strangers.has(device) && !isStrange(presented))) return true;
    if (isStrange(presented)) {
      if (strangers.size < mostStrangers(this.#maxDevices)) strangers.add(device);
      else sights.strangersTurnedAway = instant(Math.max(sights.strangersTurnedAway ?? at, at));
      return strangers.has(device);
    }
    if (devices.size - strangers.size >= this.#maxDevices) {
      sights.turnedAway = instant(Math.max(sights.turnedAway ?? at, at));
      return false;
    }
    strangers.delete(device);
    return true;
  }

  async counts(environment: EnvironmentId, fromDay: Day): Promise<SightingCounts> {
    await this.#reach();
    const sights = this.#environments.get(environment);
    const series = [...(sights?.days ?? [])].filter(([day]) => day >= fromDay);
    return {
      since: sights?.since,
      newest: sights?.newest,
      isFull: sights?.turnedAway !== undefined && dayOf(sights.turnedAway) >= fromDay,
      strangersTurnedAway: sights?.strangersTurnedAway !== undefined && dayOf(sights.strangersTurnedAway) >= fromDay,
      current: group([...(sights?.devices.values() ?? [])].filter(({ at }) => dayOf(at) >= fromDay)),
      series: series.flatMap(([, devices]) => group([...devices.values()])),
    };
  }

  async laggards({
    environment,
    presented,
    fromDay,
    cursor,
    limit,
  }: {
    readonly environment: EnvironmentId;
    readonly presented: readonly TokenId[];
    readonly fromDay: Day;
    readonly cursor?: string;
    readonly limit: number;
  }): Promise<{ readonly devices: readonly SeenDevice[]; readonly next?: string }> {
    await this.#reach();
    const adopted = new Set<string>(presented);
    const found = [...(this.#environments.get(environment)?.devices.values() ?? [])]
      .filter((known) => dayOf(known.at) >= fromDay && !adopted.has(known.presented))
      .sort((left, right) => (left.device < right.device ? -1 : 1))
      .filter(({ device }) => cursor === undefined || device > cursor);
    const page = found.slice(0, Math.max(1, limit));
    const last = page.at(-1);
    const devices = page.map(({ device, presented: shown, platform, at }) => ({
      device,
      presented: shown,
      platform,
      lastSeen: at,
    }));
    return last && found.length > page.length ? { devices, next: last.device } : { devices };
  }

  async forget(environment: EnvironmentId, before: Day): Promise<{ readonly forgotten: number; readonly isDone: boolean }> {
    await this.#reach();
    const sights = this.#environments.get(environment);
    if (!sights) return { forgotten: 0, isDone: true };
    const old = [...sights.devices.values()].filter(({ at }) => dayOf(at) < before);
    for (const { device } of old) {
      sights.devices.delete(device);
      sights.strangers.delete(device);
    }
    for (const day of sights.days.keys()) if (day < before) sights.days.delete(day);
    if (sights.turnedAway !== undefined && dayOf(sights.turnedAway) < before) sights.turnedAway = undefined;
    if (sights.strangersTurnedAway !== undefined && dayOf(sights.strangersTurnedAway) < before)
      sights.strangersTurnedAway = undefined;
    if (sights.devices.size === 0) sights.since = sights.newest = undefined;
    return { forgotten: old.length, isDone: true };
  }

  async environments(): Promise<readonly EnvironmentId[]> {
    await this.#reach();
    return [...this.#environments].filter(([, { devices }]) => devices.size > 0).map(([environment]) => environment);
  }

  async #reach(): Promise<void> {
    await Promise.resolve();
    if (!this.reachable) throw new Error('the sighting store can not be reached');
  }

  #open(environment: EnvironmentId): Sights {
    const found = this.#environments.get(environment);
    if (found) return found;
    const made: Sights = {
      devices: new Map(),
      days: new Map(),
      strangers: new Set(),
      since: undefined,
      newest: undefined,
      turnedAway: undefined,
      strangersTurnedAway: undefined,
    };
    this.#environments.set(environment, made);
    return made;
  }
}

function group(sightings: readonly Sighting[]): readonly SightedGroup[] {
  const groups = new Map<string, SightedGroup>();
  for (const { at, presented, platform, siblings } of sightings) {
    const facts = { day: dayOf(at), presented, platform, ...(siblings ? { siblings } : {}) };
    const key = `${facts.day}|${sightedFacts(facts)}`;
    groups.set(key, { ...facts, devices: (groups.get(key)?.devices ?? 0) + 1 });
  }
  return [...groups.values()];
}
