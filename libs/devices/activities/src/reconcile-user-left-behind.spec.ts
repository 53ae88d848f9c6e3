// Regressions: accounts that a changed username, another key or a hand-over leaves behind (P20, P24, R23, ADR 5.13).
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { DirectoryFault, ReconcileOptions, UserHash, UserRef } from '@tallystick/devices-domain';
import { ada, InMemoryWorld, pingIdManners, pingOneManners, userNumber } from '@tallystick/devices-testing';
import { dies } from './dying-process.fixture.ts';
import { answer } from './hand-over.fixture.ts';
import { reconcileUser } from './reconcile-user.ts';
import { storiesOf } from './user-stories.fixture.ts';

const [user, other, third, fourth] = [userNumber(1), userNumber(2), userNumber(3), userNumber(4)];
const home = 'ada@home.example';
let world: InMemoryWorld;
const { options, run, broken, status, has, active, settled, gone, obeys } = storiesOf(() => world);
const wants = (email: string, username = 'ada', more: { readonly enabled?: boolean } = {}, who: UserRef = user) =>
  world.want(who, ada({ 'Email 1': email }, { username, ...more }));
const others = (username: string, status: 'active' | 'suspended' | 'locked' = 'active') =>
  world.directory.put(username, { kind: 'present', status, profile: {}, devices: [] });
const phone = (username: string, nickname = 'Mine') => world.directory.addForeignDevice(username, { type: 'iPhone', nickname });
const moves = (who: UserRef, to: UserHash) => world.put(who, { kind: 'deleted', movedTo: to } as never);
const refuses = (method: string, fault: DirectoryFault = { kind: 'refused', code: '1' }) =>
  world.directory.configure({ beforeCall: (call) => (call.method === method ? fault : undefined) });

