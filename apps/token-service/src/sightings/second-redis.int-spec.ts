import { afterEach, describe, expect, it } from '@jest/globals';
import { environmentId } from '@tallystick/kernel-core';
import { createLogger } from '@tallystick/platform-observability';
import { eventually, OwnRedis } from '@tallystick/platform-testing';
import type { RingShard } from '@tallystick/tokens-domain';
import { sightingsLayout } from '@tallystick/tokens-store-redis';
import { connectSecondRedis, type SecondRedis } from './second-redis.ts';

const logger = createLogger({ service: 'second', level: 'silent' });
let server: OwnRedis;
let second: SecondRedis | undefined;
afterEach(async () => {
  await second?.close();
  await server.close();
});
const raised = () =>
  second!.witness.raise('07' as RingShard, 'head', 1).then(
    () => true,
    () => false,
  );

describe('the second Redis of the token service', () => {
  it('is left alone with data of a newer version, also when it becomes that, and used as soon as it is not', async () => {
    server = await OwnRedis.start();
    const { key } = sightingsLayout('tally');
    await server.ask(`HSET ${key} writes 2 oldest-reader 2`);
    second = connectSecondRedis({ address: { url: server.url }, prefix: 'tally', logger });
    await expect(second.sightings.counts(environmentId('acme'), 0)).rejects.toThrow('was not reached yet');
    expect(await raised()).toBe(false);
    await server.ask(`DEL ${key}`); // a backup of before is back
    await eventually(raised, { withinMs: 10_000, what: 'it is used' });
    await server.ask(`HSET ${key} writes 2 oldest-reader 2`);
    await eventually(async () => !(await raised()), { withinMs: 15_000, what: 'it is left alone' });
  }, 60_000);
});
