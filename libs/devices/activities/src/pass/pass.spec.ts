import { beforeEach, describe, expect, it } from '@jest/globals';
import {
  type DesiredUser,
  type Outcome,
  type PassEntry,
  type PassId,
  type PassKind,
  type UserHash,
  type UserRef,
  UserUnreadable,
} from '@tallystick/devices-domain';
import { ada, InMemoryPassStore, InMemoryWorld, userNumber } from '@tallystick/devices-testing';
import type { PassRequest } from '@tallystick/devices-workflow-api';
import { instant } from '@tallystick/kernel-core';
import { Quarantined, TryAgain } from '../directory-failure.ts';
import { hashPlan, lookNeeds, LooksInMemory, onlyReads } from '../inspect/looks-in-memory.fixture.ts';
import type { AttemptContext } from '../reconcile-connection.ts';
import { reconcileUser } from '../reconcile-user.ts';
import { applyPage } from './apply-page.ts';
import { openPass } from './create-pass-activities.ts';
import { judgePass } from './judge-pass.ts';
import { type PassNeeds } from './pass-needs.ts';
import { planPage } from './plan-page.ts';

type PresentUser = Extract<DesiredUser, { kind: 'present' }>;

const { environment, connection } = userNumber(0);
const id = 'p1' as PassId;

let world: InMemoryWorld;
let looks: LooksInMemory;
let passes: InMemoryPassStore;
let woken: string[];
let now: number;
beforeEach(() => {
  world = new InMemoryWorld();
  looks = new LooksInMemory(world);
  passes = new InMemoryPassStore();
  woken = [];
  now = 0;
});

const request = (kind: PassKind = 'preview', pass = id): PassRequest => ({ environment, connection, pass, kind });
const context = (more: Partial<AttemptContext> = {}): AttemptContext => ({ ...world.context(), lane: 'bulk', ...more });

/** The directory of these needs throws when anybody writes to it. */
function needs(more: Partial<PassNeeds> = {}): PassNeeds {
  const reads = ['observe', 'deviceLimit'] as const;
  return {
    ...lookNeeds(world, looks),
    looks: onlyReads(looks, ['record', 'memory', 'ownerOf']),
    connectionOf: async (ref) => {
      const found = await world.needs().connectionOf({ ...ref, user: '' as UserHash });
      return found && { ...found, directory: onlyReads(world.directory, reads) };
    },
    candidateOf: () => Promise.resolve(undefined),
    passes,
    users: world.records.users,
    source: world.records,
    guards: world.guards,
    wake: async (user, lane) => {
      woken.push(`${user.user.slice(-2)} ${lane}`);
      await reconcileUser({ ...looks.needs(), hashPlan }, user, { ...world.context(), lane });
      world.clock += 1;
    },
    lastOutcome: (user) => world.store.lastOutcome(user),
    sampleSize: 5,
    outcomeWaitMs: 1_000,
    ended: () => undefined,
    report: (_, error) => {
      throw error;
    },
    ...more,
  };
}

const name = (n: number): string => `user${n}`;
const mail = (n: number): string => `user${n}@home.example`;
const want = (n: number, more: Partial<PresentUser> = {}): Promise<string> =>
  world.want(userNumber(n), ada({ 'Email 1': mail(n) }, { username: name(n), ...more }));

/** `count` users that are as the datastore says. */
async function settled(count: number): Promise<void> {
  for (let n = 1; n <= count; n += 1) {
    await want(n);
    await reconcileUser({ ...looks.needs(), hashPlan }, userNumber(n), world.context());
  }
  world.directory.calls.length = 0;
}

async function open(kind: PassKind = 'preview', pass = id, connectionVersion = 1): Promise<void> {
  const record = { environment, connection, id: pass, kind, stage: 'planning', connectionVersion, startedBy: 'ada' } as const;
  await passes.open({ ...record, startedAt: instant((now += 1)) });
}

/** All hashes of these tests begin with a zero: they are in one shard. */
const plan = (who = needs(), kind: PassKind = 'preview', how = context(), pass = id) =>
  planPage(who, request(kind, pass), { shard: '0', number: 0 }, how);