describe.each([
  ['renames', pingOneManners],
  ['does not rename', pingIdManners],
] as const)('at a directory that %s', (_, manners) => {
  const fresh = (more: Partial<ReconcileOptions> = {}) => {
    world = new InMemoryWorld({ manners });
    options({ usernameChange: 'follow', disableUsers: true, removeAction: 'disable', ...more });
  };
  beforeEach(() => fresh());

  /** `ada.l` was another person's, who was deleted; it is this user's now, and nothing was done to it yet. */
  const leftToUs = async ({ phones = ['Theirs'] } = {}) => {
    await wants('other@example.com', 'ada.l', {}, other);
    await settled(other);
    for (const name of phones) phone('ada.l', name);
    await gone(other);
    await settled(other);
    await wants(home, 'ada.l');
    await expect(run()).rejects.toMatchObject({ reason: 'waiting-for-visibility' });
    world.clock += 60_000;
  };

  describe('P20, P24: an account that was handed over', () => {
    /** Another person has `ada.l`, with a phone. */
    const theirs = async () => {
      await wants('other@example.com', 'ada.l', {}, other);
      await settled(other);
      phone('ada.l', 'Theirs');
    };
    /** `ada.l` is this user's, who had `ada`, and nothing was done to it yet. */
    const handedOver = async () => {
      await theirs();
      await wants(home);
      await settled();
      await wants('other@example.com', 'oscar', {}, other);
      await wants(home, 'ada.l');
      await answer(world, 'approve', await settled());
      await expect(run()).rejects.toMatchObject({ reason: 'waiting-for-visibility' });
      world.clock += 60_000;
    };

    it('does not keep its former owner’s devices when the name goes back and comes again', async () => {
      await handedOver();
      await wants(home);
      await settled();
      await wants(home, 'ada.l');
      await settled();
      expect([status('ada.l'), has('ada.l')]).toEqual(['active', ['Email 1']]);
    });

    it('nor when the owner was deleted, and nobody was asked', async () => {
      await theirs();
      await gone(other);
      await settled(other);
      await wants(home, 'ada.l');
      await expect(run()).rejects.toMatchObject({ reason: 'waiting-for-visibility' });
      world.clock += 60_000;
      await wants(home, 'ada.m');
      await broken('after', manners.renamesUsers ? 'directory.renameUser' : 'directory.createUser');
      await wants(home, 'ada.l');
      await settled();
      expect([active(), has('ada.l')]).toEqual([['ada.l'], ['Email 1']]);
    });

    it.each(['deleted', 'renamed'] as const)(
      'is closed as well when its new owner is %s before it was made theirs',
      async (next) => {
        await handedOver();
        if (next === 'deleted') await gone();
        else await wants(home, 'ada.m');
        await settled();
        expect(active()).toEqual(next === 'deleted' ? [] : ['ada.m']);
      },
    );

    it('does not keep the former account of somebody disabled open', async () => {
      await theirs();
      await gone(other);
      await settled(other);
      await wants(home);
      await settled();
      await wants(home, 'ada.l', { enabled: false });
      await settled();
      expect(active()).toEqual([]);
    });

    it('is closed by the run after it where devices are left alone, when nobody has taken it', async () => {
      await wants(home);
      await settled();
      options({ manageDevices: 'do-not-manage' });
      await handedOver();
      await settled();
      expect(active()).toEqual(['ada', 'ada.l']);
      await settled();
      await settled();
      expect(active()).toEqual(['ada.l']);
    });

    it.each(['disabled', 'deleted'] as const)('nor of somebody %s where devices are left alone', async (end) => {
      options({ manageDevices: 'do-not-manage' });
      await handedOver();
      await settled();
      if (end === 'disabled') await wants(home, 'ada.l', { enabled: false });
      else await gone();
      await settled();
      expect(active()).toEqual([]);
    });
  });

  describe('R23: a person who goes on under another key', () => {
    it('leaves no account behind that an unfinished run had made', async () => {
      await wants(home);
      await broken('after', 'directory.pair');
      await wants(home, 'ada.l');
      await moves(user, third.user);
      await wants(home, 'ada.l', {}, third);
      await settled();
      await settled(third);
      expect(active()).toEqual(['ada.l']);
      expect(await settled()).toMatchObject({ kind: 'not-planned', because: 'moved' });
    });

    it('nor one that could not be closed before', async () => {
      await wants(home);
      await settled();
      await wants(home, 'ada.l');
      others('ada.l');
      refuses('suspendUser');
      await settled();
      obeys();
      await moves(user, third.user);
      await wants(home, 'ada.l', {}, third);
      await settled();
      await settled(third);
      expect(active()).toEqual(['ada.l']);
    });

    it('keeps the account that they go on with, though the old key had begun it', async () => {
      options({ removeAction: 'delete' });
      await wants(home);
      await settled();
      others('ada.l');
      await wants(home, 'ada.l');
      refuses('deleteUser');
      await settled();
      obeys();
      phone('ada.l');
      await moves(user, third.user);
      await wants(home, 'ada.l', {}, third);
      await settled();
      await settled(third);
      expect([active(), [...has('ada.l')].sort()]).toEqual([['ada.l'], ['Email 1', 'Mine']]);
    });

    it('P24: leaves no account behind when that key is deleted, and has another name', async () => {
      await wants(home);
      await settled();
      await moves(user, third.user);
      await wants(home, 'ada.l', {}, third);
      await gone(third);
      await settled();
      await settled(third);
      expect(active()).toEqual([]);
    });

    it('nor over two keys', async () => {
      await wants(home);
      await settled();
      await moves(user, third.user);
      await wants(home, 'ada.l', {}, third);
      await moves(third, fourth.user);
      await wants(home, 'ada.l', {}, fourth);
      for (const who of [user, third, fourth]) await settled(who);
      expect(active()).toEqual(['ada.l']);
    });

    it('nor there and back', async () => {
      await wants(home);
      await settled();
      await moves(user, third.user);
      await wants(home, 'ada', {}, third);
      await settled();
      await settled(third);
      await moves(third, user.user);
      await wants(home, 'ada.l');
      await settled();
      await settled(third);
      expect(active()).toEqual(['ada.l']);
    });
  });

  describe('P20: the account before', () => {
    it.each([
      ['is suspended and may not be updated', 'suspended', { updateUsers: false }],
      ['has no devices and may not be updated', 'active', { updateUsers: false }],
      ['is locked', 'locked', {}],
    ] as const)('stays open when the new one %s', async (__, state, more) => {
      await wants(home);
      await settled();
      options(more);
      others('ada.l', state);
      await wants(home, 'ada.l');
      await settled();
      expect(active()).toContain('ada');
    });

    it.each(['finished', 'not finished'] as const)(
      'P23, P24: is not forgotten where nobody is removed for a while (%s)',
      async (how) => {
        await wants(home);
        if (how === 'finished') {
          await settled();
          others('ada.l');
        } else await broken('after', 'directory.pair');
        if (how === 'not finished') others('ada.l');
        options({ disableUsers: false });
        await wants(home, 'ada.l');
        await settled();
        options({ disableUsers: true });
        await gone();
        await settled();
        expect(active()).toEqual([]);
      },
    );

    it('is asked for by itself: who approved that one account is deleted has approved nothing of another', async () => {
      options({ removeAction: 'delete' });
      world.guardSettings = { ...world.guardSettings, deletions: { atLeast: 0, share: 0, atMost: 0 } };
      await wants(home);
      await broken('after', 'directory.pair');
      options({ usernameChange: 'report' });
      await wants(home, 'ada.l');
      await broken('after', 'directory.pair');
      options({ usernameChange: 'follow' });
      await gone();
      await answer(world, 'approve', await settled());
      expect(await settled()).toMatchObject({ kind: 'held' });
      expect(active()).toHaveLength(1);
    });
  });

  describe('R5: an account that was not made', () => {
    it('A13: is made when the name comes back, also where a missing one is reported', async () => {
      options({ missingAccount: 'report' });
      await wants(home);
      await broken('before', 'directory.createUser');
      others('ada.l');
      await wants(home, 'ada.l');
      await broken('before', 'directory.pair');
      await wants(home);
      await settled();
      expect(active()).toContain('ada');
    });

    it('is not closed when somebody else makes it: the budget had refused us, and nothing was announced', async () => {
      await wants(home);
      const needs = world.needs();
      let asked = 0;
      const acquire: typeof needs.budget.acquire = (...about) => {
        asked += 1;
        if (asked < 2) return needs.budget.acquire(...about);
        return Promise.resolve({ kind: 'quarantined', why: 'credentials-refused', until: (world.clock + 60_000) as never });
      };
      const budget = Object.assign(Object.create(needs.budget) as typeof needs.budget, {
        acquire,
        done: (...about: Parameters<typeof needs.budget.done>) => needs.budget.done(...about),
      });
      expect(await reconcileUser({ ...needs, budget }, user, world.context())).toMatchObject({ kind: 'quarantined' });
      world.clock += 3_600_000;
      others('ada');
      phone('ada', 'Theirs');
      await wants(home, 'ada.l');
      await settled();
      expect([active(), has('ada')]).toEqual([['ada', 'ada.l'], ['Theirs']]);
    });

    it('nor is one deleted or renamed that was to be activated, and was not', async () => {
      options({ removeAction: 'delete' });
      others('ada', 'suspended');
      phone('ada', 'Theirs');
      await wants(home);
      refuses('activateUser', { kind: 'unavailable' });
      await run().catch(() => undefined);
      obeys();
      await wants(home, 'ada.l');
      await settled();
      expect([status('ada'), has('ada'), active()]).toEqual(['suspended', ['Theirs'], ['ada.l']]);
    });
  });

  describe('R23: an account that another key of the person had', () => {
    it.each(['renamed', 'disabled', 'deleted'] as const)(
      'is known as soon as it is claimed: the person is %s then',
      async (next) => {
        await wants(home);
        await settled();
        await moves(user, third.user);
        await wants(home, 'ada', {}, third);
        refuses('observe', { kind: 'unavailable' });
        await run({}, third).catch(() => undefined);
        obeys();
        await wants(home, 'ada.l', { enabled: next !== 'disabled' }, third);
        if (next === 'deleted') await gone(third);
        await settled();
        await settled(third);
        expect(active()).toEqual(next === 'renamed' ? ['ada.l'] : []);
      },
    );

    it('is not forgotten by that key before this one has it', async () => {
      await wants(home);
      await settled();
      others('ada.l');
      await wants(home, 'ada.l');
      refuses('suspendUser');
      await settled();
      obeys();
      await moves(user, third.user);
      await wants(home, 'ada', {}, third);
      await settled();
      await wants(home, 'ada.m', {}, third);
      await settled(third);
      await settled();
      expect(active()).toEqual(['ada.m']);
    });

    it.each(['at once', 'after an attempt that dies', 'after an unpair that was refused'] as const)(
      'that was handed over to that key does not keep its former owner’s devices: %s',
      async (when) => {
        await leftToUs();
        if (when === 'after an unpair that was refused') {
          refuses('unpair');
          await settled();
          obeys();
        }
        await moves(user, third.user);
        await wants(home, 'ada.l', {}, third);
        if (when === 'after an attempt that dies')
          await expect(run(dies('after', 'store.claimAccount'), third)).rejects.toThrow('dies');
        await settled(third);
        expect(has('ada.l')).toEqual(['Email 1']);
      },
    );

    it('gets the name of its device, whose pairing that key had not finished', async () => {
      await wants(home);
      await broken('after', 'directory.pair');
      await moves(user, third.user);
      await wants(home, 'ada', {}, third);
      await settled(third);
      expect(has('ada')).toEqual(['Email 1']);
    });

    it.each(['claimed', 'activated'] as const)('that key had only %s is not closed when the name changes', async (how) => {
      options({ removeAction: 'delete' });
      others('ada', how === 'activated' ? 'suspended' : 'active');
      phone('ada', 'Theirs');
      await wants(home);
      refuses(how === 'activated' ? 'activateUser' : 'observe', { kind: 'unavailable' });
      await run().catch(() => undefined);
      await moves(user, third.user);
      await wants(home, 'ada', {}, third);
      refuses('observe', { kind: 'unavailable' });
      await run({}, third).catch(() => undefined);
      obeys();
      await wants(home, 'ada.l', {}, third);
      await settled(third);
      expect([status('ada'), has('ada')]).toEqual([how === 'activated' ? 'suspended' : 'active', ['Theirs']]);
    });

    it.each(['three keys', 'there and back'] as const)(
      'that was handed over keeps no device of its former owner, over %s, none of which finishes',
      async (how) => {
        await leftToUs();
        await moves(user, third.user);
        await wants(home, 'ada.l', {}, third);
        await expect(run(dies('after', 'store.claimAccount'), third)).rejects.toThrow('dies');
        const last = how === 'three keys' ? fourth : user;
        await moves(third, last.user);
        await wants(home, 'ada.l', {}, last);
        await settled(last);
        expect(has('ada.l')).toEqual(['Email 1']);
      },
    );

    it('that was handed over, and claimed by a process that died, is known under the next name too', async () => {
      await leftToUs();
      await moves(user, third.user);
      await wants(home, 'ada.l', {}, third);
      await expect(run(dies('after', 'store.claimAccount'), third)).rejects.toThrow('dies');
      await wants(home, 'ada.m', {}, third);
      await settled(third);
      expect([active(), has('ada.m')]).toEqual([['ada.m'], ['Email 1']]);
      await wants(home, 'ada.l', {}, third);
      await settled(third);
      expect(has('ada.l')).toEqual(['Email 1']);
    });

    it('is known after a quarantine in the middle of the claim', async () => {
      await wants(home);
      await settled();
      await moves(user, third.user);
      await wants(home, 'ada', {}, third);
      refuses('observe', { kind: 'credentials-refused' });
      expect(await run({}, third)).toMatchObject({ kind: 'quarantined' });
      obeys();
      world.clock += 3_600_000;
      await wants(home, 'ada.l', {}, third);
      await settled(third);
      expect(active()).toEqual(['ada.l']);
    });

    it('keeps the devices that the person has put there since, when the key goes back', async () => {
      await leftToUs({ phones: [] });
      await moves(user, third.user);
      await wants(home, 'ada.l', {}, third);
      await settled(third);
      phone('ada.l');
      await moves(third, user.user);
      await wants(home, 'ada.l');
      await settled();
      expect(has('ada.l')).toContain('Mine');
    });

    it('A13: is made again where a missing one is reported, when it was deleted under that key', async () => {
      await wants(home);
      await settled();
      await moves(user, third.user);
      options({ removeAction: 'delete', missingAccount: 'report' });
      await wants(home, 'ada', { enabled: false }, third);
      await settled(third);
      await moves(third, user.user);
      await wants(home);
      await settled();
      expect(active()).toEqual(['ada']);
    });
  });

  describe('P24: an account that is known though its run could not do all', () => {
    it.each(['approve', 'reject'] as const)(
      'is closed later, when closing the one before waited for a person (%s)',
      async (kind) => {
        world.guardSettings = { ...world.guardSettings, suspensions: { atLeast: 0, share: 0, atMost: 0 } };
        await wants(home);
        await settled();
        others('ada.l');
        await wants(home, 'ada.l');
        const held = await settled();
        expect(held).toMatchObject({ kind: 'held' });
        await answer(world, kind, held);
        world.guardSettings = { ...world.guardSettings, enabled: false };
        await gone();
        await settled();
        expect(active()).toEqual([]);
      },
    );

    it.each(['follow', 'report'] as const)('is closed when nobody was removed for a while (%s)', async (usernameChange) => {
      options({ usernameChange });
      await wants(home);
      await settled();
      await wants(home, 'ada.l');
      await gone();
      options({ disableUsers: false });
      await settled();
      options({ disableUsers: true });
      await settled();
      expect(active()).toEqual([]);
    });

    it.each([
      ['disabled, and has none under that name', { provisionDisabledUsers: false }, false],
      ['not to have one made', { createUsers: false }, true],
    ] as const)('is told of, and known, where names are only reported: the person is %s', async (__, more, enabled) => {
      options({ usernameChange: 'report' });
      await wants(home);
      await settled();
      options(more);
      await wants(home, 'ada.l', { enabled });
      expect((await settled()).findings).toContainEqual({ kind: 'username-changed' });
      await gone();
      await settled();
      expect(active()).toEqual([]);
    });

    it('is not given up for one that has no device, though the one before had got some', async () => {
      await wants(home);
      await broken('before', 'outcomes.publish');
      world.directory.put('ada.l', { kind: 'present', status: 'pending', profile: {}, devices: [] });
      await world.want(user, ada({}, { username: 'ada.l' }));
      await settled();
      expect(active()).toEqual(['ada']);
    });
  });

  it('P20: what the person has put at an unfinished account comes along though they wait for another one’s in between', async () => {
    await wants('other@example.com', 'ada.l', {}, other);
    await settled(other);
    await wants(home);
    await broken('after', 'directory.pair');
    phone('ada');
    await wants(home, 'ada.l');
    await expect(run()).rejects.toMatchObject({ reason: 'account-owned-by-another' });
    await wants(home, 'ada.m');
    await settled();
    expect(active()).toEqual(['ada.l', 'ada.m']);
    if (manners.renamesUsers) expect(has('ada.m')).toContain('Mine');
  });

  it('P21: a name under which nobody may be made is given up when its user has another one, though runs have finished', async () => {
    options({ createUsers: false });
    await wants(home);
    await settled();
    await wants(home, 'ada.l');
    await settled();
    const owners = await Promise.all(['ada', 'ada.l'].map((name) => world.store.ownerOf(world.accountOf('org', name))));
    expect(owners).toEqual([undefined, user]);
  });

  it('R23: a name that was claimed and never used is anybody’s: whoever comes with their own devices keeps them', async () => {
    await wants(home);
    await settled();
    await wants(home, 'ada.l');
    await broken('before', manners.renamesUsers ? 'directory.renameUser' : 'directory.createUser');
    await gone();
    await settled();
    others('ada.l');
    phone('ada.l', 'Theirs');
    await wants('other@example.com', 'ada.l', {}, other);
    await settled(other);
    expect(has('ada.l')).toContain('Theirs');
  });

  it('P24: a leaver has no account open after one run, whatever was begun', async () => {
    await wants(home);
    await broken('after', 'directory.createUser');
    others('ada.l');
    await wants(home, 'ada.l');
    await broken('after', 'directory.pair');
    await gone();
    await settled();
    expect(status('ada')).not.toBe('active');
  });

  it('P25: who is disabled and renamed in one record gets no second account that would stand in the way of the first', async () => {
    await wants(home);
    await settled();
    phone('ada');
    await wants(home, 'ada.l', { enabled: false });
    await settled();
    expect([status('ada'), status('ada.l')]).toEqual(['suspended', 'absent']);
    await wants(home, 'ada.l');
    await settled();
    expect(active()).toEqual(['ada.l']);
    if (manners.renamesUsers) expect(has('ada.l')).toContain('Mine');
  });
});

it('P20: a rename whose answer was lost is known of though the old name is another key’s account by now', async () => {
  world = new InMemoryWorld({ manners: pingOneManners });
  options({ usernameChange: 'follow', disableUsers: true, removeAction: 'disable' });
  await wants(home);
  await settled();
  await wants(home, 'ada.l');
  await broken('after', 'directory.renameUser');
  await moves(user, third.user);
  await wants(home, 'ada', {}, third);
  await settled(third);
  await settled();
  expect(active()).toEqual(['ada']);
});
