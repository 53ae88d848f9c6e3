import { afterAll, beforeAll, describe } from '@jest/globals';
import { createLogger } from '@tallystick/platform-observability';
import { connectRedis, type Redis } from '@tallystick/platform-redis';
import { endpoints, uniqueName } from '@tallystick/platform-testing';
import { tokenRingStoreConformance } from '@tallystick/tokens-testing';
import { RedisTokenRingStore } from './redis-token-ring-store.ts';
import { ringKeys } from './ring-keys.ts';

describe('RedisTokenRingStore', () => {
  let client: Redis;
  let hints: Redis;
  beforeAll(async () => {
    const logger = createLogger({ service: 'test', level: 'silent' });
    client = await connectRedis({ url: endpoints().redis, name: 'test', logger });
    hints = await connectRedis({ url: endpoints().redis, name: 'test-hints', logger });
  });
  afterAll(async () => {
    await Promise.all([client.close(), hints.close()]);
  });

  tokenRingStoreConformance({
    make: (options) => {
      const prefix = uniqueName('conformance');
      const store = new RedisTokenRingStore({ client, hints, prefix, ...options });
      const flush = async () => {
        for await (const keys of client.scanIterator({ MATCH: `${prefix}:*`, COUNT: 1_000 }))
          if (keys.length > 0) await client.unlink(keys);
      };
      return {
        store,
        server: {
          flush,
          trim: async (shard, keep) => void (await client.xTrim(ringKeys(prefix, shard).log, 'MAXLEN', keep)),
          forgetMembers: async (shard) => void (await client.del(ringKeys(prefix, shard).members)),
          loseHead: async (shard) => void (await client.del(ringKeys(prefix, shard).head)),
          outbox: async (shard) =>
            ((await client.xRange(ringKeys(prefix, shard).outbox, '-', '+')) ?? []).map((entry) => entry?.message['entry'] ?? ''),
        },
        close: flush,
      };
    },
  });
});
