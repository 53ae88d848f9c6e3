import { describe, expect, it } from '@jest/globals';
import {
  type DesiredUser,
  deviceSlots,
  type ObservedUser,
  type Plan,
  planReconciliation,
  type ReconcileOptions,
  type ReconciliationInput,
} from '@tallystick/devices-domain';
import { instant } from '@tallystick/kernel-core';
import fc from 'fast-check';
import { anyEnabledUser, anyManagingOptions, anyPresentUser } from './arbitraries.ts';
import { pingIdManners } from './model-directory-manners.ts';

const runs = { numRuns: Number(process.env['PROPERTY_RUNS'] ?? 400) };
const fresh = {
  capabilities: pingIdManners,
  deviceLimit: { kind: 'unknown' },
  managedBefore: false,
  firstSight: true,
  visibilityWindowMs: 30_000,
  now: instant(100_000),
} as const;

const plan = (
  desired: DesiredUser,
  observed: ObservedUser,
  options: ReconcileOptions,
  more: Partial<ReconciliationInput> = {},
): Plan => planReconciliation({ desired, observed, options, ...fresh, ...more });

describe('an open pair', () => {
  const pairing = anyEnabledUser
    .chain((desired) =>
      fc.record({ desired: fc.constant(desired), slot: fc.constantFrom(...deviceSlots), observed: anyPresentUser }),
    )
    .filter(({ desired, slot }) => desired.slots[slot].kind === 'value');

  it('R30: while its device may still appear, there is no device step and the plan says when to look again', () => {
    fc.assert(
      fc.property(
        pairing,
        anyManagingOptions,
        fc.integer({ min: 0, max: 29_999 }),
        ({ desired, slot, observed }, options, age) => {
          const wanted = desired.slots[slot];
          if (wanted.kind !== 'value') throw new Error('the arbitrary gives values');
          const openedAt = instant(fresh.now - age);
          const idsBefore = observed.devices.map((it) => it.id);
          const intent = { createdByUs: false, openPair: { slot, address: wanted.address, idsBefore, openedAt } };
          const { steps, findings, replanAt } = plan(desired, observed, options, { intent });
          expect(steps.every((it) => it.kind === 'activate-user' || it.kind === 'edit-user')).toBe(true);
          expect(findings).toContainEqual({ kind: 'pair-outcome-unknown', slot });
          expect(replanAt).toBe(openedAt + fresh.visibilityWindowMs);
        },
      ),
      runs,
    );
  });

  it('R30: after the window it is as if it had never been', () => {
    fc.assert(
      fc.property(pairing, anyManagingOptions, ({ desired, slot, observed }, options) => {
        const wanted = desired.slots[slot];
        if (wanted.kind !== 'value') throw new Error('the arbitrary gives values');
        const openedAt = instant(fresh.now - fresh.visibilityWindowMs);
        const idsBefore = observed.devices.map((it) => it.id);
        const intent = { createdByUs: false, openPair: { slot, address: wanted.address, idsBefore, openedAt } };
        expect(plan(desired, observed, options, { intent })).toEqual(plan(desired, observed, options));
      }),
      runs,
    );
  });
});