const results = async (): Promise<readonly PassEntry[]> => (await passes.entries(request(), id, undefined, 1_000)).entries;

async function pass(pass = id): Promise<void> {
  await open('pass', pass);
  await plan(needs(), 'pass', context(), pass);
}

describe('a page of a preview', () => {
  it('has an entry for each user, and its sums add up; no fence, claim or intent is taken', async () => {
    await settled(2);
    await want(2, { profile: { firstName: 'Ada' } });
    await want(3);
    await world.put(userNumber(4), { kind: 'record', attributes: {} });
    await open();
    expect(await plan()).toEqual({ users: 4 });
    expect((await results()).map(({ result, because }) => [result, because])).toEqual([
      ['in-sync', undefined],
      ['differs', undefined],
      ['differs', undefined],
      ['not-planned', 'record-unmappable'],
    ]);
    const { sums } = (await passes.read(request(), id))!;
    expect(sums).toMatchObject({ users: 4, planned: 3, inSync: 1, differ: 2, notPlanned: 1, unobservable: 0 });
    expect(sums.filled).toEqual({ userName: 3, mfaEmail1: 3, fName: 1 });
    expect(sums.reasons).toMatchObject({ 'user-missing': 1, 'profile-differs': 1, 'record-unmappable': 1 });
    expect(world.directory.writes).toEqual([]);
    expect(await world.store.ownerOf(world.accountOf('org', name(3)))).toBeUndefined();
    expect(await world.store.begin(userNumber(3))).toMatchObject({ fence: 1, firstSight: true });
    expect(JSON.stringify(await results())).not.toMatch(/home\.example|user\d/);
  });

  it('I10: makes one call for each user, in the bulk lane, as many at once as the directory allows', async () => {
    for (let n = 1; n <= 12; n += 1) await want(n);
    await open();
    const lanes = new Set<string>();
    let [now, most] = [0, 0];
    const budget: PassNeeds['budget'] = {
      acquire: (directory, ask, at) => {
        lanes.add(ask.lane);
        return world.budget.acquire(directory, ask, at);
      },
      done: (...args) => world.budget.done(...args),
      state: (...args) => world.budget.state(...args),
    };
    const slow = needs({ budget });
    const base = (await slow.connectionOf(request()))!;
    const directory = Object.assign(Object.create(base.directory) as typeof base.directory, {
      observe: async (username: string) => {
        most = Math.max(most, (now += 1));
        await new Promise((next) => setImmediate(next));
        now -= 1;
        return base.directory.observe(username);
      },
    });
    const inFlight = { ...base, directory, budget: { ...base.budget, inFlight: 3 } };
    await plan({ ...slow, connectionOf: () => Promise.resolve(inFlight) });
    expect([world.directory.calls.length, [...lanes], most]).toEqual([12, ['bulk'], 3]);
  });

  it('waits for the budget where it is, beating', async () => {
    await want(1);
    await open();
    let refusals = 3;
    const budget: PassNeeds['budget'] = {
      acquire: (directory, ask, at) =>
        (refusals -= 1) >= 0
          ? Promise.resolve({ kind: 'later', at: instant(at + 7_000) })
          : world.budget.acquire(directory, ask, at),
      done: (...args) => world.budget.done(...args),
      state: (...args) => world.budget.state(...args),
    };
    await plan(needs({ budget }));
    expect(world.pauses).toEqual([7_000, 7_000, 7_000]);
    expect((await results())[0]?.result).toBe('differs');
  });

  it('leaves its place when the budget lets nobody of it through for long, not while somebody gets through now and then', async () => {
    for (const n of [1, 2, 3]) await want(n);
    await open();
    let [asked, letsThrough] = [0, 5];
    const budget: PassNeeds['budget'] = {
      acquire: (directory, ask, at) =>
        (asked += 1) % letsThrough === 0
          ? world.budget.acquire(directory, ask, at)
          : Promise.resolve({ kind: 'later', at: instant(at + 7_000) }),
      done: (...args) => world.budget.done(...args),
      state: (...args) => world.budget.state(...args),
    };
    expect(await plan(needs({ budget }))).toEqual({ users: 3 });
    letsThrough = Infinity;
    await expect(plan(needs({ budget }))).rejects.toMatchObject({ name: 'TryAgain', reason: 'directory-busy' });
    expect(world.pauses.length).toBeLessThan(40);
  });

  it('has a user whom the directory does not show as unobservable, after a few looks', async () => {
    for (const n of [1, 2]) await want(n);
    await open();
    const failing = ({ username }: { readonly username: string }) =>
      username === name(1) ? ({ kind: 'unavailable' } as const) : undefined;
    world.directory.configure({ beforeCall: failing });
    await plan();
    expect((await results()).map(({ result, because }) => [result, because])).toEqual([
      ['unobservable', 'unavailable'],
      ['differs', undefined],
    ]);
    expect(world.directory.calls.filter(({ username }) => username === name(1))).toHaveLength(3);
  });

  it('goes on without a user whose record can not be opened, and says so; a store that is away is for later', async () => {
    await settled(3);
    const failing = (error: Error): PassNeeds['looks'] => ({
      record: (user) => (user.user === userNumber(2).user ? Promise.reject(error) : looks.record(user)),
      memory: (user) => looks.memory(user),
      ownerOf: (user, account) => looks.ownerOf(user, account),
      holderOf: (account) => looks.holderOf(account),
      pending: (user) => looks.pending(user),
      outcomes: (user) => looks.outcomes(user),
    });
    await open();
    await expect(plan(needs({ looks: failing(new Error('the store is away')) }))).rejects.toThrow('the store is away');
    expect(await results()).toEqual([]);
    await plan(needs({ looks: failing(new UserUnreadable('its key is missing')) }));
    const seen = (await results()).map(({ user, result, because }) => [user, result, because]);
    expect(seen).toContainEqual([userNumber(2).user, 'not-planned', 'record-unreadable']);
    expect(seen.filter(([, result]) => result === 'in-sync')).toHaveLength(2);
  });

  it('R32: of a sick directory is for later: nothing of it is in the results', async () => {
    await want(1);
    await open();
    world.directory.configure({ beforeCall: () => ({ kind: 'unavailable' }) });
    await expect(plan()).rejects.toThrow(TryAgain);
    world.directory.configure({ beforeCall: () => ({ kind: 'credentials-refused' }) });
    await expect(plan()).rejects.toThrow(Quarantined);
    expect(await results()).toEqual([]);
  });

  it('of which the directory shows nobody for too long is taken for what it is, and the pass goes on', async () => {
    await want(1);
    await open();
    world.directory.configure({ beforeCall: () => ({ kind: 'unavailable' }) });
    expect(await plan(needs(), 'preview', context({ attempt: 6 }))).toEqual({ users: 1 });
    expect((await results()).map(({ result }) => result)).toEqual(['unobservable']);
  });

  it('is added once, however often it is planned', async () => {
    await want(1);
    await open();
    await plan();
    await plan();
    expect((await passes.read(request(), id))!.sums.differ).toBe(1);
  });

  it('is not planned with another document than the pass began with', async () => {
    await open();
    world.connectionVersion = 2;
    await expect(plan()).rejects.toMatchObject({ reason: 'connection-changed' });
    await expect(plan(needs(), 'preview', context(), 'p9' as PassId)).rejects.toMatchObject({ reason: 'no-pass' });
  });

  it('of a candidate is planned with it over the same records, with its own client; the saved document is not asked', async () => {
    await settled(1);
    const record = { environment, connection, id, kind: 'preview', stage: 'planning', connectionVersion: 0 } as const;
    const document = { preset: 'parity' } as never;
    await passes.open({ ...record, startedBy: 'ada', startedAt: instant(1) }, document);
    const saved = (await needs().connectionOf(request()))!;
    const another = new InMemoryWorld();
    const candidate = { ...saved, version: 0, directoryId: 'new', directory: onlyReads(another.directory, ['observe']) };
    const documents: unknown[] = [];
    const who = needs({
      connectionOf: () => Promise.reject(new Error('this is about the candidate')),
      candidateOf: (it) => Promise.resolve(void documents.push(it)).then(() => candidate),
    });
    await plan(who);
    expect(documents).toEqual([document]);
    expect(await results()).toMatchObject([{ result: 'differs', plan: { steps: [{ kind: 'create-user' }, { kind: 'pair' }] } }]);
    expect([world.directory.calls.length, another.directory.calls.length]).toEqual([0, 1]);
    await expect(planPage(who, request('pass'), { shard: '0', number: 0 }, context())).rejects.toMatchObject({
      reason: 'candidate-not-saved',
    });
  });
});

