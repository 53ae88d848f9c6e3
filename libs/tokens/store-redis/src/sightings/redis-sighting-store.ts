import type { EnvironmentId } from '@tallystick/kernel-core';
import { instant } from '@tallystick/kernel-core';
import type { Redis } from '@tallystick/platform-redis';
import {
  type Day,
  dayOf,
  maxDevicesPerEnvironment,
  mostStrangers,
  type SeenDevice,
  type SightedGroup,
  type Sighting,
  type SightingCounts,
  type SightingStore,
  type TokenId,
} from '@tallystick/tokens-domain';
import { z } from 'zod';
import { countScript } from './scripts/count.script.ts';
import { forgetScript } from './scripts/forget.script.ts';
import { laggardsScript } from './scripts/laggards.script.ts';
import { recordScript } from './scripts/record.script.ts';
import { sightedEnvironmentsKey, sightingBucketOf, sightingBuckets, sightingKeys } from './sighting-keys.ts';
import { readFacts, readSighting, writeSighting } from './sighting-text.ts';

export interface RedisSightingStoreOptions {
  /** From `connectRedis`: a Redis of its own, with `maxmemory-policy noeviction`, since an evicted key would make the counts wrong. */
  readonly client: Redis;
  /** Before every key; default `tally`. */
  readonly prefix?: string;
  /** Devices of an environment, without its strangers, beyond which new ones are turned away; default {@link maxDevicesPerEnvironment}. */
  readonly maxDevices?: number;
}

const mostAtOnce = 1_000;
/** Buckets in one command: at a million devices about 2,000 devices, so the server is held up for a few milliseconds at a time. */
const bucketsPerCommand = 16;
/** Buckets in one call of `laggards` or `forget`: an eighth of a walk. */
const bucketsPerCall = sightingBuckets / 8;

const countReply = z.tuple([
  z.string().nullable(),
  z.string().nullable(),
  z.string().nullable(),
  z.string().nullable(),
  z.array(z.tuple([z.string(), z.array(z.string()), z.array(z.string())])),
]);
const laggardsReply = z.tuple([z.int(), z.array(z.string())]);
const forgetReply = z.tuple([z.int(), z.union([z.literal(0), z.literal(1)]), z.int()]);

/**
 * Sightings on Redis 7: per environment the newest sighting of each device, in small hashes (see {@link sightingBuckets} for what keeps
 * them small), and counters by day that the recording script moves along, so that counting reads a few hundred numbers and no device.
 * `isFull` is true for a window from `fromDay` on when a device was turned away in it: then the counts of that window are not all;
 * likewise `strangersTurnedAway`. Devices that were kept before strangers were told apart count as devices that had a token.
 * When the last device is forgotten, the environment begins anew: `since` and `newest` are undefined until the next sighting.
 */
export class RedisSightingStore implements SightingStore {
  readonly #client: Redis;
  readonly #prefix: string;
  readonly #maxDevices: number;

  constructor({ client, prefix = 'tally', maxDevices = maxDevicesPerEnvironment }: RedisSightingStoreOptions) {
    this.#client = client;
    this.#prefix = prefix;
    this.#maxDevices = maxDevices;
  }

