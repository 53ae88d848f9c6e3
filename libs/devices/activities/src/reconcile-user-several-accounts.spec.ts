// Regressions: what is approved, announced, claimed and closed where a person has more than one account, or an account more than one person (P20, R26).
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { DirectoryFault, Outcome, ReconcileOptions, UserRef } from '@tallystick/devices-domain';
import { ada, type CallGate, InMemoryWorld, pingIdManners, pingOneManners, userNumber } from '@tallystick/devices-testing';
import { instant } from '@tallystick/kernel-core';
import { dies } from './dying-process.fixture.ts';
import { answer, settled as settledIn } from './hand-over.fixture.ts';
import { reconcileUser } from './reconcile-user.ts';

const [user, other] = [userNumber(1), userNumber(2)];
const home = 'ada@home.example';
const names = ['ada', 'ada.l', 'ada.m'];
let world: InMemoryWorld;
const options = (more: Partial<ReconcileOptions>) => (world.options = { ...world.options, ...more });
const run = (gate: CallGate = {}, who: UserRef = user): Promise<Outcome> =>
  reconcileUser(world.needs(gate), who, world.context());
const broken = async (when: 'before' | 'after', on: string): Promise<void> => {
  await expect(run(dies(when, on))).rejects.toThrow('dies');
  world.clock += 60_000;
};
const wants = (email: string | undefined, username = 'ada', who: UserRef = user) =>
  world.want(who, ada(email === undefined ? {} : { 'Email 1': email }, { username }));
const others = (username: string, status: 'active' | 'suspended' = 'active') => {
  world.directory.put(username, { kind: 'present', status, profile: {}, devices: [] });
  world.directory.addForeignDevice(username, { type: 'iPhone', nickname: 'Theirs' });
};
const status = (username: string) => {
  const seen = world.directory.peek(username);
  return seen.kind === 'present' ? seen.status : seen.kind;
};
const has = (username: string) => {
  const seen = world.directory.peek(username);
  return seen.kind === 'present' ? seen.devices.map(({ nickname }) => nickname) : [];
};
const active = () => names.filter((name) => status(name) === 'active');
const settled = (who: UserRef = user) => settledIn(world, who);
const gone = (who: UserRef = user) => world.put(who, { kind: 'deleted' });
const refuses = (method: string, fault: DirectoryFault) =>
  world.directory.configure({ beforeCall: (call) => (call.method === method ? fault : undefined) });
const obeys = () => world.directory.configure({ beforeCall: () => undefined });

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

  /** An attempt whose first look is paid for, and nothing after it: the account is claimed, and nothing is asked of it. */
  const claimsOnly = async (): Promise<void> => {
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

  it('P10: an account that was only claimed is left alone when its user is deleted', async () => {
    options({ removeAction: 'delete' });
    others('ada');
    await wants(home);
    await claimsOnly();
    expect(world.directory.writes).toEqual([]);
    await gone();
    const { kind, because } = await settled();
    expect([kind, because, status('ada'), has('ada')]).toEqual(['not-planned', 'account-not-managed', 'active', ['Theirs']]);
    expect(await world.store.ownerOf(world.accountOf('org', 'ada'))).toBeUndefined();
  });

  it('R23: so is one that the key before had only claimed', async () => {
    options({ removeAction: 'delete' });
    others('ada');
    await wants(home);
    await claimsOnly();
    await wants(home, 'ada', other);
    await world.put(user, { kind: 'deleted', movedTo: other.user });
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
      others('ada.l');
      await wants(home, 'ada.l');
      await claimsOnly();
      await (end === 'deleted' ? gone() : wants(home));
      await wants('other@example.com', 'ada.l', other);
      const patient = world.context(9); // nor is a person asked, who would give it away with all that is in it
      await expect(reconcileUser(world.needs(), other, patient)).rejects.toThrow('belongs to another user');
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
    await claimsOnly();
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
      others('ada.l');
      await wants(home, 'ada.l');
      await broken('after', 'directory.pair');
      await world.put(user, { kind: 'deleted', movedTo: other.user });
      await wants(home, 'ada', other);
      await settled();
      await settled(other);
      await settled();
      expect([status('ada'), status('ada.l'), has('ada.l').includes('Theirs')]).toEqual(['active', 'active', true]);
    },
  );

  it('R23: so does who gets another key and another name at once', async () => {
    options({ removeAction: 'delete' });
    others('ada');
    await wants(home);
    await broken('after', 'directory.pair');
    await world.put(user, { kind: 'deleted', movedTo: other.user });
    await wants(home, 'ada.l', other);
    await settled();
    await settled(other);
    await settled();
    expect([status('ada'), status('ada.l'), has('ada').includes('Theirs')]).toEqual(['active', 'active', true]);
  });

  it('R23: who is deleted under the next key as well can sign in with it no more', async () => {
    await wants(home);
    await settled();
    others('ada.l');
    await wants(home, 'ada.l');
    await broken('after', 'directory.pair');
    await wants(home, 'ada.l', other);
    await world.put(user, { kind: 'deleted', movedTo: other.user });
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
});
