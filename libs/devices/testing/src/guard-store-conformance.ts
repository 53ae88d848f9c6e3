import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type ChangeCounts,
  type GuardLimit,
  type GuardSettings,
  type GuardStore,
  noChanges,
  type PlanHash,
  type Reservation,
  type UserHash,
  type UserRef,
  usualGuards,
} from '@tallystick/devices-domain';
import { connectionId, type EnvironmentId, type Instant, instant } from '@tallystick/kernel-core';
import fc from 'fast-check';
import { endConformance } from './guard-store-conformance-of-ends.ts';
import { holdConformance } from './guard-store-conformance-of-holds.ts';

export interface GuardStoreUnderTest {
  /** Used by nobody else; every test takes a connection of its own inside it. */
  readonly environment: EnvironmentId;
  readonly guards: GuardStore;
  /** The same data as another process sees it. */
  readonly other: GuardStore;
  close(): void | Promise<void>;
}

/** `clock`: the time that the store has to go by. */
export type MakeGuardStore = (clock: () => Instant) => GuardStoreUnderTest | Promise<GuardStoreUnderTest>;

const hour = 3_600_000;

/** The store under test as the tests use it: opened once, with a time that they move and a fresh connection for whoever asks. */
export class GuardBench {
  readonly #make: MakeGuardStore;
  #stores: GuardStoreUnderTest | undefined;
  #connections = 0;
  now = instant(1_795_000_000_000);

  constructor(make: MakeGuardStore) {
    this.#make = make;
  }

  async open(): Promise<void> {
    this.#stores = await this.#make(() => this.now);
  }

  async close(): Promise<void> {
    await this.#stores?.close();
  }

  get guards(): GuardStore {
    return this.#stores!.guards;
  }

  get other(): GuardStore {
    return this.#stores!.other;
  }

  /** Makes the users of a new connection. */
  users(): (n: number) => UserRef {
    const { environment } = this.#stores!;
    const connection = connectionId(`c${(this.#connections += 1)}`);
    return (n) => ({ environment, connection, user: n.toString(16).padStart(32, '0') as UserHash });
  }

  pass(ms: number): void {
    this.now = instant(this.now + ms);
  }

  reserve(user: UserRef, plan: string, counts: Partial<ChangeCounts>, more: Partial<Judged> = {}): Promise<Reservation> {
    const { settings = usualGuards, users = 0, store = this.guards } = more;
    return store.reserve(user, plan as PlanHash, { ...noChanges, ...counts }, { settings, users }, this.now);
  }
}

interface Judged {
  readonly settings: GuardSettings;
  readonly users: number;
  readonly store: GuardStore;
}

const upTo = (atLeast: number): GuardLimit => ({ atLeast, share: 0, atMost: 0 });
const granted = { kind: 'granted' } as const;

