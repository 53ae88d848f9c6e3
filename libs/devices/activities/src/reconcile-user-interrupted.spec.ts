// Regressions: what an interrupted or refused attempt must not lead to.
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { DirectoryFault, Outcome, UserRef } from '@tallystick/devices-domain';
import { ada, type CallGate, InMemoryWorld, userNumber } from '@tallystick/devices-testing';
import { dies } from './dying-process.fixture.ts';
import { reconcileUser } from './reconcile-user.ts';

const user = userNumber(1);
const rival = userNumber(2);
const [home, work, mobile] = ['ada@home.example', 'ada@work.example', '+12025550123'];
let world: InMemoryWorld;
beforeEach(() => {
  world = new InMemoryWorld();
});
const run = (who: UserRef = user, gate: CallGate = {}, attempt = 1): Promise<Outcome> =>
  reconcileUser(world.needs(gate), who, world.context(attempt));
const account = new InMemoryWorld().accountOf('org', 'ada');
const devices = () => {
  const a = world.directory.peek('ada');
  return a.kind === 'present' ? a.devices.map((d) => d.nickname) : 'absent';
};

it('a device that an interrupted pair left without its name is found after its value was cleared in between', async () => {
  await world.has({ 'Email 1': home });
  await world.want(user, ada({ 'Email 1': home, 'SMS Number 1': mobile }));
  await expect(run(user, dies('after', 'directory.pair'))).rejects.toThrow();
  await world.want(user, ada({ 'Email 1': home }));
  await run();
  await world.want(user, ada({ 'Email 1': home, 'SMS Number 1': mobile }));
  await run();
  expect(devices()).toEqual(['Email 1', 'SMS Number 1']);
});

it('of an older record what was done is still told, and what was refused no longer counts', async () => {
  await world.has({});
  await world.want(user, ada({ 'Email 1': home, 'SMS Number 1': mobile }));
  world.directory.configure({
    beforeCall: (call): DirectoryFault | undefined =>
      call.method === 'pair' && call.address?.kind === 'sms' ? { kind: 'address-refused' } : undefined,
  });
  await expect(run(user, dies('before', 'outcomes.publish'))).rejects.toThrow('dies');
  await world.want(user, ada({ 'Email 1': home }));
  const { kind, steps } = await run();
  expect(kind).toBe('changed');
  expect(steps).toContainEqual(expect.objectContaining({ kind: 'pair', slot: 'Email 1', result: 'done' }));
  expect(steps.filter(({ result }) => result !== 'done')).toEqual([]);
});

it('an attempt that is cancelled while it waits for its predecessor leaves the waiting to the next one', async () => {
  await world.want(user, ada({ 'Email 1': home }));
  await expect(run(user, dies('before', 'directory.createUser'))).rejects.toThrow();
  const context = { ...world.context(), pause: () => Promise.reject(new Error('cancelled')) };
  await expect(reconcileUser(world.needs(), user, context)).rejects.toThrow('cancelled');
  await run();
  expect(world.pauses).toEqual([5_250]);
});

it('an attempt that is cancelled while it waits for an account leaves that waiting to the next one, too', async () => {
  await world.want(rival, ada());
  await run(rival);
  await world.put(rival, { kind: 'deleted', movedTo: user.user });
  await world.want(user, ada({ 'Email 1': home }));
  const context = { ...world.context(), pause: () => Promise.reject(new Error('cancelled')) };
  await expect(reconcileUser(world.needs(), user, context)).rejects.toThrow('cancelled');
  await run();
  expect(world.pauses).toEqual([5_250]);
});

it('a device that the interrupted run paired and that can not be named by the next one is taken back', async () => {
  await world.has({ 'Email 1': home });
  await world.want(user, ada({ 'Email 1': home, 'SMS Number 1': mobile }));
  await expect(run(user, dies('after', 'directory.pair'))).rejects.toThrow();
  world.directory.configure({
    beforeCall: ({ method }): DirectoryFault | undefined =>
      method === 'nameDevice' ? { kind: 'refused', code: '1' } : undefined,
  });
  expect((await run()).kind).toBe('partial');
  expect(devices()).toEqual(['Email 1']);
});

