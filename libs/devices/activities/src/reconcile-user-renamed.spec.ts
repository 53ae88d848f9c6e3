// Regressions: the username changes while something is under way (P20, `usernameChange: follow`, a directory that renames).
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { DirectoryFault, Outcome, ReconcileOptions } from '@tallystick/devices-domain';
import { ada, type CallGate, InMemoryWorld, pingIdManners, pingOneManners, userNumber } from '@tallystick/devices-testing';
import { dies } from './dying-process.fixture.ts';
import { reconcileUser } from './reconcile-user.ts';

const user = userNumber(1);
const [home, work, newest] = ['ada@home.example', 'ada@work.example', 'ada@new.example'];
let world: InMemoryWorld;
/** `ada` has what the datastore says, and a run of ours has said so. */
beforeEach(async () => {
  world = new InMemoryWorld({ manners: pingOneManners });
  options({ usernameChange: 'follow' });
  await wants(home);
  await run();
  world.clock += 60_000;
});

const run = (gate: CallGate = {}): Promise<Outcome> => reconcileUser(world.needs(gate), user, world.context());
const broken = async (when: 'before' | 'after', on: string): Promise<void> => {
  await expect(run(dies(when, on))).rejects.toThrow('dies');
  world.clock += 60_000; // whatever it made is listed by now
};
const wants = (email: string, username = 'ada', more: { readonly enabled?: boolean } = {}) =>
  world.want(user, ada({ 'Email 1': email }, { username, ...more }));
const options = (more: Partial<ReconcileOptions>) => (world.options = { ...world.options, ...more });
const adds = (username: string, nickname: string, address: string) =>
  world.directory.addForeignDevice(username, { type: 'Email', nickname, address: { kind: 'email', address } });
const others = (username: string) =>
  world.directory.put(username, { kind: 'present', status: 'active', profile: {}, devices: [] });
const refuses = (address: string) =>
  world.directory.configure({
    beforeCall: (call): DirectoryFault | undefined =>
      call.method === 'pair' && call.address?.kind === 'email' && call.address.address === address
        ? { kind: 'address-refused' }
        : undefined,
  });
const emails = (username: string) => {
  const seen = world.directory.peek(username);
  return seen.kind === 'present'
    ? seen.devices.flatMap(({ address }) => (address?.kind === 'email' ? [address.address] : []))
    : seen.kind;
};

describe('P20: an account that is renamed', () => {
  it('takes what was under way along: the device that waited for its unpair goes', async () => {
    options({ order: 'add-first' });
    await wants(work);
    await broken('before', 'directory.unpair');
    await wants(work, 'ada.l');
    await run();
    expect(emails('ada.l')).toEqual([work]);
  });

  it('gets its old value back when the new one is refused, though that was unpaired before', async () => {
    await wants(work);
    await broken('before', 'directory.pair');
    refuses(work);
    await wants(work, 'ada.l');
    await run();
    expect(emails('ada.l')).toEqual([home]);
  });

  it('so it does when the answer to the rename was lost', async () => {
    await wants(work);
    await broken('before', 'directory.pair');
    refuses(work);
    await wants(work, 'ada.l');
    await broken('after', 'directory.renameUser');
    await run();
    expect([emails('ada'), emails('ada.l')]).toEqual(['absent', [home]]);
  });

  it('so it does when the directory refused the rename at first', async () => {
    options({ order: 'add-first' });
    await wants(work);
    await broken('before', 'directory.unpair');
    world.directory.configure({
      beforeCall: ({ method }) => (method === 'renameUser' ? { kind: 'refused', code: '1' } : undefined),
    });
    await wants(work, 'ada.l');
    await run();
    world.directory.configure({ beforeCall: () => undefined });
    await wants(work, 'ada.l');
    await run();
    expect([emails('ada'), emails('ada.l')]).toEqual(['absent', [work]]);
  });

  it('so it does when the name goes back before', async () => {
    await wants(work);
    await broken('before', 'directory.pair');
    await wants(work, 'ada.l');
    await broken('before', 'directory.renameUser');
    refuses(work);
    await wants(work);
    await run();
    expect(emails('ada')).toEqual([home]);
  });

  it('is renamed once more when the name changes again, and leaves none behind', async () => {
    await wants(home, 'ada.l');
    await broken('after', 'directory.renameUser');
    await wants(home, 'ada.m');
    await run();
    await run();
    expect([emails('ada'), emails('ada.l'), emails('ada.m')]).toEqual(['absent', 'absent', [home]]);
  });

  it('is found when the name goes back, and the answer to the rename was lost', async () => {
    await wants(home, 'ada.l');
    await broken('after', 'directory.renameUser');
    await wants(home);
    await run();
    expect([emails('ada'), emails('ada.l')]).toEqual([[home], 'absent']);
  });

  it('is another one when the new name is taken: nothing of what was under way is about it', async () => {
    await wants(work);
    await broken('before', 'directory.pair');
    others('ada.l');
    adds('ada.l', 'Theirs', work);
    refuses(newest);
    await wants(newest, 'ada.l');
    await run();
    expect(emails('ada.l')).toEqual([work]);
  });
});

