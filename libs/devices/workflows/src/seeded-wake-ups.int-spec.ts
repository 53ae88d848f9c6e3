// What happens to some users, all of it from a seed: news of the source by either lane at any moment of a pass, sources that can not be read,
// attempts that fail before, between and after their effects. The workflow is the real one on a real server; the activity works on a model
// of the source and of the provider, which is also the oracle. A seed that ever failed stays in the list.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Outcome, UserRef } from '@tallystick/devices-domain';
import { eventually } from '@tallystick/platform-testing';
import { ApplicationFailure } from '@temporalio/common';
import fc from 'fast-check';
import { countedEvents, outcomeAt, UserWorld } from './user-world.fixture.ts';

const seeds = process.env['WAKE_UPS_SEED'] === undefined ? [1, 2, 3, 5, 8, 13, 21] : [Number(process.env['WAKE_UPS_SEED'])];
const slots = ['Email 1', 'SMS Number 1', 'SMS Number 2'] as const;
const unmanaged = 'a device of somebody else';

/** One step of a source: what it has from then on, or that it can not be read until the next step. Then whom it wakes, by which lane. */
const step = fc.record({
  wanted: fc.oneof(
    { weight: 4, arbitrary: fc.dictionary(fc.constantFrom(...slots), fc.nat(3)) },
    { weight: 1, arbitrary: fc.constant('unreadable' as const) },
  ),
  lanes: fc.array(fc.constantFrom('live' as const, 'bulk' as const), { minLength: 1, maxLength: 3 }),
  /** It comes when so many attempts have begun, or when nothing goes on any more. */
  afterAttempts: fc.nat(6),
});
const life = fc.record({
  steps: fc.array(step, { minLength: 2, maxLength: 6 }),
  /** By attempt: after how many of its calls it fails. */
  failures: fc.array(fc.option(fc.nat(4)), { maxLength: 5 }),
});
type Life = typeof life extends fc.Arbitrary<infer T> ? T : never;

class User {
  readonly ref: UserRef;
  readonly life: Life;
  wanted: Readonly<Record<string, number>> | 'unreadable' = {};
  version = 0;
  readonly devices = new Map<string, number>([[unmanaged, 7]]);
  attempts = 0;
  underWay = 0;
  readonly told: number[] = [];
  readonly faults: string[] = [];
  wakeUps = 0;

  constructor(ref: UserRef, life: Life) {
    this.ref = ref;
    this.life = life;
  }

  /** As the activity that it stands for: reads the source, sees what there is, makes what is missing, and may be ended at any call. */
  async reconcile(): Promise<Outcome> {
    let callsLeft = this.life.failures[this.attempts] ?? Infinity;
    this.attempts += 1;
    this.underWay += 1;
    try {
      if (this.underWay > 1) this.faults.push('I1: two passes at one time');
      const { wanted, version } = this;
      const call = async (effect: () => void) => {
        await new Promise(setImmediate);
        if ((callsLeft -= 1) < 0) throw ApplicationFailure.create({ type: 'directory-unavailable', nextRetryDelay: 5 });
        effect();
      };
      await call(() => undefined);
      if (wanted !== 'unreadable')
        for (const slot of slots) {
          const value = wanted[slot];
          if (this.devices.get(slot) === value) continue;
          await call(() => (value === undefined ? this.devices.delete(slot) : this.devices.set(slot, value)));
        }
      this.told.push(version);
      return outcomeAt(this.ref, version);
    } finally {
      this.underWay -= 1;
    }
  }

  /** What does not hold, in words. `last`: what the workflow gave in the end. */
  after(last: Outcome): readonly string[] {
    const wasReadable = this.life.steps.some(({ wanted }) => wanted !== 'unreadable');
    const has = Object.fromEntries([...this.devices].filter(([slot]) => slot !== unmanaged));
    const laws: readonly (readonly [string, boolean])[] = [
      ['I1: the devices are those of the source', this.wanted === 'unreadable' || same(has, this.wanted)],
      ['I2: the unmanaged device is as it was', this.devices.get(unmanaged) === 7],
      ['I3: a source that could never be read changed nothing', wasReadable || same(has, {})],
      ['I4: a version never goes back', this.told.every((version, at) => at === 0 || version >= this.told[at - 1]!)],
      ['I5: the last change was met', last.version === outcomeAt(this.ref, this.version).version],
    ];
    return [...this.faults, ...laws.filter(([, holds]) => !holds).map(([law]) => law)];
  }
}

const same = (one: Readonly<Record<string, number>>, other: Readonly<Record<string, number>>): boolean =>
  slots.every((slot) => one[slot] === other[slot]);

let world: UserWorld;
const users = new Map<string, User>();

/** Lives the steps of one user. @returns what does not hold at the end. */
async function live(user: User): Promise<readonly string[]> {
  let handle = await world.wake(user.ref);
  user.wakeUps += 1;
  for (const { wanted, lanes, afterAttempts } of user.life.steps) {
    await eventually(() => user.attempts >= afterAttempts || (user.underWay === 0 && user.told.at(-1) === user.version), {
      ...{ withinMs: 30_000, everyMs: 1 },
      what: 'the moment of the next step',
    });
    user.wanted = wanted;
    user.version += 1;
    for (const lane of lanes) handle = await world.wake(user.ref, lane);
    user.wakeUps += lanes.length;
  }
  const last = (await handle.result()) as Outcome;
  const { undetermined, faulty } = await countedEvents(handle);
  const many = user.told.length > user.wakeUps ? ['I10: more passes than wake-ups'] : [];
  return [...user.after(last), ...many, ...(undetermined + faulty > 0 ? ['a task of the workflow failed'] : [])];
}

beforeAll(async () => {
  world = new UserWorld();
  const activities = { reconcile: ({ user }: UserRef) => users.get(user)!.reconcile() };
  await world.work({ workflowBundlePath: await world.bundle('workflows.ts'), activities, maxCachedWorkflows: 10 });
}, 60_000);
afterAll(() => world.close(), 60_000);

it.each(seeds)(
  'R12, R13: twenty users whose sources, wake-ups and failures are made from seed %i end as their sources say (I1–I5)',
  async (seed) => {
    const lives = fc.sample(life, { seed, numRuns: 20 });
    const crowd = lives.map((each) => new User(world.newUser(), each));
    for (const user of crowd) users.set(user.ref.user, user);
    const broken = (await Promise.all(crowd.map((user) => live(user).catch((error: Error) => [error.message])))).flatMap(
      (faults, at) => (faults.length > 0 ? [{ faults, life: lives[at] }] : []),
    );
    const command = `again: WAKE_UPS_SEED=${seed} npm test -- int seeded-wake-ups`;
    expect({ command, broken }).toEqual({ command, broken: [] });
  },
  60_000,
);
