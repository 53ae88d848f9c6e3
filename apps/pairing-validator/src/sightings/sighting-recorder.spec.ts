import { afterEach, describe, expect, it } from '@jest/globals';
import { environmentId, instant } from '@tallystick/kernel-core';
import { createLogger } from '@tallystick/platform-observability';
import type { Presented, Sighting } from '@tallystick/tokens-domain';
import { SightingRecorder } from './sighting-recorder.ts';

const acme = environmentId('acme');
const logger = createLogger({ service: 'test', level: 'silent' });
const noon = 1_700_049_600_000;
const sighting = (device: string, more: Partial<Sighting> = {}): Sighting => ({
  device,
  presented: 'nothing',
  platform: 'ios',
  at: instant(noon),
  ...more,
});
const stops: SightingRecorder[] = [];
afterEach(() => Promise.all(stops.splice(0).map((recorder) => recorder.stop())));

function record(mostWaiting = 1_000) {
  const store = {
    isUp: true,
    refused: [] as readonly string[],
    calls: [] as number[],
    written: [] as string[],
    record: (environment: string, batch: readonly Sighting[]) => {
      if (!store.isUp || store.refused.includes(environment)) return Promise.reject(new Error('away'));
      store.calls.push(batch.length);
      store.written.push(...batch.map(({ device, presented }) => `${environment} ${device} ${presented}`));
      return Promise.resolve();
    },
  };
  const clock = { now: 0, wall: noon };
  const recorder = new SightingRecorder({ store, logger, mostWaiting, now: () => clock.now, wallNow: () => clock.wall });
  stops.push(recorder);
  return { store, clock, recorder };
}

describe('sightings', () => {
  it('that wait are one for each device and environment, the newest', async () => {
    const { store, recorder } = record();
    recorder.add(acme, sighting('a'));
    recorder.add(acme, sighting('a', { presented: 'tok_1' as Presented }));
    recorder.add(environmentId('globex'), sighting('a'));
    await recorder.flush();
    expect(store.written).toEqual(['acme a tok_1', 'globex a nothing']);
  });

  it('of the same facts are not written again for five minutes, of others at once', async () => {
    const { store, clock, recorder } = record();
    const see = async (more: Partial<Sighting>) => {
      recorder.add(acme, sighting('a', more));
      await recorder.flush();
      return store.calls.length;
    };
    expect(await see({})).toBe(1);
    expect(await see({ at: instant(noon + 1) })).toBe(1);
    expect(await see({ siblings: { revision: 1, met: true } })).toBe(2);
    expect(await see({ siblings: { revision: 1, met: false } })).toBe(3);
    clock.wall += 86_400_000;
    expect(await see({ siblings: { revision: 1, met: false }, at: instant(noon + 86_400_000) })).toBe(4);
    clock.now += 5 * 60_000;
    expect(await see({ siblings: { revision: 1, met: false }, at: instant(noon + 86_400_000) })).toBe(5);
  });

  it('wait while the store is away, and a newer one of a device stands for the older', async () => {
    const { store, recorder } = record();
    store.isUp = false;
    recorder.add(acme, sighting('a'));
    recorder.add(acme, sighting('b'));
    await recorder.flush();
    recorder.add(acme, sighting('a', { presented: 'unknown' }));
    store.isUp = true;
    await recorder.flush();
    expect(store.written.sort()).toEqual(['acme a unknown', 'acme b nothing']);
    expect(recorder.figures).toEqual({ recorded: 2, dropped: 0, failedFlushes: 1, waiting: 0 });
  });

  it('beyond the room there is are dropped and counted', async () => {
    const { store, recorder } = record(40);
    store.isUp = false;
    for (let i = 0; i < 25; i++) recorder.add(acme, sighting(`d${i}`));
    expect(recorder.figures).toMatchObject({ dropped: 15, waiting: 10 });
    store.isUp = true;
    await recorder.flush();
    recorder.add(acme, sighting('d24')); // it was dropped, so it is not taken for one that was written
    await recorder.flush();
    expect(store.written).toHaveLength(11);
  });

  it('are written in batches of at most 1,000', async () => {
    const { store, recorder } = record(10_000);
    store.isUp = false;
    for (let i = 0; i < 2_500; i++) recorder.add(acme, sighting(`d${i}`));
    await recorder.flush();
    store.isUp = true;
    await recorder.flush();
    expect(store.calls).toEqual([1_000, 1_000, 500]);
  });

  it('of one environment take a quarter of the room, so those of others are not dropped for it', () => {
    const { store, recorder } = record(40);
    store.isUp = false;
    for (let i = 0; i < 100; i++) recorder.add(acme, sighting(`d${i}`));
    for (const environment of ['globex', 'initech', 'umbrella', 'hooli'])
      for (let i = 0; i < 10; i++) recorder.add(environmentId(environment), sighting(`d${i}`));
    expect(recorder.figures).toMatchObject({ dropped: 90 + 10, waiting: 40 });
  });

  it('that the store refuses for one environment keep no other from being recorded', async () => {
    const { store, recorder } = record(2_000);
    store.refused = ['bad', 'worse'];
    const others = Array.from({ length: 40 }, (_, at) => environmentId(`env-${at}`));
    for (let round = 0; round < 60; round++) {
      for (const environment of ['bad', 'worse'])
        for (let i = 0; i < 50; i++) recorder.add(environmentId(environment), sighting(`d${round}-${i}`));
      for (const environment of others) recorder.add(environment, sighting(`d${round}`));
      await recorder.flush();
    }
    expect(recorder.figures.recorded).toBe(40 * 60);
    expect(recorder.figures).toMatchObject({ dropped: 2 * 50 * 60, waiting: 0 });
    store.refused = [];
    recorder.add(environmentId('bad'), sighting('d0-0')); // it was dropped, so it is not taken for one that was written
    await recorder.flush();
    expect(store.written).toContain('bad d0-0 nothing');
  });

  it('of an environment that was refused are not dropped because the store is away', async () => {
    const { store, recorder } = record();
    store.refused = ['bad'];
    for (let i = 0; i < 2; i++) {
      recorder.add(environmentId('bad'), sighting('a'));
      recorder.add(acme, sighting(`a${i}`));
      await recorder.flush();
    }
    store.isUp = false;
    recorder.add(acme, sighting('b'));
    for (let i = 0; i < 5; i++) await recorder.flush();
    expect(recorder.figures).toMatchObject({ dropped: 0, waiting: 2 });
    store.isUp = true;
    store.refused = [];
    await recorder.flush();
    expect(store.written.sort()).toEqual(['acme a0 nothing', 'acme a1 nothing', 'acme b nothing', 'bad a nothing']);
  });

  it.each([-2, 2])('are dropped and counted while the clocks are %d hours apart: nobody knows which is right', async (hours) => {
    const { store, clock, recorder } = record();
    clock.wall += hours * 3_600_000;
    recorder.add(acme, sighting('a'));
    expect(recorder.figures).toMatchObject({ dropped: 1, waiting: 0 });
    clock.wall = noon + 60_000;
    recorder.add(acme, sighting('a'));
    await recorder.flush();
    expect(store.written).toEqual(['acme a nothing']);
  });
});
