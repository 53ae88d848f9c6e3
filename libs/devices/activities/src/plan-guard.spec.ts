// When the guards are asked, and what an earlier grant still covers.
import { beforeEach, describe, expect, it } from '@jest/globals';
import {
  type ChangeCounts,
  type DeviceId,
  FencedOut,
  type GrantedPlan,
  type GuardLimit,
  neverLessOptions,
  noChanges,
  type Plan,
  type PlanHash,
  type Step,
} from '@tallystick/devices-domain';
import { ada, InMemoryWorld, pingOneManners, userNumber } from '@tallystick/devices-testing';
import { instant } from '@tallystick/kernel-core';
import { TryAgain } from './directory-failure.ts';
import { PlanGuard } from './plan-guard.ts';
import { reconcileUser } from './reconcile-user.ts';

const user = userNumber(1);
const [home, work] = ['ada@home.example', 'ada@work.example'];
const upTo = (atLeast: number): GuardLimit => ({ atLeast, share: 0, atMost: atLeast });

let world: InMemoryWorld;
beforeEach(() => {
  world = new InMemoryWorld();
});

const run = (who = user) => reconcileUser(world.needs(), who, world.context());
const methods = (): string[] => world.directory.writes.map(({ method }) => method);
const another = (counts: Partial<ChangeCounts>) =>
  world.guards.reserve(
    userNumber(2),
    'p' as PlanHash,
    { ...noChanges, ...counts },
    { settings: world.guardSettings, users: world.users },
    instant(world.clock),
  );

describe('a plan that takes something (R25)', () => {
  it.each([
    ['replacements', 'too-many-replacements', ada({ 'Email 1': work })],
    ['removals', 'too-many-removals', ada({})],
    ['suspensions', 'too-many-suspensions', ada({ 'Email 1': home }, { enabled: false })],
  ] as const)('is held where no %s are let through, and nothing is written', async (kind, because, desired) => {
    world.guardSettings = { ...world.guardSettings, [kind]: upTo(0) };
    world.options = { ...world.options, onCleared: 'remove', allowStripToZero: true };
    await world.has({ 'Email 1': home });
    await world.want(user, desired);
    expect([await run(), methods()]).toMatchObject([{ kind: 'held', because }, []]);
  });

  it('is held where no account is opened again: a leaver of yesterday, whom an older source brings back', async () => {
    world.guardSettings = { ...world.guardSettings, accountChanges: upTo(0) };
    await world.has({ 'Email 1': home });
    for (const enabled of [true, false, true]) {
      await world.want(user, ada({ 'Email 1': home }, { enabled }));
      if (enabled && methods().length > 0)
        expect(await run()).toMatchObject({ kind: 'held', because: 'too-many-account-changes' });
      else await run();
    }
    expect(methods()).toEqual(['suspendUser']);
  });

  it('is held where no account is renamed, and a rename that is granted covers nothing else of the account', async () => {
    world = new InMemoryWorld({ manners: pingOneManners });
    world.options = { ...world.options, usernameChange: 'follow' };
    await world.want(user, ada({ 'Email 1': home }));
    await run();
    const before = methods().length;
    await world.want(user, ada({ 'Email 1': home }, { username: 'lovelace' }));
    world.guardSettings = { ...world.guardSettings, accountChanges: upTo(0) };
    expect(await run()).toMatchObject({ kind: 'held', because: 'too-many-account-changes' });
    world.guardSettings = { ...world.guardSettings, accountChanges: upTo(1) };
    expect((await run()).kind).toBe('changed');
    expect(methods().slice(before)).toEqual(['renameUser']);
    expect(await another({ accountChanges: 1 })).toMatchObject({ kind: 'exceeded' });
  });

  it('and must wait for a person anyway does not use up what others may', async () => {
    world = new InMemoryWorld({ deviceLimit: 1 });
    world.options = neverLessOptions;
    world.guardSettings = { ...world.guardSettings, replacements: upTo(1) };
    world.limits.refusedAt('model/org', 1, instant(world.clock));
    await world.has({ 'Email 1': home });
    await world.want(user, ada({ 'Email 1': work }));
    expect(await run()).toMatchObject({ kind: 'held', because: 'no-headroom' });
    expect(await another({ replacements: 1 })).toEqual({ kind: 'granted' });
  });

  it('stays counted when its write was begun and nobody knows what came of it', async () => {
    world.guardSettings = { ...world.guardSettings, suspensions: upTo(1) };
    await world.has({ 'Email 1': home });
    await world.want(user, ada({ 'Email 1': home }, { enabled: false }));
    const lost = (call: string): void => {
      if (call === 'directory.suspendUser') throw new Error('the answer is lost');
    };
    await expect(reconcileUser(world.needs({ after: lost }), user, world.context())).rejects.toThrow('lost');
    expect(await another({ suspensions: 1 })).toMatchObject({ kind: 'exceeded' });
  });
});