  async record(environment: EnvironmentId, sightings: readonly Sighting[]): Promise<void> {
    if (sightings.length === 0) return;
    if (sightings.length > mostAtOnce) throw new RangeError(`at most ${mostAtOnce} sightings are recorded at once`);
    const { base, meta, days } = sightingKeys(this.#prefix, environment);
    // Oldest first, so that a batch that spans midnight counts on both days.
    const rows = [...sightings]
      .sort((left, right) => left.at - right.at)
      .flatMap((sighting) => [sightingBucketOf(sighting.device), sighting.device, writeSighting(sighting)]);
    await recordScript.run(this.#client, [meta, days], [base, this.#maxDevices, mostStrangers(this.#maxDevices), ...rows]);
    // Afterwards, never before: forgetting removes an environment from the list and then looks again whether it has a device.
    await this.#client.sAdd(sightedEnvironmentsKey(this.#prefix), environment);
  }

  async counts(environment: EnvironmentId, fromDay: Day): Promise<SightingCounts> {
    const { base, meta, days } = sightingKeys(this.#prefix, environment);
    const [since, newest, turnedAway, strangersTurnedAway, found] = countReply.parse(
      await countScript.run(this.#client, [meta, days], [base, fromDay]),
    );
    return {
      since: since === null ? undefined : instant(Number(since)),
      newest: newest === null ? undefined : instant(Number(newest)),
      isFull: isFrom(fromDay, turnedAway),
      strangersTurnedAway: isFrom(fromDay, strangersTurnedAway),
      current: found.flatMap(([day, current]) => groups(Number(day), current)),
      series: found.flatMap(([day, , series]) => groups(Number(day), series)),
    };
  }

  /** Gives fewer devices than wanted, even none, with a `next`, when it has looked through an eighth of all; and up to one hash more than wanted. */
  async laggards({
    environment,
    presented,
    fromDay,
    cursor = '0',
    limit,
  }: {
    readonly environment: EnvironmentId;
    readonly presented: readonly TokenId[];
    readonly fromDay: Day;
    readonly cursor?: string;
    readonly limit: number;
  }): Promise<{ readonly devices: readonly SeenDevice[]; readonly next?: string }> {
    let bucket = /^\d{1,4}$/.test(cursor) ? Number(cursor) : sightingBuckets;
    if (bucket >= sightingBuckets) throw new RangeError('the cursor is none of a page of laggards');
    const { base, meta } = sightingKeys(this.#prefix, environment);
    const end = Math.min(bucket + bucketsPerCall, sightingBuckets);
    const wanted = Math.max(1, limit);
    const devices: SeenDevice[] = [];
    while (bucket < end && devices.length < wanted) {
      const args = [base, bucket, Math.min(bucket + bucketsPerCommand, end), fromDay, wanted - devices.length, ...presented];
      const [next, rows] = laggardsReply.parse(await laggardsScript.run(this.#client, [meta], args));
      for (const [device, value] of pairs(rows)) {
        const { presented: last, platform, lastSeen } = readSighting(value);
        devices.push({ device, presented: last, platform, lastSeen });
      }
      bucket = next;
    }
    return bucket < sightingBuckets ? { devices, next: String(bucket) } : { devices };
  }

  async forget(environment: EnvironmentId, before: Day): Promise<{ readonly forgotten: number; readonly isDone: boolean }> {
    const { base, meta, days } = sightingKeys(this.#prefix, environment);
    let forgotten = 0;
    for (let bucket = 0; bucket < bucketsPerCall; bucket += bucketsPerCommand) {
      const args = [base, before, bucketsPerCommand, sightingBuckets];
      const [gone, isDone, left] = forgetReply.parse(await forgetScript.run(this.#client, [meta, days], args));
      forgotten += gone;
      if (isDone === 0) continue;
      if (left === 0) await this.#unlist(environment);
      return { forgotten, isDone: true };
    }
    return { forgotten, isDone: false };
  }

  async environments(): Promise<readonly EnvironmentId[]> {
    return (await this.#client.sMembers(sightedEnvironmentsKey(this.#prefix))) as EnvironmentId[];
  }

  async #unlist(environment: EnvironmentId): Promise<void> {
    const list = sightedEnvironmentsKey(this.#prefix);
    await this.#client.sRem(list, environment);
    const { meta } = sightingKeys(this.#prefix, environment);
    if (await this.#client.hExists(meta, 'devices')) await this.#client.sAdd(list, environment);
  }
}

const isFrom = (day: Day, at: string | null): boolean => at !== null && dayOf(instant(Number(at))) >= day;

const pairs = (flat: readonly string[]): readonly (readonly [string, string])[] =>
  flat.flatMap((name, index) => (index % 2 === 0 ? [[name, flat[index + 1] ?? ''] as const] : []));

const groups = (day: Day, counters: readonly string[]): readonly SightedGroup[] =>
  pairs(counters).map(([facts, devices]) => ({ day, ...readFacts(facts), devices: Number(devices) }));