describe('a preview of a candidate for a directory that others use (ADR 5.8)', () => {
  const stateOf = () => world.budget.state('model/org', instant(world.clock));
  const candidate = (): PassNeeds =>
    needs({
      connectionOf: () => Promise.reject(new Error('this is about the candidate')),
      candidateOf: async () => ({ ...(await needs().connectionOf(request()))!, version: 0 }),
    });
  beforeEach(async () => {
    for (let n = 1; n <= 25; n += 1) await want(n);
    const record = { environment, connection, id, kind: 'preview', stage: 'planning', connectionVersion: 0 } as const;
    await passes.open({ ...record, startedBy: 'ada', startedAt: instant(1) }, { preset: 'parity' } as never);
  });

  it.each(['credentials-refused', 'method-disabled'] as const)(
    'is over when its credentials are of no use (%s), and nobody else goes into quarantine for that',
    async (kind) => {
      world.directory.configure({ beforeCall: () => ({ kind }) });
      await expect(plan(candidate())).rejects.toMatchObject({ name: 'PassOver', reason: kind });
      expect([(await stateOf()).quarantine, world.alarms]).toEqual([undefined, []]);
    },
  );

  it('says nothing of the directory when its calls fail, however many, but that it asks everybody to wait', async () => {
    world.directory.configure({ beforeCall: () => ({ kind: 'unavailable' }) });
    await expect(plan(candidate())).rejects.toThrow(TryAgain);
    expect(await stateOf()).toEqual({ inFlight: 0 });
    world.directory.configure({ beforeCall: () => ({ kind: 'unavailable', rateLimited: true, retryAfterMs: 30_000 }) });
    const impatient = context({ pause: () => Promise.reject(new TryAgain('attempt-cancelled', 'enough')) });
    await expect(plan(candidate(), 'preview', impatient)).rejects.toThrow(TryAgain);
    expect((await stateOf()).notBefore).toBeGreaterThan(world.clock);
  });

  it('waits while the directory is in quarantine, and leaves the probe to those who can tell that it is well', async () => {
    const sick = { kind: 'sick', why: 'credentials-refused' } as const;
    await world.budget.done('model/org', 'a call', sick, instant(world.clock));
    world.clock += 60_000;
    await expect(plan(candidate())).rejects.toThrow(Quarantined);
    expect(world.directory.calls).toEqual([]);
    await want(1);
    await reconcileUser({ ...looks.needs(), hashPlan }, userNumber(1), world.context());
    expect((await stateOf()).quarantine).toBeUndefined();
  });
});

