import { connectionId, environmentId } from '@tallystick/kernel-core';
import { defineScript, type Redis } from '@tallystick/platform-redis';
import { ownedKey } from '../keys.ts';

// KEYS: record · waiting users · index · living. A mark from before there were times is as old as this moment.
const indexScript = defineScript({
  name: 'index-record',
  lua: `
    if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
    redis.call('ZADD', KEYS[3], 0, ARGV[1])
    if redis.call('HGET', KEYS[1], 'd') ~= '1' then redis.call('ZADD', KEYS[4], 0, ARGV[1]) end
    if redis.call('HEXISTS', KEYS[1], 'p') == 1 then
      local t = redis.call('TIME')
      redis.call('ZADD', KEYS[2], 'NX', t[1] * 1000, ARGV[1])
    end
    return 1`,
});
const indexAccountScript = defineScript({
  name: 'index-account',
  lua: `if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('ZADD', KEYS[2], 0, ARGV[2]) end return 1`,
});

const recordName = /^(tally:\{users\/([^/]+)\/([^/]+)\/\d\d\}):record:([0-9a-f]{32})$/;
const accountName = /^tally:\{account\/(\d\d)\}:([0-9a-f]{32})$/;

/**
 * Brings records and owners that were stored before there were indexes into them. Harmless beside running services, whose own writes are indexed
 * already, and a second time. Reads every key name of the database.
 * @throws the signal's reason
 */
export async function indexStoredRecords(redis: Redis, signal: AbortSignal): Promise<void> {
  for await (const keys of redis.scanIterator({ MATCH: 'tally:{*', COUNT: 1_000 })) {
    signal.throwIfAborted();
    const work = keys.map(async (key) => {
      const [, tag, , , user] = recordName.exec(key) ?? [];
      if (tag !== undefined && user !== undefined) {
        await indexScript.run(redis, [key, `${tag}:waiting`, `${tag}:index`, `${tag}:living`], [user]);
        return;
      }
      const [, shard, account] = accountName.exec(key) ?? [];
      if (shard === undefined || account === undefined) return;
      const owner = await redis.get(key);
      const [environment, connection, hash] = owner?.split('/') ?? [];
      if (owner === null || environment === undefined || connection === undefined || hash === undefined) return;
      const ref = { environment: environmentId(environment), connection: connectionId(connection) };
      await indexAccountScript.run(redis, [key, ownedKey(ref, shard)], [owner, account]);
    });
    await Promise.all(work);
  }
}
