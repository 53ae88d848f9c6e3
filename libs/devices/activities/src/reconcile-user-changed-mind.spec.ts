// Regressions: an attempt is broken off, and the datastore says something else before the next one (R2, R29).
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { DirectoryFault, Outcome, ReconcileOptions } from '@tallystick/devices-domain';
import { instant } from '@tallystick/kernel-core';
import { ada, type CallGate, InMemoryWorld, pingOneManners, userNumber } from '@tallystick/devices-testing';
import { dies } from './dying-process.fixture.ts';
import { reconcileUser } from './reconcile-user.ts';

const user = userNumber(1);
const [home, work, newest, mobile] = ['ada@home.example', 'ada@work.example', 'ada@new.example', '+12025550123'];
const aDayMs = 86_400_000;
let world: InMemoryWorld;
beforeEach(() => {
  world = new InMemoryWorld();
});

const run = (gate: CallGate = {}): Promise<Outcome> => reconcileUser(world.needs(gate), user, world.context());
const broken = async (when: 'before' | 'after', on: string): Promise<void> => {
  await expect(run(dies(when, on))).rejects.toThrow('dies');
  world.clock += 60_000; // whatever it made is listed by now
};
const wants = (email: string | null, sms?: string) =>
  world.want(user, ada({ ...(email !== null && { 'Email 1': email }), ...(sms !== undefined && { 'SMS Number 1': sms }) }));
const options = (more: Partial<ReconcileOptions>) => (world.options = { ...world.options, ...more });
const adds = (address: string) =>
  world.directory.addForeignDevice('ada', { type: 'Email', nickname: 'My mail', address: { kind: 'email', address } });
const refuses = (address: string) =>
  world.directory.configure({
    beforeCall: (call): DirectoryFault | undefined =>
      call.method === 'pair' && call.address?.kind === 'email' && call.address.address === address
        ? { kind: 'address-refused' }
        : undefined,
  });
const oldest = () => {
  const seen = world.directory.peek('ada');
  return seen.kind === 'present' ? seen.devices[0]?.id : undefined;
};
const emails = (username = 'ada') => {
  const seen = world.directory.peek(username);
  const devices = seen.kind === 'present' ? seen.devices : [];
  return devices.flatMap(({ nickname, address }) => (address?.kind === 'email' ? [`${nickname} = ${address.address}`] : []));
};

describe('PR8: the primary role', () => {
  const primary = () => {
    const seen = world.directory.peek('ada');
    return seen.kind === 'present' ? seen.devices.find((it) => it.primary)?.address : undefined;
  };

  it.each(['disabled', 'deleted'] as const)(
    'is given back to the slot whose device had it, though the user is %s in the middle of its replacement',
    async (how) => {
      world = new InMemoryWorld({ afterPrimaryUnpaired: 'none' });
      options({ order: 'add-first', preservePrimary: true, disableUsers: true });
      await world.has({ 'Email 1': home });
      await world.directory.setPrimary('ada', oldest()!);
      await wants(work);
      await broken('before', 'directory.setPrimary');
      await wants(newest);
      await broken('after', 'directory.unpair');
      if (how === 'deleted') await world.put(user, { kind: 'deleted' });
      else await world.want(user, ada({ 'Email 1': newest }, { enabled: false }));
      await run();
      expect(world.directory.peek('ada')).toMatchObject({ status: 'suspended' });
      await wants(newest);
      await run();
      expect([emails(), primary()]).toEqual([[`Email 1 = ${newest}`], { kind: 'email', address: newest }]);
    },
  );
});

describe('P14: a slot that becomes create-only in the middle of a replacement', () => {
  const wantsOnce = (email: string) => world.want(user, ada({ 'Email 1': email }, { createOnly: ['Email 1'] }));

  it.each(['before', 'after'] as const)('has the old value again, or the new one: broken off %s the pairing', async (when) => {
    await world.has({ 'Email 1': home });
    await wants(work);
    await broken(when, 'directory.pair');
    await wantsOnce(newest);
    await run();
    expect(emails()).toEqual([`Email 1 = ${when === 'before' ? home : work}`]);
  });

  it('so it has when the answer to the pairing was lost and the device is not listed at first', async () => {
    await world.has({ 'Email 1': home });
    world.directory.configure({ visibilityDelayMs: 25_000 });
    await wants(work);
    await expect(run(dies('after', 'directory.pair'))).rejects.toThrow('dies');
    await wantsOnce(newest);
    await expect(run()).rejects.toThrow('not listed yet');
    world.clock += 60_000;
    await run();
    expect(emails()).toEqual([`Email 1 = ${work}`]);
  });

  it('has not both of them (add-first)', async () => {
    await world.has({ 'Email 1': home });
    options({ order: 'add-first' });
    await wants(work);
    await broken('before', 'directory.unpair');
    await wantsOnce(newest);
    await run();
    expect(emails()).toEqual([`Email 1 = ${work}`]);
  });
});