describe('what was under way at an account that the name meant only for a moment', () => {
  it('gives nobody an address of that account', async () => {
    others('linked');
    adds('linked', 'Email 1', 'stranger@example.com');
    await wants(work, 'linked');
    await broken('before', 'directory.pair');
    refuses(newest);
    await wants(newest, 'ada.l');
    await run();
    expect(emails('ada.l')).toEqual([home]);
  });

  it('takes no device of the user’s own', async () => {
    for (const order of ['remove-first', 'add-first'] as const) {
      world = new InMemoryWorld({ manners: pingOneManners });
      options({ usernameChange: 'follow', order });
      await wants(home);
      await run();
      adds('ada', 'My mail', work);
      world.clock += 60_000;
      others('linked');
      await wants(work, 'linked');
      await broken('before', 'directory.pair');
      await wants(newest, 'ada.l');
      await run();
      expect([order, emails('ada.l')]).toEqual([order, expect.arrayContaining([work, newest])]);
      expect(emails('ada.l')).toHaveLength(2);
    }
  });
});

describe('P20: a rename whose answer was lost, when the datastore has something else to say', () => {
  const status = (username: string) => {
    const seen = world.directory.peek(username);
    return seen.kind === 'present' ? seen.status : seen.kind;
  };
  const lost = async () => {
    await wants(home, 'ada.l');
    await broken('after', 'directory.renameUser');
  };

  it.each(['disable', 'delete'] as const)('P24: who was deleted can not sign in any more (%s)', async (removeAction) => {
    options({ disableUsers: true, removeAction });
    await lost();
    await world.put(user, { kind: 'deleted' });
    await run();
    expect([status('ada'), status('ada.l')]).toEqual(['absent', removeAction === 'delete' ? 'absent' : 'suspended']);
  });

  it.each(['ada', 'ada.m'])('P24: nor who was disabled, and is called %s', async (username) => {
    options({ disableUsers: true, removeAction: 'disable', provisionDisabledUsers: false });
    await lost();
    await wants(home, username, { enabled: false });
    await run();
    expect(['ada', 'ada.l', 'ada.m'].filter((name) => status(name) === 'active')).toEqual([]);
  });

  it('leaves no account behind when the next name is another account already', async () => {
    await lost();
    others('ada.m');
    options({ disableUsers: true, removeAction: 'disable' });
    await wants(home, 'ada.m');
    await run();
    expect([status('ada'), status('ada.l'), status('ada.m')]).toEqual(['absent', 'suspended', 'active']);
  });

  it('makes no second account when the next rename is refused once', async () => {
    await lost();
    world.directory.configure({
      beforeCall: ({ method }) => (method === 'renameUser' ? { kind: 'refused', code: '1' } : undefined),
    });
    await wants(home, 'ada.m');
    await run();
    world.directory.configure({ beforeCall: () => undefined });
    await wants(home, 'ada.m');
    await run();
    expect([status('ada'), status('ada.l'), status('ada.m')]).toEqual(['absent', 'absent', 'active']);
  });

  it.each(['stays', 'is deleted', 'gets another name'])(
    'leaves alone an account that somebody made by hand under the old name, when the person %s',
    async (what) => {
      options({ disableUsers: true, removeAction: 'delete' });
      await lost();
      others('ada');
      if (what === 'is deleted') await world.put(user, { kind: 'deleted' });
      else await wants(home, what === 'stays' ? 'ada.l' : 'ada.m');
      await run();
      await run();
      expect([status('ada'), emails('ada')]).toEqual(['active', []]);
      const theirs = { stays: 'ada.l', 'gets another name': 'ada.m' }[what];
      expect(['ada.l', 'ada.m'].filter((name) => status(name) === 'active')).toEqual(theirs ? [theirs] : []);
    },
  );

  it('does not take an account that another user has by now', async () => {
    const other = userNumber(2);
    await lost();
    await world.store.releaseAccount(user, (await world.store.begin(user)).fence, world.accountOf('org', 'ada.l'));
    await world.want(other, ada({ 'Email 1': 'other@example.com' }, { username: 'ada.l' }));
    await reconcileUser(world.needs(), other, world.context());
    await wants(home, 'ada.m');
    await run();
    expect(emails('ada.l')).toContain('other@example.com');
    expect(await world.store.ownerOf(world.accountOf('org', 'ada.l'))).toEqual(other);
  });

  it('mixes nothing of it with a third account', async () => {
    for (const next of [newest, work]) {
      world = new InMemoryWorld({ manners: pingOneManners });
      options({ usernameChange: 'follow' });
      await wants(home);
      await run();
      world.clock += 60_000;
      await wants(work);
      await broken('before', 'directory.pair');
      await wants(work, 'ada.l');
      await broken('after', 'directory.renameUser');
      others('ada.m');
      adds('ada.m', 'Theirs', 'theirs@example.com');
      refuses(next);
      await wants(next, 'ada.m');
      await run();
      expect([next, emails('ada.m')]).toEqual([next, ['theirs@example.com']]);
    }
  });

  it('says nothing of another rename that finds its name taken', async () => {
    await wants(work);
    await broken('before', 'directory.pair');
    await wants(work, 'ada.l');
    await broken('before', 'directory.pair');
    world.directory.configure({ beforeCall: ({ method }) => (method === 'renameUser' ? { kind: 'already-exists' } : undefined) });
    options({ disableUsers: true, removeAction: 'disable' });
    await wants(work, 'ada.m');
    await run().catch(() => undefined);
    world.directory.configure({ beforeCall: () => undefined });
    await run();
    expect(['ada', 'ada.l', 'ada.m'].filter((name) => status(name) === 'active')).toEqual(['ada.m']);
  });
});

