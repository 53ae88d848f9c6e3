import { expect, it } from '@jest/globals';
import { type EnvironmentId, instant } from '@tallystick/kernel-core';
import { type Day, dayOf, type Presented, type SightedGroup, type Sighting, type TokenId } from '@tallystick/tokens-domain';
import fc from 'fast-check';
import { sightedFacts } from './sighting-in-memory-store.ts';
import type { MakeSightingStore } from './sighting-store.conformance.ts';

const environment = 'model' as EnvironmentId;
const firstDay: Day = 20_000;

const presented = fc.constantFrom<Presented>('tok_a' as TokenId, 'tok_b' as TokenId, 'nothing', 'unknown');
const siblings = fc.option(fc.record({ revision: fc.nat(2), met: fc.boolean() }), { nil: undefined });
// few devices, days and moments, with both ends of a day, so that devices meet themselves again
const at = fc
  .tuple(fc.nat(3), fc.constantFrom(0, 1, 40_000_000, 86_399_999))
  .map(([day, ms]) => instant((firstDay + day) * 86_400_000 + ms));
const sighting: fc.Arbitrary<Sighting> = fc
  .record({ device: fc.constantFrom('d0', 'd1', 'd2', 'd3', 'd4', 'd5'), presented, platform: platformOf(), siblings, at })
  .map(({ siblings: judged, ...rest }) => (judged ? { ...rest, siblings: judged } : rest));
const batches = fc.array(fc.array(sighting, { maxLength: 12 }), { maxLength: 8 });

function platformOf() {
  return fc.constantFrom<Sighting['platform']>('ios', 'android', 'other');
}

/** Groups in one order, so that they can be compared. */
export const inOrder = (groups: readonly SightedGroup[]): readonly string[] =>
  groups.map((group) => `${group.day}|${sightedFacts(group)} ${group.devices}`).sort();

/** As simple as it can be: the newest sighting of each device, and of each device on each day. */
class Model {
  readonly #devices = new Map<string, Sighting>();
  readonly #days = new Map<string, Sighting>();

  record(batch: readonly Sighting[]): void {
    for (const each of [...batch].sort((left, right) => left.at - right.at)) {
      const known = this.#devices.get(each.device);
      if (known && (each.at < known.at || (each.at === known.at && sightedFacts(each) <= sightedFacts(known)))) continue;
      this.#devices.set(each.device, each);
      this.#days.set(`${dayOf(each.at)} ${each.device}`, each);
    }
  }

  counts(): unknown {
    const count = (kept: Iterable<Sighting>): readonly string[] => {
      const numbers = new Map<string, number>();
      for (const each of kept) {
        const name = `${dayOf(each.at)}|${sightedFacts(each)}`;
        numbers.set(name, (numbers.get(name) ?? 0) + 1);
      }
      return [...numbers].map(([name, number]) => `${name} ${number}`).sort();
    };
    const times = [...this.#days.values()].map(({ at: time }) => time);
    return {
      newest: times.length === 0 ? undefined : Math.max(...times),
      current: count(this.#devices.values()),
      series: count(this.#days.values()),
    };
  }
}

/** Any batches in any order, with repeats and old sightings: the counts are exactly those of the model. */
export function describeSightingLaws(make: MakeSightingStore): void {
  const counted = async ({ store }: Awaited<ReturnType<MakeSightingStore>>) => {
    const { newest, current, series } = await store.counts(environment, firstDay);
    return { newest, current: inOrder(current), series: inOrder(series) };
  };
  const within = async (test: Awaited<ReturnType<MakeSightingStore>>, act: () => Promise<void>) => {
    try {
      await act();
    } finally {
      await test.close();
    }
  };

  it('counts exactly as the model does after every batch, and recording everything again changes nothing', async () => {
    await fc.assert(
      fc.asyncProperty(batches, async (all) => {
        const test = await make();
        await within(test, async () => {
          const model = new Model();
          for (const batch of all) {
            await test.store.record(environment, batch);
            model.record(batch);
            expect(await counted(test)).toEqual(model.counts());
          }
          const before = await test.store.counts(environment, firstDay);
          for (const batch of all) await test.store.record(environment, batch);
          expect(await test.store.counts(environment, firstDay)).toEqual(before);
        });
      }),
      { numRuns: 60 },
    );
  }, 60_000);

  it('counts the same devices now, whatever the order and the batches in which their sightings came', async () => {
    const shuffled = fc
      .array(sighting, { maxLength: 40 })
      .chain((all) =>
        fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }), fc.integer({ min: 1, max: 10 })),
      );
    await fc.assert(
      fc.asyncProperty(shuffled, async ([all, other, size]) => {
        const [one, two] = [await make(), await make()];
        await within(one, () =>
          within(two, async () => {
            await one.store.record(environment, all);
            const pieces = Array.from({ length: Math.ceil(other.length / size) }, (_, at) =>
              other.slice(at * size, (at + 1) * size),
            );
            await Promise.all(pieces.map((piece) => two.store.record(environment, piece)));
            expect((await counted(two)).current).toEqual((await counted(one)).current);
          }),
        );
      }),
      { numRuns: 60 },
    );
  }, 60_000);
}
