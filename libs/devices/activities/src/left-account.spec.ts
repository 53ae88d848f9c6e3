// Accounts whose owner is gone, when their username comes again: who gets them, and that nothing of the owner opens them.
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { DeviceId, Outcome, UserRef } from '@tallystick/devices-domain';
import { ada, InMemoryWorld, userNumber, claimed } from '@tallystick/devices-testing';
import { reconcileUser } from './reconcile-user.ts';
import {
  answer as answerIn,
  as,
  asOne,
  asTwo,
  attempt,
  devicesOf,
  home,
  one,
  settled as settledIn,
  two,
} from './hand-over.fixture.ts';

let world: InMemoryWorld;
const run = (who: UserRef, number = 1): Promise<Outcome> => attempt(world, who, number);
const settled = (who: UserRef): Promise<Outcome> => settledIn(world, who);
const answer = (kind: 'approve' | 'reject', outcome: Outcome): Promise<void> => answerIn(world, kind, outcome);
const devices = (username: string): unknown[] => devicesOf(world, username);
const account = (username: string) => world.accountOf('org', username);

describe('an account whose owner was deleted, when its username comes again', () => {
  const phone = { type: 'iPhone', nickname: 'Ada’s phone' } as const;
  /** The first `ada` has left: her account is suspended, and has her devices still. */
  async function left(username = 'ada'): Promise<DeviceId> {
    await world.want(one, ada(asOne, { username }));
    await settled(one);
    const authenticator = world.directory.addForeignDevice(username, phone);
    await world.put(one, { kind: 'deleted' });
    expect((await settled(one)).steps).toMatchObject([{ kind: 'suspend-user' }]);
    world.directory.calls.length = 0;
    return authenticator;
  }
  beforeEach(() => {
    world = new InMemoryWorld();
  });

  it('is for the new one, and nothing of the former owner opens it: no managed device, and none that was their own', async () => {
    const authenticator = await left();
    await world.want(two, ada({ 'Voice Number 1': '+12025550124' }));
    expect((await settled(two)).kind).toBe('changed');
    expect(devices('ada')).toEqual(as({ 'Voice Number 1': '+12025550124' }));
    expect(world.directory.writes.some(({ device }) => device === authenticator)).toBe(true);
    // What the new one pairs is theirs.
    world.directory.addForeignDevice('ada', phone);
    world.directory.calls.length = 0;
    expect([(await settled(two)).kind, world.directory.writes]).toEqual(['in-sync', []]);
  });

  it('keeps a device of an address that the new one is to have: a person who is back under another key', async () => {
    await left();
    await world.want(two, ada(asOne));
    await settled(two);
    expect(devices('ada')).toEqual(as(asOne));
    expect(world.directory.writes.map(({ method }) => method)).toEqual(['activateUser', 'unpair']);
  });

  it('R25: counts as removals, so that keys that all change at once are for a person', async () => {
    await left();
    world.guardSettings = { ...world.guardSettings, removals: { atLeast: 2, share: 0, atMost: 2 } };
    await world.want(two, ada({}));
    expect(await settled(two)).toMatchObject({ kind: 'held', because: 'too-many-removals' });
    expect(world.directory.writes).toEqual([]);
  });

  it('is not forgotten when the new one is deleted before that, and comes back', async () => {
    await left();
    world.guardSettings = { ...world.guardSettings, removals: { atLeast: 2, share: 0, atMost: 2 } };
    await world.want(two, ada({}));
    expect((await settled(two)).kind).toBe('held');
    await world.put(two, { kind: 'deleted' });
    await settled(two);
    world.guardSettings = { ...world.guardSettings, enabled: false };
    await world.want(two, ada({}));
    expect([(await settled(two)).kind, devices('ada')]).toEqual(['changed', []]);
  });

  it('is for a person to give away where a connection leaves devices alone: they would stay', async () => {
    await left();
    world.options = { ...world.options, manageDevices: 'do-not-manage' };
    await world.want(two, ada({}));
    expect(await settled(two)).toMatchObject({ kind: 'held', because: 'account-owned-by-another' });
    expect(await world.store.ownerOf(account('ada'))).toEqual(one);
  });

  it('forgets nothing of that in a crash right after it changed hands', async () => {
    await left();
    await world.want(two, ada({}));
    const dies = (call: string): void => {
      if (call === 'store.handOver') throw new Error('the process dies');
    };
    await expect(reconcileUser(world.needs({ after: dies }), two, world.context())).rejects.toThrow('dies');
    await settled(two);
    expect(devices('ada')).toEqual([]);
  });

  it('P20: asks a person when they went on under another key and another username at once', async () => {
    await world.want(one, ada(asOne));
    await settled(one);
    await world.put(one, { kind: 'deleted', movedTo: two.user });
    const three = userNumber(3);
    await world.want(three, ada({}));
    await expect(run(three, 9)).rejects.toMatchObject({ reason: 'account-owned-by-another' }); // the other key has not come
    await world.want(two, ada(asTwo, { username: 'beth' }));
    expect([(await settled(two)).kind, (await settled(one)).kind]).toEqual(['changed', 'changed']);
    const held = await settled(three);
    expect(held).toMatchObject({ kind: 'held', findings: [{ kind: 'account-of-another-user', owner: one.user }] });
    await answer('approve', held);
    expect((await settled(three)).kind).toBe('changed');
    expect([devices('ada'), devices('beth')]).toEqual([[], as(asTwo)]);
  });
});

