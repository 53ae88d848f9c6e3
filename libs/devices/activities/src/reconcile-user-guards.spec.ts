// What a run asks before it writes: guards, holds, budget, and the settings of never-less.
import { beforeEach, describe, expect, it } from '@jest/globals';
import { type DeviceSlot, type GuardReason, neverLessOptions, type Outcome } from '@tallystick/devices-domain';
import { ada, InMemoryWorld, pingOneManners, userNumber } from '@tallystick/devices-testing';
import { instant } from '@tallystick/kernel-core';
import { TryAgain } from './directory-failure.ts';
import { dies } from './dying-process.fixture.ts';
import { reconcileUser } from './reconcile-user.ts';

const user = userNumber(1);
const [home, work, other] = ['ada@home.example', 'ada@work.example', 'lovelace@example.org'];
const mobile = '+12025550123';

let world: InMemoryWorld;
beforeEach(() => {
  world = new InMemoryWorld();
});

const run = (who = user): Promise<Outcome> => reconcileUser(world.needs(), who, world.context());
const methods = (): string[] => world.directory.writes.filter((it) => it.method !== 'deviceLimit').map((it) => it.method);
const slots = (username = 'ada'): (DeviceSlot | undefined)[] => {
  const account = world.directory.peek(username);
  return account.kind === 'present' ? account.devices.map((it) => it.slot) : [];
};
async function answer(kind: 'approve' | 'reject', outcome: Outcome): Promise<unknown> {
  const hold = await world.guards.read(user, outcome.hold!);
  const by = { by: 'bob', reason: 'looked at', twoPeople: false };
  return world.guards.answer(user, hold!.id, { kind, hash: hold!.hash, ...by }, instant(world.clock));
}

describe('a plan that passes a limit of the connection (R25)', () => {
  beforeEach(async () => {
    world.guardSettings = { ...world.guardSettings, suspensions: { atLeast: 0, share: 0, atMost: 0 } };
    await world.has({ 'Email 1': home });
    await world.want(user, ada({ 'Email 1': home }, { enabled: false }));
  });

  it('is held: nothing is written, and the outcome names the hold', async () => {
    const outcome = await run();
    expect(outcome).toMatchObject({ kind: 'held', because: 'too-many-suspensions', steps: [] });
    expect(methods()).toEqual([]);
    const { users } = await world.guards.users(user, outcome.hold!, undefined, 10);
    expect(users).toMatchObject([{ user: user.user, state: 'held', plan: { steps: [{ kind: 'suspend-user' }] } }]);
  });

  it('is done once it is approved, and only then', async () => {
    const outcome = await run();
    expect(await answer('approve', outcome)).toBe('answered');
    expect((await run()).kind).toBe('changed');
    expect(methods()).toEqual(['suspendUser']);
    expect((await world.guards.users(user, outcome.hold!, undefined, 10)).users).toMatchObject([{ state: 'done' }]);
  });

  it('is not held again when it was rejected', async () => {
    const outcome = await run();
    await answer('reject', outcome);
    expect(await run()).toMatchObject({ kind: 'held', because: 'rejected-by-a-person', hold: outcome.hold });
    expect(methods()).toEqual([]);
  });

  it('R26: is judged anew when the user changed: an approval of the older plan is not one of this', async () => {
    await answer('approve', await run());
    world.connectionVersion = 2;
    expect(await run()).toMatchObject({ kind: 'held', because: 'too-many-suspensions' });
    expect(methods()).toEqual([]);
  });

  it('R26: leaves the hold when there is nothing to be done any more', async () => {
    const { hold } = await run();
    await world.want(user, ada({ 'Email 1': home }));
    expect((await run()).kind).toBe('in-sync');
    expect((await world.guards.users(user, hold!, undefined, 10)).users).toMatchObject([{ state: 'changed' }]);
  });
});

