import { describe, expect, it } from '@jest/globals';
import {
  type ChangeCounts,
  type GuardReason,
  type GuardStore,
  type HeldUser,
  type Hold,
  type HoldId,
  noChanges,
  type PlanHash,
  type RedactedPlan,
  type UserRef,
  usualGuards,
} from '@tallystick/devices-domain';
import { instant } from '@tallystick/kernel-core';
import fc from 'fast-check';
import type { GuardBench } from './guard-store-conformance.ts';

const hour = 3_600_000;
const plan: RedactedPlan = {
  steps: [{ kind: 'unpair', reason: 'not-managed', slot: 'SMS Number 1' }],
  findings: [{ kind: 'user-not-updated' }],
};
const one = (removals = 1): ChangeCounts => ({ ...noChanges, removals });
const nothingGoes = { settings: { ...usualGuards, removals: { atLeast: 0, share: 0, atMost: 0 } } };

type How = Partial<{
  because: GuardReason;
  pass: string;
  requestedBy: string;
  holdHours: number;
  store: GuardStore;
  removals: number;
}>;
type Answer = Parameters<GuardStore['answer']>[2];

/** The tests of holds; part of `guardStoreConformance`. */
export function holdConformance(bench: GuardBench): void {
  const hold = (user: UserRef, planHash: string, how: How = {}): Promise<HoldId> => {
    const { store = bench.guards, removals = 1, because = 'too-many-removals', holdHours = 72, ...more } = how;
    const held = { planHash: planHash as PlanHash, counts: one(removals), plan };
    return store.hold(user, held, { because, holdHours, ...more }, bench.now);
  };
  const read = async (user: UserRef, id: HoldId): Promise<Hold> => {
    const found = await bench.other.read(user, id);
    if (!found) throw new Error('the hold is not there');
    return found;
  };
  const answer = async (user: UserRef, id: HoldId, kind: Answer['kind'], more: Partial<Answer> = {}): Promise<string> => {
    const { hash } = await read(user, id);
    return bench.guards.answer(user, id, { kind, hash, by: 'grace', reason: 'seen', twoPeople: false, ...more }, bench.now);
  };
  const usersOf = async (user: UserRef, id: HoldId): Promise<[number, string, string][]> =>
    (await bench.other.users(user, id, undefined, 100)).users.map(({ user: hash, planHash, state }) => [
      Number.parseInt(hash, 16),
      planHash,
      state,
    ]);

  describe('a hold', () => {
    it('shows all of what it holds, to every process', async () => {
      const user = bench.users();
      const id = await hold(user(1), 'p', { requestedBy: 'ada', holdHours: 2, removals: 3 });
      await hold(user(2), 'q', { requestedBy: 'eve', holdHours: 2 });
      const { environment, connection } = user(1);
      const [openedAt, expiresAt] = [bench.now, instant(bench.now + 2 * hour)];
      expect(await read(user(1), id)).toEqual({
        ...{ id, environment, connection, because: 'too-many-removals', state: 'open', counts: one(4), users: 2 },
        ...{ hash: expect.stringMatching(/^[0-9a-f]{32,64}$/), openedAt, expiresAt, requestedBy: 'eve' },
      });
      const held = (n: number, planHash: string, removals: number): HeldUser => ({
        ...{ user: user(n).user, planHash: planHash as PlanHash, counts: one(removals), plan, state: 'held' },
      });
      expect(await bench.other.users(user(1), id, undefined, 10)).toEqual({ users: [held(1, 'p', 3), held(2, 'q', 1)] });
      expect(await bench.guards.read(user(1), 'unknown' as HoldId)).toBeUndefined();
      expect(await bench.guards.read(bench.users()(1), id)).toBeUndefined();
      expect(await bench.guards.users(user(1), 'unknown' as HoldId, undefined, 10)).toEqual({ users: [] });
    });

    it('collects all users of one reason, and of each pass apart', async () => {
      const user = bench.users();
      const id = await hold(user(1), 'p');
      expect(await hold(user(2), 'p', { store: bench.other })).toBe(id);
      const others = [
        await hold(user(3), 'p', { because: 'no-headroom' }),
        await hold(user(3), 'p', { pass: 'p1' }),
        await hold(user(3), 'p', { pass: 'p2' }),
        await hold(bench.users()(1), 'p'),
      ];
      expect(await hold(user(4), 'p', { pass: 'p1' })).toBe(others[1]);
      expect(await read(user(1), others[1]!)).toMatchObject({ pass: 'p1', users: 2 });
      expect(new Set([id, ...others.slice(0, 3)]).size).toBe(4);
      expect(await read(user(1), id)).toMatchObject({ users: 2, counts: one(2) });
    });

    it('is one when many join at the same time', async () => {
      const user = bench.users();
      const ids = await Promise.all(
        Array.from({ length: 30 }, (_, n) => hold(user(n % 15), 'p', { store: n % 2 ? bench.guards : bench.other })),
      );
      expect(new Set(ids).size).toBe(1);
      expect(await read(user(1), ids[0]!)).toMatchObject({ users: 15, counts: one(15) });
    });

    it('R26: has the newest plan of each user, here and in every other hold, and another hash each time', async () => {
      const user = bench.users();
      const id = await hold(user(1), 'p', { removals: 2 });
      const hashes = [(await read(user(1), id)).hash];
      await hold(user(2), 'p', { removals: 5 });
      hashes.push((await read(user(1), id)).hash);
      await hold(user(1), 'q', { removals: 1 });
      hashes.push((await read(user(1), id)).hash);
      expect(await read(user(1), id)).toMatchObject({ users: 2, counts: one(6) });
      const pass = await hold(user(1), 'r', { pass: 'p1' });
      hashes.push((await read(user(1), id)).hash);
      expect(new Set(hashes).size).toBe(4);
      expect(await usersOf(user(1), id)).toEqual([
        [1, 'q', 'changed'],
        [2, 'p', 'held'],
      ]);
      expect(await read(user(1), id)).toMatchObject({ users: 1, counts: one(5) });
      expect(await usersOf(user(1), pass)).toEqual([[1, 'r', 'held']]);
    });

    it('has a hash of who is held with which plan, in whatever order they came and went', async () => {
      const anyChange = fc.record({ user: fc.nat({ max: 4 }), plan: fc.constantFrom('p', 'q', 'settled') });
      await fc.assert(
        fc.asyncProperty(fc.array(anyChange, { maxLength: 15 }), async (changes) => {
          const [user, twin] = [bench.users(), bench.users()];
          const held = new Map<number, string>();
          const id = await hold(user(9), 'p');
          for (const { user: n, plan: planHash } of changes) {
            if (planHash === 'settled') await bench.other.settled(user(n), 'changed');
            else await hold(user(n), planHash);
            if (planHash === 'settled') held.delete(n);
            else held.set(n, planHash);
          }
          for (const [n, planHash] of [...held].sort(([a], [b]) => b - a)) await hold(twin(n), planHash);
          const twinId = await hold(twin(9), 'p');
          const { hash, users, counts } = await read(user(9), id);
          expect({ users, counts }).toEqual({ users: held.size + 1, counts: one(held.size + 1) });
          expect((await read(twin(9), twinId)).hash).toBe(hash);
          await hold(twin(10), 'p');
          expect((await read(twin(9), twinId)).hash).not.toBe(hash);
        }),
        { numRuns: 25 },
      );
    });

    it('stays open for the set time after the last one joined; the same plan again changes nothing', async () => {
      const user = bench.users();
      const id = await hold(user(1), 'p', { holdHours: 2 });
      bench.pass(hour);
      await hold(user(2), 'p', { holdHours: 2 });
      const before = await read(user(1), id);
      expect(before.expiresAt).toBe(bench.now + 2 * hour);
      bench.pass(hour);
      expect(await hold(user(1), 'p', { holdHours: 2 })).toBe(id);
      expect(await read(user(1), id)).toEqual(before);
    });

    it('is not over sooner because one joins for whom it would be', async () => {
      const user = bench.users();
      const id = await hold(user(1), 'p', { holdHours: 4 });
      const { expiresAt } = await read(user(1), id);
      expect(await hold(user(2), 'p', { holdHours: 1 })).toBe(id);
      expect((await read(user(1), id)).expiresAt).toBe(expiresAt);
    });

    it('is listed page by page, the newest first, and so are its users, in one order', async () => {
      const user = bench.users();
      const ids: HoldId[] = [];
      for (const pass of ['p1', 'p2', 'p3', 'p4', 'p5']) ids.unshift(await hold(user(1), pass, { pass }));
      const seen: HoldId[] = [];
      for (let cursor: string | undefined, page = 0; page < 5; page += 1) {
        const { holds, next } = await bench.other.list(user(1), cursor, 2);
        seen.push(...holds.map(({ id }) => id));
        cursor = next;
        if (next === undefined) break;
      }
      expect(seen).toEqual(ids);
      expect(await bench.guards.list(bench.users()(1), undefined, 10)).toEqual({ holds: [] });
      for (let n = 7; n > 1; n -= 1) await hold(user(n), 'p', { pass: 'p5' });
      const users: number[] = [];
      for (let cursor: string | undefined; ;) {
        const page = await bench.guards.users(user(1), ids[0]!, cursor, 3);
        expect(page.users.length).toBeLessThanOrEqual(3);
        users.push(...page.users.map((each) => Number.parseInt(each.user, 16)));
        cursor = page.next;
        if (cursor === undefined) break;
      }
      expect(users).toEqual([1, 2, 3, 4, 5, 6, 7]);
    });
  });

  describe('an approval', () => {
    it('is for exactly the plans that are held, and beside the window', async () => {
      const user = bench.users();
      const id = await hold(user(1), 'p');
      await hold(user(2), 'q');
      expect(await bench.reserve(user(1), 'p', one(), nothingGoes)).toMatchObject({ kind: 'exceeded' });
      expect(await answer(user(1), id, 'approve')).toBe('answered');
      for (let n = 0; n < 3; n += 1)
        expect(await bench.reserve(user(1), 'p', one(), nothingGoes)).toEqual({ kind: 'approved', hold: id });
      expect(await bench.reserve(user(1), 'q', one(), nothingGoes)).toMatchObject({ kind: 'exceeded' });
      expect(await bench.reserve(user(3), 'p', one(), nothingGoes)).toMatchObject({ kind: 'exceeded' });
      expect(await bench.reserve(bench.users()(1), 'p', one(), nothingGoes)).toMatchObject({ kind: 'exceeded' });
      const one_more = { settings: { ...usualGuards, removals: { atLeast: 1, share: 0, atMost: 0 } } };
      expect(await bench.reserve(user(5), 'p', one(), one_more)).toEqual({ kind: 'granted' });
      expect(await read(user(1), id)).toMatchObject({
        state: 'approved',
        answeredBy: 'grace',
        reason: 'seen',
        answeredAt: bench.now,
      });
      expect(await usersOf(user(1), id)).toEqual([
        [1, 'p', 'approved'],
        [2, 'q', 'approved'],
      ]);
    });

    it.each(['done', 'changed'] as const)('stays until its plan is %s, over any time and crash', async (state) => {
      const user = bench.users();
      const id = await hold(user(1), 'p', { holdHours: 1 });
      await hold(user(2), 'p', { holdHours: 1 });
      const before = await read(user(1), id);
      await answer(user(1), id, 'approve');
      bench.pass(48 * hour);
      expect(await bench.reserve(user(1), 'p', one(), nothingGoes)).toEqual({ kind: 'approved', hold: id });
      await bench.guards.release(user(1), 'p' as PlanHash); // nothing was written in that attempt
      expect(await bench.reserve(user(1), 'p', one(), nothingGoes)).toEqual({ kind: 'approved', hold: id });
      await bench.other.settled(user(1), state);
      expect(await bench.reserve(user(1), 'p', one(), nothingGoes)).toMatchObject({ kind: 'exceeded' });
      expect(await bench.reserve(user(2), 'p', one(), nothingGoes)).toEqual({ kind: 'approved', hold: id });
      expect(await usersOf(user(1), id)).toEqual([
        [1, 'p', state],
        [2, 'p', 'approved'],
      ]);
      const { hash, users, counts } = before;
      expect(await read(user(1), id)).toMatchObject({ state: 'approved', hash, users, counts }); // what was approved stays to be read
    });

    it('R26: is not about a user whose plan became another, nor is one given before they joined', async () => {
      const user = bench.users();
      const id = await hold(user(1), 'p');
      await hold(user(2), 'p');
      const { hash } = await read(user(1), id);
      await bench.guards.settled(user(2), 'changed');
      expect(await answer(user(1), id, 'approve', { hash })).toBe('outdated');
      await hold(user(3), 'p');
      expect(await answer(user(1), id, 'approve', { hash })).toBe('outdated');
      expect((await read(user(1), id)).state).toBe('open');
      expect(await answer(user(1), id, 'approve')).toBe('answered');
      expect(await bench.reserve(user(2), 'p', one(), nothingGoes)).toMatchObject({ kind: 'exceeded' });
      const next = await hold(user(1), 'q');
      expect(next).not.toBe(id);
      expect(await bench.reserve(user(1), 'p', one(), nothingGoes)).toMatchObject({ kind: 'exceeded' });
      expect(await usersOf(user(1), id)).toEqual([
        [1, 'p', 'changed'],
        [2, 'p', 'changed'],
        [3, 'p', 'approved'],
      ]);
    });

    it('is given once, to an open hold, by one of two who ask at the same time', async () => {
      const user = bench.users();
      const id = await hold(user(1), 'p');
      const { hash } = await read(user(1), id);
      const both = await Promise.all(
        [bench.guards, bench.other].map((store) =>
          store.answer(user(1), id, { kind: 'approve', hash, by: 'grace', reason: 'seen', twoPeople: false }, bench.now),
        ),
      );
      expect(both.sort()).toEqual(['answered', 'not-open']);
      expect(await answer(user(1), id, 'reject')).toBe('not-open');
      const unknown = { kind: 'approve', hash, by: 'grace', reason: 'seen', twoPeople: false } as const;
      expect(await bench.guards.answer(user(1), 'unknown' as HoldId, unknown, bench.now)).toBe('unknown');
      expect(await bench.guards.answer(bench.users()(1), id, unknown, bench.now)).toBe('unknown');
    });

    it('needs another person than any of those who asked for it, where two are asked for', async () => {
      const user = bench.users();
      const id = await hold(user(1), 'p', { requestedBy: 'ada' });
      await hold(user(2), 'p', { requestedBy: 'eve' });
      for (const by of ['ada', 'eve']) expect(await answer(user(1), id, 'approve', { by, twoPeople: true })).toBe('same-person');
      expect((await read(user(1), id)).state).toBe('open');
      expect(await answer(user(1), id, 'approve', { by: 'grace', twoPeople: true })).toBe('answered');
      const other = await hold(user(3), 'p', { requestedBy: 'ada' });
      expect(await answer(user(1), other, 'reject', { by: 'ada', twoPeople: true })).toBe('answered'); // doing nothing needs one
      const third = await hold(user(4), 'p', { requestedBy: 'ada' });
      expect(await answer(user(1), third, 'approve', { by: 'ada' })).toBe('answered');
    });

    it('makes no second hold of what was approved meanwhile', async () => {
      const user = bench.users();
      const id = await hold(user(1), 'p');
      await answer(user(1), id, 'approve');
      expect(await hold(user(1), 'p')).toBe(id);
      expect(await hold(user(1), 'p', { pass: 'p1' })).toBe(id);
      expect((await bench.guards.list(user(1), undefined, 10)).holds).toHaveLength(1);
    });
  });

  describe('a rejection', () => {
    it('is remembered: exactly this plan is not held again, another one is', async () => {
      const user = bench.users();
      const id = await hold(user(1), 'p');
      expect(await answer(user(1), id, 'reject')).toBe('answered');
      await bench.guards.settled(user(1), 'changed');
      expect(await bench.reserve(user(1), 'p', one())).toEqual({ kind: 'rejected', hold: id });
      expect(await hold(user(1), 'p')).toBe(id);
      expect(await hold(user(1), 'p', { because: 'no-headroom' })).toBe(id);
      expect((await bench.guards.list(user(1), undefined, 10)).holds).toHaveLength(1);
      const next = await hold(user(1), 'q');
      expect(next).not.toBe(id);
      expect(await bench.reserve(user(1), 'p', one())).toEqual({ kind: 'rejected', hold: id });
      expect(await usersOf(user(1), id)).toEqual([[1, 'p', 'rejected']]);
      expect(await read(user(1), id)).toMatchObject({ state: 'rejected', answeredBy: 'grace' });
    });

    it('and an approval of one plan in two holds: the later answer is in force', async () => {
      const user = bench.users();
      const [first, second] = [await hold(user(1), 'p'), await hold(user(1), 'p', { pass: 'p1' })];
      await answer(user(1), second, 'reject');
      await answer(user(1), first, 'approve');
      expect(await bench.reserve(user(1), 'p', one(), nothingGoes)).toEqual({ kind: 'approved', hold: first });
    });
  });

  describe('the end of a hold that nobody answered', () => {
    it('is no approval: nothing of it is done, and the next plan opens another', async () => {
      const user = bench.users();
      const id = await hold(user(1), 'p', { holdHours: 1 });
      const { hash } = await read(user(1), id);
      bench.pass(hour - 1);
      expect((await read(user(1), id)).state).toBe('open');
      bench.pass(1);
      expect((await read(user(1), id)).state).toBe('expired');
      expect((await bench.guards.list(user(1), undefined, 10)).holds[0]!.state).toBe('expired');
      expect(await answer(user(1), id, 'approve', { hash })).toBe('not-open');
      expect(await bench.reserve(user(1), 'p', one(), nothingGoes)).toMatchObject({ kind: 'exceeded' });
      const next = await hold(user(1), 'p', { holdHours: 1 });
      expect(next).not.toBe(id);
      expect(await read(user(1), next)).toMatchObject({ state: 'open', users: 1, openedAt: bench.now });
      expect((await read(user(1), id)).state).toBe('expired');
    });
  });
}
