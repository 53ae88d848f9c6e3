import { describe } from '@jest/globals';
import { connectionStoreConformance } from '@tallystick/devices-testing';
import { instant } from '@tallystick/kernel-core';
import { createLogger } from '@tallystick/platform-observability';
import { connectRedis } from '@tallystick/platform-redis';
import { endpoints, uniqueName } from '@tallystick/platform-testing';
import { RedisConnectionStore } from './redis-connection-store.ts';

const logger = createLogger({ service: 'store-connections-int', level: 'silent' });

describe('the connections in Redis', () =>
  connectionStoreConformance(
    async (documents) => {
      const connect = () => connectRedis({ url: endpoints().redis, name: 'store-connections-int', logger });
      const [redis, another] = await Promise.all([connect(), connect()]);
      const store = new RedisConnectionStore(redis);
      for (const document of documents) await store.save(document, 0, 'setup', instant(1));
      const close = async () => {
        for (const { document, version } of await store.list())
          if (documents.some(({ environment }) => environment === document.environment)) await store.remove(document, version);
        await Promise.all([redis.close(), another.close()]);
      };
      return { store, other: new RedisConnectionStore(another), close };
    },
    { prefix: uniqueName('conn').toLowerCase().slice(0, 40) },
  ));