describe('a device of ours that is no longer wanted', () => {
  it('R29: goes when it was made for the value before and its answer was lost, and another pairing was broken off since', async () => {
    await world.has({ 'Email 1': home, 'SMS Number 1': mobile });
    await wants(work, '+12025550124');
    await broken('after', 'directory.nameDevice');
    await broken('before', 'directory.pair');
    await wants(newest, '+12025550125');
    await run();
    expect(emails()).toEqual([`Email 1 = ${newest}`]);
  });

  it.each(['pingid', 'pingone'] as const)(
    'goes with the one that it was put beside, also when its own successor lost its answer (add-first, %s)',
    async (kind) => {
      if (kind === 'pingone') world = new InMemoryWorld({ manners: pingOneManners });
      options({ order: 'add-first' });
      await wants(home);
      await run();
      world.clock += 60_000;
      await wants(work);
      await broken('after', kind === 'pingone' ? 'directory.pair' : 'directory.nameDevice');
      await wants(newest);
      await broken('after', 'directory.pair');
      await run();
      expect(emails().map((it) => it.split(' = ')[1])).toEqual([newest]);
    },
  );

  it('P47: goes when it was adopted for the value before, whichever of the two goes first', async () => {
    for (const order of ['remove-first', 'add-first'] as const) {
      world = new InMemoryWorld();
      options({ sameValue: 'adopt', order });
      await world.has({ 'Email 1': home, 'SMS Number 1': mobile });
      adds(work);
      await wants(work, '+12025550124');
      await broken('after', 'directory.nameDevice');
      await wants(newest, '+12025550124');
      await run();
      expect([order, emails()]).toEqual([order, [`Email 1 = ${newest}`]]);
    }
  });

  it('P47: goes when it was adopted with an answer, and another pairing was broken off since', async () => {
    options({ sameValue: 'adopt' });
    await world.has({ 'Email 1': home, 'SMS Number 1': mobile });
    adds(work);
    await wants(work, '+12025550124');
    await broken('before', 'directory.pair');
    await wants(newest, '+12025550124');
    await run();
    expect(emails()).toEqual([`Email 1 = ${newest}`]);
  });
});

describe('T5: a replacement that was broken off is finished, not undone', () => {
  it('when the next value is refused: the user keeps the device that came last, also where it was their own', async () => {
    for (const sameValue of ['pair', 'adopt'] as const) {
      world = new InMemoryWorld();
      options({ order: 'add-first', sameValue });
      await world.has({ 'Email 1': home });
      if (sameValue === 'adopt') adds(work);
      await wants(work);
      await broken('before', 'directory.unpair');
      refuses(newest);
      await wants(newest);
      await run();
      expect([sameValue, emails()]).toEqual([sameValue, [`Email 1 = ${work}`]]);
    }
  });

  it('when the directory kept the old one: that goes at the next chance, and nothing goes for it', async () => {
    options({ order: 'add-first', sameValue: 'adopt' });
    await world.has({ 'Email 1': home });
    adds(work);
    world.directory.configure({ beforeCall: ({ method }) => (method === 'unpair' ? { kind: 'refused', code: '1' } : undefined) });
    await wants(work);
    await run();
    await wants(newest);
    await run();
    expect(emails()).toEqual([`Email 1 = ${home}`, `Email 1 = ${work}`]);
    world.directory.configure({ beforeCall: () => undefined });
    await wants('ada@last.example');
    await run();
    expect(emails()).toEqual(['Email 1 = ada@last.example']);
  });

  it('PR8: and the role is not lost with it', async () => {
    world = new InMemoryWorld({ afterPrimaryUnpaired: 'none' });
    options({ order: 'add-first', preservePrimary: true });
    await world.has({ 'Email 1': home });
    await wants(work);
    await broken('before', 'directory.unpair');
    refuses(newest);
    await wants(newest);
    await run();
    const seen = world.directory.peek('ada');
    expect(seen.kind === 'present' && seen.devices.map(({ primary }) => primary)).toEqual([true]);
  });

  it('by the value that made room, when the datastore has none any more', async () => {
    await world.has({ 'Email 1': home });
    await wants(work);
    await broken('before', 'directory.pair');
    await wants(null);
    await run();
    expect(emails()).toEqual([`Email 1 = ${home}`]);
  });

  it('by the value that made room, when the user was disabled meanwhile and the new one is refused', async () => {
    await world.has({ 'Email 1': home });
    await wants(work);
    await broken('before', 'directory.pair');
    await world.want(user, ada({ 'Email 1': work }, { enabled: false }));
    await run();
    refuses(work);
    await wants(work);
    await run();
    expect(emails()).toEqual([`Email 1 = ${home}`]);
  });
});

