// The crash sweep in one process (R2): whatever breaks at whatever call, the attempts after it reach what was wanted, once.
import { describe, expect, it } from '@jest/globals';
import {
  type DesiredUser,
  type DirectoryCapabilities,
  deviceSlots,
  factorKindOf,
  type ObservedDevice,
  type ObservedUser,
  type Outcome,
  type ReconcileOptions,
  sameAddress,
} from '@tallystick/devices-domain';
import {
  anyEnabledUser,
  anyManagingOptions,
  anyObservedUser,
  anyOptions,
  type CallGate,
  InMemoryWorld,
  inWordsOf,
  pingIdManners,
  pingOneManners,
  userNumber,
} from '@tallystick/devices-testing';
import fc from 'fast-check';
import { TryAgain } from './directory-failure.ts';
import { reconcileUser } from './reconcile-user.ts';

const runs = { numRuns: Number(process.env['PROPERTY_RUNS'] ?? 150) };
const user = userNumber(1);

/**
 * What breaks, so many calls after the last break.
 * `dies`: the process is gone, and nothing of it is heard again. `fails`: the call fails and the process lives on; at the directory
 * that is an answer (`unavailable`), at a store or a topic it is an error.
 */
interface Break {
  readonly calls: number;
  readonly when: 'before' | 'after';
  readonly how: 'dies' | 'fails';
}

type PresentUser = Extract<DesiredUser, { kind: 'present' }>;

class Broken extends Error {}

interface Scenario {
  /** What the datastore says instead, once so many breaks are over. */
  readonly later?: { readonly wanted: PresentUser; readonly afterBreaks: number };
  readonly desired: PresentUser;
  readonly deleted: boolean;
  readonly observed: ObservedUser;
  readonly options: ReconcileOptions;
  readonly delayMs: number;
  readonly heir: 'none' | 'oldest';
  readonly manners: DirectoryCapabilities;
}

interface End {
  readonly final: ObservedUser;
  readonly outcome: Outcome;
  readonly world: InMemoryWorld;
  readonly calls: readonly string[];
  readonly pairs: number;
  /** The newer record came in. */
  readonly changed: boolean;
}

/** Attempts at one user, each from what the one before left behind, until one gives its outcome. */
async function settle(
  { desired, later, deleted, observed, options, delayMs, heir, manners }: Scenario,
  breaks: readonly Break[] = [],
): Promise<End> {
  let faultNext: Break['when'] | undefined;
  let pairs = 0;
  const take = (when: Break['when']): { kind: 'unavailable' } | undefined => {
    if (faultNext !== when) return undefined;
    faultNext = undefined;
    return { kind: 'unavailable' };
  };
  const world = new InMemoryWorld({
    manners,
    deviceLimit: 100,
    visibilityDelayMs: delayMs,
    afterPrimaryUnpaired: heir,
    beforeCall: () => take('before'),
    afterCall: ({ method }) => {
      if (method === 'pair') pairs += 1;
      return take('after');
    },
  });
  world.options = options;
  world.directory.put(desired.username, inWordsOf(manners, observed));
  let version = await world.want(user, desired);
  if (deleted) version = await world.put(user, { kind: 'deleted' });

  const pending = [...breaks];
  const calls: string[] = [];
  let changed = false;
  let since = 0;
  /** One worker process, and the gate of all its calls. */
  const start = (): CallGate => {
    let dead = false;
    const pass = (when: Break['when'], call: string): void => {
      if (dead) throw new Broken('nothing is heard of a dead process');
      const next = pending[0];
      if (!next || next.calls !== since || next.when !== when) return;
      pending.shift();
      since = 0;
      dead = next.how === 'dies';
      if (dead || !call.startsWith('directory.')) throw new Broken(`${next.how} ${when} ${call}`);
    };
    return {
      before: (call) => {
        if (dead) throw new Broken('nothing is heard of a dead process');
        since += 1;
        calls.push(call);
        const next = pending[0];
        // A directory that fails answers so: the model does that, before or after it has done what it was asked.
        if (next?.calls === since && next.how === 'fails' && call.startsWith('directory.')) {
          faultNext = next.when;
          pending.shift();
          since = 0;
        } else pass('before', call);
      },
      after: (call) => pass('after', call),
    };
  };
  for (let attempt = 1; attempt <= 60; attempt += 1) {
    const context = {
      attempt,
      heartbeat: () => undefined,
      pause: (ms: number) => Promise.resolve(void (world.clock += ms)),
      cancelled: () => false,
    };
    if (later && breaks.length - pending.length >= later.afterBreaks && !changed) {
      changed = true;
      version = await world.want(user, later.wanted);
    }
    try {
      const outcome = await reconcileUser(world.needs(start()), user, context);
      expect(outcome.version).toBe(version);
      return { final: world.directory.peek(desired.username), outcome, world, calls, pairs, changed };
    } catch (error) {
      if (error instanceof TryAgain) world.clock += error.retryAfterMs ?? 500;
      else if (error instanceof Broken) world.clock += 500;
      else throw error;
    }
  }
  throw new Error('sixty attempts, and no end');
}