describe('an account whose owner’s connection was removed', () => {
  const owner = { ...userNumber(3), connection: 'staff' as UserRef['connection'] };
  const mobile = { 'SMS Number 1': '+12025550123' } as const;
  const attributes = { desired: JSON.stringify(ada(mobile)) };
  beforeEach(async () => {
    world = new InMemoryWorld();
    await world.has(mobile);
    world.directory.addForeignDevice('ada', { type: 'iPhone', nickname: 'Ada’s phone' });
    await world.put(owner, { kind: 'record', attributes });
    await claimed(world.store, owner, account('ada'));
  });

  it('goes to the user of whom the records say the same in every column, with all devices', async () => {
    world.removed.add('staff');
    await world.want(one, ada(mobile));
    expect((await settled(one)).kind).toBe('in-sync');
    expect([await world.store.ownerOf(account('ada')), world.directory.writes]).toEqual([one, []]);
  });

  it('is closed when that user has left the scope meanwhile', async () => {
    world.removed.add('staff');
    await world.want(one, ada(mobile));
    const outside = world.needsOutOfScope();
    await expect(reconcileUser(outside, one, world.context())).rejects.toMatchObject({ reason: 'waiting-for-visibility' });
    expect((await reconcileUser(outside, one, world.context())).steps).toMatchObject([{ kind: 'suspend-user' }]);
  });

  it('goes to anybody else of that username without a device of its owner, and to no leaver', async () => {
    world.removed.add('staff');
    await world.want(one, ada({ 'Email 1': home }));
    await world.put(two, { kind: 'record', attributes: { desired: JSON.stringify(ada()) } });
    await world.put(two, { kind: 'deleted' });
    expect(await run(two)).toMatchObject({ kind: 'not-planned', because: 'account-owned-by-another' });
    expect((await settled(one)).kind).toBe('changed');
    expect(devices('ada')).toEqual(as({ 'Email 1': home }));
  });

  it('is nobody else’s while the connection is there, or nobody can tell', async () => {
    await world.want(one, ada(mobile));
    await expect(run(one, 9)).rejects.toMatchObject({ reason: 'account-owned-by-another' });
    const unreadable = { ...world.needs(), isRemoved: () => Promise.reject(new Error('the document can’t be read')) };
    await expect(reconcileUser(unreadable, one, world.context(9))).rejects.toThrow('read');
    expect(await world.store.ownerOf(account('ada'))).toEqual(owner);
  });
});
