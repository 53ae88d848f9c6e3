import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type ConnectionDocument,
  type ConnectionRef,
  neverLessOptions,
  type Pass,
  type PassEntry,
  type PassId,
  type PassStore,
  usualBudget,
  usualGuards,
  type UserHash,
} from '@tallystick/devices-domain';
import { connectionId, type EnvironmentId, instant } from '@tallystick/kernel-core';
import fc from 'fast-check';

export interface PassStoreUnderTest {
  /** Used by nobody else; every test takes a connection of its own inside it. */
  readonly environment: EnvironmentId;
  readonly passes: PassStore;
  /** The same data as another process sees it. */
  readonly other: PassStore;
  close(): void | Promise<void>;
}

export type MakePassStore = () => PassStoreUnderTest | Promise<PassStoreUnderTest>;

const at = instant(1_795_000_000_000);

/** Every test of the port `PassStore` that an implementation has to pass; call it inside a `describe`. */
export function passStoreConformance(make: MakePassStore): void {
  let made: PassStoreUnderTest | undefined;
  let number = 0;
  const stores = (): PassStoreUnderTest => made!;
  const store = (): PassStore => made!.passes;
  beforeAll(async () => {
    made = await make();
  });
  afterAll(() => made?.close());

  type Opened = Omit<Pass, 'sums' | 'applied'> & { readonly users?: number };
  const connection = (): ConnectionRef => ({
    environment: stores().environment,
    connection: connectionId(`c${(number += 1)}`),
  });
  const pass = (ref: ConnectionRef, more: Partial<Opened> = {}): Opened => ({
    ...ref,
    ...{
      id: `p${(number += 1)}` as PassId,
      kind: 'pass',
      stage: 'planning',
      connectionVersion: 3,
      startedBy: 'ada@example.com',
      startedAt: at,
    },
    ...more,
  });
  const opened = async (more: Partial<Opened> = {}, ref = connection()): Promise<Opened> => {
    const made = pass(ref, more);
    await store().open(made);
    return made;
  };
  const user = (n: number): UserHash => n.toString(16).padStart(32, '0') as UserHash;
  const inSync = (n: number): PassEntry => ({ user: user(n), result: 'in-sync' });
  const page = (shard: string, n: number, entries: readonly PassEntry[], filled: Record<string, number> = {}) => ({
    shard,
    number: n,
    entries,
    filled,
  });
  const add = (to: Opened, ...pages: ReturnType<typeof page>[]): Promise<unknown> =>
    Promise.all(pages.map((each) => store().addPage(to, to.id, each)));
  const allEntries = async (of: Opened, limit: number): Promise<number[]> => {
    const users: number[] = [];
    for (let cursor: string | undefined; ;) {
      const { entries, next } = await stores().other.entries(of, of.id, cursor, limit);
      expect(entries.length).toBeLessThanOrEqual(limit);
      users.push(...entries.map((entry) => Number.parseInt(entry.user, 16)));
      if (next === undefined) return users;
      expect(entries.length).toBeGreaterThan(0);
      cursor = next;
    }
  };

  describe('a pass', () => {
    it('is there for all processes once it is opened, with sums of nothing', async () => {
      const one = await opened({ users: 120 });
      const { users, ...rest } = one;
      const nothing = { planned: 0, inSync: 0, differ: 0, notPlanned: 0, unobservable: 0 };
      const counts = { deletions: 0, suspensions: 0, removals: 0, replacements: 0, accountChanges: 0 };
      const expected = { ...rest, applied: 0, sums: { users, ...nothing, counts, reasons: {}, filled: {} } };
      expect(await stores().other.read(one, one.id)).toEqual(expected);
      expect(await store().read(one, 'unknown' as PassId)).toBeUndefined();
      expect(await store().read(connection(), one.id)).toBeUndefined();
    });

    it('is opened once: what was added stays when it is told again', async () => {
      const one = await opened({ users: 5 });
      await add(one, page('00', 0, [inSync(1)]));
      await store().update(one, one.id, { stage: 'held' });
      await stores().other.open({ ...one, users: 9, startedBy: 'eve' });
      expect(await store().read(one, one.id)).toMatchObject({
        stage: 'held',
        startedBy: 'ada@example.com',
        sums: { users: 5, inSync: 1 },
      });
    });

    it('changes in what is told, and keeps the rest', async () => {
      const one = await opened();
      await store().update(one, one.id, { stage: 'held', hold: 'h1' as NonNullable<Pass['hold']>, because: 'source-shrank' });
      await stores().other.update(one, one.id, { applied: 7 });
      expect(await store().read(one, one.id)).toMatchObject({ stage: 'held', hold: 'h1', because: 'source-shrank', applied: 7 });
      await store().update(one, one.id, { stage: 'done', endedAt: instant(at + 5) });
      expect(await store().read(one, one.id)).toMatchObject({ stage: 'done', hold: 'h1', applied: 7, endedAt: at + 5 });
    });

    it('that is not there takes no page and no change', async () => {
      const none = pass(connection());
      await expect(store().addPage(none, none.id, page('00', 0, [inSync(1)]))).rejects.toThrow(/no pass/);
      await expect(store().update(none, none.id, { stage: 'done' })).rejects.toThrow(/no pass/);
      expect(await store().read(none, none.id)).toBeUndefined();
      expect(await store().lastDone(none)).toBeUndefined();
    });

    it('brings its candidate document back, unless it has none', async () => {
      const ref = connection();
      const one = pass(ref, { kind: 'preview', connectionVersion: 0 });
      const document: ConnectionDocument = {
        ...ref,
        source: { topic: 'users', format: { kind: 'cloudevents' } },
        directory: { kind: 'pingid', properties: { file: 'acme.properties' } },
        scope: 'source.country == "GB"',
        mapping: { userName: { attribute: 'uid' } },
        preset: 'never-less',
        options: neverLessOptions,
        guards: usualGuards,
        budget: usualBudget,
        keepAttributes: 'all',
        visibilityWindowMs: 30_000,
      };
      await store().open(one, document);
      expect(await stores().other.candidate(one, one.id)).toEqual(document);
      const without = await opened({}, ref);
      expect(await store().candidate(without, without.id)).toBeUndefined();
    });

    it('is listed with the newest first, in its own connection only', async () => {
      const ref = connection();
      const ids: PassId[] = [];
      for (const minutes of [1, 3, 2]) ids.push((await opened({ startedAt: instant(at + minutes) }, ref)).id);
      await opened();
      expect((await stores().other.list(ref, 10)).map(({ id }) => id)).toEqual([ids[1], ids[2], ids[0]]);
      expect((await store().list(ref, 2)).map(({ id }) => id)).toEqual([ids[1], ids[2]]);
      expect(await store().list(connection(), 10)).toEqual([]);
    });
  });

  describe('pages', () => {
    it('add up, each user once for each reason', async () => {
      const one = await opened();
      const steps = (...reasons: string[]) =>
        ({
          steps: reasons.map((reason) => ({ kind: 'unpair', reason })),
          findings: [{ kind: 'user-not-updated' }],
        }) as unknown as NonNullable<PassEntry['plan']>;
      const differs = (n: number, removals: number, ...reasons: string[]): PassEntry => ({
        ...{ user: user(n), result: 'differs', planHash: `h${n}` as NonNullable<PassEntry['planHash']> },
        ...{ counts: { deletions: 0, suspensions: 1, removals, replacements: 2, accountChanges: 1 }, plan: steps(...reasons) },
      });
      await add(
        one,
        page('00', 0, [inSync(1), differs(2, 3, 'not-managed', 'not-managed', 'value-changed')], { email: 2, sms: 1 }),
        page('01', 0, [differs(3, 1, 'not-managed'), { user: user(4), result: 'not-planned', because: 'no-record' }], {
          email: 1,
        }),
        page('01', 1, [{ user: user(5), result: 'unobservable', because: 'unavailable' }]),
      );
      expect((await stores().other.read(one, one.id))?.sums).toEqual({
        ...{ users: 5, planned: 3, inSync: 1, differ: 2, notPlanned: 1, unobservable: 1 },
        counts: { deletions: 0, suspensions: 2, removals: 4, replacements: 4, accountChanges: 2 },
        reasons: { 'not-managed': 2, 'value-changed': 1, 'user-not-updated': 2, 'no-record': 1, unavailable: 1 },
        filled: { email: 3, sms: 1 },
      });
      const { entries } = await store().entries(one, one.id, undefined, 10);
      expect(entries[1]).toEqual(differs(2, 3, 'not-managed', 'not-managed', 'value-changed'));
    });

    it('count once, however often and wherever they are told', async () => {
      const one = await opened();
      const told = page('07', 3, [inSync(1), inSync(2)], { email: 2 });
      await Promise.all([add(one, told, told), stores().other.addPage(one, one.id, told)]);
      await add(one, { ...told, entries: [inSync(9)] });
      expect((await store().read(one, one.id))?.sums).toMatchObject({ inSync: 2, users: 2, filled: { email: 2 } });
      expect(await allEntries(one, 10)).toEqual([1, 2]);
    });

    it('are read in the order of shards and numbers, whole, with pages of every size, empty ones too', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.uniqueArray(
            fc.record({ shard: fc.constantFrom('00', '01', '63'), number: fc.nat({ max: 12 }), size: fc.nat({ max: 7 }) }),
            { selector: ({ shard, number: n }) => `${shard}/${n}`, maxLength: 12 },
          ),
          fc.integer({ min: 1, max: 9 }),
          async (pages, limit) => {
            const one = await opened();
            let next = 0;
            const told = pages.map(({ shard, number: n, size }) =>
              page(
                shard,
                n,
                Array.from({ length: size }, () => inSync((next += 1))),
              ),
            );
            await add(one, ...told);
            const sorted = told.sort((a, b) => (a.shard === b.shard ? a.number - b.number : a.shard < b.shard ? -1 : 1));
            expect(await allEntries(one, limit)).toEqual(
              sorted.flatMap(({ entries }) => entries.map((entry) => Number.parseInt(entry.user, 16))),
            );
            expect((await store().read(one, one.id))?.sums.users).toBe(next);
          },
        ),
        { numRuns: 30 },
      );
    });

    it('of a pass that is not there are none', async () => {
      expect(await store().entries(connection(), 'unknown' as PassId, undefined, 10)).toEqual({ entries: [] });
    });
  });

  describe('the last pass that was done', () => {
    it('R24: is what the next is measured by: no preview, no sample, and none that was not done', async () => {
      const ref = connection();
      expect(await store().lastDone(ref)).toBeUndefined();
      const first = await opened({ users: 100 }, ref);
      await add(first, page('00', 0, [inSync(1)], { email: 1 }));
      expect(await store().lastDone(ref)).toBeUndefined();
      await store().update(first, first.id, { stage: 'done', endedAt: instant(at + 10) });
      for (const more of [{ kind: 'preview' }, { kind: 'sample' }] as const) {
        const other = await opened({ ...more, users: 1 }, ref);
        await store().update(other, other.id, { stage: 'done', endedAt: instant(at + 20) });
      }
      for (const stage of ['held', 'cancelled', 'rejected', 'failed'] as const) {
        const other = await opened({ users: 2 }, ref);
        await store().update(other, other.id, { stage, endedAt: instant(at + 20) });
      }
      const last = await stores().other.lastDone(ref);
      expect(last).toMatchObject({ sums: { users: 100, inSync: 1, filled: { email: 1 } }, at: at + 10 });
      const next = await opened({ users: 90 }, ref);
      await store().update(next, next.id, { stage: 'done', endedAt: instant(at + 30) });
      expect(await store().lastDone(ref)).toMatchObject({ sums: { users: 90 }, at: at + 30 });
      await store().update(first, first.id, { stage: 'done', endedAt: instant(at + 10) }); // told again
      expect((await store().lastDone(ref))?.at).toBe(at + 30);
    });
  });
}
