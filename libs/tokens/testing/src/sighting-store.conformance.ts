import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type EnvironmentId, type Instant, instant } from '@tallystick/kernel-core';
import type { Day, SeenDevice, SightedGroup, Sighting, SightingStore, TokenId } from '@tallystick/tokens-domain';
import { describeSightingLaws, inOrder } from './sighting-store.model.ts';

export interface SightingStoreUnderTest {
  readonly store: SightingStore;
  close(): Promise<void> | void;
}

/** Makes a store that shares nothing with any other. */
export type MakeSightingStore = (options?: {
  readonly maxDevices?: number;
}) => Promise<SightingStoreUnderTest> | SightingStoreUnderTest;

const one = 'one' as EnvironmentId;
const two = 'two' as EnvironmentId;
const oldToken = 'tok_old' as TokenId;
const newToken = 'tok_new' as TokenId;
const today: Day = 20_000;

/** Noon of a day, so many days from today, and so many milliseconds on. */
const noon = (days = 0, ms = 0): Instant => instant((today + days) * 86_400_000 + 43_200_000 + ms);
const seen = (device: string, at: Instant, more: Partial<Sighting> = {}): Sighting => ({
  device,
  presented: oldToken,
  platform: 'ios',
  at,
  ...more,
});
const group = (day: Day, devices: number, more: Partial<SightedGroup> = {}): SightedGroup => ({
  day,
  presented: oldToken,
  platform: 'ios',
  devices,
  ...more,
});

const nothingAtAll = {
  since: undefined,
  newest: undefined,
  isFull: false,
  strangersTurnedAway: false,
  current: [],
  series: [],
};

