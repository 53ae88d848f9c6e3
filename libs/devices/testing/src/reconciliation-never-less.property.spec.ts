// Never less (T5, R31): with `order: add-first` no slot that worked is without a working device at any moment, whatever breaks.
import { describe, expect, it } from '@jest/globals';
import {
  type DeviceLimit,
  deviceSlots,
  factorKindOf,
  type ObservedDevice,
  type ObservedUser,
  planReconciliation,
  type ReconcileOptions,
} from '@tallystick/devices-domain';
import { instant } from '@tallystick/kernel-core';
import fc from 'fast-check';
import { anyDevice, anyEnabledUser, anyManagingOptions, anyPresentUser } from './arbitraries.ts';
import { pingIdManners, pingOneManners } from './model-directory-manners.ts';
import { inWordsOf, runUntilDone } from './run-attempt-until-done.ts';

const runs = { numRuns: Number(process.env['PROPERTY_RUNS'] ?? 200) };

const anyManners = fc.constantFrom(pingIdManners, pingOneManners);
const options: fc.Arbitrary<ReconcileOptions> = fc
  .tuple(anyManagingOptions, fc.constantFrom('pair' as const, 'adopt' as const))
  .map(([it, sameValue]) => ({ ...it, order: 'add-first', onCleared: 'keep', sameValue }));
const crash = fc.record({ write: fc.integer({ min: 1, max: 12 }), when: fc.constantFrom('before' as const, 'after' as const) });
/** Most of them can be signed in with. */
const observedUser = fc
  .tuple(
    anyPresentUser,
    fc.uniqueArray(
      anyDevice.map(({ id }) => id),
      { maxLength: 2 },
    ),
  )
  .map(([user, locked]) => ({
    ...user,
    devices: user.devices.map((it): ObservedDevice => (locked.includes(it.id) ? { ...it, unusable: true } : it)),
  }));
const scenario = fc.record({
  desired: anyEnabledUser,
  observed: observedUser,
  options,
  manners: anyManners,
  delayMs: fc.constantFrom(0, 5_000),
  crashes: fc.array(crash, { maxLength: 3 }).map((all) => all.sort((a, b) => a.write - b.write)),
});

const devicesOf = (user: ObservedUser): readonly ObservedDevice[] => (user.kind === 'present' ? user.devices : []);
/** Slots whose only device is one of their kind that works. */
const workingSlots = (user: ObservedUser): string[] =>
  deviceSlots.filter((slot) => {
    const [device, second] = devicesOf(user).filter((it) => it.slot === slot);
    return device && !second && !device.unusable && device.address?.kind === factorKindOf(slot);
  });
const hasWorking = (user: ObservedUser, slot: string): boolean => devicesOf(user).some((it) => it.slot === slot && !it.unusable);

describe('never less', () => {
  it('T5, A11: at no moment is a slot without a working device that had one, and after any crashes the end is the same', async () => {
    await fc.assert(
      fc.asyncProperty(scenario, async ({ desired, observed, options, crashes, ...more }) => {
        const before = workingSlots(observed);
        const watch = (user: ObservedUser): void => {
          for (const slot of before) expect([slot, hasWorking(user, slot)]).toEqual([slot, true]);
        };
        const smooth = await runUntilDone(desired, observed, options, { ...more, watch });
        const rough = await runUntilDone(desired, observed, options, { ...more, watch, crashes });
        const essence = (user: ObservedUser): string[] =>
          devicesOf(user)
            .map(({ slot, type, address }) => JSON.stringify([slot, type, address]))
            .sort();
        expect(essence(rough.final)).toEqual(essence(smooth.final));
        expect(devicesOf(rough.final).length).toBeGreaterThanOrEqual(before.length);
      }),
      runs,
    );
  });

  it('R31: with any known limit, a plan that asks for nothing never has fewer working slots, and never meets the limit in a replacement', async () => {
    await fc.assert(
      fc.asyncProperty(scenario, fc.nat({ max: 9 }), async ({ desired, observed, options, crashes: _, ...more }, limit) => {
        const deviceLimit: DeviceLimit = { kind: 'known', limit };
        const before = workingSlots(observed);
        const spoken = inWordsOf(more.manners, observed);
        const plan = planReconciliation({
          ...{ desired, observed: spoken, options, deviceLimit, capabilities: more.manners },
          ...{ managedBefore: false, firstSight: false, visibilityWindowMs: 30_000, now: instant(0) },
        });
        fc.pre(!plan.needs);
        const watch = (user: ObservedUser): void => {
          for (const slot of before) expect([slot, hasWorking(user, slot)]).toEqual([slot, true]);
        };
        const refused = await runUntilDone(desired, observed, options, { ...more, watch, limit, deviceLimit }).then(
          () => false,
          (error: Error) => error.message.includes('device-limit'), // an empty slot may meet it: that takes nothing
        );
        const additions = plan.steps.filter((it) => it.kind === 'pair' && !it.replaces).length;
        if (refused) expect(additions).toBeGreaterThan(0);
      }),
      runs,
    );
  });

  it('P47, A11: an adopted device keeps its id, and nothing is paired for its slot', async () => {
    await fc.assert(
      fc.asyncProperty(scenario, async ({ desired, observed, options, ...more }) => {
        const { final, writes } = await runUntilDone(desired, observed, { ...options, sameValue: 'adopt' }, more);
        const renamed = writes.filter(
          (it) => it.method === 'nameDevice' && devicesOf(observed).some(({ id }) => id === it.device),
        );
        for (const { device, slot } of renamed) {
          expect(devicesOf(final).find(({ id }) => id === device)?.slot).toBe(slot);
          expect(writes.filter((it) => it.method === 'pair' && it.slot === slot)).toEqual([]);
        }
      }),
      runs,
    );
  });
});