/** What must be equal after every way to the same end: ids and ages of new devices are their own. */
function essence(observed: ObservedUser): unknown {
  if (observed.kind === 'absent') return observed;
  const devices = observed.devices.map(({ nickname, type, address, primary }) =>
    JSON.stringify([nickname, type, address, primary]),
  );
  return { ...observed, devices: devices.sort() };
}

/**
 * Whoever inherits the role of a primary device that goes for good depends on the directory; between two looks the heir passes for the
 * one that was chosen, and its slot keeps the role (PR8). Both ends are right.
 */
function heirMayDiffer({ observed, options, heir }: Scenario, { final }: End): boolean {
  const primary = devicesOf(observed).find((it) => it.primary);
  const hasSuccessor = devicesOf(final).some(
    ({ id, slot }) => id === primary?.id || (slot !== undefined && slot === primary?.slot),
  );
  return heir === 'oldest' && options.preservePrimary && primary !== undefined && !hasSuccessor;
}
const withoutRoles = (observed: ObservedUser): ObservedUser =>
  observed.kind === 'absent' ? observed : { ...observed, devices: observed.devices.map((it) => ({ ...it, primary: false })) };

function expectSameEnd(scenario: Scenario, rough: End, smooth: End): void {
  const part = heirMayDiffer(scenario, smooth) ? withoutRoles : (it: ObservedUser) => it;
  expect(essence(part(rough.final))).toEqual(essence(part(smooth.final)));
}

const devicesOf = (observed: ObservedUser): readonly ObservedDevice[] => (observed.kind === 'present' ? observed.devices : []);
const unmanagedOf = (observed: ObservedUser): unknown[] =>
  devicesOf(observed)
    .filter((it) => !it.slot)
    .map(({ primary: _role, ...it }) => it);

/**
 * Slots that do not hold the wanted value, and it alone: a device with another one would let in whoever has the address of before. What was not
 * ours to tell apart at the start is left out: duplicates (P49), and devices of another kind under the slot's name (P48).
 */
const staleSlots = ({ observed }: Scenario, { slots }: PresentUser, final: ObservedUser): readonly string[] =>
  deviceSlots.flatMap((slot) => {
    const [wanted, before] = [slots[slot], devicesOf(observed).filter((it) => it.slot === slot)];
    if (wanted.kind !== 'value' || before.length > 1 || before.some((it) => it.address?.kind !== factorKindOf(slot))) return [];
    const there = devicesOf(final).filter((it) => it.slot === slot);
    const isRight = there.length === 1 && sameAddress(there[0]!.address!, wanted.address);
    return isRight ? [] : [`${slot}: ${JSON.stringify(there.map(({ id, address }) => [id, address]))}`];
  });

const anyBreaks: fc.Arbitrary<readonly Break[]> = fc.array(
  fc.record({
    calls: fc.integer({ min: 1, max: 25 }),
    when: fc.constantFrom('before', 'after'),
    how: fc.constantFrom('dies', 'fails'),
  }),
  { minLength: 1, maxLength: 4 },
);

const scenarioOf = (options: fc.Arbitrary<ReconcileOptions>): fc.Arbitrary<Scenario> =>
  fc.record({
    desired: fc.tuple(anyEnabledUser, fc.boolean()).map(([it, off]) => ({ ...it, enabled: !off })),
    deleted: fc.constantFrom(false, false, false, true),
    observed: anyObservedUser,
    options,
    delayMs: fc.constantFrom(0, 5_000),
    heir: fc.constantFrom('none', 'oldest'),
    manners: fc.constantFrom(pingIdManners, pingOneManners),
  });

