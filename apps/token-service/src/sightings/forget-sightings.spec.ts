import { expect, it } from '@jest/globals';
import { environmentId, instant } from '@tallystick/kernel-core';
import { createLogger } from '@tallystick/platform-observability';
import { InMemorySightingStore } from '@tallystick/tokens-testing';
import { VirtualClock } from '../test-support/virtual-clock.ts';
import { ForgetSightings } from './forget-sightings.ts';

const [one, two] = [environmentId('one'), environmentId('two')];
const day = 86_400_000;
const now = 20_000 * day;

const seenAgo = (device: string, days: number) => ({
  device,
  presented: 'nothing' as const,
  platform: 'ios' as const,
  at: instant(now - days * day),
});

it('devices last seen 91 days ago are forgotten by the running service, in every environment that can be read', async () => {
  const sightings = new InMemorySightingStore();
  for (const environment of [one, two]) await sightings.record(environment, [seenAgo('old', 91), seenAgo('kept', 90)]);
  let calls = 0;
  let done: () => void = () => undefined;
  const isDone = new Promise<void>((resolve) => (done = resolve));
  const sweep = new ForgetSightings({
    sightings: {
      environments: () => sightings.environments(),
      forget: async (environment, before) => {
        calls += 1;
        if (calls === 1) throw new Error('away for a moment'); // the first environment waits for the next sweep
        const result = await sightings.forget(environment, before);
        const counts = await Promise.all([one, two].map((name) => sightings.counts(name, 0)));
        if (counts.every(({ current }) => current.length === 1)) done();
        return result;
      },
    },
    clock: new VirtualClock(),
    logger: createLogger({ service: 'test', level: 'silent' }),
    nowMs: () => now,
    random: () => 0.5,
  });
  sweep.start();
  await isDone;
  await sweep.stop();
  for (const environment of [one, two])
    expect((await sightings.counts(environment, 0)).current).toMatchObject([{ day: now / day - 90, devices: 1 }]);
});