it('a slot whose old device can not be unpaired gets no second one', async () => {
  await world.has({ 'Email 1': home });
  await world.want(user, ada({ 'Email 1': work }));
  world.directory.configure({
    beforeCall: ({ method }): DirectoryFault | undefined => (method === 'unpair' ? { kind: 'refused', code: '1' } : undefined),
  });
  const o = await run();
  expect(o.kind).toBe('partial');
  expect(devices()).toEqual(['Email 1']);
});

it('two refused replacements, broken in between, give both values back', async () => {
  await world.has({ 'Email 1': home, 'SMS Number 1': mobile });
  await world.want(user, ada({ 'Email 1': work, 'SMS Number 1': '+12025550124' }));
  let pairs = 0;
  world.directory.configure({
    beforeCall: (call): DirectoryFault | undefined => {
      if (call.method !== 'pair') return undefined;
      pairs += 1;
      if (pairs === 1) throw new Error('the process dies');
      const old = call.address?.kind === 'email' ? call.address.address === home : call.address?.number === mobile;
      return old ? undefined : { kind: 'address-refused' };
    },
  });
  await expect(run()).rejects.toThrow('dies');
  world.clock += world.openPairMs;
  await run();
  const a = world.directory.peek('ada');
  expect(a.kind === 'present' && a.devices.map((d) => d.address)).toEqual([
    { kind: 'email', address: home },
    { kind: 'sms', number: mobile },
  ]);
});

it('the last own device of a user is removed under Overwrite only when a managed one is there', async () => {
  world.options = { ...world.options, manageDevices: 'overwrite' };
  world.directory.put('ada', { kind: 'present', status: 'active', profile: {}, devices: [] });
  world.directory.addForeignDevice('ada', { type: 'iPhone', nickname: 'My phone' });
  await world.want(user, ada({ 'Email 1': home }));
  world.directory.configure({
    beforeCall: ({ method }): DirectoryFault | undefined => (method === 'pair' ? { kind: 'address-refused' } : undefined),
  });
  const o = await run();
  expect(devices()).toEqual(['My phone']);
  expect(o.kind).toBe('partial');
  world.directory.configure({ beforeCall: () => undefined });
  await world.want(user, ada({ 'Email 1': work }));
  await run();
  expect(devices()).toEqual(['Email 1']);
});

it('an account that was deleted and made again in one open work stays owned', async () => {
  world.options = { ...world.options, removeAction: 'delete' };
  await world.want(user, ada({ 'Email 1': home }));
  await run();
  await world.want(user, ada({ 'Email 1': home }, { enabled: false }));
  await expect(run(user, dies('before', 'store.releaseAccount'))).rejects.toThrow();
  await world.want(user, ada({ 'Email 1': home }));
  await run();
  expect(await world.store.ownerOf(account)).toEqual(user);
});

it('P51: a user under Overwrite is never left without any device by a pair that is refused', async () => {
  world.options = { ...world.options, manageDevices: 'overwrite' };
  await world.has({ 'Email 1': home });
  world.directory.addForeignDevice('ada', { type: 'iPhone', nickname: 'My phone' });
  await world.want(user, ada({ 'Email 1': work }));
  world.directory.configure({
    beforeCall: ({ method }): DirectoryFault | undefined => (method === 'pair' ? { kind: 'refused', code: '9' } : undefined),
  });
  await run();
  expect(devices()).not.toEqual([]);
});

it('P51: the last own device is removed by the next attempt when the first one broke just before', async () => {
  world.options = { ...world.options, manageDevices: 'overwrite' };
  world.directory.put('ada', { kind: 'present', status: 'active', profile: {}, devices: [] });
  world.directory.addForeignDevice('ada', { type: 'iPhone', nickname: 'My phone' });
  await world.want(user, ada({ 'SMS Number 1': mobile }));
  await expect(run(user, dies('before', 'directory.unpair'))).rejects.toThrow();
  await run();
  expect(devices()).toEqual(['SMS Number 1']);
});

