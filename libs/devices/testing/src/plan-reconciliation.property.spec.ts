// The laws of the planner stand here and not beside it, because they need the model directory, which depends on the domain.
import { describe, expect, it } from '@jest/globals';
import {
  type DesiredUser,
  type DeviceId,
  type DeviceSlot,
  deviceSlots,
  factorKindOf,
  type ObservedDevice,
  type ObservedUser,
  parityOptions,
  type Plan,
  planReconciliation,
  type ReconcileOptions,
  type ReconciliationInput,
  redactPlan,
  sameAddress,
  type Step,
} from '@tallystick/devices-domain';
import { instant } from '@tallystick/kernel-core';
import fc from 'fast-check';
import {
  anyDesiredUser,
  anyEnabledUser,
  anyIntent,
  anyManagingOptions,
  anyObservedUser,
  anyOptions,
  anyPresentUser,
  wildInput,
} from './arbitraries.ts';
import { pingIdManners } from './model-directory-manners.ts';

type Present = Extract<ObservedUser, { kind: 'present' }>;
type Enabled = Extract<DesiredUser, { kind: 'present' }>;

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

const only = <K extends Step['kind']>(steps: readonly Step[], kind: K): Extract<Step, { kind: K }>[] =>
  steps.filter((it): it is Extract<Step, { kind: K }> => it.kind === kind);

/** The devices that the rules take for managed in `slot`: exact nickname (P40) and the slot's kind (P48). */
const inSlot = (user: Present, slot: DeviceSlot): ObservedDevice[] =>
  user.devices.filter((it) => it.slot === slot && it.address?.kind === factorKindOf(slot));

const hasRightValue = (device: ObservedDevice, desired: Enabled, slot: DeviceSlot): boolean => {
  const wanted = desired.slots[slot];
  return wanted.kind === 'value' && device.address !== undefined && sameAddress(device.address, wanted.address);
};

describe('whatever well-typed input', () => {
  it('the planner does not throw, and its steps name existing devices, each once, by a real id (P56)', () => {
    fc.assert(
      fc.property(wildInput, (input) => {
        const { steps } = planReconciliation(input);
        const ids = steps.flatMap((it) => (it.kind === 'unpair' || it.kind === 'name-device' ? [it.deviceId] : []));
        expect(new Set(ids).size).toBe(ids.length);
        const existing = input.observed.kind === 'present' ? input.observed.devices.map((it) => it.id) : [];
        for (const id of ids) {
          expect(id.trim()).not.toBe('');
          expect(existing).toContain(id);
        }
        const slots = only(steps, 'pair').map((it) => it.slot);
        expect(new Set(slots).size).toBe(slots.length);
      }),
      runs,
    );
  });

  it('the steps stand in the order of P52 unless the connection adds first, and suspend or delete stand alone', () => {
    const rank: Record<Step['kind'], number> = {
      'create-user': 0,
      'rename-user': 0,
      'activate-user': 0,
      'edit-user': 1,
      'suspend-user': 0,
      'delete-user': 0,
      unpair: 2,
      'name-device': 3,
      pair: 4,
      'set-primary': 5,
    };
    fc.assert(
      fc.property(wildInput, (input) => {
        const { steps } = planReconciliation(input);
        const ranks = steps.map((it) => rank[it.kind]);
        if (input.options.order === 'remove-first') {
          expect(ranks).toEqual([...ranks].sort((a, b) => a - b));
          const paired = only(steps, 'pair').map((it) => deviceSlots.indexOf(it.slot));
          expect(paired).toEqual([...paired].sort((a, b) => a - b));
        }
        if (steps.some((it) => it.kind === 'suspend-user' || it.kind === 'delete-user')) expect(steps).toHaveLength(1);
        expect(only(steps, 'set-primary').length).toBeLessThanOrEqual(1);
      }),
      runs,
    );
  });

  it('T5: who adds first pairs before the old device goes, unless the plan says that a person has to allow the contrary', () => {
    fc.assert(
      fc.property(wildInput, (input) => {
        const { steps, needs } = planReconciliation({ ...input, options: { ...input.options, order: 'add-first' } });
        for (const [i, step] of steps.entries()) {
          if (step.kind !== 'unpair' || step.reason !== 'value-changed') continue;
          const pair = steps.findIndex((it) => it.kind === 'pair' && it.slot === step.slot);
          if (needs?.includes('no-headroom')) expect(Math.abs(pair - i)).toBeLessThanOrEqual(2);
          else expect(pair).toBeLessThan(i);
        }
      }),
      runs,
    );
  });

  it('the order in which the devices are listed does not matter', () => {
    const shuffled = fc.tuple(wildInput, fc.array(fc.nat(), { minLength: 14, maxLength: 14 })).map(([input, keys]) => {
      if (input.observed.kind === 'absent') return [input, input] as const;
      const keyed = input.observed.devices.map((device, i) => ({ device, key: keys[i] ?? 0 }));
      const devices = keyed.sort((a, b) => a.key - b.key).map((it) => it.device);
      return [input, { ...input, observed: { ...input.observed, devices } }] as const;
    });
    fc.assert(
      fc.property(shuffled, ([a, b]) => {
        expect(planReconciliation(b)).toEqual(planReconciliation(a));
      }),
      runs,
    );
  });

  it('the input is not changed', () => {
    const frozen = <T>(value: T): T => {
      if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(frozen);
      return value;
    };
    fc.assert(
      fc.property(wildInput, (input) => {
        planReconciliation(frozen(input));
      }),
      runs,
    );
  });

  it('a redacted plan says nothing of the person', () => {
    const secret = /ada|augusta|lovelace|king|example|\+\d/i;
    const tame = fc.tuple(anyDesiredUser, anyObservedUser, anyOptions, fc.option(anyIntent, { nil: undefined }));
    fc.assert(
      fc.property(tame, ([desired, observed, options, intent]) => {
        const redacted = redactPlan(plan(desired, observed, options, intent && { intent }));
        expect(JSON.stringify(redacted)).not.toMatch(secret);
      }),
      runs,
    );
  });
});

