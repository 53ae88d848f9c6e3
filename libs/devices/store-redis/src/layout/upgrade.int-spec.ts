import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { noChanges, type PlanHash, usualGuards } from '@tallystick/devices-domain';
import { instant } from '@tallystick/kernel-core';
import { createLogger } from '@tallystick/platform-observability';
import { connectRedis, enterLayout, keepLayout, migrateLayout, NewerLayout, type Redis } from '@tallystick/platform-redis';
import { eventually, OwnRedis, type RedisDump, restoreRedis } from '@tallystick/platform-testing';
import { ada, grace, hr, position, readReleaseData, storesOf } from '../test-support/release/release-data.ts';
import { devicesLayout } from './devices-layout.ts';

// What releases before this one wrote, and what they themselves read of it; recorded by `tools/record-release.mjs`.
const folder = join(import.meta.dirname, '..', 'releases');
const logger = createLogger({ service: 'upgrade', level: 'silent' });
const migrating = { logger, signal: new AbortController().signal };

describe.each(readdirSync(folder))('this release on the data of %s', (name) => {
  const release = JSON.parse(readFileSync(join(folder, name), 'utf8')) as { readonly reads: unknown; readonly data: RedisDump };
  let server: OwnRedis;
  let redis: Redis;
  beforeEach(async () => {
    server = await OwnRedis.start();
    redis = await connectRedis({ url: server.url, name: 'upgrade', logger });
    await restoreRedis(redis, release.data);
  }, 30_000);
  afterEach(async () => {
    redis.destroy();
    await server.close();
  });

  it('takes it for its own, brings it forward, and reads what that release read, before that and after it', async () => {
    expect(await readReleaseData(redis)).toEqual(release.reads);
    const layout = await keepLayout(redis, devicesLayout, { logger, migrates: true });
    const isForward = async () => (await redis.hGet(devicesLayout.key, 'writes')) === '2';
    await eventually(isForward, { withinMs: 10_000, what: 'it is brought forward' });
    await layout.stop();
    expect(await readReleaseData(redis)).toEqual(release.reads);
  });

  it('finds everybody again where the indexes of then were lost', async () => {
    for (const key of await redis.keys('tally:{*}:*')) if (/:(?:index|living|waiting)$|:owned:/.test(key)) await redis.del(key);
    const { users } = storesOf(redis);
    expect(await users.count(hr)).toBe(0);
    expect(await migrateLayout(redis, devicesLayout, migrating)).toBe('done');
    expect(await readReleaseData(redis)).toEqual(release.reads);
  });

  it('goes on with it: records, open work, holds and parked records', async () => {
    const { records, reconciliations, guards, parked } = storesOf(redis);
    const record = { kind: 'record', attributes: { username: 'ada' } } as const;
    expect(await records.put(ada, position(1), record)).toBe('superseded');
    expect(await records.put(ada, position(2), record)).toBe('stored');
    const attempt = await reconciliations.begin(ada);
    expect(attempt.work?.intent.openPair?.slot).toBe('SMS Number 1');
    const found = (await guards.list(hr, undefined, 10)).holds;
    const open = found.find(({ state }) => state === 'open')!;
    const answer = { kind: 'approve', hash: open.hash, by: 'omar', reason: 'as asked', twoPeople: true } as const;
    expect(await guards.answer(hr, open.id, answer)).toBe('answered');
    const counts = { ...noChanges, removals: 1 };
    const limits = { settings: usualGuards, users: 100 };
    expect(await guards.reserve(grace, 'held' as PlanHash, counts, limits)).toMatchObject({ kind: 'approved' });
    const [first] = (await parked.list(hr, 'open', 0, 10)).records;
    expect(await parked.change(first!, { state: 'discarded', by: 'olga', at: instant(Date.now()) })).toBe('changed');
  });

  it('leaves it alone once a newer release has taken it over', async () => {
    await enterLayout(redis, devicesLayout);
    await redis.hSet(devicesLayout.key, { writes: 9, 'oldest-reader': 9 });
    await expect(keepLayout(redis, devicesLayout, { logger })).rejects.toThrow(NewerLayout);
  });
});