it('PR8: the primary role goes to the device that the slot keeps, not to another one of its name', async () => {
  world.options = { ...world.options, manageDevices: 'overwrite', preservePrimary: true };
  await world.has({ 'Email 3': work });
  const a = world.directory.peek('ada');
  if (a.kind !== 'present') throw new Error('the account is missing');
  world.directory.put('ada', {
    ...a,
    devices: [
      ...a.devices,
      { ...a.devices[0]!, id: '7777777' as never, address: { kind: 'email', address: home }, primary: false, enrolledAt: '9999' },
    ],
  });
  await world.want(user, ada({ 'Email 3': home }));
  await run();
  const b = world.directory.peek('ada');
  expect(b.kind === 'present' && b.devices.map((d) => [d.id, d.primary])).toEqual([['7777777', true]]);
});

describe('a deletion whose outcome could not be published', () => {
  it.each<['before' | 'after', string]>([
    ['before', 'outcomes.publish'],
    ['after', 'store.releaseAccount'],
    ['before', 'store.finish'],
  ])('is published all the same (%s %s)', async (when, on) => {
    world.options = { ...world.options, removeAction: 'delete' };
    await world.want(user, ada({ 'Email 1': home }));
    await run();
    world.published.length = 0;
    await world.put(user, { kind: 'deleted' });
    await expect(run(user, dies(when, on))).rejects.toThrow();
    await run();
    expect(world.published).toContainEqual(
      expect.objectContaining({ kind: 'changed', steps: [expect.objectContaining({ kind: 'delete-user', result: 'done' })] }),
    );
  });
});
it('a second look at a user whose account was deleted does not say that the account was never managed', async () => {
  world.options = { ...world.options, removeAction: 'delete' };
  await world.want(user, ada({ 'Email 1': home }));
  await run();
  await world.put(user, { kind: 'deleted' });
  expect((await run()).kind).toBe('changed');
  expect(await run()).toMatchObject({ kind: 'in-sync' });
});
it('what was done for a record that was superseded before its outcome was published is in some outcome', async () => {
  await world.want(user, ada({ 'Email 1': home }));
  await expect(run(user, dies('before', 'outcomes.publish'))).rejects.toThrow();
  await world.want(user, ada({ 'Email 1': home, 'Email 2': work }));
  await run();
  expect(world.published.flatMap(({ steps }) => steps.map(({ kind }) => kind))).toContain('create-user');
});
it('a device that an interrupted pair left without its name is found after the user was disabled in between', async () => {
  await world.has({ 'Email 1': home });
  await world.want(user, ada({ 'Email 1': home, 'SMS Number 1': mobile }));
  await expect(run(user, dies('after', 'directory.pair'))).rejects.toThrow();
  await world.want(user, ada({ 'Email 1': home, 'SMS Number 1': mobile }, { enabled: false }));
  await run();
  await world.want(user, ada({ 'Email 1': home, 'SMS Number 1': mobile }));
  await run();
  expect(devices()).toEqual(['Email 1', 'SMS Number 1']);
});
it('the account of a disabled user is given up also when the answer of its deletion got lost', async () => {
  world.options = { ...world.options, removeAction: 'delete' };
  await world.want(user, ada({ 'Email 1': home }));
  await run();
  await world.want(user, ada({ 'Email 1': home }, { enabled: false }));
  await expect(run(user, dies('after', 'directory.deleteUser'))).rejects.toThrow();
  await run();
  expect(await world.store.ownerOf(account)).toBeUndefined();
});
it('or the process died before giving it up', async () => {
  world.options = { ...world.options, removeAction: 'delete' };
  await world.want(user, ada({ 'Email 1': home }));
  await run();
  await world.want(user, ada({ 'Email 1': home }, { enabled: false }));
  await expect(run(user, dies('before', 'store.releaseAccount'))).rejects.toThrow();
  await run();
  expect(world.published.flatMap(({ steps }) => steps.map(({ kind }) => kind))).toContain('delete-user');
  expect(await world.store.ownerOf(account)).toBeUndefined();
});
it('first sight is until a reconciliation finished, not until a refusal to plan', async () => {
  await world.has({ 'Email 1': home });
  await world.put(user, { kind: 'record', attributes: {} });
  await run();
  await world.want(user, ada({ 'Email 1': home }));
  expect((await run()).findings.map(({ kind }) => kind)).toEqual(['adoption-candidate']);
});
