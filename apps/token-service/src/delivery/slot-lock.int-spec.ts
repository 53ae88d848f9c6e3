import { afterAll, beforeAll, expect, describe, it } from '@jest/globals';
import { createLogger } from '@tallystick/platform-observability';
import { connectRedis, type Redis } from '@tallystick/platform-redis';
import { endpoints, uniqueName } from '@tallystick/platform-testing';
import { slotLock } from './slot-lock.ts';

const logger = createLogger({ service: 'slot-lock-int', level: 'silent' });
const prefix = uniqueName('tally');
let clients: Redis[];
beforeAll(async () => {
  clients = await Promise.all(['one', 'other'].map((name) => connectRedis({ url: endpoints().redis, name, logger })));
});
afterAll(async () => {
  await Promise.all(clients.map((client) => client.close()));
});

describe('a slot of a target', () => {
  it('is held by one instance at a time, for no longer than a minute, and let go by who holds it only', async () => {
    const [one, other] = clients.map((client) => slotLock(client, prefix));
    const release = await one!('acme/intune/ios');
    expect(release).toBeDefined();
    expect(await other!('acme/intune/ios')).toBeUndefined();
    expect(await other!('acme/intune/android')).toBeDefined();
    const key = `${prefix}:delivery-slot:acme/intune/ios`;
    const leftMs = await clients[0]!.pTTL(key);
    expect(leftMs).toBeGreaterThan(50_000);
    expect(leftMs).toBeLessThanOrEqual(60_000);

    await clients[1]!.del(key); // its time is over
    const next = await other!('acme/intune/ios');
    await release!(); // who is late lets nobody else's go
    expect(await one!('acme/intune/ios')).toBeUndefined();
    await next!();
    expect(await one!('acme/intune/ios')).toBeDefined();
  });
});
