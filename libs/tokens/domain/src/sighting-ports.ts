import type { EnvironmentId, Instant } from '@tallystick/kernel-core';
import type { Platform, TokenId } from './ring.ts';

/** What a device presented last: a token of the ring (revoked ones too), nothing at all, or a value that is none of the ring's. */
export type Presented = TokenId | 'nothing' | 'unknown';

/** "Device d presented token t at time x". Device ids are the provider's, opaque, at most 64 characters of printable ASCII. */
export interface Sighting {
  readonly device: string;
  readonly presented: Presented;
  readonly platform: Platform | 'other';
  /** Whether the device met the sibling rules of this revision; undefined when they were not judged. */
  readonly siblings?: { readonly revision: number; readonly met: boolean };
  readonly at: Instant;
}

/** Days since 1970-01-01 in UTC. */
export type Day = number;
export const dayOf = (at: Instant): Day => Math.floor(at / 86_400_000);

/** So many devices have these facts in common. */
export interface SightedGroup {
  /** For current counts the day of the device's last sighting; for a series the day on which it was seen. */
  readonly day: Day;
  readonly presented: Presented;
  readonly platform: Platform | 'other';
  readonly siblings?: { readonly revision: number; readonly met: boolean };
  readonly devices: number;
}

/** Exact counts, never estimates: every device counts once in `current`, and once a day in `series`. */
export interface SightingCounts {
  /** The first and the newest sighting ever recorded; undefined before the first. */
  readonly since: Instant | undefined;
  readonly newest: Instant | undefined;
  /** Devices that had a token were turned away in the days wanted, for want of room, so the counts are not all: unknown for every guard. */
  readonly isFull: boolean;
  /** Strangers were turned away in the days wanted: there are more devices without a token than these counts have. Those with one are all there. */
  readonly strangersTurnedAway: boolean;
  /** Each known device under the day and facts of its last sighting. */
  readonly current: readonly SightedGroup[];
  /** For each of the last days: the devices seen on it, under what they presented last on it. */
  readonly series: readonly SightedGroup[];
}

export interface SeenDevice {
  readonly device: string;
  readonly presented: Presented;
  readonly platform: Platform | 'other';
  readonly lastSeen: Instant;
}

/**
 * Which device presented what, and when. A device that has shown nothing but `nothing` and `unknown` so far is a stranger: anybody can
 * invent those, so they have a bounded part of their own ({@link mostStrangers}) and never take the place of a device that had a token of
 * the ring. A stranger that shows a token takes a place among those.
 *
 * On a Redis of its own, so that filling it never blocks a revoke. Losing some of it costs accuracy
 * of the adoption meter, never a verdict. Throws when it can't be reached. Implementations pass `sightingStoreConformance`.
 */
export interface SightingStore {
  /** At most 1,000 at once. A sighting older than what is known of its device changes nothing; repeated ones change nothing. */
  record(environment: EnvironmentId, sightings: readonly Sighting[]): Promise<void>;
  /** @param fromDay the first day that is wanted in `current` and in `series`. */
  counts(environment: EnvironmentId, fromDay: Day): Promise<SightingCounts>;
  /**
   * Devices whose last sighting, on `fromDay` or later, is none of `presented`; in no order, about `limit` at a time.
   * @param cursor from the page before; undefined for the first. No `next` means that was the last page. A device that is seen meanwhile may be left out or come twice.
   */
  laggards(query: {
    readonly environment: EnvironmentId;
    readonly presented: readonly TokenId[];
    readonly fromDay: Day;
    readonly cursor?: string;
    readonly limit: number;
  }): Promise<{ readonly devices: readonly SeenDevice[]; readonly next?: string }>;
  /** Forgets devices last seen before this day, and the series before it; a bounded piece of the work per call. Gives how many devices it forgot and whether a round is complete. */
  forget(environment: EnvironmentId, before: Day): Promise<{ readonly forgotten: number; readonly isDone: boolean }>;
  /** Environments with sightings. */
  environments(): Promise<readonly EnvironmentId[]>;
}

/** Sightings are kept this long after a device was last seen. */
export const sightingRetentionDays = 90;
/** The most devices of one environment that had a token; more are turned away, and the counts say so. */
export const maxDevicesPerEnvironment = 2_000_000;
/** The most strangers beside so many devices. */
export const mostStrangers = (maxDevices: number): number => Math.floor(maxDevices / 10);
/** Devices of all these groups, or days. */
export const countDevices = (groups: readonly { readonly devices: number }[]): number =>
  groups.reduce((total, { devices }) => total + devices, 0);

/** Whether it is nothing that only a device of the environment can show. */
export const isStrange = (presented: Presented): presented is 'nothing' | 'unknown' =>
  presented === 'nothing' || presented === 'unknown';
