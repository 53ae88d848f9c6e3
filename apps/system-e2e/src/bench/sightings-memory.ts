import { createHash, randomBytes } from 'node:crypto';
import { environmentId, type Instant, instant } from '@tallystick/kernel-core';
import { createLogger } from '@tallystick/platform-observability';
import { connectRedis, type Redis } from '@tallystick/platform-redis';
import { type Day, type Sighting, sightingRetentionDays, type TokenId } from '@tallystick/tokens-domain';
import { RedisSightingStore } from '@tallystick/tokens-store-redis';
import { ExactCounts } from './exact-counts.ts';

export interface SightingsMeasurement {
  /** Growth of `used_memory` by the sightings of `devices` devices of one environment, with all counters, for one device. */
  readonly bytesPerDevice: number;
  /** Sightings a second, in batches of 500, two at a time: while all devices are new, and while all are seen again a day later, half of them with another token. */
  readonly recordPerSecond: number;
  readonly updatePerSecond: number;
  /** One reading of all counts: the median of nine. */
  readonly countsMs: number;
  /** All pages of a list that every other device is in. */
  readonly laggardsWalkMs: number;
  /** A round that forgets every tenth device, from the first call to the last. */
  readonly forgetRoundMs: number;
}

const batchSize = 500;
const dayMs = 86_400_000;
const today: Day = 20_000;
const tokens = Array.from({ length: 4 }, (_, at) => `tok_${String(at).padStart(16, '0')}` as TokenId);
const platforms: readonly Sighting['platform'][] = ['ios', 'android', 'other'];

/** A sighting, without the device. */
type Facts = Omit<Sighting, 'device'>;

/**
 * Measures the adoption meter on a Redis that nothing else writes to meanwhile. Removes its own keys, and only these, in the end.
 * @throws Error when any count is not exactly what was recorded.
 */
export async function measureSightingsMemory(options: {
  readonly redisUrl: string;
  readonly devices: number;
}): Promise<SightingsMeasurement> {
  const logger = createLogger({ service: 'bench', level: 'silent' });
  const client = await connectRedis({ url: options.redisUrl, name: 'bench-sightings', logger });
  const prefix = `bench-${randomBytes(6).toString('hex')}`;
  try {
    return await measure(client, prefix, options.devices);
  } finally {
    for await (const keys of client.scanIterator({ MATCH: `${prefix}:*`, COUNT: 1_000 }))
      if (keys.length > 0) await client.unlink(keys);
    await client.close();
  }
}

async function measure(client: Redis, prefix: string, devices: number): Promise<SightingsMeasurement> {
  const store = new RedisSightingStore({ client, prefix });
  const environment = environmentId('bench');
  const record = async (factsAbout: (device: number) => Facts): Promise<number> => {
    const startedAt = performance.now();
    let next = 0;
    const lane = async (): Promise<void> => {
      while (next < devices) {
        const first = next;
        next += batchSize;
        const size = Math.min(batchSize, devices - first);
        await store.record(
          environment,
          Array.from({ length: size }, (_, at) => ({ device: uuidOf(first + at), ...factsAbout(first + at) })),
        );
      }
    };
    await Promise.all([lane(), lane()]);
    return (devices / (performance.now() - startedAt)) * 1_000;
  };

  const first = (device: number) => factsOf(device, firstSeenAt(device, devices), device % tokens.length);
  const second = (device: number) => factsOf(device, instant(firstSeenAt(device, devices) + dayMs), device % 2);
  const [seenFirst, seenLast, seenEver] = [new ExactCounts(), new ExactCounts(), new ExactCounts()];
  for (let device = 0; device < devices; device += 1) {
    for (const counts of [seenFirst, seenEver]) counts.add(first(device));
    for (const counts of [seenLast, seenEver]) counts.add(second(device));
  }
  const fromDay = today - sightingRetentionDays;

  const before = await usedMemory(client);
  const recordPerSecond = await record(first);
  const bytesPerDevice = ((await usedMemory(client)) - before) / devices;
  const counted = await store.counts(environment, fromDay);
  seenFirst.compare('devices seen once', counted.current);
  seenFirst.compare('days of devices seen once', counted.series);
  const updatePerSecond = await record(second);
  const updated = await store.counts(environment, fromDay);
  seenLast.compare('devices seen twice', updated.current);
  seenEver.compare('days of devices seen twice', updated.series);

  const times: number[] = [];
  for (let round = 0; round < 9; round++) times.push(await timed(() => store.counts(environment, fromDay)));
  let laggards = 0;
  const laggardsWalkMs = await timed(async () => {
    let cursor: string | undefined;
    do {
      const query = { environment, presented: tokens.slice(0, 1), fromDay, limit: 1_000 };
      const page = await store.laggards(cursor === undefined ? query : { ...query, cursor });
      laggards += page.devices.length;
      cursor = page.next;
    } while (cursor !== undefined);
  });
  if (laggards !== Math.floor(devices / 2)) throw new Error(`the laggards are not exact: ${laggards} of ${devices} devices`);
  const forgetBefore = today - 80;
  const forgetRoundMs = await timed(async () => {
    while (!(await store.forget(environment, forgetBefore)).isDone);
  });
  const kept = await store.counts(environment, fromDay);
  seenLast.from(forgetBefore).compare('devices that were not forgotten', kept.current);
  seenEver.from(forgetBefore).compare('days that were not forgotten', kept.series);
  return {
    bytesPerDevice,
    recordPerSecond,
    updatePerSecond,
    countsMs: times.sort((left, right) => left - right)[4] ?? Number.NaN,
    laggardsWalkMs,
    forgetRoundMs,
  };
}

/** Day by day through most of the time that sightings are kept, as a fleet comes in. */
const firstSeenAt = (device: number, devices: number): Instant =>
  instant((today - 89) * dayMs + Math.floor((device / devices) * 88 * dayMs));

const factsOf = (device: number, at: Instant, token: number): Facts => ({
  presented: tokens[token] ?? 'unknown',
  platform: platforms[device % platforms.length] ?? 'other',
  siblings: { revision: 12, met: device % 7 !== 0 },
  at,
});

/** 36 characters, the same each time. */
const uuidOf = (device: number): string =>
  createHash('md5')
    .update(String(device))
    .digest('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');

const usedMemory = async (client: Redis): Promise<number> => Number(/used_memory:(\d+)/.exec(await client.info('memory'))?.[1]);

async function timed(act: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await act();
  return performance.now() - startedAt;
}
