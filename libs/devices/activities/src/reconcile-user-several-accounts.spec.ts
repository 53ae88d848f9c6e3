// Regressions: what is approved, announced, claimed and closed where a person has more than one account, or an account more than one person (P20, R26).
import { beforeEach, describe, expect, it } from '@jest/globals';
import { type CallGate, InMemoryWorld, pingIdManners, pingOneManners, userNumber } from '@tallystick/devices-testing';
import { instant, ok } from '@tallystick/kernel-core';
import { dies } from './dying-process.fixture.ts';
import { answer } from './hand-over.fixture.ts';
import { reconcileUser } from './reconcile-user.ts';
import { names, storiesOf } from './user-stories.fixture.ts';

const [user, other, third] = [userNumber(1), userNumber(2), userNumber(3)];
const home = 'ada@home.example';
let world: InMemoryWorld;
const { options, run, broken, wants, others, status, has, active, settled, gone, moves, refuses, obeys } = storiesOf(() => world);

describe.each([
  ['renames', pingOneManners],
  ['does not rename', pingIdManners],
] as const)('at a directory that %s', (_, manners) => {
  beforeEach(() => {
    world = new InMemoryWorld({ manners });
    options({ usernameChange: 'follow', disableUsers: true, removeAction: 'disable' });
  });

  /** Two accounts of one person, made by runs that did not finish. */
  const twoAccounts = async (email?: string) => {
    const last = email === undefined ? 'directory.createUser' : 'directory.pair';
    await wants(email);
    await broken('after', last);
    options({ usernameChange: 'report' });
    await wants(email, 'ada.l');
    await broken('after', last);
    options({ usernameChange: 'follow' });
  };

  describe('R26: of two accounts without devices, which the same steps would close,', () => {
    const limit = (n: number) => ({ deletions: { atLeast: n, share: 0, atMost: n } });
    beforeEach(() => void options({ removeAction: 'delete' }));
    const left = () => names.filter((name) => status(name) !== 'absent');

    it('the approval of one is not one of the other', async () => {
      world.guardSettings = { ...world.guardSettings, ...limit(0) };
      await twoAccounts();
      await gone();
      await answer(world, 'approve', await settled());
      expect([await settled(), left().length]).toMatchObject([{ kind: 'held' }, 1]);
    });

    it('each takes a place in the window, and is noted', async () => {
      world.guardSettings = { ...world.guardSettings, ...limit(1) };
      await twoAccounts();
      await gone();
      expect([await settled(), left().length]).toMatchObject([{ kind: 'held' }, 1]);
      world.guardSettings = { ...world.guardSettings, ...limit(2) };
      const noted = () => world.audit.notes.filter(({ action, facts }) => action === 'apply-plan' && facts?.['steps'] === 'delete-user').length; // prettier-ignore
      expect(noted()).toBe(1);
      await settled();
      expect([left(), noted()]).toEqual([[], 2]);
    });
  });

  it('R26: who has rejected that one account is closed has said nothing of another one: it is asked for', async () => {
    world.guardSettings = { ...world.guardSettings, suspensions: { atLeast: 0, share: 0, atMost: 0 } };
    await twoAccounts(home);
    await gone();
    await answer(world, 'reject', await settled());
    const second = await settled();
    expect(second).toMatchObject({ kind: 'held', because: 'too-many-suspensions' });
    await answer(world, 'approve', second);
    expect([await settled(), active().length]).toMatchObject([{ kind: 'held', because: 'rejected-by-a-person' }, 1]);
  });

  describe('P20: a claim of which nothing came, for nothing was asked of the directory,', () => {
    const unasked = {
      'in quarantine': async () => {
        const needs = world.needs();
        let asked = 0;
        const acquire: typeof needs.budget.acquire = (...about) =>
          (asked += 1) === 1
            ? world.budget.acquire(...about)
            : Promise.resolve({ kind: 'quarantined', why: 'credentials-refused', until: instant(world.clock + 60_000) });
        const done: typeof needs.budget.done = (...about) => world.budget.done(...about);
        const state: typeof needs.budget.state = (...about) => world.budget.state(...about);
        return reconcileUser({ ...needs, budget: { ...needs.budget, acquire, done, state } }, user, world.context());
      },
      'as the worker stops': () => {
        let asked = 0;
        const gate: CallGate = { after: (call) => void (call === 'budget.acquire' && (asked += 1)) };
        return reconcileUser(world.needs(gate), user, { ...world.context(), cancelled: () => asked >= 2 });
      },
      'as every grant was too old': () =>
        run({ after: (call) => void (call === 'store.assertMayWrite' && (world.clock += 2_001)) }),
    };
    it.each(Object.keys(unasked) as (keyof typeof unasked)[])('is given up (%s)', async (why) => {
      await wants(home);
      await settled();
      others('ada.l');
      await wants(home, 'ada.l');
      const before = world.directory.writes.length;
      await unasked[why]().catch((error: Error) => expect(error.name).toBe('TryAgain'));
      expect(world.directory.writes.slice(before)).toEqual([]);
      world.clock += 3_600_000;
      await wants(home);
      await settled();
      expect(await world.store.ownerOf(world.accountOf('org', 'ada.l'))).toBeUndefined();
      await wants('other@example.com', 'ada.l', other);
      await settled(other);
      expect(has('ada.l')).toContain('Theirs');
    });
  });

  it.each(['an attempt that could not go on', 'a crash after the other account was closed'])(
    'P24: who is deleted after %s can not sign in with what was linked last either',
    async (how) => {
      options({ removeAction: 'delete' });
      await wants(home);
      await settled();
      world.directory.put('ada.l', { kind: 'present', status: 'active', profile: {}, devices: [] });
      await wants(home, 'ada.l');
      if (how.startsWith('an')) await broken('after', 'directory.pair');
      else await broken('before', 'outcomes.publish');
      await gone();
      const outcome = await settled();
      expect([outcome.kind, status('ada'), status('ada.l')]).toEqual(['changed', 'absent', 'absent']);
    },
  );

  it('P20: an account whose making the directory refused for our credentials, and that is there later, is somebody else’s', async () => {
    options({ removeAction: 'delete' });
    await wants(home);
    refuses('createUser', { kind: 'credentials-refused' });
    expect(await run()).toMatchObject({ kind: 'quarantined' });
    obeys();
    world.clock += 3_600_000;
    others('ada');
    await wants(home, 'ada.l');
    await settled();
    expect([active(), has('ada')]).toEqual([['ada', 'ada.l'], ['Theirs']]);
  });

  it('P20: one that somebody else had opened before us is not suspended when the name is another', async () => {
    others('ada', 'suspended');
    await wants(home);
    let met = false;
    world.directory.configure({
      beforeCall: ({ method }) => {
        if (method !== 'activateUser' || met) return undefined;
        met = true;
        others('ada');
        return { kind: 'status-conflict' };
      },
    });
    await broken('before', 'directory.pair');
    obeys();
    await wants(home, 'ada.l');
    await settled();
    expect([active(), has('ada')]).toEqual([['ada', 'ada.l'], ['Theirs']]);
  });

  it('P20: after a hand-over the former account stays open for whoever waits for it, also when the first attempt breaks off', async () => {
    await wants('other@example.com', 'ada.l', other);
    await settled(other);
    world.directory.addForeignDevice('ada.l', { type: 'iPhone', nickname: 'Theirs' });
    await wants(home);
    await settled();
    await wants('other@example.com', 'oscar', other);
    await wants(home, 'ada.l');
    await answer(world, 'approve', await settled());
    await expect(run()).rejects.toMatchObject({ reason: 'waiting-for-visibility' });
    world.clock += 60_000;
    refuses('unpair', { kind: 'unavailable' });
    await run().catch(() => undefined);
    obeys();
    world.clock += 60_000;
    await settled();
    expect(active()).toEqual(['ada', 'ada.l']);
    await settled();
    expect(active()).toEqual(['ada.l']);
  });

  it('A13: an account that was another user’s meanwhile is no account of ours that is missing', async () => {
    options({ missingAccount: 'report' });
    await wants(home);
    await settled();
    options({ createUsers: false, updateUsers: false });
    await wants(home, 'ada.l');
    await settled();
    await wants('other@example.com', 'ada', other);
    await answer(world, 'approve', await settled(other));
    await settled(other);
    await gone(other);
    await settled(other);
    world.directory.put('ada', { kind: 'absent' });
    options({ createUsers: true, updateUsers: true });
    await wants(home);
    expect([(await settled()).kind, status('ada')]).toEqual(['changed', 'active']);
  });

  /** An attempt whose first look is paid for, and nothing after it. */
  const looksOnly = async (): Promise<void> => {
    const needs = world.needs();
    let asked = 0;
    const acquire: typeof needs.budget.acquire = (...about) =>
      (asked += 1) === 1
        ? world.budget.acquire(...about)
        : Promise.resolve({ kind: 'quarantined', why: 'credentials-refused', until: instant(world.clock + 60_000) });
    const done: typeof needs.budget.done = (...about) => world.budget.done(...about);
    await reconcileUser({ ...needs, budget: { ...needs.budget, acquire, done } }, user, world.context());
    world.clock += 3_600_000;
  };
  /** Somebody's account is claimed, and nothing is asked of it. */
  const claimsOnly = async (username: string): Promise<void> => {
    others(username);
    await wants(home, username);
    await looksOnly();
  };
  /** Somebody's account gets a first device from an attempt that does not end. */
  const linksOnly = async (username: string): Promise<void> => {
    others(username);
    await wants(home, username);
    await broken('after', 'directory.pair');
  };

  it('P10: an account that was only claimed is left alone when its user is deleted', async () => {
    options({ removeAction: 'delete' });
    await claimsOnly('ada');
    expect(world.directory.writes).toEqual([]);
    await gone();
    const { kind, because } = await settled();
    expect([kind, because, status('ada'), has('ada')]).toEqual(['not-planned', 'account-not-managed', 'active', ['Theirs']]);
    expect(await world.store.ownerOf(world.accountOf('org', 'ada'))).toBeUndefined();
  });

  it('R23: so is one that the key before had only claimed', async () => {
    options({ removeAction: 'delete' });
    await claimsOnly('ada');
    await wants(home, 'ada', other);
    await moves(user, other);
    await gone(other);
    await settled(other);
    await settled();
    expect([status('ada'), has('ada')]).toEqual(['active', ['Theirs']]);
  });

  it.each(['deleted', 'renamed'])(
    'P51: whoever comes after a user who had only claimed it, and was %s, keeps their own devices',
    async (end) => {
      await wants(home);
      await settled();
      await claimsOnly('ada.l');
      await (end === 'deleted' ? gone() : wants(home));
      await wants('other@example.com', 'ada.l', other);
      await expect(run({}, other)).rejects.toThrow('belongs to another user'); // until the owner's next run gives it up
      await settled();
      expect((await settled(other)).kind).toBe('changed');
      expect(has('ada.l')).toEqual(['Theirs', 'Email 1']);
    },
  );

  it('P20: a claim whose first write was refused for our credentials is given up with the name', async () => {
    if (manners.renamesUsers) return; // a pairing is more than one call there
    await wants(home);
    await settled();
    others('ada.l');
    await wants(home, 'ada.l');
    refuses('pair', { kind: 'credentials-refused' });
    expect(await run()).toMatchObject({ kind: 'quarantined' });
    obeys();
    world.clock += 3_600_000;
    await wants(home);
    await settled();
    expect(await world.store.ownerOf(world.accountOf('org', 'ada.l'))).toBeUndefined();
  });

  it.each(['living', 'deleted'])('P20: a claim whose create was refused is given up with the name (%s)', async (end) => {
    await wants(home);
    refuses('createUser', { kind: 'refused', code: '10502' });
    expect(await settled()).toMatchObject({ kind: 'partial' });
    obeys();
    await wants(home, 'ada.l');
    await settled();
    others('ada');
    expect(await world.store.ownerOf(world.accountOf('org', 'ada'))).toBeUndefined();
    if (end === 'deleted') {
      await gone();
      await settled();
    }
    await wants('other@example.com', 'ada', other);
    expect((await settled(other)).kind).toBe('changed');
    expect(has('ada')).toContain('Theirs');
  });

  it.each(['living', 'deleted'])(
    'P24: an account that was made though its answer could not be believed is closed (%s)',
    async (how) => {
      options({ removeAction: 'delete' });
      if (manners.renamesUsers) return; // its answers are not signed
      await wants(home);
      await settled();
      await wants(home, 'ada.l');
      let made = false;
      world.directory.configure({
        beforeCall: ({ method }) => {
          if (method !== 'createUser' || made) return undefined;
          made = true;
          world.directory.put('ada.l', { kind: 'present', status: 'active', profile: {}, devices: [] });
          return { kind: 'credentials-refused', mayBeDone: true };
        },
      });
      expect(await run()).toMatchObject({ kind: 'quarantined' });
      obeys();
      world.clock += 3_600_000;
      await (how === 'living' ? wants(home) : gone());
      await settled();
      expect([status('ada'), status('ada.l')]).toEqual([how === 'living' ? 'active' : 'absent', 'absent']);
    },
  );

  it('A13: an account whose deletion was never asked for, and that somebody else deletes, is missing', async () => {
    options({ removeAction: 'delete', missingAccount: 'report' });
    await wants(home);
    await settled();
    await gone();
    await looksOnly();
    world.directory.put('ada', { kind: 'absent' });
    await wants(home);
    expect((await settled()).findings).toContainEqual({ kind: 'account-missing' });
  });

  it.each(['follow', 'report'] as const)(
    'R23: who goes back to their first name under another key leaves alone what was only linked (%s)',
    async (usernameChange) => {
      options({ removeAction: 'delete', usernameChange });
      await wants(home);
      await settled();
      await linksOnly('ada.l');
      await moves(user, other);
      await wants(home, 'ada', other);
      await settled();
      await settled(other);
      await settled();
      expect([status('ada'), status('ada.l'), has('ada.l').includes('Theirs')]).toEqual(['active', 'active', true]);
    },
  );

  it('R23: so does who gets another key and another name at once', async () => {
    options({ removeAction: 'delete' });
    await linksOnly('ada');
    await moves(user, other);
    await wants(home, 'ada.l', other);
    await settled();
    await settled(other);
    await settled();
    expect([status('ada'), status('ada.l'), has('ada').includes('Theirs')]).toEqual(['active', 'active', true]);
  });

  it('R23: who is deleted under the next key as well can sign in with it no more', async () => {
    await wants(home);
    await settled();
    await linksOnly('ada.l');
    await wants(home, 'ada.l', other);
    await moves(user, other);
    await gone(other);
    await settled();
    await settled(other);
    expect(active()).toEqual([]);
  });

  it.each(['reject', 'wait'] as const)(
    'P14: an account that is done is no new one while the closing of the former one waits (%s)',
    async (how) => {
      if (manners.renamesUsers) return;
      world.guardSettings = { ...world.guardSettings, suspensions: { atLeast: 0, share: 0, atMost: 0 } };
      await wants(home);
      await settled();
      await wants(home, 'ada.l');
      const held = await settled();
      expect(held).toMatchObject({ kind: 'held' });
      if (how === 'reject') await answer(world, 'reject', held);
      await settled();
      options({ updateUsers: false });
      await wants('new@home.example', 'ada.l');
      const before = world.directory.writes.length;
      const { findings } = await settled();
      expect(findings).toContainEqual({ kind: 'user-not-updated' });
      expect(world.directory.writes.slice(before)).toEqual([]);
    },
  );

  it('P51: where a claim of which nothing came is never given up, who waits for it gets it in the end, and keeps their own devices', async () => {
    await claimsOnly('ada');
    await moves(user, other);
    await wants(home, 'ada', other);
    expect((await settled()).because).toBe('moved');
    await wants(home, 'ada.l', other); // so the next key never comes for it
    await settled(other);
    await wants('third@example.com', 'ada', third);
    expect((await settled(third)).kind).toBe('changed');
    expect(has('ada')).toEqual(['Theirs', 'Email 1']);
  });

  it('P51: so does who comes after somebody whose record can not be mapped any more', async () => {
    await claimsOnly('ada');
    await world.put(user, { kind: 'record', attributes: {} });
    await settled();
    await gone();
    expect((await settled()).because).toBe('record-unmappable');
    await wants('third@example.com', 'ada', third);
    expect((await settled(third)).kind).toBe('changed');
    expect(has('ada')).toEqual(['Theirs', 'Email 1']);
  });

  it('P51: so does who comes after two keys of one person, of which the second had not read what the first knew', async () => {
    await claimsOnly('ada');
    await moves(user, other);
    await wants(home, 'ada', other);
    await expect(run(dies('after', 'store.claimAccount'), other)).rejects.toThrow('dies');
    await gone(other);
    await wants('third@example.com', 'ada', third);
    await settled(third);
    expect(has('ada')).toContain('Theirs');
  });

  it('P51: what the owner began there while their claim passed for an unused one is theirs, and goes', async () => {
    await claimsOnly('ada');
    await gone();
    await wants('third@example.com', 'ada', third);
    const needs = world.needs();
    const store = new Proxy(needs.store, {
      get: (target, name) =>
        name === 'handOver'
          ? async (...about: Parameters<typeof target.handOver>) => {
              const { fence, work } = await target.begin(user); // an attempt that has read an older record pairs now
              const begun = [{ username: 'ada', how: 'linked' as const }];
              await target.saveWork(user, fence, { ...work!, intent: { ...work!.intent, begun } });
              world.directory.addForeignDevice('ada', { type: 'Email', nickname: 'Email 1' });
              return target.handOver(...about);
            }
          : (Reflect.get(target, name, target) as unknown),
    });
    await expect(reconcileUser({ ...needs, store }, third, world.context(9))).rejects.toThrow('handed over');
    world.clock += 3_600_000;
    await settled(third);
    expect(has('ada')).toEqual(['Email 1']);
  });

  it('R5: an attempt that was overtaken gives up nothing that its successor goes by', async () => {
    await claimsOnly('ada');
    await gone();
    const needs = world.needs();
    const store = new Proxy(needs.store, {
      get: (target, name) =>
        name === 'releaseAccount'
          ? async (...about: Parameters<typeof target.releaseAccount>) => {
              await wants(home); // they are back
              await settled();
              return target.releaseAccount(...about);
            }
          : (Reflect.get(target, name, target) as unknown),
    });
    await expect(reconcileUser({ ...needs, store }, user, world.context())).rejects.toThrow('taken over');
    world.clock += 60_000;
    await gone();
    await settled();
    expect(status('ada')).toBe('suspended');
  });

  it('R23: who is deleted under a key of which nothing else is known can sign in nowhere', async () => {
    options({ removeAction: 'delete' });
    await wants(home);
    await settled();
    world.directory.put('ada.l', { kind: 'present', status: 'active', profile: {}, devices: [] });
    await wants(home, 'ada.l');
    await broken('after', 'directory.pair');
    await moves(user, other);
    await gone(other);
    await settled();
    expect([status('ada'), status('ada.l')]).toEqual(['absent', 'absent']);
  });

  it('R23: what was only linked under another name than the last one is left alone when that key is deleted too', async () => {
    options({ removeAction: 'delete' });
    await linksOnly('ada');
    await moves(user, other);
    await wants(home, 'ada.l', other);
    for (const one of [user, other, user]) await settled(one);
    await gone(other);
    await settled(other);
    await settled();
    expect([status('ada.l'), status('ada'), has('ada').includes('Theirs')]).toEqual(['absent', 'active', true]);
  });

  it('P24: of who is gone, an account that could not be closed is not forgotten while the other one waits for a person', async () => {
    if (manners.renamesUsers) return;
    world.guardSettings = { ...world.guardSettings, suspensions: { atLeast: 1, share: 0, atMost: 1 } };
    await wants(home);
    await settled();
    await wants(home, 'ada.l');
    await broken('after', 'directory.pair');
    await gone();
    refuses('suspendUser', { kind: 'refused', code: '1' });
    const held = await settled();
    const kept = (await world.store.workOf(user))?.intent;
    expect([held.kind, kept?.managed, kept?.begun]).toEqual(['held', { username: 'ada' }, [{ username: 'ada.l' }]]);
    obeys();
    await answer(world, 'approve', held);
    world.clock += 100 * 3_600_000;
    const next = await settled();
    if (next.kind === 'held') await answer(world, 'approve', next);
    await settled();
    await settled();
    expect([status('ada'), status('ada.l')]).toEqual(['suspended', 'suspended']);
  });

  it.each(['present', 'absent'])(
    'R26: a hold of who had only claimed an account ends when they are deleted (%s)',
    async (how) => {
      options({ manageDevices: 'overwrite' });
      world.guardSettings = { ...world.guardSettings, removals: { atLeast: 0, share: 0, atMost: 0 } };
      others('ada');
      world.directory.addForeignDevice('ada', { type: 'iPhone', nickname: 'Theirs too' });
      await wants(home);
      const held = await settled();
      expect(held.kind).toBe('held');
      if (how === 'absent') world.directory.put('ada', { kind: 'absent' });
      await gone();
      await settled();
      expect((await world.guards.read(user, held.hold!))?.users ?? 0).toBe(0);
    },
  );

  it('A13: a deletion whose answer was lost stays our doing, whatever an account that is listed a moment longer makes of it', async () => {
    options({ removeAction: 'delete', missingAccount: 'report' });
    await wants(home);
    await settled();
    await gone();
    const there = world.directory.peek('ada');
    await broken('after', 'directory.deleteUser');
    const needs = world.needs();
    let looked = 0;
    const connectionOf: typeof needs.connectionOf = async (one) => {
      const connection = (await needs.connectionOf(one))!;
      const { directory } = connection;
      const observe: typeof directory.observe = (username) =>
        (looked += 1) === 1 ? Promise.resolve(ok(there)) : directory.observe(username);
      const late = new Proxy(directory, {
        get: (target, name) => {
          if (name === 'observe') return observe;
          const it: unknown = Reflect.get(target, name, target);
          return typeof it === 'function' ? (it.bind(target) as unknown) : it;
        },
      });
      return { ...connection, directory: late };
    };
    const store = new Proxy(needs.store, {
      get: (target, name) =>
        name === 'finish' ? () => Promise.reject(new Error('dies')) : (Reflect.get(target, name, target) as unknown),
    });
    await expect(reconcileUser({ ...needs, store, connectionOf }, user, world.context())).rejects.toThrow('dies');
    world.clock += 60_000;
    await wants(home);
    expect([(await settled()).findings, status('ada')]).toEqual([[], 'active']);
  });

  /** She has left: the account is suspended, with her phone in it, and nothing is under way. */
  const hasLeft = async (): Promise<void> => {
    await wants(home);
    await settled();
    world.directory.addForeignDevice('ada', { type: 'iPhone', nickname: 'Her phone' });
    await gone();
    await settled();
    expect([status('ada'), await world.store.workOf(user)]).toEqual(['suspended', undefined]);
    await moves(user, other);
  };

  it.each(['deleted', 'renamed'])(
    'R23, P51: of who came back under another key, was held, and is %s, the devices are not those of whoever gets the account next',
    async (end) => {
      await hasLeft();
      await wants(home, 'ada', other);
      const { guardSettings } = world;
      const none = { atLeast: 0, share: 0, atMost: 0 };
      world.guardSettings = { ...guardSettings, accountChanges: none };
      expect((await settled(other)).kind).toBe('held');
      world.guardSettings = guardSettings;
      await (end === 'deleted' ? gone(other) : wants(home, 'ada.l', other));
      await settled(other);
      await settled();
      await wants('third@example.com', 'ada', third);
      const { kind } = await settled(third);
      expect(kind).toBe(end === 'deleted' ? 'changed' : 'held');
      if (end === 'deleted') expect(has('ada')).toEqual(['Email 1']);
    },
  );

  it('R23, P51: nor where their next key has only announced the account', async () => {
    await hasLeft();
    await wants(home, 'ada', other);
    await expect(run(dies('after', 'store.claimAccount'), other)).rejects.toThrow('dies');
    world.clock += 60_000;
    await gone(other);
    await wants('third@example.com', 'ada', third);
    await settled(third);
    expect(has('ada')).toEqual(['Email 1']);
  });

  it.each(['deleted', 'renamed'])(
    'P20: an account that has its new name already, though nobody heard so, is no unused claim (%s)',
    async (end) => {
      if (!manners.renamesUsers) return;
      await wants(home, 'ada.m');
      await settled();
      world.directory.addForeignDevice('ada.m', { type: 'iPhone', nickname: 'Her phone' });
      await wants(home, 'ada');
      await broken('after', 'directory.renameUser');
      await (end === 'deleted' ? gone() : wants(home, 'ada.l'));
      await wants('third@example.com', 'ada', third);
      const { kind } = await settled(third);
      expect(kind).toBe(end === 'deleted' ? 'changed' : 'held');
      if (end === 'deleted') expect(has('ada')).toEqual(['Email 1']);
      await settled();
      if (end === 'renamed') expect(has('ada.l')).toContain('Her phone');
    },
  );

  it('P51: who waits for a person about something else waits for an unused claim as long as anybody', async () => {
    options({ manageDevices: 'overwrite' });
    await claimsOnly('ada');
    others('ada.l');
    world.directory.addForeignDevice('ada.l', { type: 'iPhone', nickname: 'Theirs too' });
    world.guardSettings = { ...world.guardSettings, removals: { atLeast: 0, share: 0, atMost: 0 } };
    await wants('third@example.com', 'ada.l', third);
    expect((await settled(third)).kind).toBe('held');
    await gone();
    await wants('third@example.com', 'ada', third);
    await expect(run({}, third)).rejects.toThrow('belongs to another user');
  });

  it('R23: what was only linked is left alone by the newest name that any key is known by', async () => {
    options({ removeAction: 'delete' });
    await linksOnly('ada');
    await moves(user, other);
    await wants(home, 'ada.l', other);
    await moves(other, third);
    await gone(third); // of this key only the deletion came
    for (const one of [user, other, third, user]) await settled(one);
    expect([status('ada'), has('ada').includes('Theirs')]).toEqual(['active', true]);
  });
});
