import { describe, expect, it } from '@jest/globals';
import { type EnvironmentId, instant } from '@tallystick/kernel-core';
import { InMemorySightingStore } from './sighting-in-memory-store.ts';
import { sightingStoreConformance } from './sighting-store.conformance.ts';

describe('InMemorySightingStore', () => {
  sightingStoreConformance({
    make: (options) => ({ store: new InMemorySightingStore(options), close: () => undefined }),
  });

  it('fails every call while it can not be reached', async () => {
    const store = new InMemorySightingStore();
    store.reachable = false;
    await expect(store.counts('e' as EnvironmentId, 0)).rejects.toThrow('can not be reached');
    await expect(store.record('e' as EnvironmentId, [])).rejects.toThrow('can not be reached');
  });

  it('does not keep sightings from a time when its clock was ahead against those of now', async () => {
    const clock = { now: 20_007 * 86_400_000 };
    const store = new InMemorySightingStore({ now: () => clock.now });
    const environment = 'e' as EnvironmentId;
    const see = (presented: 'unknown' | 'nothing') =>
      store.record(environment, [{ device: 'a', presented, platform: 'ios', at: instant(clock.now) }]);
    await see('unknown');
    clock.now = 20_000 * 86_400_000;
    await see('nothing');
    expect(await store.counts(environment, 0)).toMatchObject({
      since: clock.now,
      newest: clock.now,
      current: [{ day: 20_000, presented: 'nothing', devices: 1 }],
    });
  });
});