/** Every test of the port `GuardStore` that an implementation has to pass; call it inside a `describe`. */
export function guardStoreConformance(make: MakeGuardStore): void {
  const bench = new GuardBench(make);
  beforeAll(() => bench.open());
  afterAll(() => bench.close());

  describe('a sliding window', () => {
    it.each([
      ['deletions', 'too-many-deletions'],
      ['suspensions', 'too-many-suspensions'],
      ['removals', 'too-many-removals'],
      ['replacements', 'too-many-replacements'],
      ['accountChanges', 'too-many-account-changes'],
    ] as const)('R25: lets as many %s through as the limit says, and not one more', async (kind, because) => {
      const user = bench.users();
      const settings = { ...usualGuards, [kind]: upTo(3) };
      for (let n = 1; n <= 3; n += 1) expect(await bench.reserve(user(n), 'p', { [kind]: 1 }, { settings })).toEqual(granted);
      expect(await bench.reserve(user(4), 'p', { [kind]: 1 }, { settings })).toEqual({ kind: 'exceeded', because });
      expect(await bench.reserve(user(4), 'p', {}, { settings })).toEqual(granted);
      const elsewhere = bench.users();
      expect(await bench.reserve(elsewhere(1), 'p', { [kind]: 3 }, { settings })).toEqual(granted);
      expect(await bench.reserve(bench.users()(1), 'p', { [kind]: 4 }, { settings })).toEqual({ kind: 'exceeded', because });
    });

    it.each([
      [0, 3],
      [19, 3],
      [20, 3],
      [100, 10],
      [119, 11],
      [10_000, 40],
      [Number.NaN, 3],
    ])('measures a share of %d users between its bounds: %d', async (users, most) => {
      const user = bench.users();
      const settings = { ...usualGuards, removals: { atLeast: 3, share: 0.1, atMost: 40 } };
      expect(await bench.reserve(user(1), 'p', { removals: most + 1 }, { settings, users })).toMatchObject({ kind: 'exceeded' });
      expect(await bench.reserve(user(1), 'p', { removals: most }, { settings, users })).toEqual(granted);
      expect(await bench.reserve(user(2), 'p', { removals: 1 }, { settings, users })).toMatchObject({ kind: 'exceeded' });
    });

    it('counts nothing of a plan that would pass one of its limits', async () => {
      const user = bench.users();
      const settings = { ...usualGuards, removals: upTo(5), suspensions: upTo(1) };
      await bench.reserve(user(1), 'p', { suspensions: 1 }, { settings });
      const denied = await bench.reserve(user(2), 'p', { suspensions: 1, removals: 5 }, { settings });
      expect(denied).toEqual({ kind: 'exceeded', because: 'too-many-suspensions' });
      expect(await bench.reserve(user(3), 'p', { removals: 5 }, { settings })).toEqual(granted);
    });

    it('R25: stops nobody for a kind of change that their plan does not make, however full it is', async () => {
      const user = bench.users();
      await bench.reserve(user(1), 'p', { removals: 3 }, { settings: { ...usualGuards, removals: upTo(3) } });
      const settings = { ...usualGuards, removals: upTo(1) }; // lowered since
      expect(await bench.reserve(user(2), 'p', { suspensions: 1 }, { settings })).toEqual(granted);
      expect(await bench.reserve(user(3), 'p', { removals: 1 }, { settings })).toMatchObject({ kind: 'exceeded' });
    });

    it('counts a plan once however often it is asked about, and what is given back not at all', async () => {
      const user = bench.users();
      const settings = { ...usualGuards, removals: upTo(4) };
      for (let n = 0; n < 5; n += 1) expect(await bench.reserve(user(1), 'p', { removals: 3 }, { settings })).toEqual(granted);
      expect(await bench.reserve(user(1), 'q', { removals: 2 }, { settings })).toMatchObject({ kind: 'exceeded' });
      expect(await bench.reserve(user(2), 'p', { removals: 2 }, { settings })).toMatchObject({ kind: 'exceeded' });
      await bench.guards.release(user(2), 'p' as PlanHash);
      await bench.guards.release(user(1), 'q' as PlanHash);
      expect(await bench.reserve(user(2), 'p', { removals: 2 }, { settings })).toMatchObject({ kind: 'exceeded' });
      await bench.other.release(user(1), 'p' as PlanHash);
      await bench.guards.release(user(1), 'p' as PlanHash);
      expect(await bench.reserve(user(2), 'p', { removals: 4 }, { settings })).toEqual(granted);
      expect(await bench.reserve(user(3), 'p', { removals: 1 }, { settings })).toMatchObject({ kind: 'exceeded' });
    });

    it('is judged as one when many ask at the same time', async () => {
      const user = bench.users();
      const settings = { ...usualGuards, removals: upTo(7) };
      const asks = Array.from({ length: 40 }, (_, n) =>
        bench.reserve(user(n % 20), 'p', { removals: 1 }, { settings, store: n % 2 ? bench.guards : bench.other }),
      );
      const answers = await Promise.all(asks);
      const through = new Set(answers.flatMap(({ kind }, n) => (kind === 'granted' ? [n % 20] : [])));
      expect(through.size).toBe(7);
    });

    it('lets everything through where the guards are off, and counts from when they are on', async () => {
      const user = bench.users();
      const settings = { ...usualGuards, removals: upTo(2) };
      const off = { ...settings, enabled: false };
      expect(await bench.reserve(user(1), 'p', { removals: 100 }, { settings: off })).toEqual(granted);
      expect(await bench.reserve(user(2), 'p', { removals: 2 }, { settings })).toEqual(granted);
      expect(await bench.reserve(user(3), 'p', { removals: 1 }, { settings })).toMatchObject({ kind: 'exceeded' });
    });

    it('refuses what is no count: it could give back what others counted', async () => {
      const user = bench.users();
      for (const removals of [-1, 0.5, Number.NaN, Infinity])
        await expect(bench.reserve(user(1), 'p', { removals })).rejects.toThrow(RangeError);
    });

    it('R25, slow bleed: whatever is reserved and given back, and when, no window has more than its limits', async () => {
      // Steps of 7 minutes: none falls into the part of an hour / 288 by which an implementation may count longer.
      const anyAsk = fc.record({
        steps: fc.nat({ max: 4 }),
        user: fc.nat({ max: 4 }),
        twin: fc.constantFrom('p', 'q'),
        removals: fc.nat({ max: 2 }),
        suspensions: fc.nat({ max: 1 }),
        release: fc.boolean(),
      });
      await fc.assert(
        fc.asyncProperty(fc.array(anyAsk, { minLength: 5, maxLength: 40 }), async (asks) => {
          const user = bench.users();
          const settings = { ...usualGuards, windowHours: 1, removals: upTo(4), suspensions: upTo(2) };
          let counted: { key: string; at: number; removals: number; suspensions: number }[] = [];
          for (const { steps, user: n, twin, removals, suspensions, release } of asks) {
            const plan = `${twin}${removals}${suspensions}`; // one hash has one plan
            bench.pass(steps * 7 * 60_000);
            counted = counted.filter(({ at }) => at > bench.now - hour);
            const key = `${n}/${plan}`;
            const sum = (kind: 'removals' | 'suspensions'): number => counted.reduce((all, each) => all + each[kind], 0);
            const isThere = counted.some((each) => each.key === key);
            const tooMuch =
              suspensions > 0 && sum('suspensions') + suspensions > 2
                ? 'too-many-suspensions'
                : removals > 0 && sum('removals') + removals > 4
                  ? 'too-many-removals'
                  : undefined;
            const expected = isThere || !tooMuch ? granted : { kind: 'exceeded', because: tooMuch };
            expect(await bench.reserve(user(n), plan, { removals, suspensions }, { settings })).toEqual(expected);
            if (!isThere && !tooMuch) counted.push({ key, at: bench.now, removals, suspensions });
            if (!release) continue;
            await bench.other.release(user(n), plan as PlanHash);
            counted = counted.filter((each) => each.key !== key);
          }
        }),
        { numRuns: 60 },
      );
    });
  });

  holdConformance(bench);
  endConformance(bench);
}