describe('devices that are not ours to touch', () => {
  it('T9, A4: Merge never names a device with an unmanaged nickname', () => {
    fc.assert(
      fc.property(anyDesiredUser, anyPresentUser, anyOptions, (desired, observed, options) => {
        const { steps } = plan(desired, observed, { ...options, manageDevices: 'merge' });
        const touched = only(steps, 'unpair').map((it) => it.deviceId);
        for (const it of observed.devices) if (!it.slot) expect(touched).not.toContain(it.id);
        expect(only(steps, 'name-device')).toEqual([]);
      }),
      runs,
    );
  });

  it('T1, T14: without Manage Devices or without User Update there is no device step for an existing account', () => {
    const off = fc.constantFrom<Partial<ReconcileOptions>>({ manageDevices: 'do-not-manage' }, { updateUsers: false });
    fc.assert(
      fc.property(anyDesiredUser, anyPresentUser, anyOptions, off, (desired, observed, options, change) => {
        const { steps } = plan(desired, observed, { ...options, ...change });
        expect(steps.filter((it) => ['unpair', 'pair', 'name-device', 'set-primary'].includes(it.kind))).toEqual([]);
      }),
      runs,
    );
  });

  it('T13: a disabled or gone user gets no device step', () => {
    const leaving = anyDesiredUser.filter((it) => it.kind === 'gone' || !it.enabled);
    fc.assert(
      fc.property(leaving, anyObservedUser, anyOptions, (desired, observed, options) => {
        const { steps } = plan(desired, observed, options);
        expect(steps.length).toBeLessThanOrEqual(1);
        expect(steps.every((it) => ['create-user', 'suspend-user', 'delete-user'].includes(it.kind))).toBe(true);
      }),
      runs,
    );
  });

  it('P42: a device whose value is right is in no step', () => {
    fc.assert(
      fc.property(anyEnabledUser, anyPresentUser, anyManagingOptions, (desired, observed, options) => {
        const touched = only(plan(desired, observed, options).steps, 'unpair').map((it) => it.deviceId);
        for (const slot of deviceSlots) {
          const right = inSlot(observed, slot).filter((it) => hasRightValue(it, desired, slot));
          if (right.length > 0) expect(right.some((it) => !touched.includes(it.id))).toBe(true);
          if (options.manageDevices === 'merge') for (const it of right) expect(touched).not.toContain(it.id);
        }
      }),
      runs,
    );
  });

  it('P48: a device of another type under a managed nickname is never unpaired', () => {
    fc.assert(
      fc.property(anyEnabledUser, anyPresentUser, anyManagingOptions, (desired, observed, options) => {
        const touched = only(plan(desired, observed, options).steps, 'unpair').map((it) => it.deviceId);
        for (const { id, slot, address } of observed.devices) {
          if (slot && address?.kind !== factorKindOf(slot)) expect(touched).not.toContain(id);
        }
      }),
      runs,
    );
  });

  it('P51: no plan leaves a user without any device who had one, unless that is allowed', () => {
    fc.assert(
      fc.property(anyEnabledUser, anyPresentUser, anyManagingOptions, (desired, observed, options) => {
        fc.pre(observed.devices.length > 0);
        const { steps } = plan(desired, observed, { ...options, allowStripToZero: false });
        const left = observed.devices.length - only(steps, 'unpair').length + only(steps, 'pair').length;
        expect(left).toBeGreaterThan(0);
      }),
      runs,
    );
  });

  it('PR4: an account that was there before gets a primary device only as the heir of a replaced one (PR8)', () => {
    fc.assert(
      fc.property(anyEnabledUser, anyPresentUser, anyManagingOptions, (desired, observed, options) => {
        const { steps } = plan(desired, observed, options);
        for (const { reason, slot } of only(steps, 'set-primary')) {
          expect(reason).toBe('primary-restored');
          expect(options.preservePrimary).toBe(true);
          const lost = observed.devices.find((it) => it.primary);
          expect(lost?.slot).toBe(slot);
          expect(only(steps, 'unpair').map((it) => it.deviceId)).toContain(lost?.id);
        }
      }),
      runs,
    );
  });
});

