import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { limitOf, sourcePosition, type UserHash, type UserRef, usualGuards } from '@tallystick/devices-domain';
import { connectionId, environmentId } from '@tallystick/kernel-core';
import { createLogger } from '@tallystick/platform-observability';
import { connectRedis, type Redis } from '@tallystick/platform-redis';
import { generateKeyRing, parseKeyRing } from '@tallystick/platform-secrets';
import { endpoints, uniqueName } from '@tallystick/platform-testing';
import { RedisSourceRecordStore, RedisUserIndex } from './index.ts';

const version = (n: number) => sourcePosition(0, String(n).padStart(20, '0'));
let redis: Redis;
let records: RedisSourceRecordStore;
let users: RedisUserIndex;
beforeAll(async () => {
  const logger = createLogger({ service: 'living-int', level: 'silent' });
  redis = await connectRedis({ url: endpoints().redis, name: 'living-int', logger });
  records = new RedisSourceRecordStore(redis, parseKeyRing(generateKeyRing()));
  users = new RedisUserIndex(redis);
});
afterAll(() => redis.close());

const newConnection = () => ({ environment: environmentId(uniqueName('acme')), connection: connectionId('hr') });
const userOf = (ref: ReturnType<typeof newConnection>, n: number): UserRef => {
  const hash = ((n * 2_654_435_761) % 4_294_967_296).toString(16).padStart(8, '0');
  return { ...ref, user: hash.padEnd(32, '0') as UserHash };
};
const record = { kind: 'record', attributes: { name: 'ada' } } as const;

describe('the size of a connection, for the shares of its guards (R25)', () => {
  it('1,000 tombstones do not raise a limit', async () => {
    const ref = newConnection();
    const all = Array.from({ length: 1_150 }, (_, n) => userOf(ref, n));
    await records.putAll(all.map((user) => ({ user, version: version(1), change: record })));
    const before = limitOf(usualGuards.suspensions, await users.living(ref));
    expect([await users.living(ref), before]).toEqual([1_150, 34]);
    await records.putAll(
      all.slice(0, 1_000).map((user) => ({ user, version: version(2), change: { kind: 'deleted' } as const })),
    );
    expect([await users.count(ref), await users.living(ref)]).toEqual([1_150, 150]);
    expect(limitOf(usualGuards.suspensions, await users.living(ref))).toBe(10);
    // Who comes back counts again; an old record of somebody deleted does not.
    await records.put(all[0]!, version(3), record);
    expect(await records.put(all[1]!, version(1), record)).toBe('superseded');
    expect(await users.living(ref)).toBe(151);
  });

  it('who is not wanted does not count, whatever still changes in their record, until they are', async () => {
    const ref = newConnection();
    const user = userOf(ref, 1);
    await records.put(user, version(1), record);
    await users.mark(user, 'left');
    await records.put(user, version(2), record);
    expect(await users.living(ref)).toBe(0);
    await users.mark(user, 'living');
    expect([await users.living(ref), await users.living(newConnection())]).toEqual([1, 0]);
  });
});