describe('a sample (R33)', () => {
  it('is one page of users drawn at random', async () => {
    for (let n = 1; n <= 9; n += 1) await want(n);
    await open('sample');
    const opened = await openPass(needs(), request('sample'), context());
    expect(opened).toEqual({ shards: ['sample'], users: 9 });
    expect(await planPage(needs(), request('sample'), { shard: 'sample', number: 0 }, context())).toEqual({ users: 5 });
    expect(await judgePass(needs(), request('sample'), context())).toEqual({ kind: 'finished' });
  });
});

describe('a pass that begins', () => {
  it('is missing without its record or its connection', async () => {
    expect(await openPass(needs(), request('pass'), context())).toBe('missing');
    await open('pass');
    expect(
      await openPass(needs({ connectionOf: () => Promise.resolve(undefined) }), request('pass'), context({ attempt: 9 })),
    ).toBe('missing');
  });

  it('and that a schedule has started gets its record', async () => {
    await want(1);
    await openPass(needs(), { ...request('pass'), scheduled: true }, context());
    expect(await passes.read(request(), id)).toMatchObject({ startedBy: 'schedule', connectionVersion: 1, sums: { users: 1 } });
  });
});

describe('a pass that is judged', () => {
  it('R25: is applied while its sums are within the limits, and finished when nobody differs', async () => {
    await settled(3);
    await pass();
    expect(await judgePass(needs(), request('pass'), context())).toEqual({ kind: 'finished' });
    await want(1, { enabled: false });
    await pass('p2' as PassId);
    expect(await judgePass(needs(), request('pass', 'p2' as PassId), context())).toEqual({ kind: 'apply' });
  });

  it('R24: is held whole when the source has lost more of its users than it may; each who differs is in the hold', async () => {
    await settled(40);
    await pass();
    await passes.update(request('pass'), id, { stage: 'done', endedAt: instant(now) });
    for (let n = 1; n <= 5; n += 1) await world.put(userNumber(n), { kind: 'deleted' });
    await want(6, { profile: { firstName: 'Ada' } });
    const next = request('pass', 'p2' as PassId);
    await pass(next.pass);
    const verdict = await judgePass(needs(), next, context());
    const { hold, because, stage } = (await passes.read(next, next.pass))!;
    expect([verdict, because, stage]).toEqual([{ kind: 'held', hold }, 'source-shrank', 'held']);
    expect(await world.guards.read(next, hold!)).toMatchObject({
      users: 6,
      pass: 'p2',
      requestedBy: 'ada',
      counts: { suspensions: 5 },
    });
    // Judged again after a crash it is the same hold.
    expect(await judgePass(needs(), next, context())).toEqual(verdict);
  });

  it('R24: is held when an attribute is empty for many more of the users', async () => {
    await settled(30);
    await pass();
    await passes.update(request('pass'), id, { stage: 'done', endedAt: instant(now) });
    for (let n = 1; n <= 10; n += 1) await world.want(userNumber(n), ada({}, { username: name(n), profile: { lastName: 'L' } }));
    const next = request('pass', 'p2' as PassId);
    await pass(next.pass);
    expect(await judgePass(needs(), next, context())).toMatchObject({ kind: 'held' });
    expect((await passes.read(next, next.pass))!.because).toBe('attribute-emptied');
  });

  it('R46: is held while its source is stopped, although nothing else is wrong', async () => {
    await want(1);
    await pass();
    const { epoch } = await world.records.source(request());
    const where = { topic: 'users', partition: 0, read: '9', end: '3', at: instant(10) };
    await world.records.stopSource(request(), epoch, { because: 'beyond-the-end', ...where });
    expect(await judgePass(needs(), request('pass'), context())).toMatchObject({ kind: 'held' });
    expect((await passes.read(request(), id))!.because).toBe('source-unhealthy');
  });

  it('R24: has all who differ in its hold, however many pages of them there are', async () => {
    for (const n of [1, 2, 3]) await want(n);
    await world.records.raiseEpoch({ environment, connection }, 'bo', instant(10));
    await pass();
    const onePerPage: PassNeeds['passes'] = {
      ...{ open: passes.open.bind(passes), candidate: passes.candidate.bind(passes), addPage: passes.addPage.bind(passes) },
      ...{ update: passes.update.bind(passes), read: passes.read.bind(passes), list: passes.list.bind(passes) },
      lastDone: passes.lastDone.bind(passes),
      entries: (ref, of, cursor) => passes.entries(ref, of, cursor, 1),
    };
    const verdict = await judgePass(needs({ passes: onePerPage }), request('pass'), context());
    if (verdict.kind !== 'held') throw new Error('it is not held');
    expect(await world.guards.read(request(), verdict.hold)).toMatchObject({ users: 3 });
  });

  it('R46: is held after the epoch of its source was raised, until one pass over it was done', async () => {
    await want(1);
    await world.records.raiseEpoch({ environment, connection }, 'bo', instant(10));
    await pass();
    expect(await judgePass(needs(), request('pass'), context())).toMatchObject({ kind: 'held' });
    expect((await passes.read(request(), id))!.because).toBe('source-unhealthy');
    await passes.update(request('pass'), id, { stage: 'done', endedAt: instant(11) });
    await pass('p2' as PassId);
    expect(await judgePass(needs(), request('pass', 'p2' as PassId), context())).toEqual({ kind: 'apply' });
  });
});