it('what a crash has left undone of an approved plan is still approved, and what was not in it is not', async () => {
  world.guardSettings = { ...world.guardSettings, removals: { atLeast: 1, share: 0, atMost: 1 } };
  world.options = { ...world.options, onCleared: 'remove' };
  await world.has({ 'Email 1': home, 'Email 2': work, 'Email 3': other, 'SMS Number 1': mobile });
  await world.want(user, ada({ 'SMS Number 1': mobile }));
  await answer('approve', await run());
  let unpairs = 0;
  world.directory.configure({
    afterCall: ({ method }) => {
      if (method === 'unpair' && (unpairs += 1) === 1) throw new Error('the process dies');
      return undefined;
    },
  });
  await expect(run()).rejects.toThrow('dies');
  expect((await run()).kind).toBe('changed');
  expect(slots()).toEqual(['SMS Number 1']);
});

describe('the budget', () => {
  it('I10: is charged for every call, reads too', async () => {
    await world.has({ 'Email 1': home });
    await world.want(user, ada({ 'Email 1': work }));
    const charged: string[] = [];
    await reconcileUser(world.needs({ before: (call) => void charged.push(call) }), user, world.context());
    const calls = charged.filter((it) => it.startsWith('directory.'));
    expect(charged.filter((it) => it === 'budget.acquire')).toHaveLength(calls.length);
    expect(charged.filter((it) => it === 'budget.done')).toHaveLength(calls.length);
  });

  it('R28: after an answer that asks to wait nobody calls before that time, and a long wait leaves the activity', async () => {
    await world.want(user, ada({ 'Email 1': home }));
    world.directory.configure({ beforeCall: () => ({ kind: 'unavailable', rateLimited: true, retryAfterMs: 60_000 }) });
    await expect(run()).rejects.toThrow(TryAgain);
    const before = world.directory.calls.length;
    const error: unknown = await run(userNumber(2)).catch((thrown: unknown) => thrown);
    await world.want(userNumber(2), ada({ 'Email 1': home }, { username: 'bob' }));
    const busy: unknown = await run(userNumber(2)).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ reason: 'no-record' });
    expect(busy).toMatchObject({ reason: 'directory-busy' });
    expect(world.directory.calls.length).toBe(before);
  });
});