/** What every store of sightings keeps, whatever it is made of. */
export function sightingStoreConformance({ make }: { readonly make: MakeSightingStore }): void {
  let test: SightingStoreUnderTest;
  beforeEach(async () => {
    test = await make();
  });
  afterEach(() => test.close());

  const counts = async (fromDay: Day = today - 90) => {
    const { current, series, ...rest } = await test.store.counts(one, fromDay);
    return { ...rest, current: inOrder(current), series: inOrder(series) };
  };
  const all = async (query: Partial<Parameters<SightingStore['laggards']>[0]> = {}) => {
    const devices: SeenDevice[] = [];
    let cursor: string | undefined;
    let pages = 0;
    do {
      const page = await test.store.laggards({
        environment: one,
        presented: [newToken],
        fromDay: today - 90,
        limit: 50,
        ...query,
        ...(cursor === undefined ? {} : { cursor }),
      });
      devices.push(...page.devices);
      cursor = page.next;
      pages++;
    } while (cursor !== undefined && pages < 100);
    expect(cursor).toBeUndefined();
    return { devices: devices.sort((left, right) => (left.device < right.device ? -1 : 1)), pages };
  };
  const forget = async (before: Day, store = test.store): Promise<number> => {
    let forgotten = 0;
    for (let call = 0; call < 100; call++) {
      const piece = await store.forget(one, before);
      forgotten += piece.forgotten;
      if (piece.isDone) return forgotten;
    }
    throw new Error('a round of forgetting has no end');
  };

  describe('counts', () => {
    it('are empty before the first sighting, and so is everything else', async () => {
      expect(await counts()).toEqual(nothingAtAll);
      expect(await all()).toEqual({ devices: [], pages: expect.any(Number) });
      expect(await test.store.forget(one, today)).toEqual({ forgotten: 0, isDone: true });
      await test.store.record(one, []);
      expect(await test.store.environments()).toEqual([]);
    });

    it('have each device once now, and once a day under what it presented last on it', async () => {
      await test.store.record(one, [seen('a', noon(-1)), seen('b', noon(-1))]);
      await test.store.record(one, [seen('a', noon()), seen('a', noon(0, 5), { presented: newToken })]);
      expect(await counts()).toEqual({
        since: noon(-1),
        newest: noon(0, 5),
        isFull: false,
        strangersTurnedAway: false,
        current: inOrder([group(today, 1, { presented: newToken }), group(today - 1, 1)]),
        series: inOrder([group(today, 1, { presented: newToken }), group(today - 1, 2)]),
      });
    });

    it('keep apart what was presented, platforms, and rules that were met, not met and not judged', async () => {
      const facts: readonly Partial<Sighting>[] = [
        { presented: 'nothing' },
        { presented: 'unknown' },
        { presented: 'tok_AZaz09-_AZaz09-_' as TokenId },
        { platform: 'android' },
        { platform: 'other' },
        { siblings: { revision: 12, met: true } },
        { siblings: { revision: 12, met: false } },
        { siblings: { revision: 0, met: true } },
        {},
      ];
      await test.store.record(
        one,
        facts.flatMap((more, at) => [seen(`${at}-one`, noon(), more), seen(`${at}-two`, noon(), more)]),
      );
      const { current, series } = await test.store.counts(one, today);
      const expected = facts.map((more) => group(today, 2, more as Partial<SightedGroup>));
      expect(current).toHaveLength(expected.length);
      expect(current).toEqual(expect.arrayContaining(expected));
      expect(inOrder(series)).toEqual(inOrder(expected));
    });

    it('do not change by a sighting that is older or a repetition, not even by a millisecond', async () => {
      await test.store.record(one, [seen('a', noon(0, 1), { presented: newToken })]);
      const before = await counts();
      await test.store.record(one, [seen('a', noon(0, 1), { presented: newToken }), seen('a', noon()), seen('a', noon(-1))]);
      expect(await counts()).toEqual(before);
    });

    it('take the sightings of a batch by their time, on both sides of midnight', async () => {
      const midnight = instant((today + 1) * 86_400_000);
      await test.store.record(one, [seen('a', midnight, { presented: newToken }), seen('a', instant(midnight - 1))]);
      const { current, series } = await counts();
      expect(current).toEqual(inOrder([group(today + 1, 1, { presented: newToken })]));
      expect(series).toEqual(inOrder([group(today, 1), group(today + 1, 1, { presented: newToken })]));
    });

    it('are never of the future: what is later than the clock of the store by more than five minutes is taken as now', async () => {
      const start = Date.now();
      await test.store.record(one, [seen('a', instant(start + 240_000)), seen('b', instant(start + 7 * 86_400_000))]);
      const { newest, current, series } = await test.store.counts(one, 0);
      expect(newest).toBe(start + 240_000);
      expect(current.reduce((sum, { devices }) => sum + devices, 0)).toBe(2);
      expect([...current, ...series].filter(({ day }) => day * 86_400_000 > start + 240_000)).toEqual([]);
      // so what the device shows next counts, and not only after a week
      await test.store.record(one, [seen('b', instant(Date.now() + 120_000), { presented: newToken })]);
      expect((await all({ presented: [oldToken] })).devices.map(({ device }) => device)).toEqual(['b']);
    });

    it('leave out days before the first that is wanted', async () => {
      await test.store.record(one, [seen('a', noon(-2)), seen('b', noon(-2)), seen('b', noon(-1))]);
      expect(await counts(today - 1)).toMatchObject({
        since: noon(-2),
        current: inOrder([group(today - 1, 1)]),
        series: inOrder([group(today - 1, 1)]),
      });
    });

    it('of one environment know nothing of another', async () => {
      await test.store.record(one, [seen('a', noon())]);
      await test.store.record(two, [seen('a', noon(), { presented: newToken }), seen('b', noon(1))]);
      expect((await counts()).current).toEqual(inOrder([group(today, 1)]));
      expect([...(await test.store.environments())].sort()).toEqual([one, two]);
    });

    it('are exact when many record the same devices at the same time', async () => {
      const batch = (at: number) =>
        Array.from({ length: 50 }, (_, device) =>
          seen(`device ${device}`, noon(0, (at * 7) % 20), { presented: `tok_${(at * 7) % 20}` as TokenId }),
        );
      await Promise.all(Array.from({ length: 20 }, (_, at) => test.store.record(one, batch(at))));
      const { current, series } = await counts();
      expect(current).toEqual(inOrder([group(today, 50, { presented: 'tok_19' as TokenId })]));
      expect(series).toEqual(current);
    });
  });

  describe('a batch that is out of bounds', () => {
    it.each<[string, readonly Sighting[]]>([
      ['too many', Array.from({ length: 1_001 }, (_, at) => seen(String(at), noon()))],
      ['a long device id', [seen('a', noon()), seen('x'.repeat(65), noon())]],
      ['an empty device id', [seen('a', noon()), seen('', noon())]],
      ['a device id that is no ASCII', [seen('a', noon()), seen('ä', noon())]],
      ['a time that is none', [seen('a', noon()), seen('b', Number.NaN as Instant)]],
    ])('is refused whole: %s', async (_, batch) => {
      await expect(test.store.record(one, batch)).rejects.toThrow(RangeError);
      expect((await counts()).current).toEqual([]);
    });

    it('is not one with a thousand devices whose ids are as long and odd as they may be', async () => {
      const ids = Array.from({ length: 1_000 }, (_, at) => `${at} |:{}"'\\~ `.padEnd(64, 'x'));
      await test.store.record(
        one,
        ids.map((device) => seen(device, noon())),
      );
      const { devices } = await all();
      expect(devices.map(({ device }) => device)).toEqual([...ids].sort());
      expect((await counts()).current).toEqual(inOrder([group(today, 1_000)]));
    });
  });

  describe('a full environment', () => {
    it('turns new devices away, says so for every window in which it did, and goes on with those that it knows', async () => {
      const small = await make({ maxDevices: 2 });
      try {
        await small.store.record(one, [seen('a', noon(-3)), seen('b', noon(-3))]);
        expect((await small.store.counts(one, today - 3)).isFull).toBe(false);
        await small.store.record(one, [seen('c', noon(-1)), seen('a', noon(-1), { presented: newToken })]);
        const full = await small.store.counts(one, today - 3);
        expect(full).toMatchObject({ isFull: true, newest: noon(-1) });
        expect(inOrder(full.current)).toEqual(inOrder([group(today - 3, 1), group(today - 1, 1, { presented: newToken })]));

        expect(await forget(today - 2, small.store)).toBe(1); // makes room
        await small.store.record(one, [seen('d', noon())]);
        expect((await small.store.counts(one, today - 1)).isFull).toBe(true); // c may be about
        const later = await small.store.counts(one, today);
        expect(later.isFull).toBe(false);
        expect(inOrder(later.current)).toEqual(inOrder([group(today, 1)]));
      } finally {
        await small.close();
      }
    });
  });

  describe('strangers', () => {
    const stranger = (device: string, at: Instant) => seen(device, at, { presented: 'unknown' });
    const full = { isFull: true, strangersTurnedAway: false };
    const many = { isFull: false, strangersTurnedAway: true };
    const neither = { isFull: false, strangersTurnedAway: false };
    let small: SightingStoreUnderTest;
    beforeEach(async () => {
      small = await make({ maxDevices: 20 }); // and two strangers
    });
    afterEach(() => small.close());

    it('fill a part of their own: devices with a token come, go on and stay known, whatever they present later', async () => {
      await small.store.record(one, [seen('a', noon(-1)), seen('b', noon(-1))]);
      const crowd = Array.from({ length: 100 }, (_, at) => seen(`s${at}`, noon(-1), { presented: 'nothing' }));
      await small.store.record(one, crowd.slice(0, 2));
      expect(await small.store.counts(one, today - 1)).toMatchObject(neither);
      await small.store.record(one, crowd);
      expect(await small.store.counts(one, today - 1)).toMatchObject(many);
      expect(await small.store.counts(one, today)).toMatchObject(neither); // of a window after it
      // 18 new ones, and one of the old ones without its token: it is no stranger for it
      const tokens = Array.from({ length: 18 }, (_, at) => seen(`d${at}`, noon()));
      await small.store.record(one, [...tokens, stranger('a', noon())]);
      const { current, ...rest } = await small.store.counts(one, today - 1);
      expect(rest).toMatchObject(many);
      expect(inOrder(current)).toEqual(
        inOrder([
          group(today, 18),
          group(today, 1, { presented: 'unknown' }),
          group(today - 1, 1),
          group(today - 1, 2, { presented: 'nothing' }),
        ]),
      );
      await small.store.record(one, [seen('one too many', noon())]);
      expect((await small.store.counts(one, today)).isFull).toBe(true);
    });

    it('that show a token become devices, also within a batch, and leave their place to others; for want of room they stay', async () => {
      await small.store.record(one, [stranger('s', noon()), seen('s', noon(0, 1)), stranger('s', noon(0, 2))]);
      await small.store.record(one, [stranger('t', noon()), stranger('u', noon())]);
      expect(await small.store.counts(one, today)).toMatchObject(neither);
      await small.store.record(
        one,
        Array.from({ length: 19 }, (_, at) => seen(`d${at}`, noon())),
      );
      await small.store.record(one, [seen('t', noon(0, 1))]);
      const counted = await small.store.counts(one, today);
      expect(counted).toMatchObject(full);
      expect(inOrder(counted.current)).toEqual(inOrder([group(today, 19), group(today, 3, { presented: 'unknown' })]));
      await small.store.record(one, [stranger('v', noon())]);
      expect(await small.store.counts(one, today)).toMatchObject({ isFull: true, strangersTurnedAway: true });
    });

    it('are forgotten like devices, which makes room for others', async () => {
      await small.store.record(one, [
        stranger('s', noon(-2)),
        stranger('t', noon(-2)),
        stranger('u', noon(-2)),
        seen('a', noon(-2)),
      ]);
      expect(await forget(today - 1, small.store)).toBe(3);
      expect(await small.store.counts(one, today - 2)).toEqual(nothingAtAll);
      await small.store.record(one, [stranger('v', noon()), stranger('w', noon())]);
      const { devices } = await small.store.laggards({ environment: one, presented: [newToken], fromDay: today, limit: 5_000 });
      expect(devices.map(({ device, presented }) => `${device} ${presented}`).every((one) => /^[vw] unknown$/.test(one))).toBe(
        true,
      );
      expect(await small.store.counts(one, today)).toMatchObject({
        ...neither,
        current: [group(today, 2, { presented: 'unknown' })],
      });
    });
  });

  describe('laggards', () => {
    it('are all who presented something else, page by page, each once', async () => {
      const expected: SeenDevice[] = [];
      for (let batch = 0; batch < 3; batch++) {
        const sightings = Array.from({ length: 200 }, (_, at) =>
          seen(`device-${batch}-${at}`, noon(-batch, at), {
            presented: ([oldToken, newToken, 'nothing', 'unknown'] as const)[at % 4] ?? oldToken,
            platform: at % 3 === 0 ? 'android' : 'ios',
          }),
        );
        await test.store.record(one, sightings);
        for (const { device, presented, platform, at } of sightings)
          if (presented !== newToken) expected.push({ device, presented, platform, lastSeen: at });
      }
      expected.sort((left, right) => (left.device < right.device ? -1 : 1));
      const { devices, pages } = await all();
      expect(devices).toEqual(expected);
      expect(pages).toBeGreaterThan(1);
      expect((await all({ fromDay: today })).devices).toEqual(expected.filter(({ lastSeen }) => lastSeen >= today * 86_400_000));
      expect((await all({ presented: [newToken, oldToken] })).devices).toEqual(
        expected.filter(({ presented }) => presented !== oldToken),
      );
    });

    it('are none any more once they presented it', async () => {
      await test.store.record(one, [seen('a', noon()), seen('b', noon())]);
      await test.store.record(one, [seen('a', noon(0, 1), { presented: newToken })]);
      expect((await all()).devices.map(({ device }) => device)).toEqual(['b']);
    });
  });

  describe('forgetting', () => {
    it('drops devices last seen before the day and the series before it, and nothing else', async () => {
      const many = Array.from({ length: 100 }, (_, at) => seen(`old-${at}`, noon(-10)));
      await test.store.record(one, [...many, seen('a', noon(-10)), seen('b', noon(-9))]);
      await test.store.record(one, [seen('a', noon(-9), { presented: newToken })]);
      await test.store.record(two, [seen('c', noon(-10))]);
      expect(await forget(today - 9)).toBe(100);
      const kept = inOrder([group(today - 9, 1), group(today - 9, 1, { presented: newToken })]);
      expect(await counts()).toMatchObject({ current: kept, series: kept });
      expect((await all()).devices.map(({ device }) => device)).toEqual(['b']);
      expect(await forget(today - 9)).toBe(0);
      expect((await test.store.counts(two, today - 90)).current).toHaveLength(1);
    });

    it('of every device takes the environment from the list and lets it begin anew', async () => {
      await test.store.record(one, [seen('a', noon(-2)), seen('b', noon(-1))]);
      await test.store.record(two, [seen('a', noon(-2))]);
      expect(await forget(today)).toBe(2);
      expect(await counts()).toEqual(nothingAtAll);
      expect(await test.store.environments()).toEqual([two]);
      await test.store.record(one, [seen('a', noon())]);
      expect(await counts()).toMatchObject({ since: noon(), newest: noon(), current: inOrder([group(today, 1)]) });
      expect([...(await test.store.environments())].sort()).toEqual([one, two]);
    });

    it('does not disturb recording at the same time', async () => {
      const devices = Array.from({ length: 400 }, (_, at) => `device-${at}`);
      await test.store.record(
        one,
        devices.map((device) => seen(device, noon(-5))),
      );
      const back = devices.filter((_, at) => at % 2 === 0);
      const [forgotten] = await Promise.all([
        forget(today),
        ...back.map((device) => test.store.record(one, [seen(device, noon(), { presented: newToken })])),
      ]);
      expect(forgotten).toBeGreaterThanOrEqual(200);
      const { current, series } = await counts(today);
      expect(current).toEqual(inOrder([group(today, 200, { presented: newToken })]));
      expect(series).toEqual(current);
    });
  });

  describe('under any sightings', () => describeSightingLaws(make));
}