describe('a pass that is applied', () => {
  it('wakes who differs, in the bulk lane, waits for the outcome of each and counts them', async () => {
    await settled(2);
    await want(2, { profile: { firstName: 'Ada' } });
    await want(3);
    await pass();
    expect(await applyPage(needs(), request('pass'), undefined, 7, context())).toEqual({ applied: 2, users: 2 });
    expect(woken.sort()).toEqual(['02 bulk', '03 bulk']);
    expect((await passes.read(request(), id))!.applied).toBe(9);
    await open('preview', 'p2' as PassId);
    await plan(needs(), 'preview', context(), 'p2' as PassId);
    expect((await passes.read(request(), 'p2' as PassId))!.sums).toMatchObject({ inSync: 3, differ: 0 });
  });

  it('R26: does exactly what was approved; who changed since is judged anew', async () => {
    await settled(2);
    world.guardSettings = { ...world.guardSettings, suspensions: { atLeast: 0, share: 0, atMost: 0 } };
    for (const n of [1, 2]) await want(n, { enabled: false });
    await pass();
    const verdict = await judgePass(needs(), request('pass'), context());
    if (verdict.kind !== 'held') throw new Error('it is not held');
    const { hash } = (await world.guards.read(request(), verdict.hold))!;
    const answer = { kind: 'approve', hash, by: 'bo', reason: 'looked at', twoPeople: false } as const;
    expect(await world.guards.answer(request(), verdict.hold, answer, instant(world.clock))).toBe('answered');
    await want(2, { enabled: false, profile: { firstName: 'Ada' } });
    expect(await applyPage(needs(), request('pass'), undefined, 0, context())).toEqual({ applied: 1, users: 2 });
    expect(world.directory.writes.map(({ method, username }) => [method, username])).toEqual([['suspendUser', name(1)]]);
    expect(await world.store.lastOutcome(userNumber(2))).toMatchObject({ kind: 'held', because: 'too-many-suspensions' });
    const { users } = await world.guards.users(request(), verdict.hold, undefined, 9);
    expect(users.map(({ state }) => state)).toEqual(['done', 'changed']);
  });

  it('tells the guards that it is done also of a plan that took nothing from anybody', async () => {
    await world.records.raiseEpoch({ environment, connection }, 'bo', instant(10));
    await want(1);
    await pass();
    const verdict = await judgePass(needs(), request('pass'), context());
    if (verdict.kind !== 'held') throw new Error('it is not held');
    const { hash } = (await world.guards.read(request(), verdict.hold))!;
    const answer = { kind: 'approve', hash, by: 'bo', reason: 'so', twoPeople: false } as const;
    await world.guards.answer(request(), verdict.hold, answer, instant(world.clock));
    await applyPage(needs(), request('pass'), undefined, 0, context());
    expect((await world.guards.users(request(), verdict.hold, undefined, 9)).users).toMatchObject([{ state: 'done' }]);
  });

  it('R26: does not have as done who became as wanted without it', async () => {
    await world.records.raiseEpoch({ environment, connection }, 'bo', instant(10));
    await want(1);
    await pass();
    const verdict = await judgePass(needs(), request('pass'), context());
    if (verdict.kind !== 'held') throw new Error('it is not held');
    await reconcileUser({ ...looks.needs(), hashPlan }, userNumber(1), world.context());
    world.clock += 1;
    expect(await applyPage(needs(), request('pass'), undefined, 0, context())).toEqual({ applied: 1, users: 1 });
    expect((await world.guards.users(request(), verdict.hold, undefined, 9)).users).toMatchObject([{ state: 'changed' }]);
  });

  it('gathers who differs from as many pages of results as it takes, so that the budget is not idle after each', async () => {
    await open('pass');
    const entry = (n: number, result: 'in-sync' | 'differs') => ({ user: userNumber(n).user, result });
    for (const number of [0, 1, 2]) {
      const entries = Array.from({ length: 100 }, (_, at) => entry(number * 100 + at, at === 99 ? 'differs' : 'in-sync'));
      await passes.addPage(request('pass'), id, { shard: '00', number, entries, filled: {} });
    }
    const told: string[] = [];
    const asleep = needs({ wake: ({ user }) => Promise.resolve(void told.push(user)) });
    expect(await applyPage(asleep, request('pass'), undefined, 0, context())).toEqual({ applied: 0, users: 3 });
    expect(told).toEqual([99, 199, 299].map((n) => userNumber(n).user));
  });

  describe('over several pages of results', () => {
    const entriesOf = (from: number, count: number): readonly PassEntry[] =>
      Array.from({ length: count }, (_, at) => ({ user: userNumber(from + at).user, result: 'differs' }));
    beforeEach(async () => {
      await open('pass');
      for (const number of [0, 1, 2])
        await passes.addPage(request('pass'), id, { shard: '00', number, entries: entriesOf(number * 100, 100), filled: {} });
    });
    const outcomeOf = (user: UserRef, kind: Outcome['kind'] = 'changed'): Outcome => ({
      ...user,
      ...{ kind, version: '1', steps: [], findings: [], at: instant(1) },
    });

    it('hands over users of the next page while an outcome of the one before is awaited', async () => {
      const told = new Set<string>();
      const slow = userNumber(99).user;
      const behind = userNumber(299).user;
      const who = needs({
        wake: ({ user }) => Promise.resolve(void told.add(user)),
        // The last one of the first page has no outcome before the last one of the third was woken.
        lastOutcome: (user) =>
          Promise.resolve(told.has(user.user) && (user.user !== slow || told.has(behind)) ? outcomeOf(user) : undefined),
      });
      const pause = (): Promise<void> => new Promise((next) => setImmediate(next));
      expect(await applyPage(who, request('pass'), undefined, 0, context({ pause }))).toEqual({ applied: 300, users: 300 });
    });

    it.each([
      [1, 200],
      [4, 100],
    ])(
      'ends after a page when its time is over, so that who pauses it is heard (attempt %d: %d users)',
      async (attempt, users) => {
        const told: string[] = [];
        const who = needs({
          wake: ({ user }) => {
            told.push(user);
            world.clock += 110; // a page of them takes eleven seconds
            return Promise.resolve();
          },
          lastOutcome: (user) => Promise.resolve(told.includes(user.user) ? outcomeOf(user) : undefined),
        });
        const first = await applyPage(who, request('pass'), undefined, 0, context({ attempt }));
        expect([first.applied, first.users, told.length]).toEqual([users, users, users]);
        const rest = await applyPage(who, request('pass'), first.next, first.applied, context({ attempt: 1 }));
        expect([rest.users, rest.next, new Set(told).size]).toEqual([300 - users, undefined, 300]);
        expect((await passes.read(request(), id))!.applied).toBe(300);
      },
    );

    it.each(['a sick directory', 'a cancel'] as const)('wakes nobody else after %s', async (halt) => {
      const told: string[] = [];
      const isHalted = (): boolean => told.length >= 105;
      const who = needs({
        wake: ({ user }) => Promise.resolve(void told.push(user)),
        lastOutcome: (user) => {
          if (!told.includes(user.user)) return Promise.resolve(undefined);
          return Promise.resolve(outcomeOf(user, halt === 'a sick directory' && isHalted() ? 'quarantined' : 'changed'));
        },
      });
      const how = context({ cancelled: () => halt === 'a cancel' && isHalted() });
      await expect(applyPage(who, request('pass'), undefined, 0, how)).rejects.toThrow(
        halt === 'a cancel' ? TryAgain : Quarantined,
      );
      expect(told.length).toBeLessThan(105 + 2 * 16);
    });
  });

  it('goes on without a user whose outcome does not come, and leaves its page for later when the directory is sick', async () => {
    await want(1);
    await pass();
    const asleep = needs({ wake: () => Promise.resolve() });
    expect(await applyPage(asleep, request('pass'), undefined, 0, context())).toEqual({ applied: 0, users: 1 });
    world.directory.configure({ beforeCall: () => ({ kind: 'credentials-refused' }) });
    await expect(applyPage(needs(), request('pass'), undefined, 0, context())).rejects.toThrow(Quarantined);
  });
});