describe('a place in the window (R25)', () => {
  const [one, two] = [user, userNumber(2)];
  const suspended = (): number => methods().filter((it) => it === 'suspendUser').length;
  beforeEach(async () => {
    await world.want(one, ada({ 'Email 1': home }));
    await world.want(two, ada({ 'Email 1': work }, { username: 'bob' }));
    for (const who of [one, two]) await run(who);
    world.guardSettings = { ...world.guardSettings, suspensions: { atLeast: 1, share: 0, atMost: 1 } };
    await world.want(one, ada({ 'Email 1': home }, { enabled: false }));
    await world.want(two, ada({ 'Email 1': work }, { username: 'bob', enabled: false }));
  });

  it.each(['the worker shuts down', 'the budget is used up', 'the directory is in quarantine'])(
    'is kept by a grant that is not used yet, since it will be: between the two %s',
    async (what) => {
      const needs = world.needs();
      let asked = 0;
      const acquire: typeof needs.budget.acquire = (directory, ask, now) => {
        if ((asked += 1) === 1) return needs.budget.acquire(directory, ask, now);
        if (what === 'the budget is used up') return Promise.resolve({ kind: 'later', at: instant(now + 60_000) });
        return Promise.resolve({ kind: 'quarantined', why: 'directory-failing', until: instant(now + 60_000) });
      };
      const isCancelled = what === 'the worker shuts down';
      const budget = isCancelled ? needs.budget : { ...needs.budget, done: needs.budget.done.bind(needs.budget), acquire };
      const context = { ...world.context(), cancelled: () => isCancelled };
      await reconcileUser({ ...needs, budget }, one, context).catch((error: unknown) => expect(error).toBeInstanceOf(TryAgain));
      expect(suspended()).toBe(0);
      expect(await run(two)).toMatchObject({ kind: 'held', because: 'too-many-suspensions' });
      expect((await run(one)).kind).toBe('changed');
      expect(suspended()).toBe(1);
    },
  );

  it('is not given back by an attempt that was taken over: the newer one has it, and has written', async () => {
    const needs = world.needs();
    let begun = false;
    const saveWork: typeof needs.store.saveWork = async (...args) => {
      if (!begun) {
        begun = true;
        expect((await run(one)).kind).toBe('changed');
      }
      return world.store.saveWork(...args);
    };
    const store = new Proxy(needs.store, {
      get: (target, name, receiver): unknown => (name === 'saveWork' ? saveWork : Reflect.get(target, name, receiver)),
    });
    await expect(reconcileUser({ ...needs, store }, one, world.context())).rejects.toThrow(FencedOut);
    expect((await run(two)).kind).toBe('held');
    expect(suspended()).toBe(1);
  });
});