describe('R2: whatever breaks at whatever calls', () => {
  it('the account ends as it would have without', async () => {
    await fc.assert(
      fc.asyncProperty(scenarioOf(fc.oneof(anyManagingOptions, anyOptions)), anyBreaks, async (scenario, breaks) => {
        const smooth = await settle(scenario);
        const rough = await settle(scenario, breaks);
        expectSameEnd(scenario, rough, smooth);
      }),
      runs,
    );
  });

  it('P14: so it does with create-only attributes, of an account that is there as of one that is made', async () => {
    const parts = fc.subarray([...deviceSlots, 'email', 'firstName', 'lastName'] as const);
    await fc.assert(
      fc.asyncProperty(scenarioOf(anyManagingOptions), parts, anyBreaks, async (any, createOnly, breaks) => {
        const scenario = { ...any, desired: { ...any.desired, createOnly } };
        const smooth = await settle(scenario);
        const rough = await settle(scenario, breaks);
        expectSameEnd(scenario, rough, smooth);
      }),
      runs,
    );
  });

  it('nothing is paired twice, and no device is left over', async () => {
    await fc.assert(
      fc.asyncProperty(scenarioOf(anyManagingOptions), anyBreaks, async (scenario, breaks) => {
        const smooth = await settle(scenario);
        const rough = await settle(scenario, breaks);
        expect(rough.pairs).toBe(smooth.pairs);
        expect(devicesOf(rough.final)).toHaveLength(devicesOf(smooth.final).length);
      }),
      runs,
    );
  });

  it('T9: under Merge no unmanaged device is touched', async () => {
    const merging = anyManagingOptions.map((it): ReconcileOptions => ({
      ...it,
      manageDevices: 'merge',
      removeAction: 'disable',
    }));
    await fc.assert(
      fc.asyncProperty(scenarioOf(merging), anyBreaks, async (scenario, breaks) => {
        const { final, world } = await settle(scenario, breaks);
        expect(unmanagedOf(final)).toEqual(unmanagedOf(scenario.observed));
        const foreign = devicesOf(scenario.observed).filter((it) => !it.slot);
        for (const { device } of world.directory.writes) expect(foreign.some(({ id }) => id === device)).toBe(false);
      }),
      runs,
    );
  });

  it('the outcome is published at least once, kept as the last one, and the work is closed', async () => {
    await fc.assert(
      fc.asyncProperty(scenarioOf(anyManagingOptions), anyBreaks, async (scenario, breaks) => {
        const { outcome, world } = await settle(scenario, breaks);
        expect(world.published.at(-1)).toEqual(outcome);
        expect(await world.store.lastOutcome(user)).toEqual(outcome);
        const next = await world.store.begin(user);
        expect(next).toMatchObject({ previousMayRun: false, firstSight: outcome.kind === 'not-planned' });
        // What is kept is the devices that no observation has shown yet (R30), and whose account it is (P20).
        const { unseenPairs, managed, ...intent } = next.work?.intent ?? { createdByUs: false };
        expect([intent, next.work?.done ?? []]).toEqual([{ createdByUs: false }, []]);
        if (next.work) expect((unseenPairs?.length ?? 0) > 0 || managed?.username === 'ada').toBe(true);
      }),
      runs,
    );
  });

  it('A2: a second reconciliation finds nothing to do, also while new devices are not listed yet (R30)', async () => {
    await fc.assert(
      fc.asyncProperty(scenarioOf(anyManagingOptions), anyBreaks, async (scenario, breaks) => {
        const { final, world } = await settle(scenario, breaks);
        const writes = world.directory.writes.length;
        for (let looks = 1; looks < 4; looks += 1) {
          const again = await reconcileUser(world.needs(), user, world.context()).catch((error: unknown) => error);
          if (again instanceof TryAgain) {
            expect([again.reason, scenario.delayMs]).toEqual(['waiting-for-visibility', 5_000]);
            world.clock += again.retryAfterMs!;
          } else expect(again).toMatchObject({ steps: [] });
        }
        expect(world.directory.writes).toHaveLength(writes);
        expect(world.directory.peek(scenario.desired.username)).toEqual(final);
      }),
      runs,
    );
  });

  const changedMind = (options: fc.Arbitrary<ReconcileOptions>) =>
    fc.record({
      scenario: scenarioOf(options),
      from: anyEnabledUser,
      later: fc.record({ wanted: anyEnabledUser, afterBreaks: fc.integer({ min: 1, max: 3 }) }),
    });
  const merging = anyManagingOptions.map((it): ReconcileOptions => ({ ...it, manageDevices: 'merge' }));

  it('and the datastore changing its mind between two of them: the newer values are reached, and nothing of the older ones is left over', async () => {
    await fc.assert(
      fc.asyncProperty(changedMind(merging), anyBreaks, async ({ scenario, later, from }, breaks) => {
        const { final, changed } = await settle({ ...scenario, desired: from, deleted: false, later }, breaks);
        fc.pre(changed);
        expect(staleSlots(scenario, later.wanted, final)).toEqual([]);
        expect(unmanagedOf(final)).toEqual(unmanagedOf(scenario.observed));
      }),
      runs,
    );
  });

  it('P47: so it is where devices with the wanted value are adopted', async () => {
    const adopting = merging.map((it): ReconcileOptions => ({ ...it, sameValue: 'adopt' }));
    await fc.assert(
      fc.asyncProperty(changedMind(adopting), anyBreaks, async ({ scenario, later, from }, breaks) => {
        const { final, changed } = await settle({ ...scenario, desired: from, deleted: false, later }, breaks);
        fc.pre(changed);
        expect(staleSlots(scenario, later.wanted, final)).toEqual([]);
      }),
      runs,
    );
  });
});
