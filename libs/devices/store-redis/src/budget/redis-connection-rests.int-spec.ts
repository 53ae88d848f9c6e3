import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { ConnectionRef } from '@tallystick/devices-domain';
import { connectionId, environmentId, instant } from '@tallystick/kernel-core';
import { createLogger } from '@tallystick/platform-observability';
import { connectRedis, type Redis } from '@tallystick/platform-redis';
import { endpoints, uniqueName } from '@tallystick/platform-testing';
import { RedisConnectionRests } from './redis-connection-rests.ts';

let redis: Redis;
let clock: number;
let rests: RedisConnectionRests;
let hr: ConnectionRef;
beforeAll(async () => {
  const logger = createLogger({ service: 'rests-int', level: 'silent' });
  redis = await connectRedis({ url: endpoints().redis, name: 'rests-int', logger });
});
afterAll(() => redis.close());
beforeEach(() => {
  clock = 1_000_000;
  rests = new RedisConnectionRests(redis, () => instant(clock));
  hr = { environment: environmentId(uniqueName('acme')), connection: connectionId('hr') };
});

describe('a connection at rest (R32)', () => {
  it('lets nobody be woken until it is over, then a few, and ten times as many each time', async () => {
    expect(await rests.mayWake(hr)).toBe('all');
    await rests.rest(hr, 5_000);
    clock += 4_999;
    expect(await rests.mayWake(hr)).toBe(0);
    clock += 1;
    expect([await rests.mayWake(hr), await rests.mayWake(hr), await rests.mayWake(hr)]).toEqual([5, 50, 500]);
    await rests.woken(hr);
    expect(await rests.mayWake(hr)).toBe('all');
    expect(await rests.mayWake({ ...hr, connection: connectionId('erp') })).toBe('all');
  });

  it('rests again, and begins with a few again, when one of those who were tried meets the quarantine', async () => {
    await rests.rest(hr, 5_000);
    clock += 5_000;
    expect([await rests.mayWake(hr), await rests.mayWake(hr)]).toEqual([5, 50]);
    await rests.rest(hr, 10_000);
    await rests.rest(hr, 1_000); // the longer one stays
    await rests.woken(hr);
    clock += 9_999;
    expect(await rests.mayWake(hr)).toBe(0);
    clock += 1;
    expect(await rests.mayWake(hr)).toBe(5);
  });

  it('a clock that was wrong for a while does not lock the users out', async () => {
    clock = 10_000_000_000;
    await rests.rest(hr, 300_000);
    clock = 2_000_000;
    expect(await rests.mayWake(hr)).toBe(5);
    await rests.rest(hr, 99_000_000);
    clock += 600_000;
    expect(await rests.mayWake(hr)).toBe(5);
  });
});