describe('what was granted before a crash (R26)', () => {
  const [one, two] = ['d1', 'd2'] as DeviceId[] as [DeviceId, DeviceId];
  const unpair = (deviceId: DeviceId): Step => ({ kind: 'unpair', deviceId, reason: 'not-managed' });
  const suspend: Step = { kind: 'suspend-user', reason: 'disabled-in-datastore' };
  const remove: Step = { kind: 'delete-user', reason: 'gone-from-datastore' };
  const granted: GrantedPlan = { connectionVersion: 1, recordVersion: 'v1', unpairs: [one], account: 'suspend-user', needs: [] };
  const ask = async (steps: readonly Step[], before: Partial<GrantedPlan> = {}, needs?: Plan['needs']): Promise<string> => {
    const none = upTo(0);
    world.guardSettings = { ...world.guardSettings, deletions: none, suspensions: none, removals: none, accountChanges: none };
    const connection = (await world.needs().connectionOf(user))!;
    const guard = new PlanGuard(world.needs(), connection, user, 'v1', world.accountOf('org', 'ada'));
    const plan = { steps, findings: [], ...(needs && { needs }) };
    const intent = { createdByUs: false, granted: { ...granted, ...before } };
    return (await guard.ask(plan, { kind: 'absent' }, intent)).kind;
  };

  it('is granted still, whole or in part', async () => {
    expect([await ask([unpair(one), suspend]), await ask([suspend]), await ask([unpair(one)])]).toEqual(['go', 'go', 'go']);
  });

  it.each([
    ['another device', [unpair(one), unpair(two)], {}],
    ['a suspension of the account', [suspend], { account: undefined }],
    ['a deletion in place of a suspension', [remove], {}],
    ['an account that is opened again', [{ kind: 'activate-user', reason: 'enabled-in-datastore' }], {}],
    ['a rename of the account', [{ kind: 'rename-user', from: 'ada', reason: 'username-changed' }], {}],
    ['a newer record', [suspend], { recordVersion: 'v0' }],
    ['a newer document of the connection', [suspend], { connectionVersion: 0 }],
  ] as [string, Step[], Partial<GrantedPlan>][])('does not cover %s', async (_, steps, before) => {
    expect(await ask(steps, before)).toBe('held');
  });

  it('does not cover what only a person may allow', async () => {
    expect(await ask([unpair(one)], {}, ['last-working-factor'])).toBe('held');
  });
});

describe('the size of a connection, for the shares of its limits', () => {
  const outside = (): ReturnType<typeof world.needs> => {
    const needs = world.needs();
    const connectionOf: typeof needs.connectionOf = async (who) => {
      const connection = await needs.connectionOf(who);
      return connection && { ...connection, scope: () => ({ ok: true, value: false }) };
    };
    return { ...needs, connectionOf };
  };
  const counts = () => world.wanted.get(user.user);

  it('has nobody who is out of scope: nobody of them was ever managed', async () => {
    await world.want(user, ada({ 'Email 1': home }));
    expect((await reconcileUser(outside(), user, world.context())).kind).toBe('in-sync');
    expect(counts()).toBe(false);
    await run();
    expect(counts()).toBe(true);
  });

  it('has who is enabled, and neither who is disabled nor who is deleted', async () => {
    await world.want(user, ada({ 'Email 1': home }, { enabled: false }));
    await run();
    expect(counts()).toBe(false);
    await world.want(user, ada({ 'Email 1': home }));
    await run();
    expect(counts()).toBe(true);
    await world.put(user, { kind: 'deleted' });
    await run();
    expect(counts()).toBe(false);
  });
});

it('P20, A13: a new username is a new account, and not the one that was managed and is missing', async () => {
  world.options = { ...neverLessOptions, usernameChange: 'report' };
  await world.has({ 'Email 1': home });
  await world.want(user, ada({ 'Email 1': home }));
  await run();
  await world.want(user, ada({ 'Email 1': home }, { username: 'lovelace' }));
  expect((await run()).kind).toBe('changed');
  expect(world.directory.peek('lovelace')).toMatchObject({ kind: 'present', status: 'active' });
});