describe('R5: an account that was made for a name that the person does not have any more', () => {
  const status = (username: string) => {
    const seen = world.directory.peek(username);
    return seen.kind === 'present' ? seen.status : seen.kind;
  };
  const active = () => ['ada', 'ada.l', 'ada.m'].filter((name) => status(name) === 'active');
  const manners = { renames: pingOneManners, 'does not rename': pingIdManners };
  const places = Object.keys(manners) as (keyof typeof manners)[];
  const unknown = (place: keyof typeof manners, more: Partial<ReconcileOptions> = {}) => {
    world = new InMemoryWorld({ manners: manners[place] });
    options({ usernameChange: 'follow', disableUsers: true, removeAction: 'disable', ...more });
  };
  const writes = { renames: ['createUser', 'pair'], 'does not rename': ['createUser', 'pair', 'nameDevice'] };
  const breaks = places.flatMap((place) =>
    writes[place].flatMap((on) => [[place, 'before', on] as const, [place, 'after', on] as const]),
  );

  it.each(breaks)('is closed, and nothing else is: a directory that %s, broken off %s %s', async (place, when, on) => {
    unknown(place);
    await wants(home);
    await broken(when, `directory.${on}`);
    await wants(home, 'ada.l');
    await run();
    expect([active(), emails('ada.l')]).toEqual([['ada.l'], [home]]);
    await expect(world.store.ownerOf(world.accountOf('org', 'ada.l'))).resolves.toEqual(user);
  });

  it.each(places)('so are two, at a directory that %s', async (place) => {
    unknown(place);
    await wants(home);
    await broken('after', 'directory.pair');
    await wants(work, 'ada.l');
    await broken('after', 'directory.pair');
    await wants(newest, 'ada.m');
    await run();
    expect([active(), emails('ada.m')]).toEqual([['ada.m'], [newest]]);
  });

  it.each(places)('so is the one that a finished run had left, at a directory that %s', async (place) => {
    unknown(place);
    await wants(home);
    await run();
    await wants(work, 'ada.l');
    await broken('after', 'directory.pair');
    await wants(newest, 'ada.m');
    await run();
    expect([active(), emails('ada.m')]).toEqual([['ada.m'], [newest]]);
  });

  it('gets the new name where accounts are renamed, with what the person has put there', async () => {
    unknown('renames');
    await wants(home);
    await broken('after', 'directory.pair');
    adds('ada', 'My mail', work);
    world.clock += 60_000;
    await wants(home, 'ada.l');
    await run();
    expect([emails('ada'), emails('ada.l')]).toEqual(['absent', expect.arrayContaining([home, work])]);
    expect(emails('ada.l')).toHaveLength(2);
  });

  it('is closed as well when it was not made, but activated', async () => {
    unknown('does not rename');
    await wants(home);
    await run();
    await world.put(user, { kind: 'deleted' });
    await run();
    await wants(home);
    await broken('after', 'directory.activateUser');
    await wants(home, 'ada.l');
    await run();
    expect(active()).toEqual(['ada.l']);
  });

  it.each(breaks)('is closed when they are deleted: a directory that %s, broken off %s %s', async (place, when, on) => {
    for (const usernameChange of ['follow', 'report'] as const)
      for (const end of ['deleted', 'renamed and deleted', 'renamed and disabled'] as const) {
        unknown(place, { usernameChange });
        await wants(home);
        await broken(when, `directory.${on}`);
        if (end === 'deleted') await world.put(user, { kind: 'deleted' });
        else await wants(home, 'ada.l', { enabled: end !== 'renamed and disabled' });
        if (end === 'renamed and deleted') await world.put(user, { kind: 'deleted' });
        await run();
        // Where renames are only reported, somebody living has the account of their name, and no other is touched.
        if (end !== 'renamed and disabled' || usernameChange === 'follow')
          expect([usernameChange, end, active()]).toEqual([usernameChange, end, []]);
      }
  });

  it('is not closed when it was there before, for it may be somebody’s', async () => {
    unknown('does not rename');
    others('ada');
    await wants(home);
    await broken('after', 'directory.pair');
    await wants(home, 'ada.l');
    await run();
    expect(active()).toEqual(['ada', 'ada.l']);
  });

  it('nor when it turns out at its making that it was there', async () => {
    unknown('does not rename');
    await wants(home);
    world.directory.configure({
      beforeCall: ({ method }) => {
        if (method === 'createUser') others('ada');
        return undefined;
      },
    });
    await broken('before', 'directory.pair');
    await wants(home, 'ada.l');
    world.directory.configure({ beforeCall: () => undefined });
    await run();
    expect(active()).toEqual(['ada', 'ada.l']);
  });

  it('nor when another user has it by now', async () => {
    const other = userNumber(2);
    unknown('does not rename');
    await wants(home);
    await broken('after', 'directory.pair');
    await world.store.releaseAccount(user, (await world.store.begin(user)).fence, world.accountOf('org', 'ada'));
    await world.want(other, ada({ 'Email 1': 'other@example.com' }));
    await reconcileUser(world.needs(), other, world.context());
    await wants(home, 'ada.l');
    await run();
    expect(active()).toEqual(['ada', 'ada.l']);
  });

  it('is closed by a later run when a person had to be asked, and then it is known where the person is', async () => {
    unknown('does not rename');
    await wants(home);
    await run();
    await wants(home, 'ada.l');
    world.directory.configure({
      beforeCall: ({ method }) => (method === 'suspendUser' ? { kind: 'refused', code: '1' } : undefined),
    });
    await run();
    expect(active()).toEqual(['ada', 'ada.l']);
    world.directory.configure({ beforeCall: () => undefined });
    await wants(home, 'ada.m');
    await run();
    expect(active()).toEqual(['ada.m']);
  });
});