describe('P14: what is create-only', () => {
  const parts = fc.subarray([...deviceSlots, 'email', 'firstName', 'lastName'] as const, { minLength: 1 });
  const marked = fc.tuple(anyEnabledUser, parts).map(([it, createOnly]) => ({ ...it, createOnly }));
  const leftovers = fc.option(anyIntent, { nil: undefined });

  it('never causes a step on an account that was there, under Overwrite too, and no finding about a slot', () => {
    fc.assert(
      fc.property(marked, anyPresentUser, anyManagingOptions, leftovers, (desired, observed, options, left) => {
        const intent = left && { ...left, createdByUs: false };
        const { steps, findings } = plan(desired, observed, options, intent && { intent });
        const only = new Set<string>(desired.createOnly);
        // The device of our own open pair belongs to the slot it was paired for, whatever name the provider gave it (A11, P54).
        const isOurs = (id: DeviceId) => intent?.openPair !== undefined && !intent.openPair.idsBefore.includes(id);
        const ids = new Set(observed.devices.flatMap(({ id, slot }) => (slot && only.has(slot) && !isOurs(id) ? [id] : [])));
        for (const step of steps) {
          if (step.kind === 'unpair') expect(ids.has(step.deviceId)).toBe(false);
          if (step.kind === 'pair') expect(only.has(step.slot)).toBe(false);
          // What an attempt of ours has left half done is still finished.
          if (step.kind === 'name-device' && only.has(step.slot)) expect(step.reason).toBe('pair-unfinished');
          if (step.kind === 'set-primary' && only.has(step.slot)) expect(intent?.primaryOwedTo).toBe(step.slot);
          if (step.kind === 'edit-user')
            for (const field of ['email', 'firstName', 'lastName'] as const)
              if (only.has(field)) expect(step.profile[field]).toBe(observed.profile[field]);
        }
        const silent = ['near-miss-nickname', 'primary-demoted', 'pair-outcome-unknown'];
        for (const it of findings) if ('slot' in it && only.has(it.slot)) expect(silent).toContain(it.kind);
      }),
      runs,
    );
  });

  it('is used like anything else while the account is created, also by what an attempt has left of that', () => {
    fc.assert(
      fc.property(marked, anyObservedUser, anyManagingOptions, (desired, observed, options) => {
        const intent = { createdByUs: true };
        const { createOnly: _, ...unmarked } = desired;
        expect(plan(desired, observed, options, { intent })).toEqual(plan(unmarked, observed, options, { intent }));
        const absent = { kind: 'absent' } as const;
        expect(plan(desired, absent, options)).toEqual(plan(unmarked, absent, options));
      }),
      runs,
    );
  });
});

