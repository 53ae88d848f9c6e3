// What a run leaves alone: create-only attributes of an account that is there (P14), and protected accounts (P15).
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { DeviceSlot, Outcome } from '@tallystick/devices-domain';
import { ada, InMemoryWorld, pingOneManners, userNumber } from '@tallystick/devices-testing';
import { LooksInMemory, lookNeeds } from './inspect/looks-in-memory.fixture.ts';
import { lookAtUser } from './inspect/look-at-user.ts';
import { DirectoryCalls } from './directory-calls.ts';
import { reconcileUser } from './reconcile-user.ts';

const user = userNumber(1);
const [home, work] = ['ada@home.example', 'ada@work.example'];
const [mobile, newMobile] = ['+12025550123', '+12025550124'];
let world: InMemoryWorld;

const run = (): Promise<Outcome> => reconcileUser(world.needs(), user, world.context());
const methods = (): string[] => world.directory.writes.map(({ method }) => method);
const slots = (username = 'ada'): (DeviceSlot | undefined)[] => {
  const account = world.directory.peek(username);
  return account.kind === 'present' ? account.devices.map(({ slot }) => slot) : [];
};

describe.each([
  ['PingID', undefined],
  ['PingOne', pingOneManners],
])('P14: what is create-only, with the manners of %s', (_, manners) => {
  const createOnly = ['firstName', 'SMS Number 1'] as const;
  const wanted = (more = {}) =>
    ada({ 'Email 1': home, 'SMS Number 1': mobile }, { profile: { firstName: 'Ada' }, createOnly, ...more });
  beforeEach(() => {
    world = new InMemoryWorld({ ...(manners && { manners }) });
  });

  it('is used when the account is created, and never again: neither filled, changed, removed nor reported', async () => {
    await world.want(user, wanted());
    expect((await run()).kind).toBe('changed');
    expect(slots()).toEqual(['Email 1', 'SMS Number 1']);
    world.directory.calls.length = 0;
    world.options = { ...world.options, manageDevices: 'overwrite', onCleared: 'remove' };
    for (const later of [{ 'Email 1': home, 'SMS Number 1': newMobile }, { 'Email 1': home }]) {
      await world.want(user, { ...ada(later, { createOnly, profile: { firstName: 'Augusta' } }) });
      expect(await run()).toMatchObject({ kind: 'in-sync', findings: [] });
    }
    expect(methods()).toEqual([]);
  });

  it('is not used for an account that was linked', async () => {
    await world.has({ 'Email 1': home });
    await world.want(user, wanted());
    expect(await run()).toMatchObject({ kind: 'in-sync', findings: [{ kind: 'adoption-candidate', slot: 'Email 1' }] });
    expect(methods()).toEqual([]);
  });

  it.each(['createUser', 'pair'] as const)('is still used by the next attempt when the process dies after %s', async (method) => {
    await world.want(user, wanted());
    let dead = false;
    world.directory.configure({
      afterCall: (call) => {
        if (dead || call.method !== method) return undefined;
        dead = true;
        throw new Error('the process dies');
      },
    });
    await expect(run()).rejects.toThrow('the process dies');
    expect((await run()).kind).toBe('changed');
    expect([slots(), world.directory.peek('ada')]).toMatchObject([
      ['Email 1', 'SMS Number 1'],
      { profile: { firstName: 'Ada' } },
    ]);
  });

  it('P25: waits, as a device, for a user who was created disabled to be enabled, and for that only once', async () => {
    await world.want(user, wanted({ enabled: false }));
    await run();
    await run();
    await world.want(user, wanted());
    expect((await run()).kind).toBe('changed');
    expect(slots()).toEqual(['Email 1', 'SMS Number 1']);
    await world.want(user, { ...wanted(), slots: ada({ 'Email 1': home, 'SMS Number 1': newMobile }).slots });
    expect((await run()).kind).toBe('in-sync');
  });
});

describe('P15: an account that is protected', () => {
  beforeEach(async () => {
    world = new InMemoryWorld();
    world.protectedUsernames = ['ADA'];
    await world.has({ 'Email 1': home });
  });

  it('is not read, claimed or written, whatever the record says, and the outcome says so', async () => {
    for (const change of [ada({ 'Email 1': work }), ada({}, { enabled: false })]) {
      await world.want(user, change);
      expect(await run()).toMatchObject({ kind: 'not-planned', because: 'protected-username', steps: [] });
    }
    await world.put(user, { kind: 'deleted' });
    expect((await run()).because).toBe('protected-username');
    expect([world.directory.calls, await world.store.ownerOf(world.accountOf('org', 'ada'))]).toEqual([[], undefined]);
  });

  it('is shown as that by a look, so by preview and explanation, and nothing of it is counted', async () => {
    await world.want(user, ada({ 'Email 1': work }));
    const looks = new LooksInMemory(world);
    const connection = (await world.needs().connectionOf(user))!;
    const needs = lookNeeds(world, looks);
    const look = await lookAtUser(needs, connection, new DirectoryCalls(needs, connection, world.context()), user);
    expect(look.verdict).toEqual({ kind: 'not-planned', because: 'protected-username' });
    expect(world.directory.calls).toEqual([]);
  });

  it('leaves what waited for a person: it will not be done', async () => {
    world.protectedUsernames = [];
    world.guardSettings = { ...world.guardSettings, suspensions: { atLeast: 0, share: 0, atMost: 0 } };
    await world.want(user, ada({}, { enabled: false }));
    const { hold } = await run();
    world.protectedUsernames = ['ada'];
    expect((await run()).because).toBe('protected-username');
    expect((await world.guards.users(user, hold!, undefined, 9)).users).toMatchObject([{ state: 'changed' }]);
  });

  it('is neither renamed nor closed when its user goes by another name', async () => {
    world = new InMemoryWorld({ manners: pingOneManners });
    world.options = { ...world.options, usernameChange: 'follow' };
    await world.want(user, ada({ 'Email 1': home }));
    await run();
    world.protectedUsernames = ['ada'];
    await world.want(user, ada({ 'Email 1': home }, { username: 'lovelace' }));
    world.directory.calls.length = 0;
    expect((await run()).kind).toBe('changed');
    expect([methods()[0], world.directory.peek('ada')]).toMatchObject(['createUser', { status: 'active' }]);
    expect(methods()).not.toContain('renameUser');
  });
});

describe.each([
  ['PingID', undefined],
  ['PingOne', pingOneManners],
])('P60, T8: sameValue: recreate, with the manners of %s', (_, manners) => {
  it('replaces the device that has the address under another name, and no other of the user', async () => {
    world = new InMemoryWorld({ ...(manners && { manners }) });
    world.options = { ...world.options, sameValue: 'recreate' };
    await world.has({ 'Email 2': work });
    const address = { kind: 'email', address: home } as const;
    const old = world.directory.addForeignDevice('ada', { type: 'Email', nickname: 'mine', address });
    const phone = world.directory.addForeignDevice('ada', { type: 'iPhone', nickname: 'phone' });
    await world.want(user, ada({ 'Email 1': home, 'Email 2': work }));
    expect((await run()).steps).toMatchObject([
      { kind: 'unpair', reason: 'same-value-recreated', deviceId: old },
      { kind: 'pair', reason: 'same-value-recreated', slot: 'Email 1' },
    ]);
    const account = world.directory.peek('ada');
    const left = account.kind === 'present' ? account.devices : [];
    expect(left.filter((it) => it.address?.kind === 'email')).toHaveLength(2);
    expect(left.map(({ id }) => id)).toContain(phone);
    expect((await run()).kind).toBe('in-sync');
  });
});