describe('P24: who is disabled and has a name that is somebody else’s', () => {
  const other = userNumber(2);
  const theirs = async () => {
    await world.want(other, ada({ 'Email 1': 'other@example.com' }, { username: 'ada.l' }));
    await reconcileUser(world.needs(), other, world.context());
  };

  it('can not sign in any more, and nobody is asked for that account', async () => {
    options({ disableUsers: true, removeAction: 'disable' });
    await theirs();
    await wants(home, 'ada.l', { enabled: false });
    expect(await run()).toMatchObject({ kind: 'changed' });
    expect(world.directory.peek('ada')).toMatchObject({ status: 'suspended' });
    expect(world.directory.peek('ada.l')).toMatchObject({ status: 'active' });
    expect(emails('ada.l')).toEqual(['other@example.com']);
    expect(await run()).toMatchObject({ kind: 'in-sync' });
  });

  it('has their own account again when they come back, under a name that is theirs', async () => {
    options({ disableUsers: true, removeAction: 'disable' });
    await theirs();
    await wants(home, 'ada.l', { enabled: false });
    await run();
    await wants(home, 'ada.m');
    await run();
    expect([emails('ada'), emails('ada.m')]).toEqual(['absent', [home]]);
  });
});

describe('P24: who is disabled and renamed in one record', () => {
  it('can not sign in any more, and has the account under the new name when they come back', async () => {
    options({ disableUsers: true, removeAction: 'disable', provisionDisabledUsers: false });
    await wants(home, 'ada.l', { enabled: false });
    await run();
    expect(world.directory.peek('ada')).toMatchObject({ status: 'suspended' });
    await wants(home, 'ada.l');
    await run();
    expect([emails('ada'), world.directory.peek('ada.l')]).toMatchObject(['absent', { kind: 'present', status: 'active' }]);
    expect(emails('ada.l')).toEqual([home]);
  });

  it('is gone where leavers are deleted', async () => {
    options({ disableUsers: true, removeAction: 'delete' });
    await wants(home, 'ada.l', { enabled: false });
    await run();
    expect([emails('ada'), emails('ada.l')]).toEqual(['absent', 'absent']);
  });
});
