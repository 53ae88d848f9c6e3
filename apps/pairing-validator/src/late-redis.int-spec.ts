import { afterEach, describe, expect, it } from '@jest/globals';
import { createLogger } from '@tallystick/platform-observability';
import { eventually, OwnRedis } from '@tallystick/platform-testing';
import { sightingsLayout } from '@tallystick/tokens-store-redis';
import { connectLate, type LateRedis } from './late-redis.ts';

const logger = createLogger({ service: 'late', level: 'silent' });
let server: OwnRedis;
let late: LateRedis | undefined;
afterEach(async () => {
  late?.destroy();
  await server.close();
});
const isUsed = (): boolean => {
  try {
    return late!.client().isReady;
  } catch {
    return false;
  }
};

describe('the second Redis of a validator', () => {
  it('is left alone with data of a newer version, also when it becomes that, and used as soon as it is not', async () => {
    server = await OwnRedis.start();
    const { key } = sightingsLayout('tally');
    await server.ask(`HSET ${key} writes 2 oldest-reader 2`);
    late = connectLate({ url: server.url, name: 'late', logger }, sightingsLayout('tally'));
    await expect(late.first()).rejects.toThrow('there is no Redis connection for "late" yet');
    await server.ask(`DEL ${key}`); // a backup of before is back
    await eventually(isUsed, { withinMs: 10_000, what: 'it is used' });
    expect((await server.ask(`HGET ${key} writes`)).includes('1')).toBe(true);
    await server.ask(`HSET ${key} writes 2 oldest-reader 2`);
    await eventually(() => !isUsed(), { withinMs: 15_000, what: 'it is left alone' });
  }, 60_000);
});