describe('what made room for a value that never came', () => {
  it('is not given to whoever has the account after the user was deleted', async () => {
    options({ disableUsers: true, removeAction: 'delete' });
    await world.has({ 'Email 1': home });
    await wants(work);
    await broken('before', 'directory.pair');
    await world.put(user, { kind: 'deleted' });
    await run();
    world.clock += 90 * aDayMs;
    world.directory.put('ada', { kind: 'present', status: 'active', profile: {}, devices: [] });
    adds('theirs@example.com');
    await wants(null);
    await run();
    expect(emails()).toEqual(['My mail = theirs@example.com']);
  });

  it('is void when somebody else filled the slot while the user was disabled: that device is the slot’s then', async () => {
    await world.has({ 'Email 1': home });
    await wants(work);
    await broken('before', 'directory.pair');
    await world.want(user, ada({ 'Email 1': work }, { enabled: false }));
    await run();
    const desk = { type: 'Email', nickname: 'Email 1', address: { kind: 'email', address: 'desk@example.com' } } as const;
    world.directory.addForeignDevice('ada', desk);
    await wants(newest);
    await run();
    expect(emails()).toEqual([`Email 1 = ${newest}`]);
  });
});

it('a newer device does not go for an older one that the directory keeps, also where the order was another one before', async () => {
  options({ order: 'add-first' });
  await world.has({ 'Email 1': home });
  await wants(work);
  await broken('before', 'directory.unpair');
  options({ order: 'remove-first' });
  world.directory.configure({
    beforeCall: ({ method, device }) => (method === 'unpair' && device === oldest() ? { kind: 'refused', code: '1' } : undefined),
  });
  await wants(newest);
  await run();
  expect(emails()).toEqual([`Email 1 = ${home}`, `Email 1 = ${work}`]);
});

describe('what is somebody else’s', () => {
  it('T9: is not taken for the device of a pairing that never was, however long ago', async () => {
    await world.has({ 'Email 1': home });
    await world.want(user, ada({ 'Email 1': home, 'Email 2': work }));
    await broken('before', 'directory.pair');
    await world.want(user, ada({ 'Email 1': home }, { enabled: false }));
    await run();
    world.clock += aDayMs;
    adds(work);
    await world.want(user, ada({ 'Email 1': home, 'Email 2': newest }));
    await run();
    expect(emails()).toEqual([`Email 1 = ${home}`, `My mail = ${work}`, `Email 2 = ${newest}`]);
  });

  it('does not lack the place of a device that was removed before anybody saw it', async () => {
    world = new InMemoryWorld({ manners: pingOneManners, deviceLimit: 2 });
    await world.want(user, ada({ 'Email 1': home, 'Email 2': work }));
    await run();
    const seen = world.directory.peek('ada');
    if (seen.kind === 'present') world.directory.put('ada', { ...seen, devices: seen.devices.slice(0, 1) });
    world.directory.addForeignDevice('ada', { type: 'iPhone', nickname: 'My phone' });
    world.clock += aDayMs;
    world.limits.told('model/org', 2, instant(world.clock));
    await wants(newest);
    expect(await run()).toMatchObject({ kind: 'changed' });
    expect(emails().map((it) => it.split(' = ')[1])).toEqual([newest]);
  });
});

it('a value that was cleared meanwhile does not come back when the one after it is refused', async () => {
  options({ onCleared: 'remove' });
  await world.has({ 'Email 1': home, 'SMS Number 1': mobile });
  await wants(work, mobile);
  await broken('before', 'directory.pair');
  await wants(null, '+12025550124');
  await broken('before', 'directory.pair');
  refuses(newest);
  await wants(newest, '+12025550124');
  await run();
  expect(emails()).toEqual([]);
});