describe.each([
  ['PingID', undefined],
  ['PingOne', pingOneManners],
])('never less, with the manners of %s', (_, manners) => {
  beforeEach(async () => {
    world = new InMemoryWorld({ ...(manners && { manners }), deviceLimit: 2 });
    world.options = neverLessOptions;
    await world.has({ 'Email 1': home });
    await world.want(user, ada({ 'Email 1': work }));
  });
  const because = (outcome: Outcome): GuardReason | undefined => outcome.because as GuardReason | undefined;

  it('T5, PR8: with room the new device comes first, gets the primary role, and then the old one goes', async () => {
    expect((await run()).kind).toBe('changed');
    const named = manners ? [] : ['nameDevice'];
    expect(methods()).toEqual(['pair', ...named, 'setPrimary', 'unpair']);
    expect(slots()).toEqual(['Email 1']);
  });

  it('without room the replacement is held, and approved it is made one device at a time', async () => {
    world.directory.configure({ deviceLimit: 1 });
    const outcome = await run();
    expect([outcome.kind, because(outcome)]).toEqual(['held', 'no-headroom']);
    expect(slots()).toEqual(['Email 1']);
    // PingID says nothing of its limit: it was learned from one refusal.
    expect(methods()).toEqual(manners ? [] : ['pair']);
    expect((await run()).kind).toBe('held');
    expect(methods()).toHaveLength(manners ? 0 : 1);
    // The last working device goes for a moment, so both were asked for, in one hold.
    await answer('approve', outcome);
    expect((await run()).kind).toBe('changed');
    expect(slots()).toEqual(['Email 1']);
  });

  it('R31: a limit below what is there takes nothing away', async () => {
    await world.has({ 'Email 1': home, 'Email 2': other });
    world.directory.configure({ deviceLimit: 1 });
    await world.want(user, ada({ 'Email 1': work, 'Email 2': other }));
    world.limits.refusedAt('model/org', 1, instant(world.clock));
    const outcome = await run();
    expect(outcome.kind).toBe('partial');
    expect(outcome.findings).toContainEqual({ kind: 'over-device-limit', slot: 'Email 1' });
    expect(slots()).toEqual(['Email 1', 'Email 2']);
  });

  it('P53, T5: an address that is refused leaves the old device, and is not tried again until the datastore has another', async () => {
    world.directory.configure({
      beforeCall: ({ method }) => (method === 'pair' ? { kind: 'address-refused' } : undefined),
    });
    expect((await run()).kind).toBe('partial');
    expect(await run()).toMatchObject({ kind: 'partial', findings: [{ kind: 'refused-before' }] });
    expect([slots(), methods()]).toEqual([['Email 1'], ['pair']]);
    world.directory.configure({ beforeCall: () => undefined });
    await world.want(user, ada({ 'Email 1': other }));
    expect((await run()).kind).toBe('changed');
  });

  it('T5: an old device that could not be unpaired when its successor had come goes in the next run', async () => {
    world.directory.configure({
      beforeCall: ({ method }) => (method === 'unpair' ? { kind: 'refused', code: '1' } : undefined),
    });
    expect([(await run()).kind, slots()]).toEqual(['partial', ['Email 1', 'Email 1']]);
    world.directory.configure({ beforeCall: () => undefined });
    expect((await run()).kind).toBe('changed');
    expect(world.directory.peek('ada')).toMatchObject({ devices: [{ slot: 'Email 1', address: { address: work } }] });
  });

  it('P47: a device that has the address under another name is renamed: it keeps its id, and nothing is paired', async () => {
    const id = world.directory.addForeignDevice('ada', {
      type: 'Email',
      nickname: 'mine',
      address: { kind: 'email', address: work },
    });
    expect((await run()).kind).toBe('changed');
    expect(methods()).toEqual(['nameDevice', 'setPrimary', 'unpair']);
    const account = world.directory.peek('ada');
    expect(account).toMatchObject({ devices: [{ id, slot: 'Email 1', primary: true }] });
  });

  it.each(['before', 'after'] as const)(
    'A13: one that we were deleting ourselves is made again when its user comes back: broken off %s the call',
    async (when) => {
      await run();
      world.options = { ...world.options, disableUsers: true, removeAction: 'delete' };
      await world.put(user, { kind: 'deleted' });
      await expect(reconcileUser(world.needs(dies(when, 'directory.deleteUser')), user, world.context())).rejects.toThrow('dies');
      await world.want(user, ada({ 'Email 1': work }));
      await run();
      expect(world.directory.peek('ada')).toMatchObject({ kind: 'present', devices: [{ slot: 'Email 1' }] });
      world.directory.put('ada', { kind: 'absent' });
      expect(await run()).toMatchObject({ findings: [{ kind: 'account-missing' }] });
    },
  );

  it('A13: an account that was managed and is gone is reported, and not made again', async () => {
    await run();
    world.directory.put('ada', { kind: 'absent' });
    for (let i = 0; i < 2; i += 1) {
      expect(await run()).toMatchObject({ kind: 'partial', findings: [{ kind: 'account-missing' }], steps: [] });
      // Still this user's: nobody else may take the name meanwhile.
      expect(await world.store.ownerOf(world.accountOf('org', 'ada'))).toMatchObject({ user: user.user });
    }
  });
});

it.each(['locked', 'pending'] as const)(
  'P29: a leaver whose account is %s is never "in sync": it was not closed',
  async (status) => {
    await world.has({ 'Email 1': home });
    await world.want(user, ada({ 'Email 1': home }));
    await run();
    const account = world.directory.peek('ada');
    world.directory.put('ada', { ...(account as Extract<typeof account, { kind: 'present' }>), status });
    await world.put(user, { kind: 'deleted' });
    expect(await run()).toMatchObject({ kind: 'partial', findings: [{ kind: 'status-left', status }] });
    expect(methods()).toEqual([]);
  },
);