describe('ADR 5.13: an account that was handed over', () => {
  it('loses every device of its former owner that the datastore does not give to the new one, under Merge too, and no other by that', () => {
    fc.assert(
      fc.property(
        anyEnabledUser,
        anyPresentUser,
        anyManagingOptions,
        fc.nat({ max: 7 }),
        (desired, observed, options, theirs) => {
          const devices = observed.devices.slice(0, theirs).map(({ id }) => id);
          const intent = { createdByUs: false, handedOver: { at: fresh.now, devices } };
          const { steps } = plan(desired, observed, { ...options, keepWorkingFactor: true }, { intent });
          const unpairs = only(steps, 'unpair');
          const isWanted = (device: ObservedDevice): boolean => deviceSlots.some((slot) => hasRightValue(device, desired, slot));
          const going = observed.devices.filter((it) => devices.includes(it.id) && !isWanted(it)).map(({ id }) => id);
          const evicted = unpairs.filter(({ reason }) => reason === 'account-handed-over').map(({ deviceId }) => deviceId);
          expect([...evicted].sort()).toEqual([...going].sort());
          // Then the plan is the one of an account without them.
          const rest = { ...observed, devices: observed.devices.filter(({ id }) => !going.includes(id)) };
          const without = plan(desired, rest, { ...options, keepWorkingFactor: true }, { intent: { createdByUs: false } });
          expect(steps.filter(({ reason }) => reason !== 'account-handed-over')).toEqual(without.steps);
        },
      ),
      runs,
    );
  });
});

describe('a plan is minimal', () => {
  /** Counted from the rules, one slot at a time: what has to go, and what has to come. */
  function leastWork(desired: Enabled, observed: Present, options: ReconcileOptions): { unpairs: number; pairs: number } {
    const overwrite = options.manageDevices === 'overwrite';
    let unpairs = 0;
    let pairs = 0;
    let cleared = 0;
    for (const slot of deviceSlots) {
      const wanted = desired.slots[slot];
      const there = inSlot(observed, slot).length;
      if (observed.devices.filter((it) => it.slot === slot).length > there) continue;
      const isRight = inSlot(observed, slot).some((it) => hasRightValue(it, desired, slot));
      if (wanted.kind === 'value' && !isRight) pairs += 1;
      if (wanted.kind === 'absent' && options.onCleared === 'remove') cleared += there;
      else if (wanted.kind === 'value' && !isRight && there > 0) unpairs += overwrite ? there : 1;
      else if (overwrite && there > 1) unpairs += there - 1;
    }
    const foreign = overwrite
      ? observed.devices.filter((it) => !it.slot && !options.keepDeviceTypes.includes(it.type)).length
      : 0;
    const empty = observed.devices.length + pairs - unpairs - cleared - foreign === 0;
    if (options.allowStripToZero || !empty) return { unpairs: unpairs + cleared + foreign, pairs };
    if (foreign > 0) return { unpairs: unpairs + cleared, pairs };
    return { unpairs: unpairs + Math.max(0, cleared - 1), pairs };
  }

  it('P42, P43: it unpairs and pairs exactly what the rules count', () => {
    fc.assert(
      fc.property(anyEnabledUser, anyPresentUser, anyManagingOptions, (desired, observed, options) => {
        const { steps } = plan(desired, observed, options);
        const done = { unpairs: only(steps, 'unpair').length, pairs: only(steps, 'pair').length };
        expect(done).toEqual(leastWork(desired, observed, options));
      }),
      runs,
    );
  });

  it('every step of an account in parity mode has a finding or a difference behind it: an equal account has an empty plan (A2)', () => {
    fc.assert(
      fc.property(anyEnabledUser, anyOptions, (desired, options) => {
        const devices = deviceSlots.flatMap((slot, i): ObservedDevice[] => {
          const wanted = desired.slots[slot];
          if (wanted.kind !== 'value') return [];
          const id = String(i + 1) as DeviceId;
          return [{ id, nickname: slot, slot, type: 'any', address: wanted.address, primary: false, enrolledAt: '' }];
        });
        const observed: ObservedUser = { kind: 'present', status: 'active', profile: desired.profile, devices };
        expect(plan(desired, observed, options).steps).toEqual([]);
      }),
      runs,
    );
  });
});

describe('options at their defaults', () => {
  it('P41, T6: a Merge at parity never has fewer devices after it than before', () => {
    fc.assert(
      fc.property(anyEnabledUser, anyPresentUser, (desired, observed) => {
        const { steps } = plan(desired, observed, parityOptions);
        expect(only(steps, 'unpair').length).toBeLessThanOrEqual(only(steps, 'pair').length);
      }),
      runs,
    );
  });
});
