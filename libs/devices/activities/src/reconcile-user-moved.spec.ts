// Regressions: accounts of whoever got another key, another name, or both, and whom no record wakes again (P20, P24, R5, R23).
import { beforeEach, describe, expect, it } from '@jest/globals';
import { InMemoryWorld, pingIdManners, pingOneManners, userNumber } from '@tallystick/devices-testing';
import { reconcileUser } from './reconcile-user.ts';
import { storiesOf } from './user-stories.fixture.ts';

const [user, other, third] = [userNumber(1), userNumber(2), userNumber(3)];
const home = 'ada@home.example';
let world: InMemoryWorld;
const { options, broken, wants, others, status, has, active, settled, gone, moves, swept } = storiesOf(() => world);

describe.each([
  ['renames', pingOneManners],
  ['does not rename', pingIdManners],
] as const)('at a directory that %s', (_, manners) => {
  beforeEach(() => {
    world = new InMemoryWorld({ manners });
    options({ usernameChange: 'follow', disableUsers: true, removeAction: 'disable' });
  });

  describe('R23: a key whose record is deleted before the next one has come', () => {
    beforeEach(async () => {
      await wants(home);
      await settled();
      await moves(user, other);
      expect((await settled()).because).toBe('moved');
    });

    it('closes its account when that one has another name', async () => {
      await wants(home, 'ada.l', other);
      await settled(other);
      await swept();
      expect(active()).toEqual(['ada.l']);
    });

    it('closes it when that one can not be mapped, and is deleted', async () => {
      await world.put(other, { kind: 'record', attributes: {} });
      await settled(other);
      await swept();
      await gone(other);
      await settled(other);
      await swept();
      expect(active()).toEqual([]);
    });

    it('closes it when of that one only the deletion comes', async () => {
      await gone(other);
      await settled(other);
      await swept();
      expect(active()).toEqual([]);
    });

    it('is woken until then, tells of it once, and rests when that one has the account', async () => {
      const told = world.published.length;
      for (const _ of [1, 2, 3]) await swept();
      expect([world.published.length, world.reminded]).toEqual([told, [user]]);
      await wants(home, 'ada', other);
      await settled(other);
      await swept();
      expect([active(), world.reminded]).toEqual([['ada'], []]);
    });
  });

  it('P20: the former account of somebody who got another person’s is closed, though no other record of theirs comes', async () => {
    await wants('other@example.com', 'ada.l', other);
    await settled(other);
    await wants(home);
    await settled();
    await gone(other);
    await wants(home, 'ada.l');
    await settled();
    await swept();
    expect(active()).toEqual(['ada.l']);
  });

  it('R5: an attempt that was overtaken claims nothing that its successor does not know of', async () => {
    await wants(home);
    await settled();
    others('ada.l');
    await wants(home, 'ada.l');
    const needs = world.needs();
    let isLate = false;
    const claimAccount: typeof needs.store.claimAccount = async (...about) => {
      if (!isLate) {
        isLate = true;
        await wants(home);
        await settled();
      }
      return world.store.claimAccount(...about);
    };
    const store = new Proxy(needs.store, {
      get: (target, name) => (name === 'claimAccount' ? claimAccount : (Reflect.get(target, name, target) as unknown)),
    });
    await expect(reconcileUser({ ...needs, store }, user, world.context())).rejects.toThrow('taken over');
    expect(await world.store.ownerOf(world.accountOf('org', 'ada.l'))).toBeUndefined();
    await gone();
    await settled();
    await wants('third@example.com', 'ada.l', third);
    await settled(third);
    expect(has('ada.l')).toContain('Theirs');
  });

  describe('P24: who went back to a former name', () => {
    beforeEach(async () => {
      options({ usernameChange: 'report' });
      for (const name of ['ada', 'ada.l']) {
        await wants(home, name);
        await settled();
      }
      await wants('new@home.example');
    });

    it.each(['dies', 'is held'])('and is deleted after an attempt that %s, can sign in with neither', async (how) => {
      if (how === 'dies') await broken('after', 'directory.pair');
      else {
        const before = world.guardSettings;
        world.guardSettings = { ...before, replacements: { atLeast: 0, share: 0, atMost: 0 } };
        expect((await settled()).kind).toBe('held');
        world.guardSettings = before;
      }
      await gone();
      await settled();
      expect(active()).toEqual([]);
    });

    it('and on to the one after it, is known where they are', async () => {
      await broken('after', 'directory.pair');
      await wants(home, 'ada.l');
      await settled();
      await gone();
      await settled();
      expect(status('ada.l')).toBe('suspended');
    });
  });

  it.each(['lives on', 'is deleted'])(
    'R23: what was only activated is suspended again at most when key and name change at once (the next key %s)',
    async (how) => {
      options({ removeAction: 'delete' });
      others('ada', 'suspended');
      await wants(home);
      await broken('after', 'directory.pair');
      await moves(user, other);
      await wants(home, 'ada.l', other);
      if (how === 'is deleted') await gone(other);
      for (const one of [user, other, user]) await settled(one);
      expect([status('ada'), has('ada').includes('Theirs')]).toEqual(['suspended', true]);
    },
  );

  it('R23: what was only activated is deleted with who is deleted under that name, whatever their key', async () => {
    options({ removeAction: 'delete' });
    others('ada', 'suspended');
    await wants(home);
    await broken('after', 'directory.pair');
    await moves(user, other);
    await wants(home, 'ada', other);
    await gone(other);
    await settled();
    expect(status('ada')).toBe('absent');
  });
});

it('P20: a rename whose answer was lost is known after a key change, and what somebody makes under the old name is left alone', async () => {
  world = new InMemoryWorld({ manners: pingOneManners });
  options({ usernameChange: 'follow' });
  await wants(home);
  await settled();
  await wants(home, 'ada.l');
  await broken('after', 'directory.renameUser');
  await moves(user, other);
  await wants(home, 'ada.l', other);
  await settled(other);
  others('ada');
  await settled();
  expect([status('ada'), has('ada'), status('ada.l')]).toEqual(['active', ['Theirs'], 'active']);
});