describe('a changed username (P20, L4)', () => {
  const renamed = ada({ 'Email 1': home }, { username: 'lovelace' });
  const start = async (): Promise<void> => {
    await world.has({ 'Email 1': home });
    await world.want(user, ada({ 'Email 1': home }));
    await run();
    await world.want(user, renamed);
  };
  const statusOf = (username: string): string => {
    const account = world.directory.peek(username);
    return account.kind === 'absent' ? 'absent' : account.status;
  };

  it('is reported, and the former account left, unless the connection follows', async () => {
    await start();
    const outcome = await run();
    expect(outcome.findings).toContainEqual({ kind: 'username-changed' });
    expect([statusOf('ada'), statusOf('lovelace')]).toEqual(['active', 'active']);
    expect((await run()).findings).toEqual([]);
  });

  it('is followed where accounts can be renamed: the account keeps its devices', async () => {
    world = new InMemoryWorld({ manners: pingOneManners });
    world.options = { ...world.options, usernameChange: 'follow' };
    await start();
    expect((await run()).kind).toBe('changed');
    expect(methods()).toEqual(['renameUser']);
    expect([statusOf('ada'), slots('lovelace')]).toEqual(['absent', ['Email 1']]);
    expect(await world.store.ownerOf(world.accountOf('org', 'ada'))).toBeUndefined();
  });

  it('is followed elsewhere by a new account, and only then the former one is closed', async () => {
    world.options = { ...world.options, usernameChange: 'follow' };
    await start();
    expect((await run()).kind).toBe('changed');
    expect(methods()).toEqual(['createUser', 'pair', 'nameDevice', 'suspendUser']);
    expect([statusOf('ada'), statusOf('lovelace')]).toEqual(['suspended', 'active']);
    expect((await run()).kind).toBe('in-sync');
  });

  it('is followed, and the former account left open, while the new one is not as wanted', async () => {
    world.options = { ...world.options, usernameChange: 'follow' };
    await start();
    world.directory.configure({ beforeCall: ({ method }) => (method === 'pair' ? { kind: 'address-refused' } : undefined) });
    expect((await run()).kind).toBe('partial');
    expect([statusOf('ada'), methods()]).toEqual(['active', ['createUser', 'pair']]);
  });

  it('P21: the former account is left open where no new one may be created', async () => {
    world.options = { ...world.options, usernameChange: 'follow', createUsers: false };
    await start();
    await run();
    expect([statusOf('ada'), statusOf('lovelace'), methods()]).toEqual(['active', 'absent', []]);
  });

  it('a user who is deleted before it was followed is removed from the account that we managed', async () => {
    await start();
    await world.put(user, { kind: 'deleted' });
    expect((await run()).kind).toBe('changed');
    expect([statusOf('ada'), statusOf('lovelace')]).toEqual(['suspended', 'absent']);
  });

  it('two users that swap their names never write the account of the other', async () => {
    const bob = userNumber(2);
    world.options = { ...world.options, usernameChange: 'follow' };
    await world.want(user, ada({ 'Email 1': home }));
    await world.want(bob, ada({ 'Email 1': work }, { username: 'bob' }));
    await run();
    await run(bob);
    world.directory.calls.length = 0;
    await world.want(user, ada({ 'Email 1': home }, { username: 'bob' }));
    await world.want(bob, ada({ 'Email 1': work }, { username: 'ada' }));
    for (const who of [user, bob, user, bob]) {
      await expect(run(who)).rejects.toMatchObject({ reason: 'account-owned-by-another' });
    }
    expect(methods()).toEqual([]);
  });
});

it('P9: who leaves the scope of the connection is removed like a leaver', async () => {
  await world.has({ 'Email 1': home });
  await world.want(user, ada({ 'Email 1': home }));
  await run();
  const outcome = await reconcileUser(world.needsOutOfScope(), user, world.context());
  expect(outcome.steps).toMatchObject([{ kind: 'suspend-user', reason: 'gone-from-datastore', result: 'done' }]);
});
